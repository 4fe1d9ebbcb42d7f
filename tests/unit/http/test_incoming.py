# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The forms that an answer can come in, and what may stand in a request."""

from __future__ import annotations

import asyncio
import contextlib
import typing as t

import pytest
from ansible_collections.cloudops.console.plugins.module_utils._connection import (
    Broken,
    Late,
    Received,
    Unsendable,
    connect,
    request_bytes,
)

SENT = request_bytes("GET", "/", [("host", "x")])
PLAIN = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


async def _exchange(pieces: t.Sequence[bytes], close: bool, tunnel: bool) -> tuple[Received | str, bool]:
    """Answer one request with these pieces; return what came of it, and whether the connection can be used again."""
    done = asyncio.Event()
    peers: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peers.append(writer)
        await reader.readuntil(b"\r\n\r\n")
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.01)
        if not close:
            await done.wait()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    connection = await connect("127.0.0.1", server.sockets[0].getsockname()[1], None)
    found: Received | str
    try:
        deadline = asyncio.get_running_loop().time() + 0.5
        found = await connection.exchange(SENT, deadline, tunnel=tunnel)
    except (Broken, Late) as error:
        found = f"{type(error).__name__} {error}".strip()
    usable = connection.usable
    done.set()
    await connection.aclose()
    for peer in peers:
        peer.transport.abort()
        with contextlib.suppress(ConnectionError):
            await peer.wait_closed()
    server.close()
    await server.wait_closed()
    return found, usable


def exchange(*pieces: bytes, close: bool = False, tunnel: bool = False) -> tuple[Received | str, bool]:
    return asyncio.run(_exchange(pieces, close, tunnel))


@pytest.mark.parametrize("cut", [1, 7, len(PLAIN) - 1])
def test_an_answer_in_pieces(cut: int) -> None:
    assert exchange(PLAIN[:cut], PLAIN[cut:]) == (Received(200, {"content-length": "2"}, b"{}"), True)


def test_chunks() -> None:
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nX-After: 1\r\n\r\n"
    found, usable = exchange(chunked)
    assert found == Received(200, {"transfer-encoding": "chunked"}, b"{}")
    assert usable


def test_the_end_of_the_connection_ends_an_answer_without_length() -> None:
    found, usable = exchange(b"HTTP/1.1 200 OK\r\nX: 1\r\n\r\n", b"{}", close=True)
    assert found == Received(200, {"x": "1"}, b"{}")
    assert not usable


def test_without_length_and_without_end() -> None:
    assert exchange(b"HTTP/1.1 200 OK\r\n\r\n{}") == ("Late", False)


def test_no_body_behind_some_statuses() -> None:
    assert exchange(b"HTTP/1.1 204 No Content\r\n\r\n") == (Received(204, {}, b""), True)


def test_informational_answers_are_skipped() -> None:
    found, usable = exchange(b"HTTP/1.1 100 Continue\r\nX: 1\r\n\r\n", b"HTTP/1.1 103 Hints\r\n\r\n" + PLAIN)
    assert found == Received(200, {"content-length": "2"}, b"{}")
    assert usable


def test_a_header_that_comes_twice() -> None:
    found, _usable = exchange(b"HTTP/1.1 200 OK\r\nX-A: 1\r\nx-a: 2\r\nContent-Length: 0\r\n\r\n")
    assert isinstance(found, Received)
    assert found.headers["x-a"] == "1, 2"


@pytest.mark.parametrize(
    "head",
    [b"HTTP/1.1 200 OK\r\nConnection: close\r\n", b"HTTP/1.0 200 OK\r\n"],
    ids=["close", "1.0"],
)
def test_a_service_that_will_not_listen_any_more(head: bytes) -> None:
    found, usable = exchange(head + b"Content-Length: 2\r\n\r\n{}")
    assert isinstance(found, Received)
    assert not usable


UPGRADE = b"HTTP/1.1 101 Switching\r\nUpgrade: h2c\r\nConnection: upgrade\r\n\r\n"


@pytest.mark.parametrize("more", [PLAIN, b"x", b"\x00\xff", UPGRADE])
def test_what_nobody_asked_for_ends_the_connection(more: bytes) -> None:
    """It would be taken for the answer to the next request."""
    found, usable = exchange(PLAIN + more)
    assert found == Received(200, {"content-length": "2"}, b"{}")
    assert not usable


@pytest.mark.parametrize(
    "bent",
    [
        UPGRADE,
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nX: 1\r\n folded\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 20x OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX\x00: 1\r\n\r\n",
    ],
)
def test_no_http(bent: bytes) -> None:
    assert exchange(bent) == ("Broken no HTTP", False)


@pytest.mark.parametrize(
    ("head", "status"),
    [(b"HTTP/1.1 200 Connected\r\n\r\n", 200), (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 200)],
)
def test_the_head_of_a_tunnel_is_all_of_its_answer(head: bytes, status: int) -> None:
    found, _usable = exchange(head, tunnel=True)
    assert isinstance(found, Received)
    assert (found.status, found.body) == (status, b"")


def test_a_tunnel_that_is_refused_has_a_body() -> None:
    found, _usable = exchange(b"HTTP/1.1 407 Login\r\nContent-Length: 2\r\n\r\nno", tunnel=True)
    assert isinstance(found, Received)
    assert (found.status, found.body) == (407, b"no")


def test_a_request() -> None:
    sent = request_bytes("POST", "/?a=b", [("host", "x.example"), ("x-thing", "1\t2")], b"{}")
    assert sent == b"POST /?a=b HTTP/1.1\r\nhost: x.example\r\nx-thing: 1\t2\r\n\r\n{}"


@pytest.mark.parametrize("bent", ["a\r\nx-evil: 1", "a\nx-evil: 1", "a\rb", "a\x00", "a\x7f", "\u00e9", "\ud800"])
def test_a_value_cannot_end_its_line(bent: str) -> None:
    with pytest.raises(Unsendable):
        request_bytes("GET", "/", [("host", "x"), ("x-thing", bent)])


@pytest.mark.parametrize("bent", ["", "/a b", "/a\tb", "/a\r\nb", "/\u00e9", "/ HTTP/1.1\r\nx: 1"])
def test_a_target_cannot_end_its_line(bent: str) -> None:
    with pytest.raises(Unsendable):
        request_bytes("GET", bent, [("host", "x")])
