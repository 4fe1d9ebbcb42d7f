# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rate limiter of one account in one region, by a clock that only moves when everybody sleeps."""

from __future__ import annotations

import asyncio
import heapq
import typing as t

import pytest
from ansible_collections.cloudops.console.plugins.module_utils import _rate_limit
from ansible_collections.cloudops.console.plugins.module_utils._rate_limit import RateLimiter
from hypothesis import given, settings
from hypothesis import strategies as st


class FakeTime:
    """Sleepers wake in order; time jumps to the next one once no task has anything else to do."""

    def __init__(self) -> None:
        self.time = 1000.0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._count = 0

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        future = asyncio.get_running_loop().create_future()
        self._count += 1
        heapq.heappush(self._sleepers, (self.time + max(0.0, seconds), self._count, future))
        await future

    async def drive(self, *work: t.Coroutine[t.Any, t.Any, None]) -> None:
        tasks = [asyncio.ensure_future(one) for one in work]
        while not all(task.done() for task in tasks):
            for _each in range(20):
                await asyncio.sleep(0)
            if self._sleepers and not all(task.done() for task in tasks):
                at, _number, future = heapq.heappop(self._sleepers)
                self.time = max(self.time, at)
                future.set_result(None)
        await asyncio.gather(*tasks)


class Trial:
    """Workers that call one after the other, and what they did."""

    def __init__(self, per_second: float, in_flight: int, *, latency: float = 0.05) -> None:
        self.clock = FakeTime()
        self.limiter = RateLimiter(
            per_second, in_flight, now=self.clock.now, sleep=self.clock.sleep, jitter=lambda: 0.0
        )
        self.latency = latency
        self.starts: list[float] = []
        self.active = 0
        self.most_active = 0
        self.throttle_at: set[int] = set()
        self.retry_after: float | None = None
        self.cut_times: list[float] = []

    async def worker(self, calls: int) -> None:
        for _each in range(calls):
            async with self.limiter.turn():
                number = len(self.starts)
                self.starts.append(self.clock.time)
                self.active += 1
                self.most_active = max(self.most_active, self.active)
                await self.clock.sleep(self.latency)
                self.active -= 1
            if number in self.throttle_at:
                self.cut_times.append(self.clock.time)
                self.limiter.throttled(self.retry_after)
            else:
                self.limiter.succeeded()

    def run(self, workers: int, calls: int) -> Trial:
        asyncio.run(self.clock.drive(*(self.worker(calls) for _each in range(workers))))
        return self

    def most_in_a_second(self) -> int:
        return max(sum(1 for other in self.starts if start <= other < start + 1 - 1e-9) for start in self.starts)


@pytest.mark.parametrize(("per_second", "most"), [(10.0, 10), (0.5, 1), (3.3, 4), (1000.0, 1000)])
def test_calls_in_any_second(per_second: float, most: int) -> None:
    trial = Trial(per_second, 50).run(50, 2)
    assert trial.most_in_a_second() <= most
    took = max(trial.starts) - min(trial.starts)
    assert took == pytest.approx(99 / per_second, rel=0.2, abs=0.2)


def test_no_limit_until_the_first_throttling() -> None:
    trial = Trial(0, 64).run(64, 10)
    assert trial.limiter.limit is None
    assert max(trial.starts) - min(trial.starts) == pytest.approx(9 * 0.05)


@pytest.mark.parametrize("in_flight", [0, 1, 7])
def test_calls_in_flight(in_flight: int) -> None:
    assert Trial(0, in_flight).run(20, 3).most_active == max(1, in_flight)


def test_a_throttled_answer_stops_the_whole_group() -> None:
    trial = Trial(0, 20)
    trial.throttle_at = {100}
    trial.run(20, 20)
    (cut,) = trial.cut_times
    assert not [start for start in trial.starts if cut < start < cut + _rate_limit.PAUSE - 1e-9]
    assert trial.limiter.times_throttled == 1


def test_the_cloud_names_the_pause() -> None:
    trial = Trial(0, 20)
    trial.throttle_at, trial.retry_after = {50}, 7.0
    trial.run(20, 10)
    (cut,) = trial.cut_times
    assert not [start for start in trial.starts if cut < start < cut + 7.0 - 1e-9]


def test_who_gives_up_leaves_the_turn_to_the_next() -> None:
    """Ten workers, a call a second, and five seconds of patience for each: who waits too long must not starve all."""
    clock = FakeTime()
    limiter = RateLimiter(1.0, 10, now=clock.now, sleep=clock.sleep)
    starts: list[float] = []
    given_up: list[float] = []

    async def worker() -> None:
        for _each in range(6):
            until = clock.time + 5.0
            async with limiter.turn(until) as admitted:
                assert not admitted or clock.time <= until
                (starts if admitted else given_up).append(clock.time)

    asyncio.run(clock.drive(*(worker() for _each in range(10))))
    assert given_up
    assert len(starts) + len(given_up) == 60
    assert len(starts) >= 0.9 * (clock.time - 1000.0) / _rate_limit.MARGIN  # hardly a turn was lost


@pytest.mark.parametrize(("asked", "longest"), [(4.0, 6.0), (60.0, 65.0)])
def test_groups_do_not_go_on_at_the_same_moment(asked: float, longest: float) -> None:
    """Jitter: each waits at least as long as the cloud asks, and at most half as long again or five seconds more."""
    moments = []
    for _group in range(12):
        clock = FakeTime()
        limiter = RateLimiter(0, 1, now=clock.now, sleep=clock.sleep)
        began = clock.time
        limiter.throttled(asked)

        async def call(limiter: RateLimiter = limiter) -> None:
            async with limiter.turn():
                pass

        asyncio.run(clock.drive(call()))
        moments.append(clock.time - began)
    assert len(set(moments)) > 6
    assert min(moments) >= asked
    assert max(moments) <= longest


def test_a_pause_without_sense_is_bounded() -> None:
    trial = Trial(0, 1)
    trial.throttle_at, trial.retry_after = {0}, 1e9
    trial.run(1, 2)
    assert trial.starts[1] - trial.starts[0] <= _rate_limit.LONGEST_PAUSE + _rate_limit.JITTER + 1


def test_the_group_goes_on_slower_and_recovers() -> None:
    trial = Trial(0, 10)  # reaches 200 a second
    trial.throttle_at = {400}
    trial.run(10, 800)
    (cut,) = trial.cut_times
    after = [start for start in trial.starts if start > cut]
    first = sum(1 for start in after if start < cut + _rate_limit.PAUSE + 1)
    assert first == pytest.approx(200 * _rate_limit.CUT, rel=0.15)
    last = max(after)
    late = sum(1 for start in after if last - 1 <= start < last)
    assert late > first * 1.2


def test_one_burst_cuts_once() -> None:
    trial = Trial(0, 30)
    trial.throttle_at = set(range(200, 230))
    trial.run(30, 10)
    assert trial.limiter.times_throttled == 30
    assert trial.limiter.limit is not None
    assert trial.limiter.limit >= 230 * _rate_limit.CUT  # what had begun in the second before


def test_never_slower_than_the_slowest() -> None:
    trial = Trial(1.0, 1)
    trial.throttle_at = set(range(30))
    trial.run(1, 31)
    assert trial.limiter.limit is not None
    assert trial.limiter.limit >= 1 / _rate_limit.SLOWEST


def test_never_faster_than_configured() -> None:
    trial = Trial(5.0, 10)
    trial.throttle_at = {20}
    trial.run(10, 60)
    assert trial.limiter.limit == 5.0


def test_slow_calls_are_not_mistaken_for_few() -> None:
    """64 calls under way that take two seconds each are 32 a second; one throttling does not bring that down to one."""
    trial = Trial(0, 64, latency=2.0)
    trial.throttle_at = {64}
    trial.run(64, 3)
    assert trial.limiter.limit is not None
    assert trial.limiter.limit > 5


@settings(max_examples=40)
@given(
    per_second=st.sampled_from([2.0, 5.0, 10.0, 40.0]),
    in_flight=st.integers(1, 30),
    throttled=st.sets(st.integers(0, 120), max_size=12),
    latency=st.sampled_from([0.01, 0.2, 1.5]),
)
def test_the_configured_rate_holds_whatever_happens(
    per_second: float, in_flight: int, throttled: set[int], latency: float
) -> None:
    """I17: throttling in between included."""
    trial = Trial(per_second, in_flight, latency=latency)
    trial.throttle_at = throttled
    trial.run(in_flight, 8)
    assert trial.most_in_a_second() <= per_second
    assert trial.most_active <= in_flight


def test_a_cancelled_turn_frees_its_place() -> None:
    async def scenario() -> None:
        limiter = RateLimiter(0, 1)
        async with limiter.turn():
            waiting = asyncio.ensure_future(_take(limiter))
            await asyncio.sleep(0)
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
        await asyncio.wait_for(_take(limiter), 1)

    asyncio.run(scenario())


async def _take(limiter: RateLimiter) -> None:
    async with limiter.turn():
        pass
