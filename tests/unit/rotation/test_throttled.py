# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs while others use up the quota: a share of the calls is refused, whatever our rate."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from pathlib import Path

import pytest
from ansible_collections.cloudops.console.plugins.module_utils._http import Policy

from tests.emulator.client import Emulator
from tests.emulator.fleet import Fleet, make_fleet
from tests.unit.kit import SET, host_of, order, outcomes, run

pytestmark = pytest.mark.slow

# The promise, with 20 % refused.
SECONDS = 30.0


@pytest.fixture(scope="module")
def fleet() -> Fleet:
    """200 instances in four account regions."""
    return make_fleet(200, seed=4, accounts=2, regions=2)


def rotate_all(cloud: Emulator, fleet: Fleet, ledger_path: Path) -> float:
    """Rotate every host with a canary, as the role does; return the seconds it took."""
    cloud.configure(latency=0.01)
    hosts = [host_of(one, fleet) for one in fleet["instances"]]
    began = time.monotonic()
    result = asyncio.run(run(order(cloud, hosts, canary=1, policy=Policy()), ledger_path))
    assert Counter(outcomes(result).values()) == {"rotated": 200}
    return time.monotonic() - began


def refused(cloud: Emulator) -> int:
    return sum(row["errors"].get("Throttling.User", 0) for row in cloud.counters()["by_action"])


@pytest.mark.parametrize("share", [0.05, 0.2, 0.5])
def test_a_share_of_the_calls_is_refused(cloud: Emulator, fleet: Fleet, ledger_path: Path, share: float) -> None:
    """I17: every host is rotated, and in good time, although the refusals do not fall with the rate."""
    cloud.add_fault("error", status=400, code="Throttling.User", probability=share, seed=2)
    took = rotate_all(cloud, fleet, ledger_path)
    assert refused(cloud) > 100 * share
    assert took < SECONDS


def test_one_account_region_is_throttled(cloud: Emulator, fleet: Fleet, ledger_path: Path) -> None:
    """The others go on at full speed meanwhile."""
    region, account = fleet["regions"][0], fleet["accounts"][0]["account_id"]
    where = {"region": region, "account_id": account}
    cloud.add_fault("error", status=400, code="Throttling.User", probability=0.5, seed=2, action=SET, **where)
    assert rotate_all(cloud, fleet, ledger_path) < SECONDS
    rows = [row for row in cloud.log() if row["action"] == SET]
    ended = {(row["account_id"], row["region"]): row["received_at"] for row in rows}
    slow = ended.pop((account, region))
    assert len(ended) == 3
    assert max(ended.values()) - rows[0]["received_at"] < 5.0
    assert slow > max(ended.values())


def test_a_burst_of_refusals_at_the_start(cloud: Emulator, fleet: Fleet, ledger_path: Path) -> None:
    """The first seconds see nothing but refusals, as where others have just used up the period's quota."""
    cloud.add_fault("error", status=400, code="Throttling.User", lasts=4.0)
    assert rotate_all(cloud, fleet, ledger_path) < SECONDS
    assert refused(cloud) < 60
