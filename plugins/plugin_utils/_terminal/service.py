# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""The WebSocket to the session service. Its address opens the session: no error quotes it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import ssl
import time
import typing as t
from urllib.parse import quote, urlsplit

from ansible_collections.cloudops.console.plugins.module_utils import _deps
from ansible_collections.cloudops.console.plugins.module_utils._errors import (
    ConsoleError,
    NetworkError,
    TimedOut,
    UnexpectedAnswer,
)
from ansible_collections.cloudops.console.plugins.module_utils._http import Trust, ssl_context
from ansible_collections.cloudops.console.plugins.module_utils._proxies import proxy_for
from ansible_collections.cloudops.console.plugins.module_utils._sessions import URL_SECONDS
from ansible_collections.cloudops.console.plugins.module_utils._unanswered import untrusted
from ansible_collections.cloudops.console.plugins.plugin_utils._terminal.session import SessionEnded, SessionInterrupted

# Bytes: a larger message ends the connection. Messages that are held before the connection is no longer read.
LARGEST_MESSAGE = 256 * 1024
MOST_HELD = 32
# Seconds: for one try to connect, for all of them, between two of them, and for the closing handshake.
CONNECT = 10.0
CONNECT_AGAIN = 60.0
PAUSE = 1.0
CLOSING = 2.0
# Seconds between two pings, and for their answer: what finds that the network is gone.
PING = 20.0
PONG = 60.0
# How the service closes when it restarts.
RESTARTS = (1012, 1005)
_WAY = "See that this machine reaches the session service over port 443 (*.axt.aliyuncs.com), and its proxy settings."


def load() -> t.Any:
    """Return the library websockets, silenced: it logs the address.

    :raises ConsoleError: it is missing or too old.
    """
    found = _deps.load_websockets()
    if isinstance(found, _deps.Missing):
        raise ConsoleError(_deps.missing_text(found).rstrip("."), advice="Terminal sessions need it.")
    logging.getLogger("websockets").setLevel(logging.CRITICAL + 1)
    return found


class Socket:
    """An open WebSocket. Only one task may send."""

    def __init__(self, socket: t.Any, closed: type[Exception]) -> None:
        self._socket = socket
        self._closed = closed

    async def receive(self) -> bytes:
        """Return the next message.

        :raises SessionInterrupted: the service restarts.
        :raises SessionEnded: it closed the connection for another reason, or the network did.
        """
        try:
            message = await self._socket.recv()
        except self._closed:
            message = None
        if message is None:
            raise self._ending()
        return message if isinstance(message, bytes) else message.encode()

    async def send(self, data: bytes) -> None:
        """Send a message; what is wrong with the connection is for receive() to say."""
        with contextlib.suppress(self._closed):
            await self._socket.send(data)

    async def close(self) -> None:
        """Close it, within CLOSING seconds: a far side that takes nothing more is not waited for."""
        try:
            await asyncio.wait_for(self._socket.close(), CLOSING)
        except (asyncio.TimeoutError, self._closed):
            self._socket.transport.abort()

    async def say_goodbye(self, data: bytes) -> None:
        """Send a last message, within CLOSING seconds."""
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self.send(data), CLOSING)

    def _ending(self) -> Exception:
        code = self._socket.close_code
        return SessionInterrupted() if code in RESTARTS else SessionEnded(f"Session.Disconnected.{code or 1006}")


class ServiceAddress:
    """Where a session is reached, by a URL that opens it to anyone who has it.

    :param url: the service's WebSocketUrl.
    """

    def __init__(self, url: str, trust: Trust) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("ws", "wss") or not parts.hostname or not url.isascii() or not url.isprintable():
            raise UnexpectedAnswer("the address of the session is no WebSocket URL", advice="Try again.")
        self._url = url
        self._trust = trust
        self._made = time.monotonic()
        self.host = parts.hostname
        self._secure = parts.scheme == "wss"

    async def connect(self, channel_id: bytes = b"", *, within: float) -> Socket:
        """Connect, trying again while the service cannot be reached.

        :param channel_id: of the session to resume.
        :param within: seconds for all tries.
        :raises ConsoleError: it refuses, or cannot be reached.
        """
        deadline = time.monotonic() + within
        url = f"{self._url}&channelId={quote(channel_id, safe='')}" if channel_id else self._url
        while True:
            try:
                return await self._try(url)
            except ConsoleError as error:
                failure = error
            if not failure.retryable or time.monotonic() + PAUSE > deadline:
                raise failure
            await asyncio.sleep(PAUSE)

    async def _try(self, url: str) -> Socket:
        websockets = load()
        failure: ConsoleError
        try:
            socket = await asyncio.wait_for(self._open(websockets, url), CONNECT)
        except websockets.exceptions.InvalidStatus as error:
            failure = self._refused(error.response.status_code)
        except (websockets.exceptions.WebSocketException, LookupError, EOFError):
            # Whatever the far side, or a portal, answers instead: a redirect to a page is no handshake
            failure = NetworkError(f"{self.host} did not open a WebSocket", advice=_WAY, retryable=True)
        except asyncio.TimeoutError:
            failure = TimedOut(f"no connection to {self.host} within {CONNECT:g} seconds", advice=_WAY, retryable=True)
        except ssl.SSLCertVerificationError:
            failure = untrusted(self.host)
        except (OSError, ImportError, ValueError) as error:
            reason = f"no connection to {self.host} ({type(error).__name__})"
            failure = NetworkError(reason, advice=_WAY, retryable=isinstance(error, OSError))
        else:
            return Socket(socket, websockets.exceptions.ConnectionClosed)
        # Raised out here, because the exceptions above have the address, and must not become its context
        raise failure

    def _open(self, websockets: t.Any, url: str) -> t.Any:
        plain = f"{'https' if self._secure else 'http'}://{urlsplit(url).netloc}"
        return websockets.asyncio.client.connect(
            url,
            ssl=ssl_context(self._trust) if self._secure else None,
            proxy=proxy_for(plain, os.environ),
            compression=None,
            open_timeout=None,
            close_timeout=CLOSING,
            ping_interval=PING,
            ping_timeout=PONG,
            max_size=LARGEST_MESSAGE,
            max_queue=MOST_HELD,
        )

    def _refused(self, status: int) -> ConsoleError:
        late = time.monotonic() > self._made + URL_SECONDS
        reason = f"{self.host} refuses the session"
        if late:
            reason += (
                f": its address is older than {URL_SECONDS // 60} minutes, and cannot be used for a new connection"
            )
        return UnexpectedAnswer(reason, status=status, advice="Try again.", retryable=status >= 500 and not late)
