# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""Proves that a console's WebSocket URL is alive, by the greeting of the VNC server behind it.

A console proxy of Nova answers a bad or expired token with 101 as well and then drops the connection, so only the
greeting counts ("RFB 003.008", RFC 6143, section 7.1.1). A proxy for outgoing traffic is not used.
"""

from __future__ import annotations

import asyncio
import logging
import typing as t
from urllib.parse import urlsplit

from ansible_collections.cloudops.console.plugins.module_utils import _deps
from ansible_collections.cloudops.console.plugins.module_utils._errors import (
    ConsoleError,
    NetworkError,
    TimedOut,
    WrongState,
)
from ansible_collections.cloudops.console.plugins.module_utils._http import Trust, ssl_context

GREETING = b"RFB "
# Bytes: a larger message is no greeting.
LARGEST_MESSAGE = 16 * 1024
# Seconds that the closing handshake may take; there is nothing left to learn by then.
CLOSING = 0.2


def required_websockets() -> t.Any:
    """Return the library websockets, silenced: it logs the URL, which opens the console.

    :raises ConsoleError: it is missing or too old.
    """
    found = _deps.load_websockets()
    if isinstance(found, _deps.Missing):
        raise ConsoleError(
            _deps.missing_text(found).rstrip("."),
            advice="It is only needed to prove a URL: or set O(validate) to false.",
        )
    logging.getLogger("websockets").setLevel(logging.CRITICAL + 1)
    return found


async def prove_alive(url: str, trust: Trust, timeout: float) -> None:
    """Connect and wait for the greeting.

    :param timeout: seconds for all of it.
    :raises WrongState: the proxy refused or dropped the connection, or something else than VNC is behind it.
    :raises TimedOut: no connection, or no greeting, in time.
    :raises NetworkError: no connection.
    :raises ConsoleError: the URL is no WebSocket URL, or the library websockets is missing.
    """
    websockets = required_websockets()
    _check_url(url)
    failure: ConsoleError | None = None
    try:
        await asyncio.wait_for(_greet(websockets, url, trust, timeout), timeout)
    except (websockets.exceptions.InvalidURI, UnicodeError):
        failure = _no_url()
    except websockets.exceptions.InvalidHandshake:
        failure = _dead("the proxy did not open a WebSocket")
    except (websockets.exceptions.ConnectionClosed, EOFError):
        failure = _dead("the proxy dropped the connection")
    except asyncio.TimeoutError:
        failure = _unseen(f"the console did not greet within {timeout:g} seconds")
    except OSError as error:
        failure = _unseen(f"no connection to the console proxy ({type(error).__name__})", NetworkError)
    # Raised out here, because the exceptions above have the URL, and must not become its context
    if failure is not None:
        raise failure


async def _greet(websockets: t.Any, url: str, trust: Trust, timeout: float) -> None:
    secure = url.lower().startswith("wss:")
    connection = websockets.asyncio.client.connect(
        url,
        ssl=ssl_context(trust) if secure else None,
        # Console proxies compare the origin with their own address
        origin=f"{'https' if secure else 'http'}://{urlsplit(url).netloc}",
        subprotocols=["binary"],
        compression=None,
        proxy=None,
        open_timeout=timeout,
        close_timeout=CLOSING,
        ping_interval=None,
        max_size=LARGEST_MESSAGE,
    )
    async with connection as console:
        greeting = await console.recv()
    if not isinstance(greeting, bytes) or not greeting.startswith(GREETING):
        raise _dead("behind the proxy is no VNC server")


def _check_url(url: str) -> None:
    """Raise ConsoleError for what is no WebSocket URL, or could end a line of the handshake."""
    try:
        parts = urlsplit(url)
        known = parts.scheme in ("ws", "wss") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        known = False
    if not known or not url.isascii() or not url.isprintable() or " " in url:
        raise _no_url()


def _no_url() -> ConsoleError:
    return ConsoleError("this console has no WebSocket URL to prove", advice="Set O(validate) to false.")


def _unseen(reason: str, kind: type[ConsoleError] = TimedOut) -> ConsoleError:
    return kind(reason, advice="Check that this machine reaches the console proxy; the URL itself may still be good.")


def _dead(reason: str) -> WrongState:
    return WrongState(
        f"the console URL is not alive: {reason}",
        advice="See that the instance is running; its host or its console proxy may have a fault.",
    )
