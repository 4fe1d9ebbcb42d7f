# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""One connection of asyncio that speaks HTTP/1.1 by h11: one request at a time, each sent once and never again.

Nothing here knows clouds or secrets. The exceptions say how far a request came, which is what retries need.
"""

from __future__ import annotations

import asyncio
import functools
import select
import ssl
import time
import typing as t

from ansible_collections.cloudops.console.plugins.module_utils._deps import h11
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError

# An answer with more bytes than this is refused while it is read; so is one with a larger head.
LARGEST_ANSWER = 8 * 1024 * 1024
LARGEST_HEAD = 100 * 1024
# Seconds for which a connection is kept after an answer: services close idle ones, most after a minute, some earlier.
KEEP = 5.0
# Seconds between two addresses of one name, where the first does not answer.
NEXT_ADDRESS = 0.25
# Seconds that closing may take.
CLOSING = 1.0

Head = list[tuple[str, str]]


class Trust(t.NamedTuple):
    """Which certificates to believe: the system's, or those of a file; verify=False believes all."""

    verify: bool = True
    ca_cert: str | None = None


@functools.cache
def ssl_context(trust: Trust) -> ssl.SSLContext:
    """One context per process and setting: loading the certificates costs more than a call.

    :raises ConsoleError: the file of ca_cert cannot be read.
    """
    try:
        context = ssl.create_default_context(cafile=trust.ca_cert)
    except (OSError, ValueError) as error:
        from ansible_collections.cloudops.console.plugins.module_utils._redact import scrub

        shown = scrub(trust.ca_cert or "", ())
        raise ConsoleError(
            f"the file of ca_cert, {shown}, cannot be used: {type(error).__name__}",
            advice="Name a readable PEM file.",
        ) from None
    context.set_alpn_protocols(["http/1.1"])
    if not trust.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


class Unconnected(Exception):
    """There is no connection, so nothing of the request was sent; the cause is the exception behind it, if any."""


class Broken(Exception):
    """The connection ended, or something that is no HTTP came, before the answer was complete."""


class Late(Exception):
    """The answer was not complete in time."""


class TooLarge(Exception):
    """The answer has more than LARGEST_ANSWER bytes."""


class Received(t.NamedTuple):
    """An answer, read to its end. Header names are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


class Connection(asyncio.Protocol):
    """A connection and the exchange that is under way on it, if any."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._parser = _parser()
        self._transport: asyncio.Transport | None = None
        self._waiter: asyncio.Future[Received] | None = None
        self._response: h11.Response | None = None
        self._body = bytearray()
        self._kept_until = 0.0
        self._closed: asyncio.Future[None] = self._loop.create_future()

    async def exchange(self, request: h11.Request, body: bytes, deadline: float) -> Received:
        """Send one request and read its answer; afterwards the connection is either idle or on its way to its end.

        :param deadline: when the answer must be complete, by the clock of the event loop.
        :raises Broken, Late, TooLarge: the request may have arrived.
        """
        waiter: asyncio.Future[Received] = self._loop.create_future()
        self._waiter = waiter
        self._response = None
        self._body = bytearray()
        timer = self._loop.call_at(deadline, self._fail, Late())
        try:
            self._send(request, body)
            return await waiter
        finally:
            timer.cancel()
            self._waiter = None
            self._settle()

    def _send(self, request: h11.Request, body: bytes) -> None:
        if self._transport is None or self._transport.is_closing():
            raise Broken("closed")
        sent = [self._parser.send(request)]
        if body:
            sent.append(self._parser.send(h11.Data(body)))
        sent.append(self._parser.send(h11.EndOfMessage()))
        self._transport.write(b"".join(part for part in sent if part))

    async def secure(self, context: ssl.SSLContext, host: str) -> None:
        """Go on with TLS to host; only where the last exchange was a CONNECT that succeeded."""
        transport = t.cast("asyncio.Transport", self._transport)
        self._transport = await self._loop.start_tls(transport, self, context, server_hostname=host)
        self._parser = _parser()

    @property
    def usable(self) -> bool:
        """Whether another request can be sent; a server that has closed meanwhile is seen, but perhaps too late."""
        transport = self._transport
        if transport is None or transport.is_closing() or self._parser.our_state is not h11.IDLE:
            return False
        return time.monotonic() < self._kept_until and not _readable(transport)

    def abort(self) -> None:
        """End the connection at once."""
        if self._transport is not None:
            self._transport.abort()

    async def aclose(self) -> None:
        """End the connection and wait until its socket is closed."""
        self.abort()
        await asyncio.wait([self._closed], timeout=CLOSING)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = t.cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._feed(data)

    def eof_received(self) -> None:
        self._feed(b"")

    def connection_lost(self, exc: Exception | None) -> None:
        if exc is None:
            self._feed(b"")
        self._fail(Broken(type(exc).__name__ if exc else "closed"))
        if not self._closed.done():
            self._closed.set_result(None)

    def _feed(self, data: bytes) -> None:
        """Take what came; empty for the end. What comes although nobody has asked ends the connection."""
        if self._waiter is None or self._waiter.done():
            self.abort()
            return
        try:
            self._parser.receive_data(data)
            while self._take(self._parser.next_event()):
                pass
        except h11.RemoteProtocolError:
            self._fail(Broken("no HTTP" if data else "closed"))

    def _take(self, event: t.Any) -> bool:
        """Take one event of the answer; return whether there may be another."""
        kind = type(event)
        if kind is h11.Data:
            self._body += event.data
            if len(self._body) > LARGEST_ANSWER:
                self._fail(TooLarge())
                return False
        elif kind is h11.Response:
            self._response = event
        elif kind is h11.EndOfMessage or (event is h11.PAUSED and self._response is not None):
            # h11 pauses behind the head of what accepts a CONNECT
            self._finish(t.cast("h11.Response", self._response))
            return False
        elif kind is not h11.InformationalResponse:
            if kind is h11.ConnectionClosed:
                self._fail(Broken("closed"))
            return False
        return True

    def _finish(self, response: h11.Response) -> None:
        headers: dict[str, str] = {}
        for name_bytes, value_bytes in response.headers:
            name, value = name_bytes.decode("ascii"), value_bytes.decode("latin-1")
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(Received(response.status_code, headers, bytes(self._body)))

    def _fail(self, error: Exception) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(error)

    def _settle(self) -> None:
        """Make the connection ready for the next request, or end it."""
        parser = self._parser
        if parser.our_state is h11.DONE and parser.their_state is h11.DONE:
            parser.start_next_cycle()
            self._kept_until = time.monotonic() + KEEP
        elif parser.their_state is not h11.SWITCHED_PROTOCOL:
            self.abort()


async def connect(host: str, port: int, tls: ssl.SSLContext | None) -> Connection:
    """Connect to host; raises OSError."""
    loop = asyncio.get_running_loop()
    _transport, connection = await loop.create_connection(
        Connection, host, port, ssl=tls, happy_eyeballs_delay=NEXT_ADDRESS
    )
    return connection


def _parser() -> h11.Connection:
    return h11.Connection(h11.CLIENT, max_incomplete_event_size=LARGEST_HEAD)


def _readable(transport: asyncio.Transport) -> bool:
    """Whether something waits to be read, which on an idle connection can only be its end."""
    socket = transport.get_extra_info("socket")
    poll = select.poll()
    poll.register(socket.fileno(), select.POLLIN)
    return bool(poll.poll(0))
