# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rate limiter against quotas, in simulated time: it uses nearly all of them, and is hardly ever throttled."""

from __future__ import annotations

import dataclasses
import statistics

import pytest

from tests.benchmarks.quotas import QUOTAS, Quota, simulate

# More than any fleet here can use: only refusals at random are left.
ENDLESS = Quota("endless", 10**9, 1)


@pytest.mark.parametrize("quota", QUOTAS, ids=lambda quota: quota.name)
def test_a_quota_is_held(quota: Quota) -> None:
    held = simulate(quota, 60_000 if quota.others else 30_000)
    assert (0.9 if quota.others else 0.95) <= held.share <= 1.0
    assert held.throttled < 0.01
    assert held.worst <= 12
    assert quota.configured == 0 or held.throttled == 0


def test_what_others_leave_is_taken() -> None:
    """After five minutes with half of the quota, all of it is ours again; finding out takes a minute or two."""
    quota = dataclasses.replace(QUOTAS[2], others=0.5)
    assert simulate(quota, 70_000).share > 0.9


@pytest.mark.parametrize("share", [0.01, 0.05, 0.2, 0.5])
def test_refusals_that_are_not_ours(share: float) -> None:
    """I17: the 50 hosts of one account region; without refusals they take a moment."""
    quota = dataclasses.replace(ENDLESS, refused=share)
    took = [simulate(quota, 50, seed=seed).seconds for seed in range(20)]
    assert max(took) < 30
    assert statistics.median(took) < 10


@pytest.mark.parametrize("share", [0.05, 0.2, 0.5])
def test_many_hosts_are_no_slower_each(share: float) -> None:
    """The rate comes back once the refusals are known as not ours: 2,500 hosts take hardly longer than 50."""
    quota = dataclasses.replace(ENDLESS, refused=share)
    took = [simulate(quota, 2500, seed=seed).seconds for seed in range(7)]
    assert statistics.median(took) < 20
    assert max(took) < 120


def test_a_named_pause_is_kept_by_the_group_only_where_nothing_passes() -> None:
    """A refusal at random that names a minute stops the group at first, and hardly ever again."""
    quota = dataclasses.replace(ENDLESS, refused=0.2, retry_after=60.0)
    took = [simulate(quota, 2500, seed=seed).seconds for seed in range(7)]
    assert min(took) >= 60
    assert statistics.median(took) < 100  # some 600 calls are refused


@pytest.mark.parametrize(("calls", "seconds"), [(100, 1), (6000, 60)])
def test_what_rivals_leave_is_mostly_used(calls: int, seconds: int) -> None:
    """Others take 30 calls a second at random out of our quota, and we stay below what is left."""
    held = simulate(Quota("shared", calls, seconds, rivals=30.0), 20_000)
    assert held.share > 0.5
    assert held.throttled < 0.02


def test_a_quota_that_falls_in_the_middle() -> None:
    """The rate is the cause again, so it falls: nine calls in ten are gone for five minutes, and then come back."""
    held = simulate(dataclasses.replace(QUOTAS[0], others=0.9), 40_000)
    assert held.throttled < 0.05
    assert held.share > 0.75


def test_a_configured_rate_is_kept_through_refusals_that_are_not_ours() -> None:
    quota = dataclasses.replace(ENDLESS, configured=20.0, refused=0.2)
    held = simulate(quota, 1000)
    assert 1000 / 20 < held.seconds < 1000 / 20 * 2
