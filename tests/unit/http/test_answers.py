# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The forms that an answer can come in, and what a request may contain."""

from __future__ import annotations

import asyncio
import gzip
import typing as t
from urllib.parse import quote

import pytest
from ansible_collections.cloudops.console.plugins.module_utils._alibaba.signing import canonical_query
from ansible_collections.cloudops.console.plugins.module_utils._http import Client, Policy, Request, Response, Trust
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.http.one_request import SECRET, Handler, answering, send, send_to, silent

PLAIN = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
QUICK = Policy(0.5, 0)


def pieces(*parts: bytes) -> Handler:
    async def handler(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(0.01)

    return handler


def body_of(*parts: bytes) -> tuple[int, bytes]:
    answer, _arrived = send(pieces(*parts))
    assert isinstance(answer, Response)
    return answer.status, answer.body


@pytest.mark.parametrize("cut", [1, 7, len(PLAIN) - 1])
def test_an_answer_in_pieces(cut: int) -> None:
    assert body_of(PLAIN[:cut], PLAIN[cut:]) == (200, b"{}")


def test_chunks() -> None:
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nX-After: 1\r\n\r\n"
    assert body_of(chunked) == (200, b"{}")


def test_the_end_of_the_connection_ends_an_answer_without_length() -> None:
    assert body_of(b"HTTP/1.1 200 OK\r\nX: 1\r\n\r\n", b"{}") == (200, b"{}")


def test_no_body_behind_some_statuses() -> None:
    assert body_of(b"HTTP/1.1 204 No Content\r\n\r\n") == (204, b"")


def test_informational_answers_are_skipped() -> None:
    found = body_of(b"HTTP/1.1 100 Continue\r\nX: 1\r\n\r\n", b"HTTP/1.1 103 Hints\r\n\r\n" + PLAIN)
    assert found == (200, b"{}")


def test_a_header_that_comes_twice() -> None:
    answer, _arrived = send(answering(b"HTTP/1.1 200 OK\r\nX-A: 1\r\nx-a: 2\r\nContent-Length: 0\r\n\r\n"))
    assert isinstance(answer, Response)
    assert answer.headers["x-a"] == "1, 2"


def test_nothing_is_unpacked() -> None:
    packed = gzip.compress(b"{}")
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(packed)}\r\n\r\n".encode()
    answer, _arrived = send(answering(head + packed))
    assert isinstance(answer, Response)
    assert answer.body == packed
    with pytest.raises(Exception, match="not a JSON object"):
        answer.json_object()


@pytest.mark.parametrize(
    "bent",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
        b"HTTP/1.1 20x OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX\x00: 1\r\n\r\n",
        b"HTTP/1.1 101 Switching\r\nUpgrade: h2c\r\nConnection: upgrade\r\n\r\n",
    ],
)
def test_no_http(bent: bytes) -> None:
    said = silent(send(answering(bent), QUICK)[0])
    assert (said.kind, said.ambiguous) == ("unexpected_answer", True)


class Arrived(t.NamedTuple):
    head: bytes
    body: bytes


def arrived(*requests: Request, cookie: bytes = b"") -> list[Arrived]:
    """Send requests over one client to a server that answers each; return the bytes that came."""

    async def scenario() -> list[Arrived]:
        came: list[Arrived] = []
        done = asyncio.Event()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            for _each in requests:
                head = await reader.readuntil(b"\r\n\r\n")
                length = next((line for line in head.lower().splitlines() if line.startswith(b"content-length")), b"0")
                came.append(Arrived(head, await reader.readexactly(int(length.rpartition(b" ")[2]))))
                writer.write(b"HTTP/1.1 200 OK\r\n" + cookie + b"Content-Length: 2\r\n\r\n{}")
            await done.wait()
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        base = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with server, Client(Trust(), Policy(5.0, 0)) as client:
            for one in requests:
                await client.send(Request(one.method, base + one.url, one.headers, one.body))
        done.set()
        await asyncio.sleep(0)
        return came

    return asyncio.run(scenario())


def test_nothing_is_added_to_what_was_signed() -> None:
    (first, second) = arrived(
        Request("POST", "/?a=b", {"x-thing": "1\t2", "host": "signed.example"}, b"{}"),
        Request("GET", "/", {"user-agent": "ours"}),
        cookie=b"Set-Cookie: session=1\r\n",
    )
    assert first.head.startswith(b"POST /?a=b HTTP/1.1\r\n")
    assert sorted(first.head.split(b"\r\n")[1:-2]) == [b"Content-Length: 2", b"host: signed.example", b"x-thing: 1\t2"]
    assert first.body == b"{}"
    names = {line.partition(b":")[0].lower() for line in second.head.split(b"\r\n")[1:-2]}
    assert names == {b"host", b"user-agent"}


TEXT = st.text(
    alphabet=st.one_of(st.sampled_from("%+;'\"/.~ &=?#|{}\\^`<>é漢"), st.characters(codec="utf-8")), max_size=30
)


@given(values=st.lists(TEXT, min_size=1, max_size=5))
def test_a_signed_query_is_sent_byte_for_byte(values: list[str]) -> None:
    query = canonical_query({f"P{number}": value for number, value in enumerate(values)})
    (came,) = arrived(Request("POST", f"/?{query}"))
    assert came.head.startswith(f"POST /?{query} HTTP/1.1\r\n".encode("ascii"))


@given(parts=st.lists(TEXT, max_size=4))
def test_a_path_is_sent_byte_for_byte_or_not_at_all(parts: list[str]) -> None:
    """Dots in a path would be resolved by httpx; what was signed would not be what is sent."""
    path = "/" + "/".join(quote(part, safe="") for part in parts)
    if {".", ".."} & set(parts):
        assert silent(send_to(f"http://127.0.0.1:1{path}")).kind == "invalid"
    else:
        (came,) = arrived(Request("GET", path))
        assert came.head.startswith(f"GET {path} HTTP/1.1\r\n".encode("ascii"))


@pytest.mark.parametrize("bent", ["a\r\nx-evil: 1", "a\nx-evil: 1", "a\rb", "a\x00", "a\x7f", "\u00e9", "\ud800"])
def test_a_value_cannot_end_its_line(bent: str) -> None:
    said = silent(_refused(Request("GET", "http://127.0.0.1:1/", {"x-thing": bent, "authorization": SECRET})))
    assert (said.kind, said.ambiguous) == ("invalid", False)


@pytest.mark.parametrize(
    "bent", ["/a b", "/a\tb", "/a\r\nb", "/\u00e9", "/ HTTP/1.1\r\nx: 1", "/a#b", "/../a", "/a/./b"]
)
def test_a_target_is_sent_as_it_is_or_not_at_all(bent: str) -> None:
    assert silent(_refused(Request("GET", f"http://127.0.0.1:1{bent}"))).kind == "invalid"


def _refused(request: Request) -> object:
    async def scenario() -> object:
        async with Client(Trust(), QUICK) as client:
            try:
                return await client.send(request)
            except Exception as error:  # noqa: BLE001 - the caller looks at it
                return error

    return asyncio.run(scenario())
