# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pace against quotas, in simulated time: it uses nearly all of them, and is hardly ever throttled."""

from __future__ import annotations

import dataclasses

import pytest

from tests.benchmarks.quotas import QUOTAS, Quota, simulate


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
