# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each change of state a record can go through, one by one; test_record_machine.py puts them in any order."""

from __future__ import annotations

import datetime as dt
import typing as t
from dataclasses import replace

import pytest
from ansible_collections.cloudops.console.plugins.module_utils._models import Instance
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger import record as states
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.in_force import observe
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.record import (
    EMPTY,
    Former,
    InvalidTransition,
    Record,
)

from tests.unit.ledgers_and_runs import NOON, after

LEASE = after(minutes=2)


def staged(record: Record = EMPTY, candidate: str = "Aaaaa1", now: dt.datetime = NOON) -> Record:
    return states.stage(record, candidate, run_id="r1", now=now, lease_until=now + dt.timedelta(minutes=2))


def promoted(
    record: Record, *, at: dt.datetime = NOON, reboot: t.Any = "none", ambiguous: bool = False, candidate: str = ""
) -> Record:
    password = candidate or (record.pending.password if record.pending else "")
    return states.promote(
        record, password, acknowledged_at=at, now=at, reboot=reboot, ambiguous=ambiguous, outcome="rotated"
    )


def current(password: str = "Ccccc1", at: dt.datetime = NOON, reboot: t.Any = "none") -> Record:
    return promoted(staged(candidate=password, now=at), at=at, reboot=reboot)


def instance(**parts: t.Any) -> Instance:
    return Instance(**{"instance_id": "i-1", "region": "cn-hangzhou", "status": "Running", **parts})


def test_every_change_raises_the_version_by_one() -> None:
    first = staged()
    claimed = states.claim(first, run_id="r2", lease_until=LEASE)
    kept = states.keep(claimed, ambiguous=False, outcome="failed")
    done = promoted(kept, reboot="needed")
    seen = observe(done, instance(started_at=after(minutes=5)))
    assert [one.version for one in (first, claimed, kept, done, seen)] == [1, 2, 3, 4, 5]


def test_stage_writes_the_candidate_ahead() -> None:
    record = staged(current())
    assert record.current == "Ccccc1"
    assert record.pending is not None
    assert (record.pending.password, record.pending.run_id, record.pending.attempts) == ("Aaaaa1", "r1", 1)
    assert record.pending.maybe_applied
    assert record.lease_until == LEASE


@pytest.mark.parametrize(
    ("record", "candidate"),
    [
        (staged(), "Bbbbb1"),  # I3: unresolved
        (states.keep(staged(), ambiguous=False, outcome="failed"), "Bbbbb1"),  # I3: settled, and still unresolved
        (current(), "Ccccc1"),  # I18: known
        (replace(current(), lease_until=after(seconds=1)), "Bbbbb1"),  # I8: may still arrive
        (replace(current(), history=(Former("Fffff1", None, NOON, maybe=True),)), "Fffff1"),
    ],
)
def test_no_new_candidate_is_staged(record: Record, candidate: str) -> None:
    with pytest.raises(InvalidTransition) as caught:
        staged(record, candidate)
    assert candidate not in str(caught.value)


def test_a_lease_that_ends_now_is_over() -> None:
    record = replace(current(), lease_until=NOON)
    assert not record.leased(NOON)
    assert staged(record, "Bbbbb1").pending is not None


def test_claim_keeps_the_candidate_and_the_longer_lease() -> None:
    record = states.claim(staged(), run_id="r2", lease_until=after(seconds=1))
    assert record.pending is not None
    assert (record.pending.password, record.pending.run_id, record.pending.attempts) == ("Aaaaa1", "r2", 2)
    assert record.pending.ambiguous  # what the first run did was never settled
    assert record.lease_until == LEASE
    assert states.claim(record, run_id="r3", lease_until=after(hours=1)).lease_until == after(hours=1)


def test_claim_after_a_settled_attempt_is_not_ambiguous() -> None:
    settled = states.keep(staged(), ambiguous=False, outcome="failed")
    again = states.claim(settled, run_id="r2", lease_until=LEASE)
    assert again.pending is not None
    assert not again.pending.ambiguous


@pytest.mark.parametrize(
    ("claims", "ambiguous", "open_still"), [(0, False, False), (0, True, True), (1, False, True), (1, True, True)]
)
def test_keep(claims: int, ambiguous: bool, open_still: bool) -> None:
    record = staged()
    for number in range(claims):
        record = states.claim(record, run_id=f"c{number}", lease_until=LEASE)
    kept = states.keep(record, ambiguous=ambiguous, outcome="failed")
    assert kept.pending is not None
    assert kept.pending.password == "Aaaaa1"
    assert kept.pending.maybe_applied is open_still
    assert (kept.lease_until is not None) is open_still
    assert kept.last_outcome == "failed"


@pytest.mark.parametrize(
    ("claims", "ambiguous", "maybe"), [(0, False, False), (0, True, True), (1, False, True), (1, True, True)]
)
def test_reject_drops_what_was_surely_not_applied(claims: int, ambiguous: bool, maybe: bool) -> None:
    record = staged(current())
    for number in range(claims):
        record = states.claim(record, run_id=f"c{number}", lease_until=LEASE)
    rejected = states.reject(record, ambiguous=ambiguous, now=after(minutes=1), outcome="rejected")
    assert rejected.pending is None
    assert rejected.current == "Ccccc1"
    assert ("Aaaaa1" in rejected.passwords) is maybe
    assert (rejected.lease_until is not None) is maybe
    assert [former.maybe for former in rejected.history] == [True] * maybe


def test_promote_is_one_change() -> None:
    record = promoted(staged(current(), now=after(minutes=9)), at=after(minutes=10), reboot="needed")
    assert (record.current, record.pending, record.reboot) == ("Aaaaa1", None, "needed")
    assert (record.rotated_at, record.acknowledged_at) == (after(minutes=10),) * 2
    assert record.lease_until is None
    assert record.history == (Former("Ccccc1", NOON, after(minutes=10), staged_at=NOON, confirmed_at=NOON),)
    assert record.staged_at == after(minutes=9)


@pytest.mark.parametrize(("claimed", "ambiguous"), [(False, True), (True, False), (True, True)])
def test_promote_keeps_the_lease_while_a_try_may_still_arrive(claimed: bool, ambiguous: bool) -> None:
    record = staged()
    if claimed:
        record = states.claim(record, run_id="r2", lease_until=LEASE)
    assert promoted(record, ambiguous=ambiguous).lease_until == LEASE


def test_promote_after_another_run_gave_the_candidate_up() -> None:
    claimed = states.claim(staged(current()), run_id="r2", lease_until=LEASE)
    given_up = states.reject(claimed, ambiguous=False, now=after(seconds=9), outcome="rejected")
    record = promoted(given_up, at=after(seconds=10), candidate="Aaaaa1")
    assert (record.current, record.lease_until) == ("Aaaaa1", LEASE)
    assert [former.password for former in record.history] == ["Ccccc1"]


def test_an_old_acknowledgement_does_not_overtake_a_newer_one() -> None:
    """The newer one is in force, so it has to stay current (I7).

    A run sleeps over its lease between acknowledgement and promotion; meanwhile another run gives its candidate up, and
    a third one rotates.
    """
    claimed = states.claim(staged(current()), run_id="r2", lease_until=LEASE)
    given_up = states.reject(claimed, ambiguous=False, now=after(seconds=20), outcome="rejected")
    newer = promoted(staged(given_up, "Bbbbb1", now=LEASE), at=after(minutes=3))
    try:
        record = promoted(newer, at=after(seconds=10), candidate="Aaaaa1")
    except InvalidTransition:
        record = newer
    assert record.current == "Bbbbb1"
    assert "Aaaaa1" in record.passwords


@pytest.mark.parametrize("record", [EMPTY, current(), staged(candidate="Bbbbb1")])
def test_promote_of_something_unknown(record: Record) -> None:
    with pytest.raises(InvalidTransition) as caught:
        promoted(record, candidate="Zzzzz1")
    assert "Zzzzz1" not in str(caught.value)


@pytest.mark.parametrize("change", ["claim", "keep", "reject"])
def test_nothing_to_settle(change: str) -> None:
    arguments: dict[str, dict[str, t.Any]] = {
        "claim": {"run_id": "r", "lease_until": LEASE},
        "keep": {"ambiguous": False, "outcome": "failed"},
        "reject": {"ambiguous": False, "now": NOON, "outcome": "rejected"},
    }
    with pytest.raises(InvalidTransition):
        getattr(states, change)(current(), **arguments[change])


@pytest.mark.parametrize(
    ("started", "reboot"),
    [
        (None, "needed"),
        (after(days=-1), "needed"),
        (NOON.replace(second=0), "needed"),  # the same minute says nothing
        (NOON.replace(second=59), "needed"),
        (NOON.replace(second=0) + dt.timedelta(minutes=1), "none"),
    ],
)
def test_observed_start(started: dt.datetime | None, reboot: str) -> None:
    before = current(reboot="needed")
    seen = observe(before, instance(started_at=started, io_optimized=False))
    assert seen.reboot == reboot
    assert (seen is before) is (reboot == "needed")
    assert seen.current == before.current


def test_a_stopped_instance_that_was_started_too_early_needs_a_reboot_after_all() -> None:
    before = current(reboot="at_next_start")
    assert observe(before, instance(status="Stopped", io_optimized=False)) is before
    assert observe(before, instance(io_optimized=False)).reboot == "needed"


@pytest.mark.parametrize("record", [EMPTY, current(), staged()])
def test_observe_has_nothing_to_say(record: Record) -> None:
    assert observe(record, instance(started_at=after(days=9))) is record


def chain(count: int, reboot: t.Any) -> Record:
    record = EMPTY
    for number in range(count):
        at = after(hours=number)
        record = promoted(staged(record, f"Pass{number:02d}", now=at), at=at, reboot=reboot)
    return record


def test_history_is_pruned_only_when_no_restart_is_awaited() -> None:
    waiting = chain(30, "needed")
    assert len(waiting.history) == 29
    over = replace(waiting, history=tuple(replace(former, over=True) for former in waiting.history))
    assert len(promoted(staged(over, now=after(days=5)), at=after(days=5), reboot="needed").history) == 30
    pruned = observe(waiting, instance(started_at=after(days=9)))
    assert [former.password for former in pruned.history] == [f"Pass{number:02d}" for number in range(19, 29)]
    assert pruned.current == "Pass29"
    assert len(chain(30, "none").history) == states.KEEP


def test_three_rotations_without_a_restart_keep_all_four_passwords() -> None:
    assert chain(4, "needed").passwords == {"Pass00", "Pass01", "Pass02", "Pass03"}


def test_pruning_keeps_what_may_be_in_force_instead_of_current() -> None:
    """Maybe-candidates after the current password: any of them may have been the last one before the restart (I2)."""
    record = current(reboot="needed")
    for number in range(states.KEEP + 1):
        at = after(hours=number + 1)
        record = states.reject(staged(record, f"Mayb{number:02d}", now=at), ambiguous=True, now=at, outcome="rejected")
    seen = observe(record, instance(started_at=after(days=9)))
    assert {f"Mayb{number:02d}" for number in range(states.KEEP + 1)} <= seen.passwords


def test_no_password_in_a_repr() -> None:
    record = states.claim(staged(current()), run_id="r2", lease_until=LEASE)
    gone = states.reject(record, ambiguous=True, now=NOON, outcome="rejected")
    for shown in (repr(record), repr(gone), repr(record.pending), repr(gone.history)):
        assert "Aaaaa1" not in shown
        assert "Ccccc1" not in shown
