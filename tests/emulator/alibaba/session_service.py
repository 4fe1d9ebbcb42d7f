# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The session service: the WebSocket behind a WebSocketUrl, and the agent that dials a port of this machine.

It announces a pace and ends what exceeds it, loses, doubles and swaps frames, restarts, and ends what is idle, all as
the settings say. Input that comes before the port is open is dropped, as the agent does it.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import secrets
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import parse_qs

from starlette.routing import BaseRoute, WebSocketRoute

from ..wire import Receive, Scope, Send
from ..world import World
from . import frames
from .channel import Channel
from .state import Session, State

URL_SECONDS = 600.0
MOST_CONNECTIONS = 20
# Bytes that the agent holds for a client that does not take them.
_HELD = 16 * 1024 * 1024


@dataclass
class Traffic:
    """What a session carried. ``fastest``: the most payload that came within one second."""

    connections: int = 0
    open: int = 0
    dials: int = 0
    inputs: int = 0
    keep_alives: int = 0
    early_inputs: int = 0
    input_bytes: int = 0
    output_bytes: int = 0
    largest_input: int = 0
    fastest: int = 0
    ended_by: str = ""
    _window: deque[tuple[float, int]] = field(default_factory=deque, repr=False)
    _within: int = 0

    def count_input(self, size: int) -> int:
        """Count an Input; return the bytes of the last second."""
        now = time.monotonic()
        self.inputs += 1
        self.keep_alives += not size
        self.input_bytes += size
        self.largest_input = max(self.largest_input, size)
        self._window.append((now, size))
        self._within += size
        while self._window[0][0] < now - 1:
            self._within -= self._window.popleft()[1]
        self.fastest = max(self.fastest, self._within)
        return self._within

    def to_json(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if not name.startswith("_")}


class Port:
    """The agent's connection to the port, with the channel over which it is carried."""

    def __init__(self, host: str, port: int, channel: Channel, traffic: Traffic) -> None:
        self.channel = channel
        self.traffic = traffic
        self._place = host, port
        self.resumed = False
        self.reader: asyncio.StreamReader | None = None
        self.writer: asyncio.StreamWriter | None = None

    async def dial(self) -> None:
        self.traffic.dials += 1
        self.reader, self.writer = await asyncio.open_connection(*self._place)

    def hang_up(self) -> None:
        if self.writer is not None:
            self.writer.close()
            self.reader = self.writer = None


class SessionLine:
    """A WebSocket with one writer, which loses, doubles and swaps what goes either way."""

    def __init__(self, world: World, receive: Receive, send: Send) -> None:
        self._settings = world.settings
        self._random = random.Random(world.next_number())
        self._receive, self._send = receive, send
        self._writing = asyncio.Lock()
        self._held: list[bytes] = []
        self.heard_at = time.monotonic()
        self.restarted = False

    async def send(self, *messages: bytes) -> None:
        async with self._writing:
            for message in messages:
                await self._send({"type": "websocket.send", "bytes": message})

    async def send_badly(self, messages: list[bytes]) -> None:
        await self.send(*(one for message in messages for one in self._spoilt(message)))

    async def receive(self) -> bytes | None:
        """Return a message, or None at the end."""
        event = await self._receive()
        if event["type"] == "websocket.disconnect":
            return None
        self.heard_at = time.monotonic()
        return event.get("bytes") or b""

    def loses(self) -> bool:
        """Whether a message that arrived is still to be lost."""
        return self._random.random() < self._settings.session_loss

    def _spoilt(self, message: bytes) -> Iterator[bytes]:
        if self.loses():
            return
        if not self._held and self._random.random() < self._settings.session_reordering:
            self._held.append(message)
            return
        yield message
        if self._random.random() < self._settings.session_duplication:
            yield message
        yield from self._held
        self._held.clear()

    async def close(self, code: int) -> None:
        """1005 is a close frame without a code, which ASGI does not know."""
        async with self._writing:
            transport = getattr(getattr(self._receive, "__self__", None), "transport", None)
            if code == 1005 and transport is not None:
                transport.write(b"\x88\x00")
                transport.close()
                return
            with contextlib.suppress(RuntimeError):
                await self._send({"type": "websocket.close", "code": code})


class SessionService:
    """An ASGI application for ``/session``."""

    def __init__(self, world: World, state: State) -> None:
        self._world = world
        self._state = state
        self._ports: dict[str, Port] = {}
        self._lines: dict[SessionLine, str] = {}
        self._waiting: set[asyncio.Future[None]] = set()
        self.traffic: dict[str, Traffic] = {}

    def routes(self) -> list[BaseRoute]:
        return [WebSocketRoute("/session", self)]

    @property
    def open(self) -> int:
        """How many WebSockets there are."""
        return len(self._lines)

    def forget(self) -> None:
        """Forget what sessions carried."""
        self.traffic.clear()

    def view(self) -> list[dict[str, Any]]:
        """Return all sessions with what they carried."""
        return [
            {
                "session_id": one.session_id,
                "instance_ids": list(one.instance_ids),
                "port": one.params.get("PortNumber", ""),
                "target_server": one.params.get("TargetServer", ""),
                "client_token": one.params.get("ClientToken", ""),
                "ended": one.ended_at is not None,
                **self.traffic.get(one.session_id, Traffic()).to_json(),
            }
            for one in self._state.sessions
        ]

    async def end_lines(self, code: int, reason: str = "") -> None:
        """Close every WebSocket: with a reason for good, without one as in a restart of the service."""
        for line in list(self._lines):
            line.restarted = not reason
            if reason:
                await line.send(frames.status(frames.CLOSED, reason.encode()))
            await line.close(code)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        query = {name: values[0] for name, values in parse_qs(scope["query_string"].decode("latin-1")).items()}
        session = self._session(query)
        if session is None:
            await send({"type": "websocket.close", "code": 1008})
            return
        await send({"type": "websocket.accept"})
        traffic = self.traffic.setdefault(session.session_id, Traffic())
        traffic.connections += 1
        traffic.open += 1
        line = SessionLine(self._world, receive, send)
        self._lines[line] = session.session_id
        try:
            await self._carry(line, session, query.get("channelId", ""), traffic)
        finally:
            traffic.open -= 1
            del self._lines[line]

    def _session(self, query: dict[str, str]) -> Session | None:
        for session in self._state.sessions:
            if session.session_id == query.get("sessionId"):
                young = self._world.clock.now() < session.created_at + URL_SECONDS
                right = secrets.compare_digest(session.token, query.get("token", ""))
                traffic = self.traffic.get(session.session_id, Traffic())
                free = traffic.open < MOST_CONNECTIONS
                return session if young and right and free and session.ended_at is None else None
        return None

    async def _carry(self, line: SessionLine, session: Session, channel_id: str, traffic: Traffic) -> None:
        settings = self._world.settings
        await line.send(frames.status(frames.OPENING))
        if settings.session_pace:
            await line.send(frames.status(frames.STREAM, settings.session_pace.to_bytes(4, "big")))
        if settings.session_fails:
            session.closed_reason = settings.session_fails
            await asyncio.wait_for(self._deaf(line), settings.session_fails_seconds)
            return
        port = await self._port(line, session, channel_id, traffic)
        if port is not None:
            await self._talk(line, session, port)

    async def _deaf(self, line: SessionLine) -> None:
        while await line.receive() is not None:
            pass

    async def _port(self, line: SessionLine, session: Session, channel_id: str, traffic: Traffic) -> Port | None:
        """Return the port of a resumed session, or a new one; None where it does not open."""
        if channel_id:
            known = self._ports.get(channel_id)
            if known is None or known.channel.version != "1.02":
                await self._close(line, traffic, "SessionIdDuplicated")
                return None
            known.channel.paused = known.resumed = True
            return known
        version = self._world.settings.session_version
        name = "" if version == "1.01" and self._world.settings.session_nameless else f"c-{secrets.token_hex(8)}"
        port = Port(*self._place(session), Channel(version, name), traffic)
        try:
            await asyncio.sleep(self._world.settings.session_dial_seconds)
            await port.dial()
        except OSError:
            await self._close(line, traffic, "OpenTargetPortFailed")
            return None
        if name:
            self._ports[name] = port
        return port

    def _place(self, session: Session) -> tuple[str, int]:
        """``agent_ports`` of the settings say where a port of an instance, or of a host behind it, really is."""
        ports = self._world.settings.agent_ports
        number = session.params.get("PortNumber", "22")
        host = session.params.get("TargetServer") or session.instance_ids[0]
        return "127.0.0.1", int(ports.get(f"{host}:{number}", number))

    async def _close(self, line: SessionLine, traffic: Traffic, reason: str) -> None:
        traffic.ended_by = reason
        await line.send(frames.status(frames.CLOSED, reason.encode()))
        await line.close(1000)

    async def _talk(self, line: SessionLine, session: Session, port: Port) -> None:
        tasks = [
            asyncio.ensure_future(work)
            for work in (self._hear(line, port), self._speak(line, port), self._watch(line, session))
        ]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            results = await asyncio.gather(*tasks, return_exceptions=True)
            done = next((one for one in results if isinstance(one, str)), "")
            port.resumed = False
            if done:
                await self._close(line, port.traffic, done)
            if not line.restarted or port.channel.version != "1.02":
                self._let_go(port)
            else:
                waiting = asyncio.ensure_future(self._wait_for_client(session, port))
                self._waiting.add(waiting)
                waiting.add_done_callback(self._waiting.discard)

    def _let_go(self, port: Port) -> None:
        self._ports.pop(port.channel.channel_id, None)
        port.hang_up()

    async def _wait_for_client(self, session: Session, port: Port) -> None:
        """Let go of a port whose session is not resumed."""
        end = time.monotonic() + self._world.settings.session_idle_seconds
        while not port.resumed:
            if session.ended_at is not None or time.monotonic() > end:
                self._let_go(port)
                return
            await asyncio.sleep(0.05)

    async def _hear(self, line: SessionLine, port: Port) -> str:
        """Carry Inputs to the port; return why the session ends, or nothing where its connection does."""
        pace = self._world.settings.session_pace or 200 * 1024
        while (data := await line.receive()) is not None and not port.channel.closed:
            message = frames.read(data)
            if message.kind == frames.INPUT and port.traffic.count_input(len(message.payload)) > pace / 8 * 1.25 + 4096:
                return "FlowExceedLimit"
            if message.kind == frames.INPUT and not port.traffic.output_bytes:
                port.traffic.early_inputs += 1
            if message.kind == frames.INPUT and line.loses():
                continue
            if port.writer is None and message.kind == frames.INPUT:
                # It did not say that the far side has ended, and dials anew
                await port.dial()
            payload, answers = port.channel.take(data)
            # Nothing may come between: a restart of the service would lose what is counted as taken
            if payload and port.writer is not None:
                port.writer.write(payload)
                await port.writer.drain()
            await line.send_badly(answers)
        return ""

    async def _speak(self, line: SessionLine, port: Port) -> str:
        """Carry what the port says; return why the session ends."""
        settings = self._world.settings
        while True:
            if port.reader is None or port.channel.kept > _HELD:
                await asyncio.sleep(0.01)
                continue
            data = await port.reader.read(settings.agent_bytes)
            if not data and settings.agent_reports_end:
                return "ReadFromTargetPortFailed"
            if not data:
                port.hang_up()
                continue
            port.traffic.output_bytes += len(data)
            await line.send_badly(port.channel.output(data))

    async def _watch(self, line: SessionLine, session: Session) -> str:
        """Return why the session ends by itself."""
        while True:
            await asyncio.sleep(0.05)
            if session.ended_at is not None:
                return "Exit"
            if time.monotonic() > line.heard_at + self._world.settings.session_idle_seconds:
                return "IdleTimeout"
