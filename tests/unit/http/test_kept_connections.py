# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections that are kept for the next request, and those that the server has closed by then."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import typing as t

from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.module_utils._http import (
    Client,
    Policy,
    Trust,
)

from tests.unit.http.one_request import (
    hang_up,
    request,
)


async def _talk(served_at_once: int, requests: int, *, pause: float = 0.0) -> tuple[list[str], int, int]:
    """Send requests over one client; the server ends each connection after so many answers.

    Returns the kinds of what came back (``200`` for an answer), and how many connections and requests arrived.
    """
    connections = arrived = 0
    served: list[asyncio.Task[t.Any]] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections, arrived
        connections += 1
        served.extend(task for task in [asyncio.current_task()] if task)
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            for number in range(1, 100):
                await reader.readuntil(b"\r\n\r\n")
                arrived += 1
                if number > served_at_once:
                    break
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
                if pause and number == served_at_once:
                    break
            await writer.drain()
            writer.close()
        await hang_up(writer)

    kinds = []
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with Client(Trust(), Policy(2.0, 0)) as client:
        for _each in range(requests):
            try:
                kinds.append(str((await client.send(request(url))).status))
            except ConsoleError as error:
                kinds.append(f"{error.kind}{' (ambiguous)' if error.ambiguous else ''}")
            await asyncio.sleep(pause)
    server.close()
    await asyncio.wait_for(asyncio.gather(*served), 5)
    await server.wait_closed()
    return kinds, connections, arrived


def test_a_request_is_never_sent_twice() -> None:
    """A connection that ends under a request: it may have arrived, and only the caller knows whether to repeat it."""
    kinds, connections, arrived = asyncio.run(_talk(1, 3))
    assert kinds == ["200", "network (ambiguous)", "200"]
    assert (connections, arrived) == (2, 3)


def test_a_connection_that_the_server_has_closed_is_not_used() -> None:
    kinds, connections, arrived = asyncio.run(_talk(1, 3, pause=0.05))
    assert kinds == ["200", "200", "200"]
    assert (connections, arrived) == (3, 3)


def test_a_closed_connection_is_seen_before_the_loop_sees_it() -> None:
    """The end of a connection can wait in the socket, unread, while the next request is made."""
    closed = asyncio.Event()

    async def scenario() -> tuple[int, int]:
        kinds = 0
        peers: list[asyncio.StreamWriter] = []

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            peers.append(writer)
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
            await closed.wait()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with Client(Trust(), Policy(2.0, 0)) as client:
            for _each in range(2):
                kinds += (await client.send(request(url))).status == 200
                # No await between this and the next request
                peers[-1].transport.get_extra_info("socket").shutdown(socket.SHUT_RDWR)
        closed.set()
        for peer in peers:
            await hang_up(peer)
        server.close()
        await server.wait_closed()
        return kinds, len(peers)

    assert asyncio.run(scenario()) == (2, 2)


def test_one_wire_keeps_its_connection() -> None:
    connections = 0
    served: list[asyncio.Task[t.Any]] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        served.extend(task for task in [asyncio.current_task()] if task)
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
        except asyncio.IncompleteReadError:
            await hang_up(writer)

    async def scenario() -> None:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with Client(Trust(), Policy(2.0, 0)) as client:
            for _each in range(5):
                await client.send(request(f"http://127.0.0.1:{port}"))
        server.close()
        await asyncio.wait_for(asyncio.gather(*served), 5)
        await server.wait_closed()

    asyncio.run(scenario())
    assert connections == 1
