# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""A model of a cloud with one instance, for tests that let events come in any order.

It has a password in force, one that waits for a restart, and requests that are still on their way.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from ansible_collections.cloudops.console.plugins.module_utils._models import Instance

from tests.unit.ledgers_and_runs import KEY, NOON


@dataclass(eq=False)
class Sent:
    """A request on its way: what it carries, and until when it can still arrive."""

    password: str
    deadline: dt.datetime


@dataclass
class Cloud:
    """The instance. started_at has the precision of a minute, as the vendor tells it."""

    io_optimized: bool = True
    now: dt.datetime = NOON
    status: str = "Running"
    in_force: str | None = None
    waiting: str | None = None
    last: str | None = None
    started_at: dt.datetime | None = None
    late: list[Sent] = field(default_factory=list)
    writes: int = 0

    def apply(self, password: str) -> None:
        self.writes += 1
        self.last = password
        if self.io_optimized:
            self.in_force = password
        else:
            self.waiting = password

    def start(self) -> None:
        self.status, self.started_at = "Running", self.now.replace(second=0)
        if self.waiting is not None:
            self.in_force, self.waiting = self.waiting, None

    def describe(self) -> Instance:
        return Instance(
            KEY.instance_id, KEY.region, self.status, io_optimized=self.io_optimized, started_at=self.started_at
        )
