# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Terminal sessions: any bytes as frames, and a line that loses, doubles, swaps and breaks with an agent at its end."""

from __future__ import annotations

import contextlib
import random
from collections import deque

from ansible_collections.cloudops.console.plugins.plugin_utils._terminal import frames, session
from ansible_collections.cloudops.console.plugins.plugin_utils._terminal.frames import Frame, FrameError
from ansible_collections.cloudops.console.plugins.plugin_utils._terminal.session import (
    SessionEnded,
    SessionInterrupted,
    TerminalSession,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.emulator.alibaba.channel import Channel
from tests.emulator.alibaba.frames import OPENING, OUTPUT, STATUS, SYNC, status, write
from tests.unit.example_counts import examples

heads = st.builds(
    lambda kind, version, rest: kind.to_bytes(4, "little") + version + rest,
    st.integers(0, 9),
    st.sampled_from((b"1.01", b"1.02", b"1.03", b"\0\0\0\0")),
    st.binary(max_size=60),
)
whole = st.builds(
    lambda kind, version, channel, payload, ours, theirs: write(
        kind, version, channel, payload, input_seq=ours, output_seq=theirs
    ),
    st.sampled_from((0, OUTPUT, 2, 3, STATUS, SYNC, 9)),
    st.sampled_from(("1.01", "1.02")),
    st.sampled_from(("", "c", "d" * 200)),
    st.binary(max_size=40),
    st.integers(0, 2**32 - 1),
    st.integers(0, 2**32 - 1),
)
messages = st.one_of(st.binary(max_size=80), heads, whole)


@settings(max_examples=examples(300))
@given(data=messages)
def test_any_bytes_are_a_frame_or_are_refused(data: bytes) -> None:
    try:
        frame = frames.decode(data)
    except FrameError:
        return
    assert data.endswith(frame.payload)
    if frame.version == frames.V1_01 or len(frame.payload) < 65536:
        assert frames.decode(frames.encode(frame)) == frame


@settings(max_examples=examples(300))
@given(
    version=st.sampled_from((frames.V1_01, frames.V1_02)),
    kind=st.integers(0, 9),
    channel=st.binary(max_size=255),
    number=st.integers(0, 2**32 - 1),
    payload=st.binary(max_size=100),
)
def test_a_frame_survives_its_bytes(version: bytes, kind: int, channel: bytes, number: int, payload: bytes) -> None:
    ours, theirs = (0, number) if kind == OUTPUT or version == frames.V1_02 else (number, 0)
    frame = Frame(kind, version, channel, ours, theirs, payload, 5)
    assert frames.decode(frames.encode(frame)) == frame


@settings(max_examples=examples(200))
@given(given_messages=st.lists(messages, max_size=20), chunks=st.lists(st.binary(max_size=3000), max_size=5))
def test_a_session_survives_any_service(given_messages: list[bytes], chunks: list[bytes]) -> None:
    """It continues or ends, and raises nothing else."""
    ours = TerminalSession(0.0)
    for number, message in enumerate(given_messages):
        try:
            ours.take(message, float(number))
            if ours.room and chunks:
                ours.put(chunks[number % len(chunks)])
            ours.tick(float(number))
        except SessionInterrupted:
            with contextlib.suppress(SessionEnded):
                ours.resume(float(number))
        except SessionEnded:
            return
        while ours.next_size() is not None:
            ours.next_frame(float(number), 0)


class World:
    """A session and an agent that echoes nothing: each sends its own text, over a line as bad as seed and share say."""

    def __init__(self, seed: int, share: float, up: bytes, down: bytes) -> None:
        self.random = random.Random(seed)
        self.share = share
        self.now = 0.0
        self.ours, self.agent = TerminalSession(0.0), Channel("1.02", "c-1")
        self.ours.take(status(OPENING), 0.0)
        self.up, self.down = deque(_parts(up)), deque(_parts(down))
        self.to_agent: list[bytes] = []
        self.to_us: list[bytes] = []
        self.arrived_up, self.arrived_down = bytearray(), bytearray()

    def step(self) -> None:
        self.now += 0.05
        if self.down and (not self.arrived_down or self.random.random() < 0.7):
            self.to_us += self.agent.output(self.down.popleft())
        if self.up and self.ours.room:
            self.ours.put(self.up.popleft())
        self.ours.tick(self.now)
        while self.ours.next_size() is not None:
            self.to_agent.append(self.ours.next_frame(self.now, 0))
        for message in self._carried(self.to_agent):
            payload, answers = self.agent.take(message)
            self.arrived_up += payload
            self.to_us += answers
        for message in self._carried(self.to_us):
            self.arrived_down += self.ours.take(message, self.now)

    def _carried(self, messages: list[bytes]) -> list[bytes]:
        """Empty the list; some of it is lost, comes twice, or a place too late."""
        left = [one for one in messages if self.random.random() >= self.share]
        twice = [one for one in left for _each in range(2 if self.random.random() < self.share else 1)]
        for at in range(1, len(twice)):
            if self.random.random() < self.share:
                twice[at - 1], twice[at] = twice[at], twice[at - 1]
        messages.clear()
        return twice

    def restart(self) -> None:
        """What was on the way is gone, and the agent waits for our Sync."""
        self.to_agent.clear()
        self.to_us.clear()
        self.agent.paused = True
        self.ours.resume(self.now)


def _parts(text: bytes) -> list[bytes]:
    return [text[at : at + 700] for at in range(0, len(text), 700)]


@settings(max_examples=examples(60))
@given(
    seed=st.integers(0, 2**32 - 1),
    share=st.sampled_from((0.0, 0.05, 0.2)),
    sizes=st.tuples(st.integers(1, 8000), st.integers(1, 8000)),
    restarts=st.lists(st.integers(1, 60), max_size=3),
)
def test_every_byte_arrives_once_and_in_order(
    seed: int, share: float, sizes: tuple[int, int], restarts: list[int]
) -> None:
    source = random.Random(seed)
    up, down = (source.randbytes(size) for size in sizes)
    world = World(seed, share, up, down)
    for number in range(8000):
        world.step()
        if number in restarts:
            world.restart()
        if (bytes(world.arrived_up), bytes(world.arrived_down)) == (up, down):
            break
    assert bytes(world.arrived_up) == up
    assert bytes(world.arrived_down) == down
    assert world.now < session.SILENCE * 2
