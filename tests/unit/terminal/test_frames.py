# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Frames of terminal sessions against the vectors, in both codecs: the collection's and the emulator's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.cloudops.console.plugins.plugin_utils._terminal.frames import (
    V1_01,
    V1_02,
    Frame,
    FrameError,
    Kind,
    Status,
    decode,
    encode,
    read_status,
)

from tests.emulator.alibaba import frames as theirs

VECTORS: list[dict[str, Any]] = json.loads(Path(__file__).with_name("session_frames.json").read_text(encoding="utf-8"))[
    "frames"
]
MOMENT = 1767323045000


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_a_vector_is_read_and_written_alike(vector: dict[str, Any]) -> None:
    data = bytes.fromhex(vector["hex"])
    frame = decode(data)
    assert frame.kind == vector["type"]
    assert frame.timestamp == MOMENT
    assert encode(frame) == data
    if "payload" in vector:
        assert frame.payload == vector["payload"].encode()
    if "version" in vector:
        assert frame.version == vector["version"].encode()
    for name in ("input_seq", "output_seq", "seq"):
        if name in vector:
            assert getattr(frame, name.replace("seq", "input_seq") if name == "seq" else name) == vector[name]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_the_emulator_reads_them_too(vector: dict[str, Any]) -> None:
    frame, message = decode(bytes.fromhex(vector["hex"])), theirs.read(bytes.fromhex(vector["hex"]))
    assert (message.kind, message.version.encode(), message.payload) == (frame.kind, frame.version, frame.payload)
    assert message.channel_id.encode() == frame.channel_id
    assert message.input_seq == frame.input_seq


@pytest.mark.parametrize("version", ["1.01", "1.02"])
def test_outputs_of_the_emulator(version: theirs.Version) -> None:
    frame = decode(theirs.write(theirs.OUTPUT, version, "c-1", b"\0\xff", input_seq=3, output_seq=70000))
    assert (frame.kind, frame.channel_id, frame.payload, frame.output_seq) == (Kind.OUTPUT, b"c-1", b"\0\xff", 70000)
    assert frame.input_seq == (3 if version == "1.02" else 0)


@pytest.mark.parametrize("name", ["status_opened", "status_closed_exit", "status_stream_204800"])
def test_what_a_status_says(name: str) -> None:
    vector = next(one for one in VECTORS if one["name"] == name)
    status = read_status(decode(bytes.fromhex(vector["hex"])).payload)
    assert status.state == vector["state"]
    assert status.text == vector.get("reason", "")
    assert status.limit == vector.get("limit_bps")


def test_the_payload_is_the_rest_of_the_frame() -> None:
    """The vendor's client reads the announced length at a place that its own ids move, so it counts for nothing."""
    data = encode(Frame(Kind.OUTPUT, V1_02, b"c", 0, 1, b"abc"))
    assert decode(data + b"def").payload == b"abcdef"


@pytest.mark.parametrize(
    "frame",
    [
        Frame(Kind.INPUT, V1_02, b"c" * 256, 1, 0),
        Frame(Kind.INPUT, V1_02, b"c", 2**32, 0),
        Frame(Kind.INPUT, V1_02, b"c", 1, 0, b"x" * 65536),
        Frame(Kind.INPUT, V1_01, b"c", 2**63, 0),
    ],
)
def test_what_does_not_fit_is_refused(frame: Frame) -> None:
    with pytest.raises(FrameError):
        encode(frame)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\1\0\0\0",
        b"\1\0\0\x001.03\0\0" + bytes(20),
        b"\1\0\0\x001.02\xffshort",
        b"\1\0\0\x001.01\0\0" + bytes(8) + b"\xff" * 8 + bytes(4),
    ],
)
def test_what_is_no_frame_is_refused(data: bytes) -> None:
    with pytest.raises(FrameError):
        decode(data)


@pytest.mark.parametrize("payload", [b"", bytes([Status.STREAM]) + bytes(5)])
def test_what_is_no_status_is_refused(payload: bytes) -> None:
    with pytest.raises(FrameError):
        read_status(payload)
