# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The console URLs that were given out, and whether their tokens still open anything."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass

from .clock import Clock
from .servers import Server


@dataclass
class Console:
    """One URL. ``once``: its token opens one connection only; ``opened`` counts those that it did open."""

    token: str
    url: str
    cloud: str
    type: str
    server: Server
    issued_at: float
    expires_at: float
    once: bool
    opened: int = 0

    def to_json(self) -> dict[str, object]:
        return {
            "cloud": self.cloud,
            "instance_id": self.server.instance_id,
            "type": self.type,
            "url": self.url,
            "token": self.token,
            "issued_at": self.issued_at,
            "expires_at": self.expires_at,
            "opened": self.opened,
        }


class ConsoleBook:
    """Every console of the clouds built on Nova; each request makes a new one, and the old ones stay."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.consoles: dict[str, Console] = {}

    def clear(self) -> None:
        self.consoles.clear()

    def issue(
        self, cloud: str, server: Server, kind: str, write_url: Callable[[str], str], *, life: float, once: bool = False
    ) -> Console:
        """``write_url`` makes the URL from the token."""
        token, now = str(uuid.uuid4()), self._clock.now()
        console = Console(token, write_url(token), cloud, kind, server, now, now + life, once)
        self.consoles[token] = console
        return console

    def find(self, token: str) -> Console | None:
        """None for a token that was never given out, or whose time is over."""
        console = self.consoles.get(token)
        return console if console is not None and self._clock.now() < console.expires_at else None

    def open(self, token: str) -> Console | None:
        """Count a connection; None when the token is bad, used up, or its server shows nothing."""
        console = self.find(token)
        if console is None or (console.once and console.opened) or not console.server.has_screen:
            return None
        console.opened += 1
        return console

    def secrets(self) -> set[str]:
        return {text for console in self.consoles.values() for text in (console.token, console.url)}
