# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""One connection of asyncio that speaks HTTP/1.1: one request at a time, each sent once and never again.

Answers are taken to pieces by httptools, the parser of Node.js. Nothing here knows clouds or secrets. The exceptions
say how far a request came, which is what retries need.
"""

from __future__ import annotations

import asyncio
import functools
import re
import select
import ssl
import time
import typing as t

from ansible_collections.cloudops.console.plugins.module_utils._deps import httptools
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError

# An answer with more bytes than this, all included, is refused while it is read; so is one with a larger head.
LARGEST_ANSWER = 8 * 1024 * 1024
LARGEST_HEAD = 100 * 1024
# Seconds for which a connection is kept after an answer: services close idle ones, most after a minute, some earlier.
KEEP = 5.0
# Seconds between two addresses of one name, where the first does not answer.
NEXT_ADDRESS = 0.25
# Seconds that closing may take.
CLOSING = 1.0

# Statuses below this one are informational: the answer proper is still to come.
_FINAL = 200
_TARGET = re.compile(r"[!-~]+\Z")
# Line ends are counted beside that.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")

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


class Unsendable(ValueError):
    """No request can be made of these values."""


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


def request_bytes(method: str, target: str, head: Head, body: bytes = b"") -> bytes:
    """Return a request as it is sent.

    :raises Unsendable: a part has characters that would end it early, or are not ASCII.
    """
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in head)]
    text = "\n".join(lines)
    if not _TARGET.match(target) or not text.isascii() or _CONTROL.search(text) or text.count("\n") >= len(lines):
        raise Unsendable
    return text.replace("\n", "\r\n").encode("ascii") + b"\r\n\r\n" + body


class _Incoming:
    """One answer while it arrives; httptools calls what begins with ``on_``.

    :param tunnel: the request is a CONNECT, so the head of an answer that agrees is all of it.
    """

    def __init__(self, *, tunnel: bool) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.body = bytearray()
        # The answer has come to its end, and something else behind it.
        self.complete = False
        self.followed = False
        # Whether the service goes on listening after it, or the connection leads further on.
        self.keeps = False
        self.tunnels = False
        self._tunnel = tunnel
        self._head_is_over = False
        self._size = 0
        self._parser = httptools.HttpResponseParser(self)

    def feed(self, data: bytes) -> None:
        """Take what came.

        :raises Broken: it is no HTTP.
        :raises TooLarge: it is more than LARGEST_ANSWER.
        """
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            if not self.complete:
                raise Broken("no HTTP") from None
            self.followed = True
        self._size += len(data)
        if self._size > LARGEST_HEAD and not self._head_is_over:
            raise Broken("no HTTP")
        if self._size > LARGEST_ANSWER:
            raise TooLarge

    def end(self) -> None:
        """The connection has ended; raise Broken unless that is the end of the answer, too."""
        told = "content-length" in self.headers or "chunked" in self.headers.get("transfer-encoding", "").lower()
        if told or not self._head_is_over:
            raise Broken("closed")
        self.complete = True

    def on_header(self, name_bytes: bytes, value_bytes: bytes) -> None:
        name, value = name_bytes.decode("ascii").lower(), value_bytes.decode("latin-1")
        if not self._head_is_over:
            self.headers[name] = f"{self.headers[name]}, {value}" if name in self.headers else value

    def on_headers_complete(self) -> None:
        if self.complete:
            return
        self.status = self._parser.get_status_code()
        self._head_is_over = self.status >= _FINAL
        self.tunnels = self.complete = self._tunnel and _is_success(self.status)

    def on_body(self, body: bytes) -> None:
        if self.complete:
            self.followed = True
        else:
            self.body += body

    def on_message_begin(self) -> None:
        self.followed = self.complete

    def on_message_complete(self) -> None:
        if self.complete:
            return
        if self._head_is_over:
            self.complete, self.keeps = True, self._parser.should_keep_alive()
        else:
            # An informational answer: the real one comes behind it
            self.headers = {}


def _is_success(status: int) -> bool:
    return 200 <= status < 300


class Connection(asyncio.Protocol):
    """A connection and the exchange that is under way on it, if any."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._waiter: asyncio.Future[Received] | None = None
        self._incoming: _Incoming | None = None
        self._kept_until = 0.0
        self._poll = select.poll()
        self._closed: asyncio.Future[None] = self._loop.create_future()

    async def exchange(self, sent: bytes, deadline: float, *, tunnel: bool = False) -> Received:
        """Send one request and read its answer; afterwards the connection is either idle or on its way to its end.

        :param sent: as request_bytes() made it.
        :param deadline: when the answer must be complete, by the clock of the event loop.
        :param tunnel: it is a CONNECT: where the answer agrees, the connection leads further on.
        :raises Broken, Late, TooLarge: the request may have arrived.
        """
        if self._transport is None or self._transport.is_closing():
            raise Broken("closed")
        waiter: asyncio.Future[Received] = self._loop.create_future()
        self._waiter, self._incoming = waiter, _Incoming(tunnel=tunnel)
        self._kept_until = 0.0
        timer = self._loop.call_at(deadline, self._fail, Late())
        try:
            self._transport.write(sent)
            return await waiter
        finally:
            timer.cancel()
            self._waiter = None
            self._settle(self._incoming)

    async def secure(self, context: ssl.SSLContext, host: str) -> None:
        """Go on with TLS to host; only where the last exchange was a CONNECT that succeeded."""
        transport = t.cast("asyncio.Transport", self._transport)
        self._transport = await self._loop.start_tls(transport, self, context, server_hostname=host)

    @property
    def usable(self) -> bool:
        """Whether another request can be sent; a server that has closed meanwhile is seen, but perhaps too late."""
        transport = self._transport
        if transport is None or transport.is_closing():
            return False
        # What waits to be read on an idle connection can only be its end
        return time.monotonic() < self._kept_until and not self._poll.poll(0)

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
        self._poll.register(transport.get_extra_info("socket").fileno(), select.POLLIN)

    def data_received(self, data: bytes) -> None:
        """Take what came. What comes although nobody has asked ends the connection."""
        incoming, waiter = self._incoming, self._waiter
        if incoming is None or waiter is None or waiter.done():
            self.abort()
            return
        try:
            incoming.feed(data)
        except (Broken, TooLarge) as error:
            waiter.set_exception(error)
        else:
            if incoming.complete:
                waiter.set_result(Received(incoming.status, incoming.headers, bytes(incoming.body)))

    def eof_received(self) -> None:
        self._end()

    def connection_lost(self, exc: Exception | None) -> None:
        if exc is None:
            self._end()
        self._fail(Broken(type(exc).__name__ if exc else "closed"))
        if not self._closed.done():
            self._closed.set_result(None)

    def _end(self) -> None:
        incoming, waiter = self._incoming, self._waiter
        if incoming is None or waiter is None or waiter.done():
            return
        try:
            incoming.end()
        except Broken as error:
            waiter.set_exception(error)
        else:
            waiter.set_result(Received(incoming.status, incoming.headers, bytes(incoming.body)))

    def _fail(self, error: Exception) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(error)

    def _settle(self, incoming: _Incoming | None) -> None:
        """Keep the connection for the next request, or end it; one that leads through a proxy is neither."""
        self._incoming = None
        if incoming is None or not incoming.complete or incoming.followed:
            self.abort()
        elif incoming.keeps:
            self._kept_until = time.monotonic() + KEEP
        elif not incoming.tunnels:
            self.abort()


async def connect(host: str, port: int, tls: ssl.SSLContext | None) -> Connection:
    """Connect to host; raises OSError."""
    loop = asyncio.get_running_loop()
    _transport, connection = await loop.create_connection(
        Connection, host, port, ssl=tls, happy_eyeballs_delay=NEXT_ADDRESS
    )
    return connection
