# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""One request over a real connection: what breaks, what may have arrived, and what is never said."""

from __future__ import annotations

import asyncio
import logging
import ssl
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.module_utils._http import (
    Policy,
    Response,
    Trust,
    ssl_context,
)

from tests.emulator.client import Emulator
from tests.unit.http.certificates import make_certificate
from tests.unit.http.one_request import (
    SECRET,
    answering,
    request,
    send,
    send_to,
    silent,
)


def test_an_answer() -> None:
    answer, _arrived = send(answering(b"HTTP/1.1 200 OK\r\nX-Acs-Thing: 1\r\nContent-Length: 2\r\n\r\n{}"))
    assert isinstance(answer, Response)
    assert (answer.status, answer.body, answer.headers["x-acs-thing"]) == (200, b"{}", "1")
    assert answer.json_object() == {}


def test_a_redirect_is_not_followed() -> None:
    answer, arrived = send(answering(b"HTTP/1.1 302 F\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"))
    assert isinstance(answer, Response)
    assert (answer.status, arrived) == (302, 1)


BROKEN = {
    "nothing": (b"", "network"),
    "half a status": (b"HTTP/1", "network"),
    "no http": (b"SSH-2.0-OpenSSH_9.6\r\n\r\n", "unexpected_answer"),
    "half a head": (b"HTTP/1.1 200 OK\r\nContent-Le", "network"),
    "half a body": (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{", "network"),
    "half a chunk": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n{", "network"),
    "an endless head": (b"HTTP/1.1 200 OK\r\nX: " + b"a" * 200_000, "unexpected_answer"),
}


@pytest.mark.parametrize(("text", "kind"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_answer_may_have_been_applied(text: bytes, kind: str) -> None:
    error, arrived = send(answering(text))
    said = silent(error)
    assert (said.kind, said.ambiguous, said.retryable, arrived) == (kind, True, True, 1)


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


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_connection_refused_is_not_ambiguous(scheme: str) -> None:
    said = silent(send_to(f"{scheme}://127.0.0.1:1"))
    assert (said.kind, said.ambiguous, said.retryable) == ("network", False, True)
    assert "127.0.0.1:1" in said.message


def test_a_name_that_cannot_be_resolved() -> None:
    said = silent(send_to("https://ecs.nowhere.invalid"))
    assert (said.kind, said.ambiguous) == ("network", False)
    assert "ecs.nowhere.invalid" in said.message


def test_a_url_that_is_none() -> None:
    assert silent(send_to("https://\x00x")).kind == "invalid"


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:1", "gopher://127.0.0.1:1", "http://127.0.0.1:1"])
def test_a_proxy_that_cannot_be_used(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    """Proxy variables of the environment are honoured for https; one that does not work is the operator's to fix."""
    monkeypatch.setenv("ALL_PROXY", proxy)
    said = silent(send_to("https://ecs.nowhere.invalid"))
    assert not said.ambiguous
    assert "proxy" in said.message.lower()


def test_loopback_goes_past_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    answer, _arrived = send(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"))
    assert isinstance(answer, Response)


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
    assert (said.kind, said.ambiguous, said.retryable) == ("network", False, False)
    assert "certificate" in said.message
    assert "ca_cert" in said.advice
    assert secure.counters()["calls"] == 0


def test_a_certificate_of_ca_cert(secure: Emulator, certificate: tuple[Path, Path]) -> None:
    assert isinstance(send_to(secure.url, trust=Trust(ca_cert=str(certificate[0]))), Response)
    assert isinstance(send_to(secure.url, trust=Trust(verify=False)), Response)
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
    assert {record.name for record in caplog.records} <= {"asyncio"}


def test_no_secret_in_a_repr() -> None:
    assert SECRET not in repr(request("https://x.example"))
    assert SECRET not in repr(Response(200, {"a": SECRET}, SECRET.encode()))
