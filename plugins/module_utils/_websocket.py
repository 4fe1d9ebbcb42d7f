# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""Proves that a console's WebSocket URL is alive, by the greeting of the VNC server behind it.

Only the opening handshake and one frame of RFC 6455 are needed. A proxy for outgoing traffic is not used.
A console proxy of Nova answers a bad or expired token with 101 as well and then drops the connection, so only the
greeting counts ("RFB 003.008", RFC 6143, section 7.1.1).
"""

from __future__ import annotations

import asyncio
import base64
import os
import ssl
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError, TimedOut, WrongState
from ansible_collections.cloudops.console.plugins.module_utils._http import Trust, ssl_context

GREETING = b"RFB "
# Bytes of the answer's header that are read at most.
LARGEST_HEAD = 16 * 1024
_PORTS = {"ws": 80, "wss": 443}
_BINARY = 2
# Lengths from here on are written in further bytes; a greeting has twelve.
_EXTENDED = 126


async def prove_alive(url: str, trust: Trust, timeout: float) -> None:
    """Connect and wait for the greeting.

    :param timeout: seconds for all of it.
    :raises WrongState: the proxy refused or dropped the connection, or something else than VNC is behind it.
    :raises TimedOut: no connection, or no greeting in time.
    """
    try:
        await asyncio.wait_for(_greet(url, trust), timeout)
    except asyncio.TimeoutError:
        raise TimedOut(
            f"the console did not greet within {timeout:g} seconds",
            advice="Check that this machine reaches the console proxy; the URL itself may still be good.",
        ) from None
    except (OSError, ssl.SSLError) as error:
        raise TimedOut(
            f"no connection to the console proxy ({type(error).__name__})",
            advice="Check that this machine reaches the console proxy; the URL itself may still be good.",
        ) from None


@dataclass(frozen=True)
class _Place:
    """Where a URL leads."""

    host: str
    port: int
    netloc: str
    path: str = field(repr=False)
    secure: bool


def _place(url: str) -> _Place:
    """Take a WebSocket URL to pieces.

    :raises ConsoleError: it is none.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
        host.encode("idna")
    except ValueError:
        host, port = "", None
    # What stands in the handshake must neither end a line of it nor be of no encoding.
    if not host or parts.scheme not in _PORTS or not url.isascii() or not url.isprintable() or " " in url:
        raise ConsoleError("this console has no WebSocket URL to prove", advice="Set validate to false.")
    path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    return _Place(host, port or _PORTS[parts.scheme], parts.netloc, path, parts.scheme == "wss")


async def _greet(url: str, trust: Trust) -> None:
    place = _place(url)
    reader, writer = await asyncio.open_connection(
        place.host, place.port, ssl=ssl_context(trust) if place.secure else None, limit=LARGEST_HEAD
    )
    try:
        writer.write(_opening(place.netloc, place.path, "https" if place.secure else "http"))
        await writer.drain()
        await _read_greeting(reader)
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError):
        raise _dead("the proxy dropped the connection") from None
    finally:
        # Nothing is left to say, so nobody is waited for: a proxy that does not read could hold us up for ever.
        writer.transport.abort()


def _opening(netloc: str, path: str, scheme: str) -> bytes:
    key = base64.b64encode(os.urandom(16)).decode()
    lines = (
        f"GET {path} HTTP/1.1",
        f"Host: {netloc}",
        f"Origin: {scheme}://{netloc}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Protocol: binary",
        f"Sec-WebSocket-Key: {key}",
    )
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


async def _read_greeting(reader: asyncio.StreamReader) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    status = head.split(b" ", 2)[1:2]
    if status != [b"101"]:
        raise _dead("the proxy did not open a WebSocket")
    first, length = await reader.readexactly(2)
    if first & 0x0F != _BINARY or length >= _EXTENDED:
        raise _dead("the proxy did not pass on a VNC server's greeting")
    payload = await reader.readexactly(length)
    if not payload.startswith(GREETING):
        raise _dead("behind the proxy is no VNC server")


def _dead(reason: str) -> WrongState:
    return WrongState(
        f"the console URL is not alive: {reason}",
        advice="See that the instance is running; its host or its console proxy may have a fault.",
    )
