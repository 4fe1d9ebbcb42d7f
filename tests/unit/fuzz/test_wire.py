# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The real Client against servers on loopback that say anything, too much, or nothing: bounded in time and memory."""

from __future__ import annotations

import asyncio
import gzip
import time

import pytest
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.module_utils._http import (
    LARGEST_RESPONSE,
    Client,
    Policy,
    Request,
    Response,
    Trust,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.example_counts import examples
from tests.unit.fuzz.hostile_server import Server
from tests.unit.fuzz.hostile_values import SECRET, outcome_of

QUICK = 0.5
_OK = b"HTTP/1.1 200 OK\r\n"
_CHUNKED = _OK + b"Transfer-Encoding: chunked\r\n\r\n"


async def ask(server: Server, timeout: float = 5.0) -> Response:
    async with Client(Trust(), Policy(timeout=timeout, retries=0)) as client:
        return await client.send(Request("GET", f"http://127.0.0.1:{server.port}/?Password={SECRET}"))


answers = st.one_of(
    st.binary(max_size=200),
    st.binary(max_size=60).map(lambda junk: _OK + junk + b"\r\n\r\n"),
    st.builds(
        lambda line, name, value, body: line + b"\r\n" + name + b": " + value + b"\r\n\r\n" + body,
        st.sampled_from(
            (b"HTTP/1.1 200 OK", b"HTTP/1.1 99999 X", b"HTTP/9.9 200", b"HTTP/1.1 100 Continue", b"HTTP/1.0 200")
        ),
        st.sampled_from(
            (b"Content-Length", b"Transfer-Encoding", b"Content-Encoding", b"Date", b"Connection", b"Upgrade")
        ),
        st.sampled_from(
            (b"5", b"-1", b"99999999999999999999", b"5, 6", b"chunked", b"gzip, chunked", b"gzip", b"\xff", b"")
        ),
        st.one_of(
            st.binary(max_size=40), st.sampled_from((b"5\r\nhello\r\n0\r\n\r\n", b"FFFFFFFFFFFFFFFFF\r\n", b"-1\r\n"))
        ),
    ),
)


@settings(max_examples=examples(100))
@given(answer=answers)
def test_any_answer(answer: bytes) -> None:
    async def work() -> Response:
        async with Server(answer) as server:
            return await ask(server)

    found = outcome_of(work)
    if isinstance(found, Response):
        assert len(found.body) <= len(answer)


ENDLESS = {
    "a header": (_OK + b"X-A: ", b"a" * 65536, 0.0),
    "headers": (_OK, b"X-A: b\r\n" * 5000, 0.0),
    "a status line": (b"HTTP/1.1 200 ", b"a" * 65536, 0.0),
    "a body": (_OK + b"Content-Length: 99999999999\r\n\r\n", b"a" * 65536, 0.0),
    "a body without length": (_OK + b"\r\n", b"a" * 65536, 0.0),
    "chunks": (_CHUNKED, b"10000\r\n" + b"a" * 65536 + b"\r\n", 0.0),
    "small chunks": (_CHUNKED, b"1\r\na\r\n" * 4000, 0.0),
    "a chunk's extension": (_CHUNKED + b"1;", b"a" * 65536, 0.0),
    "trailers": (_CHUNKED + b"0\r\n", b"X-A: b\r\n" * 5000, 0.0),
    "informational answers": (b"", b"HTTP/1.1 103 Hints\r\n\r\n" * 2000, 0.0),
    "slow bytes": (_OK + b"Content-Length: 100000\r\n\r\n", b"a", 0.05),
    "slow headers": (_OK, b"X-A: b\r\n", 0.05),
    "silence": (b"", b"", 0.05),
}


@pytest.mark.parametrize("name", sorted(ENDLESS))
def test_without_end(name: str) -> None:
    """It ends in time, with an error, and no more is read than an answer may have and buffers hold."""
    answer, then, every = ENDLESS[name]
    said = 0

    async def work() -> Response:
        nonlocal said
        async with Server(answer, then=then, every=every) as server:
            try:
                return await ask(server, timeout=QUICK)
            finally:
                said = server.said

    began = time.monotonic()
    found = outcome_of(work)
    assert isinstance(found, ConsoleError)
    assert time.monotonic() - began < QUICK + 10  # the machine may be busy; without a limit it never ends
    assert said < 8 * LARGEST_RESPONSE


def test_compressed_answers_stay_so() -> None:
    """A small answer that would be a huge one is never unpacked."""
    packed = gzip.compress(b"\0" * (4 * LARGEST_RESPONSE))
    head = _OK + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed)

    async def work() -> Response:
        async with Server(head + packed) as server:
            return await ask(server)

    assert asyncio.run(work()).body == packed


@settings(max_examples=examples(20))
@given(
    url=st.sampled_from(
        ("http://127.0.0.1:1/", "http://127.0.0.1:0/", "http://[::1]:1/", "http:///", "x/", "http://a..b/")
    )
)
def test_no_server(url: str) -> None:
    async def work() -> Response:
        async with Client(Trust(), Policy(timeout=QUICK, retries=0)) as client:
            return await client.send(Request("GET", f"{url}{SECRET}"))

    assert isinstance(outcome_of(work), ConsoleError)
