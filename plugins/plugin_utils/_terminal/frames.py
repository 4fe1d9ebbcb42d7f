# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""The frames of a terminal session, to bytes and back. Pure.

All integers are little-endian, except for the limit in a Status. Of the two versions, 1.02 has two sequence numbers and
1.01 has one: it counts Inputs in frames from us, and Outputs in frames to us.
"""

from __future__ import annotations

import enum
import struct
import typing as t

V1_01, V1_02 = b"1.01", b"1.02"


class Kind(enum.IntEnum):
    """What a frame is; the service may send others, which mean nothing to us."""

    INPUT = 0
    OUTPUT = 1
    RESIZE = 2
    CLOSE = 3
    OPEN = 4
    STATUS = 5
    SYNC = 6


class Status(enum.IntEnum):
    """The state of the session, the first byte of a Status; a text or a limit follows."""

    INITIAL = 0
    OPENING = 1
    ABORTED = 2
    OPENED = 3
    CLOSING = 4
    CLOSED = 5
    EXITED = 6
    STREAM = 7
    FROZEN = 8


class FrameError(ValueError):
    """The bytes are no frame of a version that is known; the text says why, and quotes nothing of them."""


class Frame(t.NamedTuple):
    """One frame.

    :param version: V1_01 or V1_02.
    :param timestamp: milliseconds since 1970.
    :param input_seq: from us, the number of this Input or of the last one; to us, the last Input that was taken, or in
        a Sync the first that is missing.
    :param output_seq: to us, the number of this Output; from us, the last one that was taken.
    """

    kind: int
    version: bytes
    channel_id: bytes
    input_seq: int
    output_seq: int
    payload: bytes = b""
    timestamp: int = 0
    instance_id: bytes = b""


_START = struct.Struct("<I4s")
_TIME = struct.Struct("<Q")
_NUMBERS_1_01 = struct.Struct("<qI")
_NUMBERS_1_02 = struct.Struct("<IIHBB")


def encode(frame: Frame) -> bytes:
    """Return the bytes of a frame.

    :raises FrameError: a part does not fit into its place.
    """
    try:
        ids = b"".join(struct.pack("B", len(text)) + text for text in (frame.channel_id, frame.instance_id))
        if frame.version == V1_02:
            numbers = _NUMBERS_1_02.pack(frame.input_seq, frame.output_seq, len(frame.payload), 0, 0)
        else:
            numbers = _NUMBERS_1_01.pack(
                frame.output_seq if frame.kind == Kind.OUTPUT else frame.input_seq, len(frame.payload)
            )
        return _START.pack(frame.kind, frame.version) + ids + _TIME.pack(frame.timestamp) + numbers + frame.payload
    except struct.error:
        raise FrameError("a part of the frame is too large") from None


def decode(data: bytes) -> Frame:
    """Return the frame that data is; its payload is the rest of it, whatever length it announces.

    :raises FrameError: it is none.
    """
    try:
        kind, version = _START.unpack_from(data)
        channel_id, at = _text(data, _START.size)
        instance_id, at = _text(data, at)
        (timestamp,) = _TIME.unpack_from(data, at)
        at += _TIME.size
        if version == V1_02:
            input_seq, output_seq, _length, _encoding, _reserved = _NUMBERS_1_02.unpack_from(data, at)
            at += _NUMBERS_1_02.size
        elif version == V1_01:
            seq, _length = _NUMBERS_1_01.unpack_from(data, at)
            input_seq, output_seq = (0, seq) if kind == Kind.OUTPUT else (seq, 0)
            at += _NUMBERS_1_01.size
        else:
            raise FrameError("its version is neither 1.01 nor 1.02")
    except (struct.error, IndexError):
        raise FrameError("it is shorter than the head of a frame") from None
    if input_seq < 0 or output_seq < 0:
        raise FrameError("its sequence number is negative")
    return Frame(kind, version, channel_id, input_seq, output_seq, data[at:], timestamp, instance_id)


def _text(data: bytes, at: int) -> tuple[bytes, int]:
    """Return a text with its length before it, and where it ends."""
    end = at + 1 + data[at]
    return data[at + 1 : end], end


class StatusPayload(t.NamedTuple):
    """What a Status says.

    :param state: one of Status, or a number that is not known.
    :param text: the vendor's word for why it ended, or empty.
    :param limit: bits per second, None where it announces none.
    """

    state: int
    text: str
    limit: int | None


def read_status(payload: bytes) -> StatusPayload:
    """Return what the payload of a Status says.

    :raises FrameError: it is empty, or its limit is no number.
    """
    if not payload:
        raise FrameError("its status is empty")
    state, rest = payload[0], payload[1:]
    if state != Status.STREAM:
        return StatusPayload(state, rest.decode("utf-8", "replace"), None)
    if len(rest) > 4:
        raise FrameError("its limit is longer than four bytes")
    return StatusPayload(state, "", int.from_bytes(rest, "big"))
