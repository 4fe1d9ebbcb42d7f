# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server on loopback that gives set answers to any request, and can be slow, deaf or without end."""

from __future__ import annotations

import asyncio
import contextlib
import types
import typing as t


class Server:
    """Takes connections while it is open.

    :param answer: what it says at once, or what it makes of the head that it reads.
    :param then: what it keeps on saying; empty to close instead, or to be silent where every is not 0.
    :param every: seconds between two of these; 0 says it as fast as it is taken.
    :param reads: whether it reads what it is sent before it answers.
    """

    def __init__(
        self,
        answer: bytes | t.Callable[[bytes], bytes],
        *,
        then: bytes | None = None,
        every: float = 0.0,
        reads: bool = True,
    ) -> None:
        self.port = 0
        self.said = 0
        self._answer, self._then, self._every, self._reads = answer, then, every, reads
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Server:
        self._server = await asyncio.start_server(self._meet, "127.0.0.1", 0, limit=2**16)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: types.TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = t.cast("asyncio.Task[None]", asyncio.current_task())
        self._tasks.add(task)
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
                await self._talk(reader, writer)
        finally:
            self._tasks.discard(task)
            writer.transport.abort() if self._then is not None else writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n") if self._reads else b""
        writer.write(self._answer if isinstance(self._answer, bytes) else self._answer(head))
        await writer.drain()
        while self._then is not None:
            if self._every:
                await asyncio.sleep(self._every)
            writer.write(self._then)
            self.said += len(self._then)
            await writer.drain()
