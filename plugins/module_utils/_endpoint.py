# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""Where requests may go: checks of endpoints. Pure."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError


def is_loopback(host: str) -> bool:
    """Whether host (a name or an address, without brackets) can only be this machine."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
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
        bare = text[len(parts.scheme) + 3 :].rstrip("/") == parts.netloc and "@" not in parts.netloc
    except ValueError:
        bare = False
    plain = bare and host.isascii() and all(char.isalnum() or char in ".-:" for char in host)
    if not plain or not host or parts.scheme not in ("https", "http"):
        raise ConsoleError(
            "the endpoint is not a plain URL of the form https://host or https://host:port",
            advice="Correct O(endpoint): no user, path or query belongs there.",
        )
    if parts.scheme == "http" and not allow_plain_http and not is_loopback(host):
        raise ConsoleError(
            f"the endpoint http://{host} is not encrypted, and passwords and keys would cross the network in clear",
            advice="Use https, or set O(allow_plain_http) to true if that network is really yours.",
        )
    netloc = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{netloc}:{port}" if port else f"{parts.scheme}://{netloc}"
