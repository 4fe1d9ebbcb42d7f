# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ledgers that fail while a run is at work (I9, I19): the right outcome, and a next run that repairs it."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path

import pytest

from tests.faults import checks
from tests.faults.points import Strike
from tests.faults.run_folder import Driver, RunFolder

FULL = pytest.mark.full
LOST = ("broken", pytest.param("full", marks=FULL), pytest.param("readonly", marks=FULL))
CODES = {"full": "Ledger.Full", "readonly": "Ledger.ReadOnly", "broken": "Ledger.Unavailable"}


def repaired(run_folder: RunFolder, outcomes: set[str], driver: Driver = "runner") -> None:
    run = run_folder.run(driver)
    assert run.process.returncode == 0
    assert {host["outcome"] for host in run.result["hosts"].values()} <= outcomes
    assert not [name for name, record in run_folder.records().items() if record.pending]
    assert not checks.written_ahead(run_folder)
    assert not checks.candidates(run_folder, 1)
    assert not checks.settled(run_folder)
    assert max(Counter(row["instance_id"] for row in run_folder.cloud.received()).values()) <= 2


@pytest.mark.parametrize("how", LOST)
def test_lost_before_anything_was_staged(run_folder: RunFolder, how: str) -> None:
    """Nothing is sent to the cloud."""
    run = run_folder.run("runner", strike=Strike("stage:before", how=how))
    assert not run_folder.cloud.received()
    assert not checks.complete(run.result, run_folder.hosts)
    assert run.process.returncode == 2
    assert run.result["summary"]["not_attempted"] >= len(run_folder.hosts) - 2
    codes = {problem["failure"]["code"] for problem in run.result["problems"].values() if problem["failure"]}
    assert CODES[how] in codes
    repaired(run_folder, {"rotated"})


@pytest.mark.parametrize("how", LOST)
@pytest.mark.parametrize("turn", [pytest.param(1, marks=FULL), 3])
def test_lost_between_call_and_promotion(run_folder: RunFolder, how: str, turn: int) -> None:
    """Those are acknowledged, nothing new is begun, and the next run sends the same and promotes."""
    run = run_folder.run("runner", strike=Strike("promote:before", turn=turn, how=how))
    sent = {row["instance_id"] for row in run_folder.cloud.received()}
    records = run_folder.records()
    open_still = {name for name in sent if records[name].pending is not None}
    assert open_still
    names = {name for name in run_folder.hosts if run_folder.room.instance(name) in open_still}
    outcomes = {name: host["outcome"] for name, host in run.result["hosts"].items()}
    assert {outcomes[name] for name in names} == {"acknowledged"}
    assert run.result["stopped"]
    assert run.process.returncode == 2
    assert not checks.nothing_is_lost(run_folder)
    repaired(run_folder, {"rotated", "resumed", "fresh"})


@pytest.mark.parametrize("point", ["stage:before", "promote:before"])
@pytest.mark.parametrize("turn", [1, pytest.param(2, marks=FULL)])
def test_a_commit_whose_answer_is_lost(run_folder: RunFolder, point: str, turn: int) -> None:
    """I19: the content of the ledger decides; nothing is sent or promoted twice."""
    run = run_folder.run("runner", strike=Strike(point, turn=turn, how="lost-answer"))
    assert {host["outcome"] for host in run.result["hosts"].values()} == {"rotated"}
    assert len(run_folder.cloud.received()) == len(run_folder.fleet["instances"])
    assert {record.version for record in run_folder.records().values()} == {2}
    assert not checks.settled(run_folder)


@pytest.mark.parametrize("how", LOST)
def test_lost_when_a_playbook_promotes(run_folder: RunFolder, how: str) -> None:
    """The same as operators meet it: the run stops and says why, and the same command once more repairs it."""
    # One at a time in each account and region, so that some have not begun when the second one is to be promoted
    run = run_folder.run("playbook", strike=Strike("promote:before", turn=2, how=how), concurrency=1)
    assert run.result["stopped"]
    assert run.result["summary"]["acknowledged"]
    assert run.result["summary"]["not_attempted"]
    assert CODES[how] in {problem["failure"]["code"] for problem in run.result["problems"].values()}
    assert not checks.complete(run.result, run_folder.hosts)
    repaired(run_folder, {"rotated", "resumed", "fresh"}, "playbook")


def take_away(ledger: Path, what: str, backup: bytes) -> None:
    if what == "moved":
        ledger.parent.rename(ledger.parent.with_name("elsewhere"))
        return
    for path in ledger.parent.iterdir():
        path.unlink()
    if what == "replaced":
        ledger.write_bytes(backup)
        ledger.chmod(0o600)


@FULL
@pytest.mark.parametrize("what", ["moved", "removed", "replaced"])
def test_a_ledger_that_is_taken_away(run_folder: RunFolder, what: str) -> None:
    """The run notices and stops: it must not call passwords rotated that cannot be found.

    Where the ledger is found again, the next run continues with it. Where it is gone, all is due; where an older copy
    took its place, force is what the guide says.
    """
    assert run_folder.run("runner").process.returncode == 0
    # From the sixth call on all wait, so that none gets further while the ledger goes
    hold = run_folder.cloud.add_fault("delay", action=checks.SET, after=5, seconds=2.0)
    backup = run_folder.ledger.read_bytes()
    run = run_folder.start("runner", force=True, concurrency=1)
    until = time.monotonic() + 30.0
    while not any(fault["id"] == hold and fault["hits"] for fault in run_folder.cloud.faults()):
        assert time.monotonic() < until
        time.sleep(0.01)
    take_away(run_folder.ledger, what, backup)
    run_folder.cloud.remove_fault(hold)
    run.wait()
    assert run.process.returncode == 2
    assert run.result["stopped"]
    assert run.result["summary"]["acknowledged"] >= 1
    assert run.result["summary"]["not_attempted"] >= len(run_folder.hosts) // 2
    if what == "moved":
        run_folder.ledger.parent.with_name("elsewhere").rename(run_folder.ledger.parent)
        assert not checks.nothing_is_lost(run_folder)
    again = run_folder.run("playbook", force=what == "replaced")
    assert again.process.returncode == 0
    assert not [name for name, record in run_folder.records().items() if record.pending]
    assert not checks.nothing_is_lost(run_folder)
    assert not checks.settled(run_folder)
