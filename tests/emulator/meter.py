# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Counters, the log of calls, the pace that clients keep, and quotas."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .call import Call

LOG_LENGTH = 200_000
Group = tuple[str, str]
Quota = tuple[int, float]


@dataclass
class Pace:
    """How fast one (account, region) was called."""

    recent: deque[float] = field(default_factory=deque)
    in_flight: int = 0
    max_per_second: int = 0
    max_in_flight: int = 0
    calls: int = 0

    def enter(self, now: float) -> None:
        recent = self.recent
        recent.append(now)
        while recent[0] <= now - 1.0:
            recent.popleft()
        self.calls += 1
        self.in_flight += 1
        self.max_per_second = max(self.max_per_second, len(recent))
        self.max_in_flight = max(self.max_in_flight, self.in_flight)


@dataclass
class Tally:
    """What became of the calls of one (cloud, account, region, action)."""

    calls: int = 0
    writes: int = 0
    ok: int = 0
    unanswered: int = 0
    errors: Counter[str] = field(default_factory=Counter)


class Meter:
    """Sees every call twice: when it has been read, and when its answer has gone (or never will)."""

    def __init__(self) -> None:
        self.quotas: dict[tuple[str, str, str], Quota] = {}
        self.clear()

    def clear(self) -> None:
        self.tallies: dict[tuple[str, str, str, str], Tally] = {}
        self.paces: dict[Group, Pace] = {}
        self.log: deque[Call] = deque(maxlen=LOG_LENGTH)
        self.refused_writes = 0
        self._windows: dict[tuple[str, str, str], tuple[float, int]] = {}

    def enter(self, call: Call) -> None:
        self._pace(call).enter(call.received_at)
        self.log.append(call)
        tally = self._tally(call)
        tally.calls += 1
        tally.writes += call.is_write

    def leave(self, call: Call, now: float) -> None:
        call.finished_at = now
        pace = self._pace(call)
        pace.in_flight = max(0, pace.in_flight - 1)
        tally = self._tally(call)
        if call.status == 0:
            tally.unanswered += 1
        elif call.code:
            tally.errors[call.code] += 1
        else:
            tally.ok += 1

    def set_quotas(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Replace all quotas; a row without account, region or action stands for each of them by itself."""
        self.quotas = {
            (row.get("account_id", "*"), row.get("region", "*"), row.get("action", "*")): (
                int(row["calls"]),
                float(row.get("seconds", 1.0)),
            )
            for row in rows
        }
        self._windows.clear()

    def over_quota(self, call: Call) -> int | None:
        """Milliseconds until the window ends when this call is one too many, else None."""
        waits: list[int] = []
        for (account, region, action), quota in self.quotas.items():
            if account in ("*", call.account_id) and region in ("*", call.region) and action in ("*", call.action):
                wait = self._count_window((call.account_id, call.region, action), quota, call.received_at)
                waits += [] if wait is None else [wait]
        return max(waits, default=None)

    def _count_window(self, key: tuple[str, str, str], quota: Quota, now: float) -> int | None:
        limit, seconds = quota
        began, count = self._windows.get(key, (now, 0))
        if now >= began + seconds:
            began, count = now, 0
        self._windows[key] = (began, count + 1)
        return max(1, int((began + seconds - now) * 1000)) if count >= limit else None

    def _pace(self, call: Call) -> Pace:
        return self.paces.setdefault((call.account_id, call.region), Pace())

    def _tally(self, call: Call) -> Tally:
        return self.tallies.setdefault((call.cloud, call.account_id, call.region, call.action), Tally())

    def counters_json(self) -> dict[str, object]:
        rows = [
            {
                "cloud": cloud,
                "account_id": account,
                "region": region,
                "action": action,
                "calls": tally.calls,
                "writes": tally.writes,
                "ok": tally.ok,
                "unanswered": tally.unanswered,
                "errors": dict(tally.errors),
            }
            for (cloud, account, region, action), tally in sorted(self.tallies.items())
        ]
        totals = {name: sum(getattr(t, name) for t in self.tallies.values()) for name in ("calls", "writes", "ok")}
        return {**totals, "refused_writes": self.refused_writes, "by_action": rows}

    def pace_json(self) -> list[dict[str, object]]:
        return [
            {
                "account_id": account,
                "region": region,
                "calls": pace.calls,
                "max_per_second": pace.max_per_second,
                "max_in_flight": pace.max_in_flight,
                "in_flight": pace.in_flight,
            }
            for (account, region), pace in sorted(self.paces.items())
        ]
