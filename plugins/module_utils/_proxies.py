# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""The proxy that the environment names for an address. Pure.

httpx has a reading of its own of the same variables, but it takes a network in NO_PROXY for a name, heeds no port, and
makes no client at all where NO_PROXY has a network of IPv6.
"""

from __future__ import annotations

import ipaddress
import typing as t
from urllib.parse import urlsplit

from ansible_collections.cloudops.console.plugins.module_utils._endpoint import is_loopback


def proxy_for(url: str, env: t.Mapping[str, str]) -> str | None:
    """Return the URL of the proxy that the environment names for url, None for the direct way.

    HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY count, in lower case first; loopback never goes through a proxy.
    NO_PROXY takes what curl takes: names with all below them, addresses, networks and ``*``, each with or without a
    port.
    """
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or (80 if parts.scheme == "http" else 443)
    exceptions = _variable(env, "no_proxy").lower().split(",")
    proxy = _variable(env, f"{parts.scheme}_proxy") or _variable(env, "all_proxy")
    if not proxy or is_loopback(host) or any(_excepts(entry.strip(), host, port) for entry in exceptions):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


def _variable(env: t.Mapping[str, str], name: str) -> str:
    """Return a variable; in lower case it wins even where it is empty."""
    return env[name] if name in env else env.get(name.upper(), "")


def _excepts(entry: str, host: str, port: int) -> bool:
    """Whether one entry of NO_PROXY names the host."""
    entry = entry.partition("://")[2] or entry
    network, address = _network(entry), _network(host)
    if network is not None:
        return address is not None and address.version == network.version and address.network_address in network
    name, _colon, wanted = entry.rpartition(":")
    if name and wanted.isdigit():
        return int(wanted) == port and _excepts(name, host, port)
    if entry in ("", "*") or address is not None:
        return entry == "*"
    return host.endswith(entry) if entry.startswith(".") else host == entry or host.endswith(f".{entry}")


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(text.strip("[]"), strict=False)
    except ValueError:
        return None
