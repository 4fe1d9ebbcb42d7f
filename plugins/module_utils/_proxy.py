# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""The proxy that the environment names for an address, and the way through it.

HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY count, in lower case first. No message shows a proxy's address: it can
hold a password.
"""

from __future__ import annotations

import base64
import ipaddress
import ssl
import sys
import typing as t
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from ansible_collections.cloudops.console.plugins.module_utils._connection import (
    Broken,
    Connection,
    Head,
    TooLarge,
    Unconnected,
    connect,
    request_bytes,
)
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError

_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Proxy:
    """Where the proxy is, whether the way to it is encrypted, and what it is told about us."""

    host: str
    port: int
    tls: bool
    login: str = field(repr=False, default="")

    @property
    def head(self) -> Head:
        """The headers for the proxy alone."""
        return [("proxy-authorization", self.login)] if self.login else []


def proxy_for(scheme: str, host: str, port: int, env: t.Mapping[str, str]) -> Proxy | None:
    """Return the proxy for an address, None for the direct way.

    :raises ConsoleError: the environment names one that cannot be used.
    """
    url = _variable(env, f"{scheme}_proxy") or _variable(env, "all_proxy")
    if scheme == "http" and "REQUEST_METHOD" in env:
        # In a CGI program HTTP_PROXY is the header Proxy of whoever calls it
        url = env.get("http_proxy", "") or _variable(env, "all_proxy")
    if not url or _excepted(host, port, _variable(env, "no_proxy")):
        return None
    return _parsed(url)


def _variable(env: t.Mapping[str, str], name: str) -> str:
    """Return a variable; in lower case it wins even where it is empty."""
    return env[name] if name in env else env.get(name.upper(), "")


def _excepted(host: str, port: int, exceptions: str) -> bool:
    """Whether NO_PROXY names host: ``*``, itself, a domain above it, or a network; a port must fit if there is one."""
    return any(_matches(host, port, entry.strip().lower()) for entry in exceptions.split(","))


def _matches(host: str, port: int, entry: str) -> bool:
    entry = entry.partition("://")[2] or entry
    if entry in ("", "*"):
        return entry == "*"
    network, address = _network(entry), _network(host)
    if network is not None:
        return address is not None and address.version == network.version and address.network_address in network
    name, _colon, wanted = entry.rpartition(":")
    if name and wanted.isdigit():
        return int(wanted) == port and _matches(host, port, name)
    if address is not None:
        return False
    return host.endswith(entry) if entry.startswith(".") else host == entry or host.endswith(f".{entry}")


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(text.strip("[]"), strict=False)
    except ValueError:
        return None


def _parsed(url: str) -> Proxy:
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        usual = _PORTS[parts.scheme]
        host, port = parts.hostname, parts.port or usual
    except (ValueError, KeyError):
        host, port = None, 0
    if not host:
        raise ConsoleError(
            "the proxy that the environment names cannot be used",
            advice="Correct HTTPS_PROXY, ALL_PROXY and NO_PROXY; their schemes are http and https.",
        )
    login = ""
    if parts.username or parts.password:
        pair = f"{unquote(parts.username or '')}:{unquote(parts.password or '')}"
        login = f"Basic {base64.b64encode(pair.encode()).decode()}"
    return Proxy(host, port, parts.scheme == "https", login)


async def through(proxy: Proxy, host: str, port: int, tls: ssl.SSLContext | None) -> Connection:
    """Connect to host through proxy and speak TLS with it; without tls, connect to the proxy only, which forwards.

    :raises Unconnected: the proxy refuses.
    :raises OSError: there is no proxy, or no trusted host behind it.
    """
    if proxy.tls and tls and sys.version_info < (3, 11):
        raise ConsoleError(
            "the proxy that the environment names is reached by https, which needs Python 3.11 or newer",
            advice="Name it with http:// in HTTPS_PROXY; what is sent through it is encrypted all the same.",
        )
    # The system's certificates, whatever is set for the cloud: this proxy is not the cloud's
    connection = await connect(proxy.host, proxy.port, ssl.create_default_context() if proxy.tls else None)
    if tls is None:
        return connection
    try:
        await _tunnel(connection, proxy, f"[{host}]:{port}" if ":" in host else f"{host}:{port}")
        await connection.secure(tls, host)
    except BaseException:
        connection.abort()
        raise
    return connection


async def _tunnel(connection: Connection, proxy: Proxy, place: str) -> None:
    """Ask the proxy for a way; whoever connects has a limit of time for all of it."""
    request = request_bytes("CONNECT", place, [("host", place), *proxy.head])
    try:
        answer = await connection.exchange(request, float("inf"), tunnel=True)
    except (Broken, TooLarge):
        raise Unconnected("the proxy does not answer in HTTP") from None
    if not 200 <= answer.status < 300:
        raise Unconnected(f"the proxy answers with status {answer.status}")
