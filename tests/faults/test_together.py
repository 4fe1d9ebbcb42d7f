# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several processes at once, and requests that arrive when the run that sent them is long dead (I7, I8, I16)."""

from __future__ import annotations

import signal
import time
from typing import Any

import pytest

from tests.faults import checks
from tests.faults.points import FREEZE, Strike
from tests.faults.process import Started, end
from tests.faults.run_folder import Driver, RunFolder
from tests.faults.watched_cloud import Cloud

FULL = pytest.mark.full
# The lease of one call with no retry and half a second's patience: (0.5 + 8) seconds and 30 of slack.
QUICK: dict[str, Any] = {"timeout": 0.5, "retries": 0, "canary": 0}
LEASE = 38.5


def finish(run_folder: RunFolder, runs: list[Started]) -> None:
    """Wait for all of them, looking all the while (I2)."""
    while any(run.process.poll() is None for run in runs):
        assert not checks.nothing_is_lost(run_folder)
        time.sleep(0.02)
    for run in runs:
        run.wait()
        assert not checks.complete(run.result, run_folder.hosts)


def judge(run_folder: RunFolder, candidates: int = 1) -> None:
    """Let one more run settle what is open; then nothing may be wrong."""
    last = run_folder.run("runner")
    assert not checks.complete(last.result, run_folder.hosts)
    assert not [name for name, record in run_folder.records().items() if record.pending]
    assert not checks.nothing_is_lost(run_folder)
    assert not checks.written_ahead(run_folder)
    assert not checks.one_candidate_at_a_time(run_folder)
    assert not checks.rejected_for_good(run_folder)
    assert not checks.candidates(run_folder, candidates)
    assert not checks.settled(run_folder)


@pytest.mark.parametrize(
    ("count", "driver"),
    [
        pytest.param(2, "runner", marks=FULL),
        pytest.param(2, "playbook", marks=FULL),
        (4, "runner"),
        pytest.param(4, "playbook", marks=FULL),
    ],
)
def test_processes_that_rotate_the_same_inventory(run_folder: RunFolder, count: int, driver: Driver) -> None:
    """One wins each instance; the others write nothing, or the identical password."""
    runs = [run_folder.start(driver) for _each in range(count)]
    finish(run_folder, runs)
    judge(run_folder)
    outcomes = {host["outcome"] for run in runs for host in run.result["hosts"].values()}
    assert outcomes <= {"rotated", "resumed", "fresh", "conflict"}
    assert len(run_folder.records()) == len(run_folder.fleet["instances"])


@FULL
def test_processes_that_all_want_new_passwords(run_folder: RunFolder) -> None:
    """With force each may rotate after the other, but never over a candidate that is still open."""
    assert run_folder.run("runner").process.returncode == 0
    finish(run_folder, [run_folder.start("runner", force=True) for _each in range(4)])
    judge(run_folder, candidates=5)


@pytest.mark.parametrize(
    "operations",
    [
        ("reconcile", "reconcile", "rollback", "rotate"),
        pytest.param(("reconcile",) * 4, marks=FULL),
        pytest.param(("rollback",) * 4, marks=FULL),
    ],
)
def test_processes_with_different_operations(run_folder: RunFolder, operations: tuple[str, ...]) -> None:
    """Whichever run wins an instance, what is in force in the end is the current password of the record."""
    for force in (False, True):
        assert run_folder.run("runner", force=force).process.returncode == 0
    finish(run_folder, [run_folder.start("runner", operation=each, force=True, canary=0) for each in operations])
    judge(run_folder, candidates=2 + operations.count("rotate"))


@FULL
def test_slices_side_by_side_are_one_run(run_folder: RunFolder) -> None:
    """I16: together they do what one run would do, to the same ledger."""
    names = list(run_folder.hosts)
    slices = [names[number::3] for number in range(3)]
    runs = [run_folder.start("runner", limit=limit) for limit in slices]
    for run, limit in zip(runs, slices, strict=True):
        run.wait()
        assert not checks.complete(run.result, limit)
    rows = checks.by_instance(run_folder.cloud.received())
    assert len(run_folder.records()) == len(rows) == len(run_folder.fleet["instances"])
    judge(run_folder)


@pytest.mark.parametrize("seconds", [0.9, pytest.param(2.5, marks=FULL)])
def test_a_request_that_arrives_when_the_next_run_has_begun(
    run_folder: RunFolder, cloud: Cloud, seconds: float
) -> None:
    """I8: it carries the password that the next run sends again, and no other one is made before it has arrived."""
    cloud.add_fault("apply_late", action=checks.SET, seconds=seconds, close=False, after=4, first=6)
    run = run_folder.start("runner", Strike("call:after", turn=4), timeout=4.0)
    run.wait()
    assert run.killed
    open_before = cloud.health()["background"]
    again = run_folder.run("runner", canary=0)
    assert open_before, "nothing was on its way when the run was killed"
    assert not checks.complete(again.result, run_folder.hosts)
    assert not checks.nothing_is_lost(run_folder)
    forced = run_folder.run("runner", force=True, canary=0)
    held = {name for name, host in forced.result["hosts"].items() if host["outcome"] == "conflict"}
    assert held
    assert set(forced.result["problems"]) == held
    cloud.wait_until_quiet()
    judge(run_folder, candidates=2)


@pytest.mark.parametrize(
    "point", [pytest.param("stage:after", marks=FULL), "call:after", pytest.param("promote:before", marks=FULL)]
)
def test_a_worker_that_outlives_its_parent(run_folder: RunFolder, point: str) -> None:
    """Only ansible-playbook is killed; its worker continues while the next run begins."""
    run = run_folder.start("playbook", Strike(point, turn=2, how="parent"), concurrency=1)
    run.wait()
    assert run.killed
    finish(run_folder, [run_folder.start("runner", canary=0)])
    run.wait_for_orphans()
    judge(run_folder)


@FULL
@pytest.mark.parametrize("point", ["stage:after", "call:after", "promote:before"])
def test_a_run_that_sleeps_longer_than_its_lease(run_folder: RunFolder, point: str) -> None:
    """A machine that is suspended: when it wakes, others have rotated twice, and it must not undo that."""
    sleeper = run_folder.start("runner", Strike(point, turn=2, how=FREEZE), **QUICK)
    until = time.monotonic() + 30.0
    while not sleeper.mark.exists() and time.monotonic() < until:
        time.sleep(0.01)
    assert sleeper.mark.exists()
    assert not checks.complete(run_folder.run("runner", **QUICK).result, run_folder.hosts)
    time.sleep(LEASE + 1.0)
    assert run_folder.run("runner", force=True, **QUICK).process.returncode == 0
    current = {name: record.current for name, record in run_folder.records().items()}
    end(sleeper.process.pid, signal.SIGCONT)
    finish(run_folder, [sleeper])
    assert {name: record.current for name, record in run_folder.records().items()} == current
    judge(run_folder, candidates=2)
