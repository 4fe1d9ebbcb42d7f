# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fleet against a quota, in simulated time: how much of it the rate limiter uses, and how often it is throttled.

The rate limiter is the collection's own. The clock is an event loop's that jumps to the next moment at which anything
happens, so a quarter of an hour takes some seconds. The cloud counts in fixed periods, as the vendor does by the
minute, and a throttled call takes nothing from the quota. ``python -m tests.benchmarks.quotas`` prints as JSON what
came of each one.
"""

from __future__ import annotations

import asyncio
import collections
import json
import random
import selectors
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ansible_collections.cloudops.console.plugins.module_utils._rate_limit import RateLimiter

HOSTS = 100_000
WORKERS = 64
LATENCY = 0.05
# Seconds at the beginning within which the quota is met for the first time.
MEETING = 60


@dataclass(frozen=True)
class Quota:
    """So many calls in each period of so many seconds.

    :param configured: calls per second that the operator has set; 0: none, the rate limiter learns.
    :param others: the share of the quota that others use from the fifth minute to the tenth.
    :param rivals: calls per second that others make out of the same quota, at random moments.
    :param refused: the share of calls that is refused at random, whatever the rate.
    :param retry_after: seconds that a refusal names; None: it names none.
    """

    name: str
    calls: int
    seconds: int
    configured: float = 0.0
    others: float = 0.0
    rivals: float = 0.0
    refused: float = 0.0
    retry_after: float | None = None

    @property
    def per_second(self) -> float:
        return self.calls / self.seconds

    def left(self, period: int) -> int:
        """What is left to us in a period."""
        return round(self.calls * (1 - self.others)) if 300 <= period * self.seconds < 600 else self.calls


QUOTAS = (
    Quota("100 a second", 100, 1),
    Quota("600 a minute", 600, 60),
    Quota("6,000 a minute", 6000, 60),
    Quota("6,000 a minute, 30 % of it taken by others for five minutes", 6000, 60, others=0.3),
    Quota("6,000 a minute, requests_per_second: 100", 6000, 60, configured=100.0),
)


@dataclass(frozen=True)
class Held:
    """What came of it.

    :param share: of the calls that the quota allowed in all whole periods.
    :param throttled: of all calls, as a share.
    :param worst: throttled calls in the worst second, after the quota was met for the first time.
    """

    quota: Quota
    hosts: int
    seconds: float
    share: float
    throttled: float
    worst: int


class _Jumping(selectors.DefaultSelector):
    """Waits for nothing: the time that was to be waited has passed."""

    passed = 0.0

    def select(self, timeout: float | None = None) -> Any:
        self.passed += timeout or 0.0
        return super().select(0)


class SimulatedLoop(asyncio.SelectorEventLoop):
    """An event loop whose time passes only while everybody waits."""

    def __init__(self) -> None:
        self._jumping = _Jumping()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.passed


class Simulation:
    """One fleet, one quota."""

    def __init__(self, quota: Quota, hosts: int, now: Callable[[], float], seed: int) -> None:
        self.quota, self.hosts, self.left, self._now = quota, hosts, hosts, now
        self._dice = random.Random(seed)
        self._limiter = RateLimiter(quota.configured, WORKERS, now=now, jitter=self._dice.random)
        self._used: collections.Counter[int] = collections.Counter()
        self._throttled: collections.Counter[int] = collections.Counter()
        self._rivals: collections.Counter[int] = collections.Counter()
        self._next_rival = 0.0

    async def run(self) -> Held:
        await asyncio.gather(*(self._worker() for _each in range(WORKERS)))
        # The last period is left out: it is cut off where the fleet ends.
        whole = range(int(self._now() // self.quota.seconds))
        allowed = sum(self.quota.left(period) for period in whole)
        used = sum(self._used[period] for period in whole)
        # In the first period all may go at once
        throttled = sum(self._throttled.values())
        late = [count for second, count in self._throttled.items() if second >= MEETING]
        share = used / max(1, allowed)
        return Held(
            self.quota, self.hosts, self._now(), share, throttled / (self.hosts + throttled), max(late, default=0)
        )

    async def _worker(self) -> None:
        while self.left > 0:
            self.left -= 1
            while not await self._call():
                pass

    async def _call(self) -> bool:
        async with self._limiter.turn():
            await asyncio.sleep(LATENCY * self._dice.uniform(0.8, 1.2))
            passes = self._take()
        if passes:
            self._limiter.succeeded()
        else:
            self._limiter.throttled(self.quota.retry_after)
        return passes

    def _take(self) -> bool:
        now = self._now()
        period = int(now // self.quota.seconds)
        taken = self._used[period] + self._taken_by_rivals(period, now)
        if taken >= self.quota.left(period) or (self.quota.refused and self._dice.random() < self.quota.refused):
            self._throttled[int(now)] += 1
            return False
        self._used[period] += 1
        return True

    def _taken_by_rivals(self, period: int, now: float) -> int:
        """What rivals have taken in this period; theirs are refused, too, once it is used up."""
        while self.quota.rivals and self._next_rival <= now:
            then = int(self._next_rival // self.quota.seconds)
            if self._used[then] + self._rivals[then] < self.quota.left(then):
                self._rivals[then] += 1
            self._next_rival += self._dice.expovariate(self.quota.rivals)
        return self._rivals[period]


def simulate(quota: Quota, hosts: int = HOSTS, *, seed: int = 6) -> Held:
    """Run it; takes some 50 microseconds per host."""
    loop = SimulatedLoop()
    try:
        return loop.run_until_complete(Simulation(quota, hosts, loop.time, seed).run())
    finally:
        loop.close()


def main() -> None:
    held = [simulate(quota) for quota in QUOTAS]
    rows = [
        {"name": one.quota.name, "seconds": one.seconds, "share": one.share, "throttled": one.throttled} for one in held
    ]
    print(json.dumps({"quotas": rows}))


if __name__ == "__main__":
    main()
