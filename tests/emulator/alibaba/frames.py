# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Frames of terminal sessions as the service and the agent see them, with code of the emulator's own."""

from __future__ import annotations

import io
import time
from dataclasses import dataclass
from typing import Literal

Version = Literal["1.01", "1.02"]
INPUT, OUTPUT, RESIZE, CLOSE, OPEN, STATUS, SYNC = range(7)
OPENING, OPENED, CLOSED, STREAM, FROZEN = 1, 3, 5, 7, 8


@dataclass(frozen=True)
class Message:
    """One frame; of version 1.01 ``input_seq`` and ``output_seq`` are the same number."""

    kind: int
    version: str
    channel_id: str
    input_seq: int
    output_seq: int
    payload: bytes


def read(data: bytes) -> Message:
    """ValueError when it is none, or announces another length than it has."""
    stream = io.BytesIO(data)
    kind, version = _number(stream, 4), stream.read(4).decode()
    channel_id = stream.read(_number(stream, 1)).decode()
    stream.read(_number(stream, 1))
    _number(stream, 8)
    if version == "1.02":
        input_seq, output_seq, length = _number(stream, 4), _number(stream, 4), _number(stream, 2)
        _number(stream, 2)
    elif version == "1.01":
        input_seq = output_seq = _number(stream, 8)
        length = _number(stream, 4)
    else:
        raise ValueError(f"version {version!r}")
    payload = stream.read()
    if len(payload) != length:
        raise ValueError(f"{len(payload)} bytes where {length} are announced")
    return Message(kind, version, channel_id, input_seq, output_seq, payload)


def _number(stream: io.BytesIO, size: int) -> int:
    part = stream.read(size)
    if len(part) != size:
        raise ValueError("too short")
    return int.from_bytes(part, "little")


def write(
    kind: int, version: str, channel_id: str, payload: bytes = b"", *, input_seq: int = 0, output_seq: int = 0
) -> bytes:
    name = channel_id.encode()
    head = kind.to_bytes(4, "little") + version.encode() + bytes([len(name)]) + name + b"\0"
    head += int(time.time() * 1000).to_bytes(8, "little")
    if version == "1.02":
        numbers = input_seq.to_bytes(4, "little") + output_seq.to_bytes(4, "little")
        return head + numbers + len(payload).to_bytes(2, "little") + b"\0\0" + payload
    return head + output_seq.to_bytes(8, "little") + len(payload).to_bytes(4, "little") + payload


def status(state: int, rest: bytes = b"", *, channel_id: str = "", version: str = "1.02") -> bytes:
    return write(STATUS, version, channel_id, bytes([state]) + rest)
