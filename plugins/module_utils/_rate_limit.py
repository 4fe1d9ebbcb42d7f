# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""The pace of one (account, region): calls per second, calls in flight, and what to do when the cloud throttles.

Alibaba Cloud counts per account, region and operation, and shares that quota between console, Terraform and
everything else; it publishes no numbers, and a throttled minute is free again in the next one. So a fixed limit is
optional, and without one the pace learns. A refusal can have two causes, and only one of them is ours to cure:

- Our rate is above the quota. Then fewer calls are refused once the rate falls.
- Others use up the quota. Then a share of the calls is refused whatever our rate.

Only a cut tells them apart, so each cut is a trial:

- Calm: no limit yet, or one that holds. The first refusal cuts the rate, and the whole group pauses.
- Trial: the calls after a cut are compared with those before it. Where hardly any is refused, the cut was right: calm
  again, and the rate climbs back to just below what the cloud had let pass, and from there on feels its way slowly.
  Where the rate was the cause, but is still too high, it is cut again. Where the share of refusals has not fallen with
  the rate, the cut is undone: that share is the background.
- Background: refusals up to that share neither cut nor pause; each refused call waits by itself. Clearly more of them
  are a reason to cut again, and hardly any of them mean calm.

Where nothing passes, the quota of this period is used up. A refusal that is the first answer after a pause makes the
group pause again, so there is never a busy loop; twenty refusals in a row cut the rate in each state. Only where others
pass meanwhile does a refusal not stop the group: a pause for each would slow it as much as a cut that cures nothing.
The group keeps the pause that the cloud names whenever it pauses.
"""

from __future__ import annotations

import asyncio
import collections
import math
import random
import time
import typing as t
from dataclasses import dataclass

# After a throttling the group continues with this share of the calls per second that it had reached.
CUT = 0.6
# The same where a limit had held until now: it was about the quota then, which others use, too.
EASE = 0.95
# The share of a used-up quota that the group continues with: more meets its end each minute, less leaves calls unused.
SETTLE = 0.975
# Seconds without throttling after which the pace counts as one that holds.
HOLDS = 10.0
# Calls per second that the first cut begins from at least: the few calls of a run that begins are no measure.
FIRST = 10.0
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
# The longest that a pause is prolonged at random, so that groups do not go on at the same moment.
JITTER = 5.0
# Under a fixed limit, calls are spaced by so much more than needed: they reach the cloud less evenly than they start.
MARGIN = 1.04
# Seconds over which the calls per second are measured.
MEASURE = 10.0
# Seconds over which it is measured what the cloud lets pass: it counts by the minute.
QUOTA_PERIOD = 60

# Refusals are judged once there were so many runs of them, a run ending with a call that passes: a quota that is used
# up makes one run in each period, however many calls that refuses.
RUNS = 3
# They are not judged before so many seconds: a quota by the second must have been full and free again.
SHORTEST = 2.5
# With fewer runs in so many answers there are hardly any refusals: less than one in a hundred.
HARDLY = 300
# So few answers before a cut say nothing about the share that was refused.
FEW = 10
# A cut is judged where the calls came slower than before it by this factor at least.
SLOWER = 1.25
# Refusals are clearly more or fewer than the background beyond so many standard deviations.
CLEARLY = 3.0
# So many refusals in a row mean that nothing passes; of calls refused at random every other time, one in a million.
NOTHING = 20


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


@dataclass
class Answers:
    """What was answered from a moment on.

    :param since: by the monotonic clock.
    :param runs: of refusals without a call that passed in between.
    """

    since: float
    passed: int = 0
    refused: int = 0
    runs: int = 0
    _refusing: bool = False

    @property
    def number(self) -> int:
        return self.passed + self.refused

    @property
    def passing(self) -> float:
        """The share that passed."""
        return self.passed / max(1, self.number)

    def rate(self, now: float) -> float:
        """Per second."""
        return self.number / max(1.0, now - self.since)

    def goodput(self, now: float) -> float:
        """Calls per second that passed."""
        return self.passed / max(1.0, now - self.since)

    def add(self, *, refused: bool) -> None:
        self.refused += refused
        self.passed += not refused
        self.runs += refused and not self._refusing
        self._refusing = refused

    def deviations(self, background: Answers) -> float:
        """By how many standard deviations more are refused than in the background."""
        share = 1 - background.passing
        spread = math.sqrt(share * (1 - share) / max(1, self.number))
        return (background.passing - self.passing) / max(spread, 1e-9)


@dataclass(frozen=True)
class Before:
    """What there was before a cut.

    :param rate: calls per second.
    """

    limit: float | None
    rate: float
    answers: Answers

    def is_cured(self, after: Answers, now: float) -> bool:
        """Whether the slower rate made the refusals fewer, as it does where the rate is their cause.

        As many calls pass in a second as before then, so of fewer calls a larger share. Half of that gain must be seen.
        """
        before = self.answers.passing if self.answers.number >= FEW else 1.0
        slower = self.rate / after.rate(now)
        return slower < SLOWER or after.passing >= (before + min(1.0, before * slower)) / 2


class Rate:
    """The law of the pace: how many calls a second, from what was answered. Waits for nothing.

    :param configured: the most calls per second; 0 sets no fixed limit.
    """

    def __init__(self, configured: float, now: float) -> None:
        self.configured = configured
        self.limit: float | None = configured or None
        self._starts: collections.deque[float] = collections.deque(maxlen=4096)
        self._last_cut = float("-inf")
        # What the cloud lets pass in a second, once it is known; and the calls it let pass, by full seconds.
        self._passable: float | None = None
        self._passed: collections.Counter[int] = collections.Counter()
        self._answers = Answers(now)
        self._in_a_row = 0
        # Whether a call has passed since the last pause; of what was answered in it, how many more passed than not
        self._open, self._meanwhile = True, 0
        # Of a trial, and of a background; neither in calm.
        self._before: Before | None = None
        self._background: Answers | None = None

    def start(self, now: float) -> None:
        """Note that a call starts."""
        self._starts.append(now)

    def passed(self, now: float, *, paused: bool) -> None:
        """Note an answer that was not a refusal.

        :param paused: the group pauses, so the call is one from before the pause.
        """
        self._passed[int(now)] += 1
        self._count(paused=paused, refused=False)
        self._in_a_row = 0
        self._meanwhile += paused
        if paused:
            return
        self._open = True
        if self._answers.number >= HARDLY and self._answers.runs < RUNS:
            self._before = self._background = None
            self._answers = Answers(now)
        if self.limit is not None:
            climbed = self.limit + self._step(self.limit)
            self.limit = min(climbed, self.configured) if self.configured else climbed

    def refused(self, now: float, *, paused: bool) -> bool:
        """Note a refusal; return whether the group is to pause for it."""
        self._count(paused=paused, refused=True)
        self._in_a_row += 1
        if paused:
            self._meanwhile -= 1
            return True
        # Where most calls from before the pause have passed, one refusal is no reason to pause again
        self._open = self._open or self._meanwhile > 0
        nothing, calm = self._in_a_row > NOTHING, not (self._before or self._background)
        if calm or nothing:
            self._cut(now, self._before or self._as_it_is(self._answers, now), self._passing(now))
        elif not self._open:
            self._settle(now)
        elif self._answers.runs >= RUNS and now - self._answers.since >= SHORTEST:
            self._judge(now)
        return calm or nothing or not self._open

    def pauses(self, until: float) -> None:
        """Note that the group pauses: what counts begins afterwards."""
        self._open, self._meanwhile = False, 0
        self._answers = Answers(until)

    def _count(self, *, paused: bool, refused: bool) -> None:
        answers = self._before.answers if paused and self._before else self._answers
        answers.add(refused=refused)

    def _judge(self, now: float) -> None:
        """Many are refused although others pass: cut, undo the last cut, or go on."""
        answers, self._answers = self._answers, Answers(now)
        if self._before is None:
            self._compare(answers, now)
        elif self._before.is_cured(answers, now):
            self._cut(now, self._as_it_is(answers, now), answers.goodput(now))
        else:
            self.limit, self._passable = self._before.limit, None
            self._before, self._background = None, answers

    def _compare(self, answers: Answers, now: float) -> None:
        """Compare with the background."""
        background = self._background or answers
        deviations = answers.deviations(background)
        if deviations > CLEARLY:
            self._cut(now, self._as_it_is(answers, now), answers.goodput(now))
        elif deviations < -CLEARLY:
            self._background = answers
        else:
            background.passed += answers.passed
            background.refused += answers.refused

    def _as_it_is(self, answers: Answers, now: float) -> Before:
        return Before(self.limit, self._attained(now), answers)

    def _cut(self, now: float, before: Before, passing: float) -> None:
        """Slow down, and begin a trial.

        :param passing: calls per second that the cloud lets pass, as far as is known.
        """
        held = self.limit is not None and now - self._last_cut > HOLDS
        self._last_cut, rate = now, self._attained(now)
        least = FIRST if self._passable is None else 1.0 / SLOWEST
        self._before, self._background, self._answers = before, None, Answers(now)
        self._passable = rate if held else max(passing, least)
        self.limit = max(min(rate * (EASE if held else CUT), self._passable * EASE), 1.0 / SLOWEST)

    def _settle(self, now: float) -> None:
        """Nothing passes after the pause either: the quota of this period is what has passed in it."""
        if self.limit and self._passable and self._before and self._before.limit:
            self._passable = max(min(self._passable, self._passing(now)), 1.0 / SLOWEST)
            self.limit = min(self.limit, max(self._passable * SETTLE, 1.0 / SLOWEST))

    def _attained(self, now: float) -> float:
        """Calls per second that a cut begins from."""
        reached = max(self._reached(now), FIRST if self._passable is None else 1.0)
        return reached if self.limit is None else min(self.limit, reached)

    def _step(self, limit: float) -> float:
        """Calls per second to add for one success."""
        if self._passable is None or limit > self._passable * FAR or self._passable * NEARLY > self.configured > 0:
            return CLIMB
        missing = self._passable * NEAR - limit
        return max(FEEL, min(RETURN * missing / limit, missing))

    def _passing(self, now: float) -> float:
        """Calls per second that the cloud let pass in the last minute, or since the first one."""
        for second in [one for one in self._passed if one <= now - QUOTA_PERIOD]:
            del self._passed[second]
        return self._passed.total() / max(1.0, now - min(self._passed, default=now))

    def _reached(self, now: float) -> float:
        """Calls per second of late. Measured over some seconds, because slow calls start in bursts."""
        recent = [start for start in self._starts if now - start <= MEASURE]
        return len(recent) / max(1.0, now - recent[0]) if recent else 0.0


class RateLimiter:
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
        self.times_throttled = 0
        self._rate = Rate(per_second, now())
        self._margin = MARGIN if per_second else 1.0
        self._slots = asyncio.Semaphore(max(1, in_flight))
        self._door = asyncio.Lock()
        self._now = now
        self._sleep = sleep
        self._jitter = jitter
        self._last_start = float("-inf")
        self._blocked_until = 0.0

    @property
    def limit(self) -> float | None:
        """Calls per second at present; None where nothing limits them."""
        return self._rate.limit

    def turn(self, until: float = math.inf) -> Turn:
        """Wait for the right to start one call, and hold one of the places in flight meanwhile.

        :param until: when it comes too late, by the monotonic clock; the turn is False then, and the next call gets it.
        """
        return Turn(self._slots, self._wait, until)

    async def _wait(self, until: float) -> bool:
        """Wait one behind the other, so that every change of the rate holds for all calls that wait.

        A call that gives up leaves its turn to the next one: a queue longer than the calls' patience would starve.
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
        """Start at once if nothing limits the call, which is most of the time."""
        now = self._now()
        if self.limit is not None or self._door.locked() or not self._blocked_until <= now <= until:
            return False
        self._start(now)
        return True

    def _start(self, now: float) -> None:
        self._last_start = now
        self._rate.start(now)

    def succeeded(self) -> None:
        """Note an answer that was not throttled."""
        now = self._now()
        self._rate.passed(now, paused=now < self._blocked_until)

    def throttled(self, retry_after: float | None) -> None:
        """Note a throttled answer; retry_after in seconds, as the cloud asked, or None."""
        self.times_throttled += 1
        now = self._now()
        if self._rate.refused(now, paused=now < self._blocked_until):
            pause = min(retry_after or PAUSE, LONGEST_PAUSE)
            pause += min(0.5 * pause, JITTER) * self._jitter()
            self._blocked_until = max(self._blocked_until, now + pause)
            self._rate.pauses(self._blocked_until)
