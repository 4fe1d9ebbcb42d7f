# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The proxy that the environment names: when it is used, what is sent to it, and what its failures mean."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import socket
import ssl
import sys
import time
import typing as t
from pathlib import Path

import pytest
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.module_utils._http import Client, Policy, Request, Response, Trust
from ansible_collections.cloudops.console.plugins.module_utils._proxies import proxy_for

from tests.unit.http.certificates import make_certificate
from tests.unit.http.one_request import send_to

HOST = "ecs.cloud.invalid"
SECRET = "Zq7Zq7Secret"
ONE_TRY = Policy(4.0, 0)
LOGIN = "Basic " + base64.b64encode(b"ops:p@ss/word").decode()
Outcome = list[Response | ConsoleError]


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http", "https", "all", "no"):
        monkeypatch.delenv(f"{name}_proxy", raising=False)
        monkeypatch.delenv(f"{name}_proxy".upper(), raising=False)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return make_certificate(tmp_path_factory.mktemp("tls"), HOST)


@pytest.fixture
def trusted(certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """The certificate is one of the system's."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))


class Net:
    """A cloud that speaks TLS, and a proxy before it. Everything that the proxy reads in clear is in heard."""

    def __init__(self, certificate: tuple[Path, Path], *, secure: bool = False, refusal: bytes = b"") -> None:
        self.heard: list[bytes] = []
        self.tunnelled = bytearray()
        self.arrived = 0
        self._refusal = refusal
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(*certificate)
        self._secure = secure
        self._tasks: set[asyncio.Task[t.Any]] = set()

    async def __aenter__(self) -> Net:
        self._cloud = await asyncio.start_server(self._answer, "127.0.0.1", 0, ssl=self._context)
        self._proxy = await asyncio.start_server(
            self._relay, "127.0.0.1", 0, ssl=self._context if self._secure else None
        )
        self.port = self._proxy.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        for server in (self._proxy, self._cloud):
            server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.wait_for(asyncio.gather(*self._tasks, return_exceptions=True), 5)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with self._served(writer):
            while await reader.readuntil(b"\r\n\r\n"):
                self.arrived += 1
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with self._served(writer):
            self.heard.append(await reader.readuntil(b"\r\n\r\n"))
            if self._refusal == b"silence":
                await reader.read()
            elif self._refusal or not self.heard[-1].startswith(b"CONNECT"):
                writer.write(self._refusal or b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
                await writer.drain()
                await reader.read()
            else:
                writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
                port = self._cloud.sockets[0].getsockname()[1]
                behind, before = await asyncio.open_connection("127.0.0.1", port)
                await asyncio.gather(self._pump(reader, before, self.tunnelled), self._pump(behind, writer))

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, copy: bytearray | None = None
    ) -> None:
        try:
            while data := await reader.read(65536):
                if copy is not None:
                    copy += data
                writer.write(data)
                await writer.drain()
        finally:
            await hang_up(writer)

    @contextlib.asynccontextmanager
    async def _served(self, writer: asyncio.StreamWriter) -> t.AsyncIterator[None]:
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
        try:
            with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
                yield
        finally:
            await hang_up(writer)


async def hang_up(writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()


def send(
    net: Net,
    monkeypatch: pytest.MonkeyPatch,
    trust: Trust,
    *,
    url: str = f"https://{HOST}",
    times: int = 1,
    policy: Policy = ONE_TRY,
) -> Outcome:
    """Send requests over one client through the proxy of net."""

    async def scenario() -> Outcome:
        found: Outcome = []
        async with net, Client(trust, policy) as client:
            scheme = "https" if net._secure else "http"
            monkeypatch.setenv("ALL_PROXY", f"{scheme}://ops:p%40ss%2Fword@127.0.0.1:{net.port}")
            for _each in range(times):
                request = Request("POST", f"{url}/?VncPassword={SECRET}", {"authorization": SECRET})
                try:
                    found.append(await client.send(request))
                except ConsoleError as error:
                    found.append(error)
        return found

    return asyncio.run(scenario())


def silent(outcome: Outcome) -> ConsoleError:
    """It failed once, the request never left, and nothing secret is said, the proxy's address included."""
    (error,) = outcome
    assert isinstance(error, ConsoleError)
    assert not error.ambiguous
    assert error.__context__ is None
    for secret in (SECRET, "p@ss", "p%40ss", "ops:", "127.0.0.1"):
        assert secret not in error.message
        assert secret not in repr(error)
    return error


def test_through_a_tunnel(certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """The proxy gets its login and a place, the cloud's request only as TLS; the tunnel serves the next request too."""
    net = Net(certificate)
    answers = send(net, monkeypatch, Trust(ca_cert=str(certificate[0])), times=3)
    assert [answer.status for answer in answers if isinstance(answer, Response)] == [200, 200, 200]
    assert (len(net.heard), net.arrived) == (1, 3)
    head = net.heard[0].decode()
    assert head.startswith(f"CONNECT {HOST}:443 HTTP/1.1\r\n")
    assert f"proxy-authorization: {LOGIN}\r\n" in head.lower().replace(LOGIN.lower(), LOGIN)
    assert SECRET not in head
    assert SECRET.encode() not in net.tunnelled


def test_the_cloud_behind_a_tunnel_is_checked(certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    net = Net(certificate)
    assert "certificate" in silent(send(net, monkeypatch, Trust())).message
    other = Net(certificate)
    url = "https://other.cloud.invalid"
    assert "certificate" in silent(send(other, monkeypatch, Trust(ca_cert=str(certificate[0])), url=url)).message
    assert (net.arrived, other.arrived) == (0, 0)


@pytest.mark.parametrize(
    ("refusal", "said", "kind"),
    [
        (
            b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n",
            "the proxy answers with status 407",
            "network",
        ),
        (b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 5\r\n\r\nsorry", "the proxy answers with status 502", "network"),
        (b"SSH-2.0-OpenSSH_9.6\r\n\r\n", "the proxy does not answer in HTTP", "network"),
        (b"silence", "no answer in time", "timeout"),
    ],
)
def test_a_proxy_that_refuses(
    certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, refusal: bytes, said: str, kind: str
) -> None:
    net = Net(certificate, refusal=refusal)
    began = time.monotonic()
    error = silent(send(net, monkeypatch, Trust(ca_cert=str(certificate[0])), policy=Policy(1.0, 0)))
    assert (error.kind, error.retryable, net.arrived) == (kind, True, 0)
    assert said in error.message
    assert HOST in error.message
    assert time.monotonic() - began < 3


def test_plain_http_is_forwarded(certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    net = Net(certificate)
    (answer,) = send(net, monkeypatch, Trust(), url=f"http://{HOST}:8080")
    assert isinstance(answer, Response)
    assert net.heard[0].startswith(f"POST http://{HOST}:8080/?VncPassword=".encode())
    assert f"Proxy-Authorization: {LOGIN}".encode() in net.heard[0]


@pytest.mark.usefixtures("trusted")
def test_a_proxy_behind_tls(certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    net = Net(certificate, secure=True)
    outcome = send(net, monkeypatch, Trust(ca_cert=str(certificate[0])), times=1)
    assert isinstance(outcome[0], Response)
    assert net.arrived == 1


def test_a_proxy_behind_tls_that_is_not_trusted(
    certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is trusted of the cloud is not trusted of the proxy, which would learn the login."""
    net = Net(certificate, secure=True)
    silent(send(net, monkeypatch, Trust(ca_cert=str(certificate[0]), verify=False)))
    assert net.heard == []


def test_a_direct_wire_knows_no_proxy(certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    net = Net(certificate)

    async def scenario() -> None:
        async with net, Client(Trust(), Policy(2.0, 0), direct=True) as client:
            monkeypatch.setenv("ALL_PROXY", f"http://127.0.0.1:{net.port}")
            with pytest.raises(ConsoleError, match="resolved"):
                await client.send(Request("GET", f"http://{HOST}/"))

    asyncio.run(scenario())
    assert net.heard == []


P, Q = "http://p.invalid:3128", "http://q.invalid"


@pytest.mark.parametrize(
    ("env", "url", "wanted"),
    [
        ({}, "https://a.example", None),
        ({"HTTPS_PROXY": P}, "https://a.example", P),
        ({"https_proxy": P, "HTTPS_PROXY": Q}, "https://a.example", P),
        ({"https_proxy": "", "HTTPS_PROXY": Q}, "https://a.example", None),
        ({"HTTPS_PROXY": P}, "http://a.example", None),
        ({"HTTP_PROXY": P}, "http://a.example", P),
        ({"ALL_PROXY": Q}, "https://a.example", Q),
        ({"all_proxy": "https://q.invalid"}, "http://a.example", "https://q.invalid"),
        ({"ALL_PROXY": Q, "HTTPS_PROXY": P}, "https://a.example", P),
        ({"HTTPS_PROXY": "p.invalid:3128"}, "https://a.example", P),
        ({"HTTPS_PROXY": P, "ALL_PROXY": Q}, "https://localhost", None),
        ({"HTTPS_PROXY": P, "ALL_PROXY": Q}, "https://127.0.0.53:8443", None),
        ({"HTTPS_PROXY": P, "ALL_PROXY": Q}, "https://[::1]", None),
    ],
)
def test_which_proxy(env: dict[str, str], url: str, wanted: str | None) -> None:
    assert proxy_for(f"{url}/?a=b", env) == wanted


@pytest.mark.parametrize(
    ("exceptions", "host", "excepted"),
    [
        ("*", "a.example", True),
        ("b.example, *", "a.example", True),
        ("", "a.example", False),
        (",,", "a.example", False),
        ("a.example", "a.example", True),
        ("A.Example", "a.example", True),
        ("example", "a.example", True),
        (" other , example ", "a.example", True),
        ("ample", "a.example", False),
        (".example", "a.example", True),
        (".a.example", "a.example", False),
        ("a.example:443", "a.example", True),
        ("a.example:8443", "a.example", False),
        ("https://a.example", "a.example", True),
        ("192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1:443", "192.0.2.1", True),
        ("192.0.2.1:80", "192.0.2.1", False),
        ("2.1", "192.0.2.1", False),
        ("192.0.2.0/24", "192.0.2.77", True),
        ("192.0.2.0/24", "198.51.100.1", False),
        ("2001:db8::1", "[2001:db8::1]", True),
        ("[2001:db8::1]", "[2001:db8::1]", True),
        ("2001:db8::/32", "[2001:db8::77]", True),
        ("2001:db8::/32", "192.0.2.1", False),
        ("fe80::/10,[::1]", "a.example", False),
    ],
)
def test_exceptions(exceptions: str, host: str, excepted: bool) -> None:
    """NO_PROXY as in curl: domains with all below them, addresses, networks, perhaps a port."""
    found = proxy_for(f"https://{host}/", {"HTTPS_PROXY": P, "NO_PROXY": exceptions})
    assert (found is None) is excepted


@pytest.mark.parametrize(
    "proxy", ["ftp://p.invalid", "socks4://p.invalid", "http://p.invalid:port", "http://[::1", "://x"]
)
def test_a_proxy_of_another_kind(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    said = silent([send_to(f"https://{HOST}")])
    assert (said.kind, said.retryable) == ("invalid", False)
    assert "proxy" in said.message
    assert "HTTPS_PROXY" in said.message
    assert "p.invalid" not in said.message


def test_a_proxy_without_a_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://")
    assert "proxy" in silent([send_to(f"https://{HOST}")]).message


@pytest.mark.parametrize("proxy", ["socks5://ops:p%40ss@p.invalid:1080"])
def test_socks_without_its_library(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    """The message names what to install, for which interpreter and on which host."""
    monkeypatch.setitem(sys.modules, "socksio", None)
    monkeypatch.setenv("ALL_PROXY", proxy)
    said = silent([send_to(f"https://{HOST}")])
    for part in ("socksio", "httpx[socks]", sys.executable, socket.gethostname()):
        assert part in said.message


@pytest.mark.parametrize("exceptions", [HOST, ".cloud.invalid", "*", f"{HOST}:443", "fe80::/10, cloud.invalid"])
def test_a_host_of_no_proxy_is_asked_directly(
    certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, exceptions: str
) -> None:
    net = Net(certificate)
    monkeypatch.setenv("NO_PROXY", exceptions)
    assert "resolved" in silent(send(net, monkeypatch, Trust(ca_cert=str(certificate[0])))).message
    assert net.heard == []
