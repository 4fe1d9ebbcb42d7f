# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a request may have arrived: only then is a write ambiguous, and its candidate kept."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import time
import typing as t

import pytest
from ansible_collections.cloudops.console.plugins.module_utils._errors import TimedOut
from ansible_collections.cloudops.console.plugins.module_utils._http import Client, Policy

from tests.unit.http.one_request import Handler, hang_up, send, send_to, silent

QUICK = Policy(0.6, 0)


def reset(writer: asyncio.StreamWriter) -> None:
    """End a connection with a reset instead of an end."""
    line = writer.get_extra_info("socket")
    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def _meet(greet: Handler, scheme: str) -> tuple[object, int]:
    """Send one request to a server that does this with each connection before it reads anything."""
    served: list[asyncio.Task[t.Any]] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        served.extend(task for task in [asyncio.current_task()] if task)
        try:
            with contextlib.suppress(ConnectionError):
                await greet(reader, writer)
        finally:
            await hang_up(writer)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        found = await asyncio.to_thread(send_to, f"{scheme}://127.0.0.1:{port}", QUICK)
        await asyncio.wait_for(asyncio.gather(*served), 5)
    return found, len(served)


async def hang_up_at_once(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    reset(writer)


async def say_nothing(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    await reader.read()


async def speak_plainly(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(10)
    writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
    await writer.drain()
    reset(writer)


@pytest.mark.parametrize(
    ("greet", "kind", "why"),
    [
        (hang_up_at_once, "network", "Error"),
        (say_nothing, "timeout", "no answer in time"),
        (speak_plainly, "network", "the TLS handshake failed: SSLError"),
    ],
)
def test_tls_that_never_comes_about(greet: t.Any, kind: str, why: str) -> None:
    """Reset, silence or something else where the handshake should be: nothing of the request has left."""
    began = time.monotonic()
    found, met = asyncio.run(_meet(greet, "https"))
    said = silent(found)
    assert (said.kind, said.ambiguous, said.retryable, met) == (kind, False, True, 1)
    assert "o connection to 127.0.0.1:" in said.message
    assert f"{why})" in said.message
    assert time.monotonic() - began < 4


def test_nobody_takes_the_connection() -> None:
    """A queue that is full swallows the first packet of a connection, as a firewall does."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        port = listener.getsockname()[1]
        fillers = [socket.socket() for _each in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", port))
        began = time.monotonic()
        said = silent(send_to(f"http://127.0.0.1:{port}", QUICK))
        for filler in fillers:
            filler.close()
    assert (said.kind, said.ambiguous) == ("timeout", False)
    assert "no answer in time" in said.message
    assert time.monotonic() - began < 2


def test_a_reset_behind_the_request() -> None:
    async def handler(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        reset(writer)

    said = silent(send(handler)[0])
    assert (said.kind, said.ambiguous, said.retryable) == ("network", True, True)


def test_a_reset_in_the_middle_of_the_answer() -> None:
    async def handler(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")
        await writer.drain()
        reset(writer)

    said = silent(send(handler)[0])
    assert (said.kind, said.ambiguous) == ("network", True)


def test_a_process_that_was_stopped_sends_nothing_late(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between what it decided and what it would send, time has run out: another run may be at work by now."""
    known, heard = Client._client, []

    def stopped(client: Client, url: str) -> t.Any:
        time.sleep(QUICK.timeout + 0.2)
        return known(client, url)

    async def listen(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read(100))

    monkeypatch.setattr(Client, "_client", stopped)
    found, _served = asyncio.run(_meet(listen, "http"))
    assert isinstance(found, TimedOut)
    assert (found.ambiguous, found.retryable) == (False, True)
    assert heard == [b""]
