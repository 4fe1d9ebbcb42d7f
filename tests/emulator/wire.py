# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""One HTTP exchange, and the ways to spoil it.

Everything here ends only when the client can no longer receive anything, so that an exchange counts as in flight
for as long as the client may see it so.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from .call import Reply
from .clock import Clock

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

_RESET_AT_CLOSE = struct.pack("ii", 1, 0)
_CHUNK = 256 * 1024


class Line:
    """The connection of one request."""

    def __init__(self, clock: Clock, receive: Receive, send: Send) -> None:
        self._clock = clock
        self._receive = receive
        self._send = send

    async def read_body(self) -> bytes:
        message = await self._receive()
        body: bytes = message.get("body", b"")
        while message.get("more_body"):
            message = await self._receive()
            body += message.get("body", b"")
        return body

    async def pause(self, seconds: float) -> None:
        """Let time pass without using the processor."""
        await asyncio.sleep(seconds)

    async def answer(self, reply: Reply) -> None:
        await self._start(reply, len(reply.body))
        await self._send({"type": "http.response.body", "body": reply.body})

    async def truncate(self, reply: Reply) -> None:
        """Announce the whole body, send half of it, close."""
        await self._start(reply, len(reply.body))
        await self._send({"type": "http.response.body", "body": reply.body[: len(reply.body) // 2], "more_body": True})
        await self.close()

    async def flood(self, reply: Reply, size: int) -> None:
        """Send ``size`` bytes that are valid JSON to their end; the client may go away earlier."""
        await self._start(reply, size)
        opening, ending = b'{"RequestId":"', b'"}'
        await self._send({"type": "http.response.body", "body": opening, "more_body": True})
        left = size - len(opening) - len(ending)
        while left > 0:
            await self._send({"type": "http.response.body", "body": b"A" * min(left, _CHUNK), "more_body": True})
            left -= _CHUNK
        await self._send({"type": "http.response.body", "body": ending})

    async def close(self) -> None:
        """End the connection in an orderly way, with no further byte."""
        self._transport().close()
        await self._until_gone()

    async def reset(self) -> None:
        """End the connection with a TCP reset."""
        transport = self._transport()
        sock = transport.get_extra_info("socket")
        if sock is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_AT_CLOSE)
        transport.abort()
        await self._until_gone()

    async def _start(self, reply: Reply, length: int) -> None:
        headers = [*reply.headers, (b"date", self._clock.http_date()), (b"content-length", b"%d" % length)]
        await self._send({"type": "http.response.start", "status": reply.status, "headers": headers})

    def _transport(self) -> asyncio.WriteTransport:
        # ASGI knows no way to break a connection; uvicorn's request cycle, whose method ``receive`` is, holds it.
        cycle = getattr(self._receive, "__self__", None)
        transport: asyncio.WriteTransport = getattr(cycle, "transport")  # noqa: B009  (absent from the ASGI types)
        return transport

    async def _until_gone(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
