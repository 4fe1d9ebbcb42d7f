# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""How fast the cloud is called, as the cloud sees it (I17)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.emulator.fleet import Fleet, make_fleet
from tests.faults import checks
from tests.faults.run_folder import RunFolder
from tests.faults.watched_cloud import Cloud, watched

PER_SECOND = 8
# The promise is about when calls start. What a busy machine holds up between its start and its arrival comes together
# with the next calls; in a window of so many seconds the margin of the pace makes up for that at the cloud, too.
LONG = 3.0


@pytest.fixture(scope="module")
def fleet() -> Fleet:
    return make_fleet(48, seed=9, regions=2, accounts=1)


@pytest.fixture(scope="module")
def cloud(fleet: Fleet, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    with watched(fleet, tmp_path_factory.mktemp("cloud"), latency=0.05) as running:
        yield running


def most_within(times: list[float], seconds: float) -> int:
    return max(sum(begin <= other < begin + seconds for other in times) for begin in times)


def test_calls_per_second_and_in_flight(run_folder: RunFolder, cloud: Cloud, tmp_path: Path) -> None:
    """For each account and region, whatever answers are lost meanwhile.

    In any second as the run starts its calls; in any three and as a whole as the cloud sees them.
    """
    cloud.add_fault("drop_answer", action=checks.SET, probability=0.2, seed=1)
    moments = tmp_path / "turns.json"
    options = {"requests_per_second": PER_SECOND, "concurrency": 3, "canary": 0, "retries": 3}
    run_folder.run("runner", turns=str(moments), **options)
    turns = json.loads(moments.read_text(encoding="utf-8"))
    paces = cloud.pace()
    assert len(paces) == len(turns) == 2
    assert sorted(map(len, turns)) == sorted(pace["calls"] for pace in paces), "each call has had its turn"
    assert max(most_within(starts, 1.0) for starts in turns) <= PER_SECOND
    for pace in paces:
        assert pace["max_in_flight"] <= 3
        times = [row["received_at"] for row in cloud.log() if row["region"] == pace["region"]]
        assert len(times) > 24
        assert most_within(times, LONG) <= PER_SECOND * LONG
        assert (len(times) - 1) / (max(times) - min(times)) <= PER_SECOND
    assert not checks.nothing_is_lost(run_folder)


def test_without_a_fixed_limit_calls_in_flight_are_bounded(run_folder: RunFolder, cloud: Cloud) -> None:
    run_folder.run("runner", concurrency=5, canary=0)
    assert [pace["max_in_flight"] for pace in cloud.pace()] == [5, 5]


@pytest.mark.full
def test_a_throttled_fleet_slows_down_and_finishes(run_folder: RunFolder, cloud: Cloud) -> None:
    """Throttling is never a rejection, and costs less than one call in three."""
    cloud.set_quotas({"action": checks.SET, "calls": 6, "seconds": 1})
    run = run_folder.run("runner", concurrency=12, canary=0)
    assert {host["outcome"] for host in run.result["hosts"].values()} == {"rotated"}
    rows = [row for row in cloud.counters()["by_action"] if row["action"] == checks.SET]
    throttled = sum(row["errors"].get("Throttling.User", 0) for row in rows)
    assert 0 < throttled < len(run_folder.fleet["instances"])
    assert len(cloud.received()) == len(run_folder.fleet["instances"]) + throttled
    assert not checks.candidates(run_folder, 1)
    assert not checks.settled(run_folder)
