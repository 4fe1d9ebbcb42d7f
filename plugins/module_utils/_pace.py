# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""The pace of one (account, region): calls per second, calls in flight, and what to do when the cloud throttles.

Alibaba Cloud counts per account, region and operation, and shares that quota between console, Terraform and
everything else; it publishes no numbers, and a throttled minute is free again in the next one. So a fixed limit is
optional, and without one the pace learns: it runs free until the first throttling, cuts to a share of what it had
just done, waits, climbs back to just below what the cloud had let pass, and from there on feels its way slowly. Where
it comes far above that without being throttled, others have left their share, and it climbs on faster. One throttled
answer slows every worker of the group, not only its own.
"""

from __future__ import annotations

import asyncio
import collections
import math
import random
import time
import typing as t

# After a throttling the group goes on with this share of the calls per second that it had reached.
CUT = 0.6
# The same where a limit had held until now: it was about the quota then, which others use, too.
EASE = 0.95
# Seconds without throttling after which the pace counts as one that holds.
HOLDS = 10.0
# Each success adds this many calls per second, so that the rate climbs by 4 % a second.
CLIMB = 0.04
# The same from NEAR to FAR of what the cloud lets pass: by 0.04 % a second.
FEEL = 0.0004
NEAR, FAR = 0.98, 1.015
# Below that, this share of what is missing is made good each second.
RETURN = 0.2
# A fixed limit up to so many times of what the cloud lets pass is what is climbed back to.
NEARLY = 1.1
# Never slower than one call in this many seconds.
SLOWEST = 2.0
# Seconds to pause after a throttling where the cloud names no time, and the most that is believed where it does.
PAUSE = 1.0
LONGEST_PAUSE = 60.0
# Throttled answers that come within this many seconds of a cut belong to the burst that caused it.
SAME_BURST = 1.0
# Under a fixed limit, calls are spaced by so much more than needed: they reach the cloud less evenly than they start.
MARGIN = 1.04
# Seconds over which the calls per second are measured.
MEASURE = 10.0
# Seconds over which it is measured what the cloud lets pass: it counts by the minute.
QUOTA_PERIOD = 60


class Turn:
    """One call's place and turn, as an asynchronous context: True where the call may start."""

    def __init__(self, slots: asyncio.Semaphore, wait: t.Callable[[float], t.Awaitable[bool]], until: float) -> None:
        self._slots, self._wait, self._until = slots, wait, until

    async def __aenter__(self) -> bool:
        await self._slots.acquire()
        try:
            return await self._wait(self._until)
        except BaseException:
            self._slots.release()
            raise

    async def __aexit__(self, *exc_info: object) -> None:
        self._slots.release()


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
        self._margin = MARGIN if per_second else 1.0
        self._slots = asyncio.Semaphore(max(1, in_flight))
        self._door = asyncio.Lock()
        self._now = now
        self._sleep = sleep
        self._jitter = jitter
        self._starts: collections.deque[float] = collections.deque(maxlen=4096)
        self._last_start = float("-inf")
        self._blocked_until = 0.0
        self._last_cut = float("-inf")
        # What the cloud lets pass in a second, once it is known; and the calls it let pass, by full seconds.
        self._passable: float | None = None
        self._passed: dict[int, int] = {}

    def turn(self, until: float = math.inf) -> Turn:
        """Wait for the right to start one call, and hold one of the places in flight meanwhile.

        :param until: when it comes too late, by the monotonic clock; the turn is False then, and nobody's is lost.
        """
        return Turn(self._slots, self._wait, until)

    async def _wait(self, until: float) -> bool:
        """Wait one behind the other, so that every change of pace holds for all who wait.

        Who gives up leaves the turn to the next one: a queue longer than its waiters' patience would starve otherwise.
        """
        if self._is_open(until):
            return True
        async with self._door:
            while True:
                now = self._now()
                start = self._blocked_until
                if self.limit is not None:
                    start = max(start, self._last_start + self._margin / self.limit)
                if start <= now <= until:
                    break
                if now >= until:
                    return False
                await self._sleep(min(start, until) - now)
            self._start(now)
            return True

    def _is_open(self, until: float) -> bool:
        """Start at once where nothing holds anybody back, which is most of the time."""
        now = self._now()
        if self.limit is not None or self._door.locked() or not self._blocked_until <= now <= until:
            return False
        self._start(now)
        return True

    def _start(self, now: float) -> None:
        self._last_start = now
        self._starts.append(now)

    def succeeded(self) -> None:
        """Note an answer that was not throttled."""
        now = self._now()
        second = int(now)
        if second not in self._passed:
            self._passed = {one: count for one, count in self._passed.items() if one > second - QUOTA_PERIOD}
        self._passed[second] = self._passed.get(second, 0) + 1
        if self.limit is None or now < self._blocked_until:
            return
        climbed = self.limit + self._step(self.limit)
        self.limit = min(climbed, self.configured) if self.configured else climbed

    def _step(self, limit: float) -> float:
        """Calls per second to add for one success."""
        if self._passable is None or limit > self._passable * FAR or self._passable * NEARLY > self.configured > 0:
            return CLIMB
        missing = self._passable * NEAR - limit
        return max(FEEL, min(RETURN * missing / limit, missing))

    def throttled(self, retry_after: float | None) -> None:
        """Note a throttled answer; retry_after in seconds, as the cloud asked, or None."""
        self.times_throttled += 1
        now = self._now()
        pause = min(retry_after or PAUSE, LONGEST_PAUSE) * (1.0 + 0.5 * self._jitter())
        self._blocked_until = max(self._blocked_until, now + pause)
        if now - self._last_cut < SAME_BURST:
            return
        held = self.limit is not None and now - self._last_cut > HOLDS
        self._last_cut = now
        reached = self._reached(now)
        before = reached if self.limit is None else min(self.limit, max(reached, 1.0))
        self._passable = before if held else max(self._passing(now), 1.0 / SLOWEST)
        slower = before * (EASE if held else CUT)
        self.limit = max(min(slower, self._passable * EASE), 1.0 / SLOWEST)

    def _passing(self, now: float) -> float:
        """Calls per second that the cloud let pass in the last minute, or since the first one."""
        recent = [one for one in self._passed if one > now - QUOTA_PERIOD]
        if not recent:
            return 0.0
        return sum(self._passed[one] for one in recent) / max(1.0, now - min(recent))

    def _reached(self, now: float) -> float:
        """Calls per second of late. Measured over some seconds, because slow calls start in bursts."""
        recent = [start for start in self._starts if now - start <= MEASURE]
        return len(recent) / max(1.0, now - recent[0]) if recent else 0.0
