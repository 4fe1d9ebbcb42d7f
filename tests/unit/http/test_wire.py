# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""One request over a real connection: what breaks, what may have arrived, and what is never said."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import ssl
import time
import typing as t
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.cloudops.console.plugins.module_utils import _http
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.module_utils._http import (
    Answer,
    Policy,
    Request,
    Trust,
    Wire,
    checked_endpoint,
    is_loopback,
    ssl_context,
)

from tests.emulator.client import Emulator
from tests.unit.http.certificates import make_certificate

SECRET = "Zq7Zq7Secret"
ONE_TRY = Policy(2.0, 0)
PATIENT = Policy(3.0, 0)
TRUSTING = Trust()
Handler = t.Callable[[asyncio.StreamReader, asyncio.StreamWriter], t.Awaitable[None]]


def request(url: str) -> Request:
    return Request("POST", f"{url}/?VncPassword={SECRET}", {"x-acs-action": "X", "authorization": SECRET})


def send(handler: Handler, policy: Policy = ONE_TRY) -> tuple[Answer | ConsoleError, int]:
    """Send one request to a server that handles each connection so; also say how many requests it read."""
    arrived = 0
    served: list[asyncio.Task[t.Any]] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal arrived
        served.extend(task for task in [asyncio.current_task()] if task)
        try:
            await reader.readuntil(b"\r\n\r\n")
            arrived += 1
            await handler(reader, writer)
            await writer.drain()
            writer.close()
            await writer.wait_closed()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            await _hang_up(writer)

    async def scenario() -> Answer | ConsoleError:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        try:
            async with Wire(Trust(), policy) as wire:
                return await wire.send(request(f"http://127.0.0.1:{port}"))
        except ConsoleError as error:
            return error
        finally:
            server.close()
            await asyncio.wait_for(asyncio.gather(*served), 5)
            await server.wait_closed()

    return asyncio.run(scenario()), arrived


async def _hang_up(writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()


def answering(text: bytes) -> Handler:
    async def handler(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(text)

    return handler


def silent(error: object) -> ConsoleError:
    """It is an error, and no spelling of it shows the request."""
    assert isinstance(error, ConsoleError)
    for text in (error.message, repr(error), str(error.failure)):
        assert SECRET not in text
        assert "?" not in text
    assert error.advice
    assert error.__suppress_context__ or error.__context__ is None
    return error


def test_an_answer() -> None:
    answer, _arrived = send(answering(b"HTTP/1.1 200 OK\r\nX-Acs-Thing: 1\r\nContent-Length: 2\r\n\r\n{}"))
    assert isinstance(answer, Answer)
    assert (answer.status, answer.body, answer.headers["x-acs-thing"]) == (200, b"{}", "1")
    assert answer.json_object() == {}


def test_a_redirect_is_not_followed() -> None:
    answer, arrived = send(answering(b"HTTP/1.1 302 F\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"))
    assert isinstance(answer, Answer)
    assert (answer.status, arrived) == (302, 1)


BROKEN = {
    "nothing": b"",
    "half a status": b"HTTP/1",
    "no http": b"SSH-2.0-OpenSSH_9.6\r\n",
    "half a head": b"HTTP/1.1 200 OK\r\nContent-Le",
    "half a body": b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{",
    "half a chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n{",
    "an endless head": b"HTTP/1.1 200 OK\r\nX: " + b"a" * 200_000,
}


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_answer_may_have_been_applied(text: bytes) -> None:
    error, arrived = send(answering(text))
    said = silent(error)
    assert (said.kind, said.ambiguous, said.retryable, arrived) == ("unexpected_answer", True, True, 1)


def test_an_oversized_answer_is_not_read_to_its_end() -> None:
    sent = 0

    async def flood(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
        while sent < 64 * 1024 * 1024:
            writer.write(b"x" * 65536)
            sent += 65536
            await writer.drain()

    error, _arrived = send(flood, Policy(10.0, 0))
    said = silent(error)
    assert (said.kind, said.ambiguous) == ("unexpected_answer", True)
    assert "8 MB" in said.message
    assert sent < 32 * 1024 * 1024


def test_no_answer_in_time() -> None:
    async def hang(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.read()

    began = time.monotonic()
    error, arrived = send(hang, Policy(0.3, 0))
    said = silent(error)
    assert (said.kind, said.ambiguous, arrived) == ("timeout", True, 1)
    assert "0.3 seconds" in said.message
    assert time.monotonic() - began < 2


def test_an_answer_that_drips_is_late_as_a_whole() -> None:
    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
        while not reader.at_eof():
            writer.write(b"x")
            await writer.drain()
            try:
                await asyncio.wait_for(reader.read(1), 0.1)
            except asyncio.TimeoutError:
                continue

    began = time.monotonic()
    error, _arrived = send(drip, Policy(0.5, 0))
    assert silent(error).kind == "timeout"
    assert time.monotonic() - began < 2


async def _send_to(url: str, policy: Policy, trust: Trust) -> Answer | ConsoleError:
    async with Wire(trust, policy) as wire:
        try:
            return await wire.send(request(url))
        except ConsoleError as error:
            return error


def send_to(url: str, policy: Policy = PATIENT, trust: Trust = TRUSTING) -> Answer | ConsoleError:
    return asyncio.run(_send_to(url, policy, trust))


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_connection_refused_is_not_ambiguous(scheme: str) -> None:
    said = silent(send_to(f"{scheme}://127.0.0.1:1"))
    assert (said.kind, said.ambiguous, said.retryable) == ("timeout", False, True)
    assert "127.0.0.1:1" in said.message


def test_a_name_that_cannot_be_resolved() -> None:
    said = silent(send_to("https://ecs.nowhere.invalid"))
    assert (said.kind, said.ambiguous) == ("timeout", False)
    assert "ecs.nowhere.invalid" in said.message


def test_a_url_that_is_none() -> None:
    assert silent(send_to("https://\x00x")).kind == "invalid"


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:1", "gopher://127.0.0.1:1", "http://127.0.0.1:1"])
def test_a_proxy_that_cannot_be_used(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    """Proxy variables of the environment are honoured for https; one that does not work is the operator's to mend."""
    monkeypatch.setenv("ALL_PROXY", proxy)
    said = silent(send_to("https://ecs.nowhere.invalid"))
    assert not said.ambiguous
    assert "proxy" in said.message.lower()


def test_loopback_goes_past_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    answer, _arrived = send(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"))
    assert isinstance(answer, Answer)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return make_certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def secure(certificate: tuple[Path, Path]) -> Iterator[Emulator]:
    cert, private = map(str, certificate)
    with Emulator.start(certfile=cert, keyfile=private) as running:
        yield running


def test_a_certificate_that_is_not_trusted(secure: Emulator) -> None:
    said = silent(send_to(secure.url))
    assert (said.kind, said.ambiguous, said.retryable) == ("timeout", False, False)
    assert "certificate" in said.message
    assert "ca_cert" in said.advice
    assert secure.counters()["calls"] == 0


def test_a_certificate_of_ca_cert(secure: Emulator, certificate: tuple[Path, Path]) -> None:
    assert isinstance(send_to(secure.url, trust=Trust(ca_cert=str(certificate[0]))), Answer)
    assert isinstance(send_to(secure.url, trust=Trust(verify=False)), Answer)
    other_name = secure.url.replace("127.0.0.1", "localhost")
    assert "certificate" in silent(send_to(other_name, trust=Trust(ca_cert=str(certificate[0])))).message


@pytest.mark.parametrize("content", [None, "", "no certificate"])
def test_a_ca_cert_that_is_none(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_text(content)
    with pytest.raises(ConsoleError, match="ca_cert") as caught:
        ssl_context(Trust(ca_cert=str(path)))
    assert str(path) in caught.value.message


def test_one_context_for_all_wires() -> None:
    assert ssl_context(Trust()) is ssl_context(Trust())
    assert ssl_context(Trust()).verify_mode == ssl.CERT_REQUIRED
    assert ssl_context(Trust(verify=False)).verify_mode == ssl.CERT_NONE


def test_the_loggers_are_silent(caplog: pytest.LogCaptureFixture) -> None:
    """ansible.cfg's log_path collects what the root logger gets, at whatever level it is set."""
    caplog.set_level(logging.DEBUG)
    send(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"))
    send(answering(b""))
    assert SECRET not in caplog.text
    assert "VncPassword" not in caplog.text
    assert not [record for record in caplog.records if record.name.startswith("httptools")]


def test_no_secret_in_a_repr() -> None:
    assert SECRET not in repr(request("https://x.example"))
    assert SECRET not in repr(Answer(200, {"a": SECRET}, SECRET.encode()))


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("ecs.cn-hangzhou.aliyuncs.com", "https://ecs.cn-hangzhou.aliyuncs.com"),
        ("https://ECS.example.com", "https://ecs.example.com"),
        ("https://ecs.example.com:8443/", "https://ecs.example.com:8443"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://localhost:1", "http://localhost:1"),
        ("http://[::1]:8080", "http://[::1]:8080"),
    ],
)
def test_endpoints(given: str, kept: str) -> None:
    assert checked_endpoint(given, allow_plain_http=False) == kept


@pytest.mark.parametrize(
    "bent",
    [
        "",
        "https://",
        "ftp://ecs.example.com",
        "file:///etc/passwd",
        "https://user@ecs.example.com",
        "https://user:pw@ecs.example.com",
        "https://ecs.example.com/path",
        "https://ecs.example.com?x=1",
        "https://ecs.example.com#x",
        "https://ecs.example.com\n",
        "https://ecs.exa\tmple.com",
        " https://ecs.example.com",
        "https://ecs example.com",
        "https://ecs.example.com:port",
        "https://ecs.example.com:99999",
        "https://ecs.example.com\\@evil.example",
        "https://evil.example;.aliyuncs.com",
        "https://%65cs.example.com",
        "https://ecs.example.com%00",
        "https://\u0435cs.example.com",
        "https://ecs.example.com\u2100",
        "https://[::1",
    ],
)
def test_endpoints_that_bend_a_url(bent: str) -> None:
    with pytest.raises(ConsoleError, match="endpoint") as caught:
        checked_endpoint(bent, allow_plain_http=True)
    assert caught.value.kind == "invalid"
    assert "pw@" not in caught.value.message


@pytest.mark.parametrize(
    "host", ["ecs.example.com", "10.0.0.1", "127.evil.example", "localhost.evil.example", "[2001:db8::1]"]
)
def test_plain_http_elsewhere(host: str) -> None:
    with pytest.raises(ConsoleError, match="not encrypted") as caught:
        checked_endpoint(f"http://{host}", allow_plain_http=False)
    assert "allow_plain_http" in caught.value.advice
    assert checked_endpoint(f"http://{host}", allow_plain_http=True) == f"http://{host}"


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("localhost", True),
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("192.0.2.1", False),
        ("10.0.0.1", False),
        ("x", False),
    ],
)
def test_loopback(host: str, local: bool) -> None:
    assert is_loopback(host) is local


async def _talk(served_at_once: int, requests: int, *, pause: float = 0.0) -> tuple[list[str], int, int]:
    """Send requests over one wire; the server ends each connection after so many answers.

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
        await _hang_up(writer)

    kinds = []
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with Wire(Trust(), Policy(2.0, 0)) as wire:
        for _each in range(requests):
            try:
                kinds.append(str((await wire.send(request(url))).status))
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
    assert kinds == ["200", "unexpected_answer (ambiguous)", "200"]
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
        async with Wire(Trust(), Policy(2.0, 0)) as wire:
            for _each in range(2):
                kinds += (await wire.send(request(url))).status == 200
                # No await between this and the next request
                peers[-1].transport.get_extra_info("socket").shutdown(socket.SHUT_RDWR)
        closed.set()
        for peer in peers:
            await _hang_up(peer)
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
            await _hang_up(writer)

    async def scenario() -> None:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with Wire(Trust(), Policy(2.0, 0)) as wire:
            for _each in range(5):
                await wire.send(request(f"http://127.0.0.1:{port}"))
        server.close()
        await asyncio.wait_for(asyncio.gather(*served), 5)
        await server.wait_closed()

    asyncio.run(scenario())
    assert connections == 1
    assert _http.IDLE_CONNECTIONS >= 1
