# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several processes at once, and requests that arrive when the run that sent them is long dead (I7, I8, I16)."""

from __future__ import annotations

import signal
import time
from typing import Any

import pytest

from tests.faults import checks
from tests.faults.cloud import Cloud
from tests.faults.place import Driver, Place
from tests.faults.points import FREEZE, Strike
from tests.faults.process import Started, end

FULL = pytest.mark.full
# The lease of one call with no retry and half a second's patience: (0.5 + 8) seconds and 30 of slack.
QUICK: dict[str, Any] = {"timeout": 0.5, "retries": 0, "canary": 0}
LEASE = 38.5


def finish(place: Place, runs: list[Started]) -> None:
    """Wait for all of them, looking all the while (I2)."""
    while any(run.process.poll() is None for run in runs):
        assert not checks.nothing_is_lost(place)
        time.sleep(0.02)
    for run in runs:
        run.wait()
        assert not checks.complete(run.result, place.hosts)


def judge(place: Place, candidates: int = 1) -> None:
    """Let one more run settle what is open; then nothing may be wrong."""
    last = place.run("runner")
    assert not checks.complete(last.result, place.hosts)
    assert not [name for name, record in place.records().items() if record.pending]
    assert not checks.nothing_is_lost(place)
    assert not checks.written_ahead(place)
    assert not checks.one_candidate_at_a_time(place)
    assert not checks.rejected_for_good(place)
    assert not checks.candidates(place, candidates)
    assert not checks.settled(place)


@pytest.mark.parametrize(
    ("count", "driver"),
    [
        pytest.param(2, "runner", marks=FULL),
        pytest.param(2, "playbook", marks=FULL),
        (4, "runner"),
        pytest.param(4, "playbook", marks=FULL),
    ],
)
def test_processes_that_rotate_the_same_inventory(place: Place, count: int, driver: Driver) -> None:
    """One wins each instance; the others write nothing, or the identical password."""
    runs = [place.start(driver) for _each in range(count)]
    finish(place, runs)
    judge(place)
    outcomes = {host["outcome"] for run in runs for host in run.result["hosts"].values()}
    assert outcomes <= {"rotated", "resumed", "fresh", "conflict"}
    assert len(place.records()) == len(place.fleet["instances"])


@FULL
def test_processes_that_all_want_new_passwords(place: Place) -> None:
    """With force each may rotate after the other, but never over a candidate that is still open."""
    assert place.run("runner").process.returncode == 0
    finish(place, [place.start("runner", force=True) for _each in range(4)])
    judge(place, candidates=5)


@pytest.mark.parametrize(
    "operations",
    [
        ("reconcile", "reconcile", "rollback", "rotate"),
        pytest.param(("reconcile",) * 4, marks=FULL),
        pytest.param(("rollback",) * 4, marks=FULL),
    ],
)
def test_processes_with_different_operations(place: Place, operations: tuple[str, ...]) -> None:
    """Whoever wins an instance, what is in force in the end is the current password of the record."""
    for force in (False, True):
        assert place.run("runner", force=force).process.returncode == 0
    finish(place, [place.start("runner", operation=each, force=True, canary=0) for each in operations])
    judge(place, candidates=2 + operations.count("rotate"))


@FULL
def test_slices_side_by_side_are_one_run(place: Place) -> None:
    """I16: together they do what one run would do, to the same ledger."""
    names = list(place.hosts)
    slices = [names[number::3] for number in range(3)]
    runs = [place.start("runner", limit=limit) for limit in slices]
    for run, limit in zip(runs, slices, strict=True):
        run.wait()
        assert not checks.complete(run.result, limit)
    rows = checks.by_instance(place.cloud.received())
    assert len(place.records()) == len(rows) == len(place.fleet["instances"])
    judge(place)


@pytest.mark.parametrize("seconds", [0.9, pytest.param(2.5, marks=FULL)])
def test_a_request_that_arrives_when_the_next_run_has_begun(place: Place, cloud: Cloud, seconds: float) -> None:
    """I8: it carries the password that the next run sends again, and no other one is made before it has arrived."""
    cloud.add_fault("apply_late", action=checks.SET, seconds=seconds, close=False, after=4, first=6)
    run = place.start("runner", Strike("call:after", turn=4), timeout=4.0)
    run.wait()
    assert run.killed
    open_before = cloud.health()["background"]
    again = place.run("runner", canary=0)
    assert open_before, "nothing was on its way when the run was killed"
    assert not checks.complete(again.result, place.hosts)
    assert not checks.nothing_is_lost(place)
    forced = place.run("runner", force=True, canary=0)
    held = {name for name, host in forced.result["hosts"].items() if host["outcome"] == "conflict"}
    assert held
    assert set(forced.result["problems"]) == held
    cloud.wait_until_quiet()
    judge(place, candidates=2)


@pytest.mark.parametrize(
    "point", [pytest.param("stage:after", marks=FULL), "call:after", pytest.param("promote:before", marks=FULL)]
)
def test_a_worker_that_outlives_its_parent(place: Place, point: str) -> None:
    """Only ansible-playbook is killed; its worker goes on while the next run begins."""
    run = place.start("playbook", Strike(point, turn=2, how="parent"), concurrency=1)
    run.wait()
    assert run.killed
    finish(place, [place.start("runner", canary=0)])
    run.wait_for_orphans()
    judge(place)


@FULL
@pytest.mark.parametrize("point", ["stage:after", "call:after", "promote:before"])
def test_a_run_that_sleeps_longer_than_its_lease(place: Place, point: str) -> None:
    """A machine that is suspended: when it wakes, others have rotated twice, and it must not undo that."""
    sleeper = place.start("runner", Strike(point, turn=2, how=FREEZE), **QUICK)
    until = time.monotonic() + 30.0
    while not sleeper.mark.exists() and time.monotonic() < until:
        time.sleep(0.01)
    assert sleeper.mark.exists()
    assert not checks.complete(place.run("runner", **QUICK).result, place.hosts)
    time.sleep(LEASE + 1.0)
    assert place.run("runner", force=True, **QUICK).process.returncode == 0
    current = {name: record.current for name, record in place.records().items()}
    end(sleeper.process.pid, signal.SIGCONT)
    finish(place, [sleeper])
    assert {name: record.current for name, record in place.records().items()} == current
    judge(place, candidates=2)
