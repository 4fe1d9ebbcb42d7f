# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""The pace of one (account, region): calls per second, calls in flight, and what to do when the cloud throttles.

Alibaba Cloud counts per account, region and operation, and shares that quota between console, Terraform and
everything else; it publishes no numbers, and a throttled minute is free again in the next one. So a fixed limit is
optional, and without one the pace learns: it runs free until the first throttling, cuts to a share of what it had
just done, waits, and climbs back slowly. One throttled answer slows every worker of the group, not only its own.
"""

from __future__ import annotations

import asyncio
import collections
import contextlib
import math
import random
import time
import typing as t

# After a throttling the group goes on with this share of the calls per second that it had reached.
CUT = 0.6
# Each success adds this many calls per second, so that the rate climbs by 5 % a second.
CLIMB = 0.05
# Never slower than one call in this many seconds.
SLOWEST = 2.0
# Seconds to pause after a throttling where the cloud names no time, and the most that is believed where it does.
PAUSE = 1.0
LONGEST_PAUSE = 60.0
# Throttled answers that come within this many seconds of a cut belong to the burst that caused it.
SAME_BURST = 1.0
# Calls are spaced by so much more than needed, because they reach the cloud less evenly than they start.
MARGIN = 1.04
# Seconds over which the calls per second are measured.
MEASURE = 10.0


class Pace:
    """Admits calls one by one.

    :param per_second: the most calls that start within a second; 0 sets no fixed limit.
    :param in_flight: the most calls under way at once; at least 1.
    """

    def __init__(
        self,
        per_second: float = 0.0,
        in_flight: int = 1,
        *,
        now: t.Callable[[], float] = time.monotonic,
        sleep: t.Callable[[float], t.Awaitable[None]] = asyncio.sleep,
        jitter: t.Callable[[], float] = random.random,
    ) -> None:
        self.configured = per_second
        self.limit: float | None = per_second or None
        self.times_throttled = 0
        self._slots = asyncio.Semaphore(max(1, in_flight))
        self._door = asyncio.Lock()
        self._now = now
        self._sleep = sleep
        self._jitter = jitter
        self._starts: collections.deque[float] = collections.deque(maxlen=4096)
        self._last_start = float("-inf")
        self._blocked_until = 0.0
        self._last_cut = float("-inf")

    @contextlib.asynccontextmanager
    async def turn(self, until: float = math.inf) -> t.AsyncIterator[bool]:
        """Wait for the right to start one call, and hold one of the places in flight meanwhile.

        :param until: when it comes too late, by the monotonic clock; False is yielded then, and nobody's turn is lost.
        """
        async with self._slots:
            yield await self._wait(until)

    async def _wait(self, until: float) -> bool:
        """Wait one behind the other, so that every change of pace holds for all who wait.

        Who gives up leaves the turn to the next one: a queue longer than its waiters' patience would starve otherwise.
        """
        async with self._door:
            while True:
                now = self._now()
                start = self._blocked_until
                if self.limit is not None:
                    start = max(start, self._last_start + MARGIN / self.limit)
                if start <= now <= until:
                    break
                if now >= until:
                    return False
                await self._sleep(min(start, until) - now)
            self._last_start = now
            self._starts.append(now)
            return True

    def succeeded(self) -> None:
        """Note an answer that was not throttled."""
        if self.limit is None or self._now() < self._blocked_until:
            return
        climbed = self.limit + CLIMB
        self.limit = min(climbed, self.configured) if self.configured else climbed

    def throttled(self, retry_after: float | None) -> None:
        """Note a throttled answer; retry_after in seconds, as the cloud asked, or None."""
        self.times_throttled += 1
        now = self._now()
        pause = min(retry_after or PAUSE, LONGEST_PAUSE) * (1.0 + 0.5 * self._jitter())
        self._blocked_until = max(self._blocked_until, now + pause)
        if now - self._last_cut < SAME_BURST:
            return
        self._last_cut = now
        reached = self._reached(now)
        before = reached if self.limit is None else min(self.limit, max(reached, 1.0))
        self.limit = max(before * CUT, 1.0 / SLOWEST)

    def _reached(self, now: float) -> float:
        """Calls per second of late. Measured over some seconds, because slow calls start in bursts."""
        recent = [start for start in self._starts if now - start <= MEASURE]
        return len(recent) / max(1.0, now - recent[0]) if recent else 0.0
