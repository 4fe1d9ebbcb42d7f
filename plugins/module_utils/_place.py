# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""Where a request goes: endpoints, and what a URL of ours says."""

from __future__ import annotations

import functools
import ipaddress
import re
import typing as t
from urllib.parse import urlsplit

from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError

_PORTS = {"http": 80, "https": 443}
_URL = re.compile(r"(https?)://(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+))(?::(\d{1,5}))?((?:[/?][^#]*)?)\Z")


@functools.lru_cache(maxsize=256)
def is_loopback(host: str) -> bool:
    """Whether host (a name or an address, without brackets) can only be this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def checked_endpoint(endpoint: str, *, allow_plain_http: bool) -> str:
    """Return endpoint as scheme://host[:port], without anything behind it.

    :raises ConsoleError: it is no such URL, or it is plain http, not loopback and not allowed.
    """
    text = endpoint if "://" in endpoint else f"https://{endpoint}"
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port = "", None
    plain = host.isascii() and all(char.isalnum() or char in ".-:" for char in host)
    if (
        not host
        or not plain
        or parts.scheme not in ("https", "http")
        or "@" in parts.netloc
        or text[len(parts.scheme) + 3 :].rstrip("/") != parts.netloc
    ):
        raise ConsoleError(
            "the endpoint is not a plain URL of the form https://host or https://host:port",
            advice="Correct endpoint (console_endpoint in the inventory): no user, path or query belongs there.",
        )
    if parts.scheme == "http" and not allow_plain_http and not is_loopback(host):
        raise ConsoleError(
            f"the endpoint http://{host} is not encrypted, and passwords and keys would cross the network in clear",
            advice="Use https, or set allow_plain_http to true if that network is really yours.",
        )
    netloc = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{netloc}:{port}" if port else f"{parts.scheme}://{netloc}"


class Place(t.NamedTuple):
    """Where a request goes, as far as a connection is concerned."""

    scheme: str
    host: str
    port: int

    @property
    def name(self) -> str:
        """Host and port as they stand in a URL."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


def place_of(url: str) -> tuple[Place, str]:
    """Return where url leads, and what is asked for there; raises ValueError where it is none of ours."""
    match = _URL.match(url)
    if match is None:
        raise ValueError
    scheme, bracketed, host, port, target = match.groups()
    place = Place(scheme, (bracketed or host).lower(), int(port or _PORTS[scheme]))
    return place, target if target.startswith("/") else f"/{target}"
