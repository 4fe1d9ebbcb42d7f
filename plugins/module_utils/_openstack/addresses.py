# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""The addresses of Keystone, Nova and consoles, as pure functions."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, parse_qs, quote, urlsplit

from ansible_collections.cloudops.console.plugins.module_utils._endpoint import is_loopback
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError

_PATH = re.compile(r"(?:/[A-Za-z0-9._~%-]+)*/?\Z")
_HOST = re.compile(r"[A-Za-z0-9._:-]+\Z")
_SCHEMES = ("https", "http", "wss", "ws")
_VERSION = re.compile(r"v[0-9]+(?:\.[0-9]+)?\Z")
# A project's id behind the version, as older catalogues have it.
_PROJECT = re.compile(r"(?:[0-9]+|[0-9A-Fa-f-]{32,36})\Z")


def _split(text: str) -> SplitResult | None:
    """Return the parts of an absolute URL without user, None where text is something else."""
    try:
        parts = urlsplit(text)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        return None
    bad = any(char.isspace() or not char.isprintable() for char in text) or "@" in parts.netloc
    return None if bad or not _HOST.match(host) else parts


def checked_url(text: str, what: str, *, allow_plain_http: bool) -> str:
    """Return text without a slash at its end.

    :param what: what it is and where it comes from, for the message.
    :raises ConsoleError: it is no plain URL, or plain http, not loopback and not allowed.
    """
    parts = _split(text)
    if (
        parts is None
        or parts.scheme not in ("https", "http")
        or not _PATH.match(parts.path)
        or "?" in text
        or "#" in text
    ):
        raise ConsoleError(
            f"{what} is not a plain URL of the form https://host/path or https://host:port/path",
            advice="Correct it: no user, query or spaces belong there.",
        )
    if parts.scheme == "http" and not allow_plain_http and not is_loopback(parts.hostname or ""):
        raise ConsoleError(
            f"{what} is not encrypted, and passwords and tokens would cross the network in clear",
            advice="Use https, or set O(allow_plain_http) to true if that network is really yours.",
        )
    return text.rstrip("/")


def keystone_url(auth_url: str) -> str:
    """Return the URL of version 3, whichever version auth_url names."""
    base = auth_url.rstrip("/")
    if base.endswith("/v3"):
        return base
    return f"{base.removesuffix('/v2.0')}/v3"


def compute_url(url: str) -> str:
    """Return url; with version 2.1 behind it where it has none. Nova itself lists its versions there."""
    return url if compute_version(url) else f"{url.rstrip('/')}/v2.1"


def compute_version(url: str) -> str:
    """Return the version that the path ends in, perhaps with a project's id behind it; empty without one."""
    parts = [part for part in urlsplit(url).path.split("/") if part]
    if len(parts) > 1 and _PROJECT.match(parts[-1]):
        del parts[-1]
    return parts[-1] if parts and _VERSION.match(parts[-1]) else ""


def is_console_url(url: str) -> bool:
    """Whether url can be an address of a console."""
    parts = _split(url)
    return parts is not None and parts.scheme in _SCHEMES


def websocket_url(url: str) -> str | None:
    """Return what the page at url connects to; None where no token is found in it.

    The token is in the query, or in the query of a path that is itself a value of the query.
    """
    parts = urlsplit(url)
    query = parse_qs(parts.query)
    path = query.get("path", [""])[0]
    token = query.get("token", [""])[0] or parse_qs(path.partition("?")[2]).get("token", [""])[0]
    if not token:
        return None
    if parts.scheme in ("ws", "wss"):
        return url
    scheme = "wss" if parts.scheme == "https" else "ws"
    return f"{scheme}://{parts.netloc}/{path.lstrip('/') or f'?token={quote(token)}'}"
