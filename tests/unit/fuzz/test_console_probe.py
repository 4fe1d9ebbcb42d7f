# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever stands at the other end of a console's URL, and whatever the URL is: alive, or an error of ours, in time."""

from __future__ import annotations

import asyncio
import functools
import logging
import sys
import time
import typing as t

import pytest
from ansible_collections.cloudops.console.plugins.module_utils._console_probe import prove_alive
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.module_utils._http import Trust
from hypothesis import given, settings
from hypothesis import strategies as st
from websockets.utils import accept_key

from tests.unit.example_counts import examples
from tests.unit.fuzz.hostile_server import Server
from tests.unit.fuzz.hostile_values import SECRET, outcome_of, texts

GREETING = b"\x82\x0cRFB 003.008\n"


def opened(head: bytes, frames: bytes) -> bytes:
    """Open the WebSocket as the protocol asks for, and go on with these bytes."""
    key = next(line for line in head.split(b"\r\n") if line.lower().startswith(b"sec-websocket-key:"))
    accept = accept_key(key.partition(b":")[2].strip().decode())
    lines = ("HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade")
    return "\r\n".join((*lines, f"Sec-WebSocket-Accept: {accept}", "", "")).encode() + frames


frames = st.builds(
    lambda first, second, payload: bytes((first, second)) + payload,
    st.one_of(st.just(0x82), st.integers(0, 255)),
    st.one_of(st.just(12), st.integers(0, 255)),
    st.one_of(st.just(b"RFB 003.008\n"), st.binary(max_size=300)),
)
heads = st.one_of(
    st.just(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"),
    st.sampled_from((b"HTTP/1.1 403 No\r\n\r\n", b"HTTP/1.1\r\n\r\n", b"\r\n\r\n", b"101", b"", b"x" * 40_000)),
    st.binary(max_size=60).map(lambda junk: b"HTTP/1.1 101 " + junk + b"\r\n\r\n"),
)


async def prove(server: Server, url: str = "", timeout: float = 5.0) -> str:
    await prove_alive(url or f"ws://127.0.0.1:{server.port}/?token={SECRET}", Trust(), timeout)
    return "alive"


@settings(max_examples=examples(80))
@given(st.one_of(st.binary(max_size=200), st.builds(lambda head, frame: head + frame, heads, frames)))
def test_any_answer(answer: bytes) -> None:
    async def work() -> str:
        async with Server(answer) as server:
            return await prove(server)

    assert isinstance(outcome_of(work), ConsoleError), "a proxy that does not prove that it read the key opens nothing"


@settings(max_examples=examples(80))
@given(st.one_of(frames, st.lists(frames, max_size=3).map(b"".join), st.binary(max_size=200)))
def test_any_frames(sent: bytes) -> None:
    async def work() -> str:
        async with Server(lambda head: opened(head, sent)) as server:
            return await prove(server)

    found = outcome_of(work)
    assert isinstance(found, ConsoleError) or b"RFB " in sent


@settings(max_examples=examples(60))
@given(data=st.data())
def test_any_url(data: st.DataObject) -> None:
    """Only URLs that lead nowhere, or to this machine: nothing is sent elsewhere."""
    hosts = st.sampled_from(
        ("127.0.0.1", "[::1]", "", "[", "a..b", "x" * 300, "\ud800", "127.0.0.1\r\nX: y", "127.0.0.1 ")
    )
    url = data.draw(
        st.one_of(
            texts.filter(lambda text: "//" not in text),
            st.builds(
                "{}://{}:{}/{}".format,
                st.sampled_from(("ws", "wss", "http", "", "WS")),
                hosts,
                st.sampled_from(("9", "0", "99999", "x", "", "-1")),
                texts,
            ),
        )
    )
    found = outcome_of(lambda: prove_alive(url, Trust(), 2.0))
    assert isinstance(found, ConsoleError)


@pytest.mark.parametrize("behaviour", ["silent", "endless", "slow", "deaf"])
def test_bounded_in_time(behaviour: str) -> None:
    """Silence, a header without end, a byte now and then, and a proxy that never reads a long request."""
    chunk: t.Any = {"silent": b"", "endless": b"x", "slow": b"H", "deaf": b""}[behaviour]
    path = "x" * 8_000_000 if behaviour == "deaf" else SECRET

    async def work() -> str:
        async with Server(b"", then=chunk, every=0.05, reads=behaviour != "deaf") as server:
            return await prove(server, f"ws://127.0.0.1:{server.port}/{path}", timeout=0.5)

    began = time.monotonic()
    found = outcome_of(work)
    assert isinstance(found, ConsoleError)
    assert time.monotonic() - began < 5
    assert found.kind in ("network", "timeout", "wrong_state")


def test_the_right_answer() -> None:
    async def work() -> str:
        async with Server(lambda head: opened(head, GREETING)) as server:
            return await prove(server)

    assert asyncio.run(work()) == "alive"


def test_a_greeting_in_another_frame_is_none() -> None:
    """Text, a close, and what another service says first."""
    for sent in (b"\x81\x0cRFB 003.008\n", b"\x88\x00", b"\x82\x09SSH-2.0-x"):
        found = outcome_of(functools.partial(_proved, sent))
        assert isinstance(found, ConsoleError)
        assert found.kind == "wrong_state"


async def _proved(sent: bytes) -> str:
    async with Server(lambda head: opened(head, sent)) as server:
        return await prove(server)


def test_its_loggers_are_silent(caplog: pytest.LogCaptureFixture) -> None:
    """The library logs the URL, which opens the console."""
    caplog.set_level(logging.DEBUG)
    test_the_right_answer()
    assert SECRET not in caplog.text
    assert {record.name for record in caplog.records} <= {"asyncio"}


@pytest.mark.parametrize("hidden", ["missing", "too old"])
def test_without_the_library(monkeypatch: pytest.MonkeyPatch, hidden: str) -> None:
    """It is optional: the message names it, its host and its interpreter, and the way without it."""
    if hidden == "missing":
        monkeypatch.setitem(sys.modules, "websockets", None)
    else:
        monkeypatch.setattr("websockets.__version__", "13.1", raising=False)
    found = outcome_of(lambda: prove_alive(f"ws://127.0.0.1:9/?token={SECRET}", Trust(), 1.0))
    assert isinstance(found, ConsoleError)
    for part in ("websockets", sys.executable, "validate"):
        assert part in found.message
    assert ("15 or newer" in found.message) is (hidden == "too old")
