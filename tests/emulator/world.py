# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything the emulator knows apart from the clouds themselves: clock, settings, meter, faults."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from .clock import Clock
from .consoles import ConsoleBook
from .faults import FaultBook
from .meter import Meter

THROTTLES = ("APIGW.0308", "Common.1503", "Common.0024")


@dataclass
class Settings:
    """What the control endpoint may change while the emulator runs.

    latency              seconds that every call takes, without using the processor
    refuse_writes        answer every write with 403 and count it (check mode)
    restart_seconds      from a restart, start or stop to its end
    strict_vnc_password  want all three classes of characters, not only six letters or digits
    vnc_password_states  states in which an instance takes a new VNC password
    session_manager      the account-wide switch of terminal sessions
    websocket_base       what WebSocketUrl of a terminal session begins with; {region} is filled in
    vnc_base             what VncUrl begins with
    screenshot_seconds   between two screenshots of an instance

    Of terminal sessions, once ``websocket_base`` names this emulator (``Emulator.serve_sessions``):

    session_version      of the agent's frames, 1.01 or 1.02
    session_nameless     frames of version 1.01 have no channel id
    session_pace         bits per second that are announced, 0 for no announcement
    session_loss         share of the frames, either way, that are lost; session_duplication and session_reordering:
                         share of the Outputs that come twice, or one too late
    session_idle_seconds after which a session without any frame from the client is ended
    session_dial_seconds that the agent takes to dial
    session_fails        the ClosedReason of sessions that never open, and session_fails_seconds until they are closed
    agent_ports          where a port really is, by ``INSTANCE:PORT`` or ``TARGET:PORT``
    agent_bytes          most bytes in one Output
    agent_reports_end    the agent says that the far side has ended, or dials anew at the next Input

    Of the clouds built on Nova:

    console_token_seconds   life of a console's token
    huawei_token_seconds    life of a token of Huawei's IAM
    huawei_throttle         what a quota answers: APIGW.0308 (429), Common.1503 (429) or Common.0024 (with status 202)
    huawei_dead_urls        v1 gives console URLs in any state, in place of Ecs.0100
    keystone_token_seconds  life of a token of Keystone
    nova_catalogue          paths of the compute URLs in the catalogue, in its order; each makes an endpoint of its own
    nova_max_version        the highest microversion
    nova_consoles           console types that compute hosts offer
    nova_new_policy         a reader gets no console
    rpc_response_seconds    how long Nova waits for a dead compute host; a real one takes 60
    """

    latency: float = 0.0
    refuse_writes: bool = False
    restart_seconds: float = 0.5
    strict_vnc_password: bool = True
    vnc_password_states: list[str] = field(default_factory=lambda: ["Running", "Stopped"])
    session_manager: bool = True
    websocket_base: str = "wss://{region}.axt.aliyuncs.com/session"
    screenshot_seconds: float = 10.0
    vnc_base: str = "wss://hz01-vncproxy.aliyun.com/websockify/"
    session_version: str = "1.02"
    session_nameless: bool = True
    session_pace: int = 0
    session_loss: float = 0.0
    session_duplication: float = 0.0
    session_reordering: float = 0.0
    session_idle_seconds: float = 180.0
    session_dial_seconds: float = 0.0
    session_fails: str = ""
    session_fails_seconds: float = 60.0
    agent_ports: dict[str, int] = field(default_factory=dict)
    agent_bytes: int = 2048
    agent_reports_end: bool = True
    console_token_seconds: float = 600.0
    huawei_token_seconds: float = 86_400.0
    huawei_throttle: str = "APIGW.0308"
    huawei_dead_urls: bool = False
    keystone_token_seconds: float = 3600.0
    nova_catalogue: list[str] = field(default_factory=lambda: ["/compute/v2.1"])
    nova_max_version: str = "2.93"
    nova_consoles: list[str] = field(default_factory=lambda: ["novnc", "serial", "spice-html5"])
    nova_new_policy: bool = True
    rpc_response_seconds: float = 1.0

    def update(self, changes: Mapping[str, Any]) -> None:
        if unknown := set(changes) - {f.name for f in fields(self)}:
            raise ValueError(f"unknown settings: {', '.join(sorted(unknown))}")
        if changes.get("huawei_throttle", THROTTLES[0]) not in THROTTLES:
            raise ValueError(f"huawei_throttle must be one of {', '.join(THROTTLES)}")
        for name, value in changes.items():
            setattr(self, name, value)

    def to_json(self) -> dict[str, object]:
        return asdict(self)


class World:
    """Shared by all clouds of one emulator process."""

    def __init__(self, latency: float = 0.0) -> None:
        self.clock = Clock()
        self.settings = Settings(latency=latency)
        self._latency = latency
        self.meter = Meter()
        self.faults = FaultBook()
        self.consoles = ConsoleBook(self.clock)
        self._numbers = 0
        self._tasks: set[asyncio.Task[None]] = set()

    def reset(self) -> None:
        """Go back to the start; the latency of the command line stays."""
        self.settings.update(Settings(latency=self._latency).to_json())
        self.clock.offset = 0.0
        self.faults.clear()
        self.consoles.clear()
        self.meter.quotas.clear()
        self.meter.clear()

    def next_number(self) -> int:
        self._numbers += 1
        return self._numbers

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run in the background, whether or not the client is still there."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    @property
    def background(self) -> int:
        """Changes that will still be made by ``apply_late``."""
        return len(self._tasks)
