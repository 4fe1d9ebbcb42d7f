# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""The proxy: starts a session, carries standard input and output through it, and ends it whatever happens.

A signal, the end of standard input and a closed pipe all mean that ssh lets go. They interrupt nothing: each step has a
limit of its own, and a session of which the start was asked for is always ended.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import secrets
import selectors
import signal
import sys
import time
import typing as t

from ansible_collections.cloudops.console.plugins.module_utils import _deps
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.module_utils._http import Policy
from ansible_collections.cloudops.console.plugins.module_utils._naming import naming
from ansible_collections.cloudops.console.plugins.module_utils._provider import Session as Cloud
from ansible_collections.cloudops.console.plugins.module_utils._provider import open_session
from ansible_collections.cloudops.console.plugins.module_utils._redact import name_of
from ansible_collections.cloudops.console.plugins.module_utils._sessions import SessionRequest, StartedSession
from ansible_collections.cloudops.console.plugins.plugin_utils._terminal import endings, service
from ansible_collections.cloudops.console.plugins.plugin_utils._terminal.handover import (
    ProxyOptions,
    checked,
    parse,
    variable,
    write_reason,
)
from ansible_collections.cloudops.console.plugins.plugin_utils._terminal.session import (
    SessionEnded,
    SessionInterrupted,
    TerminalSession,
)

POLICY = Policy(timeout=10.0, retries=2, patient=False)
# Bytes that are read from ssh at once.
READ = 32 * 1024
# Seconds: a shorter wait is none, because the next one makes up for it; and the longest between two looks at the clock.
SHORTEST_WAIT = 0.002
LOOK = 1.0
SIGNALS = (signal.SIGHUP, signal.SIGTERM, signal.SIGINT)


class Local(t.NamedTuple):
    """ssh's end: what it says, what it hears, and whether it has let go."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    stop: asyncio.Event


class Bridge:
    """Carries bytes between ssh and a session, over one connection after the other."""

    def __init__(self, local: Local, address: service.ServiceAddress) -> None:
        self._local = local
        self._address = address
        self._session = TerminalSession(time.monotonic())
        self._to_send = asyncio.Event()
        self._room = asyncio.Event()

    async def run(self) -> None:
        """Carry until one side hangs up.

        :raises ConsoleError: the service cannot be reached, or ended the session.
        """
        connection = await self._unless_stopped(self._address.connect(within=service.CONNECT * 2))
        self._session = TerminalSession(time.monotonic())
        while connection is not None:
            try:
                await self._over(connection)
                await connection.say_goodbye(self._session.close(_timestamp()))
                return
            except SessionEnded as end:
                if endings.is_orderly(end.code, opened=self._session.opened):
                    return
                raise endings.failure(end.code) from None
            except SessionInterrupted:
                pass
            finally:
                await connection.close()
            connection = await self._unless_stopped(self._connect_again())

    async def _connect_again(self) -> service.Socket:
        await asyncio.sleep(service.PAUSE)
        connection = await self._address.connect(self._session.channel_id, within=service.CONNECT_AGAIN)
        try:
            self._session.resume(time.monotonic())
        except SessionEnded as end:
            await connection.close()
            raise endings.failure(end.code) from None
        return connection

    async def _unless_stopped(self, work: t.Awaitable[service.Socket]) -> service.Socket | None:
        """Return what work makes, or None where ssh lets go before."""
        making, stopping = asyncio.ensure_future(work), asyncio.ensure_future(self._local.stop.wait())
        await asyncio.wait((making, stopping), return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if making.done():
            return making.result()
        making.cancel()
        await asyncio.gather(making, return_exceptions=True)
        return None

    async def _over(self, connection: service.Socket) -> None:
        """Carry over one connection; return when ssh lets go."""
        works = (
            self._feed(),
            self._send(connection),
            self._receive(connection),
            self._watch_time(),
            self._local.stop.wait(),
        )
        tasks = [asyncio.ensure_future(work) for work in works]
        try:
            done, _others = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _feed(self) -> None:
        """Take what ssh says, as there is room for it, until it hangs up."""
        while True:
            while not self._session.room:
                self._room.clear()
                await self._room.wait()
            try:
                data = await self._local.reader.read(READ)
            except OSError:
                # A client that uses a socket has closed it before it took all that we gave
                return
            if not data:
                return
            self._session.put(data)
            self._to_send.set()

    async def _send(self, connection: service.Socket) -> None:
        """Send what is to be sent, at the pace of the service: the one writer."""
        while True:
            size = self._session.next_size()
            if size is None:
                self._to_send.clear()
                await self._to_send.wait()
                continue
            wait = self._session.pace.wait(time.monotonic()) if size else 0.0
            if wait > SHORTEST_WAIT:
                # Something more urgent may be next by then
                await asyncio.sleep(min(wait, LOOK))
                continue
            await connection.send(self._session.next_frame(time.monotonic(), _timestamp()))
            self._room.set()

    async def _receive(self, connection: service.Socket) -> None:
        """Give to ssh what comes, as it takes it; return when it takes no more."""
        while True:
            payload = self._session.take(await connection.receive(), time.monotonic())
            self._to_send.set()
            self._room.set()
            if payload:
                self._local.writer.write(payload)
                try:
                    await self._local.writer.drain()
                except OSError:
                    return

    async def _watch_time(self) -> None:
        while True:
            due = self._session.tick(time.monotonic())
            self._to_send.set()
            await asyncio.sleep(min(max(due - time.monotonic(), SHORTEST_WAIT), LOOK))


def _timestamp() -> int:
    return int(time.time() * 1000)


async def carry(options: ProxyOptions, local: Local) -> None:
    """Start a session, carry, and end it.

    :raises ConsoleError: it did not come about, or broke.
    """
    service.load()
    doing = f"the terminal session on {name_of(options.instance_id)} in {name_of(options.region)}"
    async with open_session(options.access, POLICY) as cloud:
        started = await cloud.terminals.start_session(cloud.client, _request(options))
        try:
            if not local.stop.is_set():
                await Bridge(local, service.ServiceAddress(started.websocket_url, cloud.provider.trust)).run()
        except ConsoleError as error:
            raise (await _explained(cloud, started, error)).while_doing(doing) from None
        finally:
            await _end(cloud, started)


def _request(options: ProxyOptions) -> SessionRequest:
    return SessionRequest(
        instance_id=options.instance_id,
        client_token=secrets.token_hex(16),
        port_number=options.port,
        target_server=options.target_server or None,
    ).checked()


async def _explained(cloud: Cloud, started: StartedSession, error: ConsoleError) -> ConsoleError:
    """Ask the service why, where it can know more than we saw."""
    try:
        known = await cloud.terminals.list_sessions(cloud.client, session_id=started.session_id)
    except ConsoleError:
        return error
    reasons = [one.closed_reason for state in known for one in state.connections if one.closed_reason]
    return endings.failure(reasons[0]) if reasons and reasons[0] != "ClientClosed" else error


async def _end(cloud: Cloud, started: StartedSession) -> None:
    try:
        await cloud.terminals.end_session(cloud.client, started.session_id)
    except ConsoleError as error:
        _say(f"{error.message} It ends by itself after three minutes without a client.")


async def _local() -> Local:
    """Return standard input and output as streams; from now on, signals only tell that ssh lets go."""
    loop = asyncio.get_running_loop()
    # It shows a traceback where a client closes its socket before it has read all
    logging.getLogger("asyncio").setLevel(logging.CRITICAL + 1)
    stop = asyncio.Event()
    for number in SIGNALS:
        loop.add_signal_handler(number, stop.set)
    with selectors.DefaultSelector() as selector:
        # The loop finds out too late that it cannot wait for a device such as /dev/null
        selector.register(0, selectors.EVENT_READ)
    reader = asyncio.StreamReader(limit=READ)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(0, "rb", 0))
    transport, protocol = await loop.connect_write_pipe(asyncio.streams.FlowControlMixin, os.fdopen(1, "wb", 0))
    # drain() waits until ssh has everything: what were still here at the end would be lost
    transport.set_write_buffer_limits(high=0)
    return Local(reader, asyncio.StreamWriter(transport, protocol, None, loop), stop)


async def _run(options: ProxyOptions) -> None:
    try:
        local = await _local()
    except (OSError, ValueError):
        raise ConsoleError("standard input and output are no pipes", advice="Run it by ssh's ProxyCommand.") from None
    await carry(options, local)


def _say(text: str) -> None:
    with contextlib.suppress(OSError, ValueError):
        print(f"cloudops.console: {text}", file=sys.stderr, flush=True)  # noqa: T201 - ssh passes it on


def main(argv: t.Sequence[str], env: t.Mapping[str, str]) -> int:
    """Run the proxy; return its exit code."""
    options = parse(argv, env)
    with naming(variable if options.reason_file else _argument):
        try:
            if _deps.MISSING is not None:
                raise ConsoleError(_deps.missing_text(_deps.MISSING).rstrip("."))
            asyncio.run(_run(checked(options)))
        except ConsoleError as error:
            write_reason(options.reason_file, error.message)
            _say(error.message)
            return 1
    return 0


def _argument(option: str) -> str:
    return f"--{option.removeprefix('session_').replace('_', '-')}"
