# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Passwords that the record knows, staged again: the current one, and former ones."""

from __future__ import annotations

import datetime as dt
import typing as t
from dataclasses import replace

import pytest
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger import record as states
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.record import (
    EMPTY,
    InvalidTransition,
    Record,
)

from tests.unit.ledgers_and_runs import NOON, after

MINUTES = dt.timedelta(minutes=2)


def new(record: Record, password: str, at: dt.datetime) -> Record:
    staged = states.stage(record, password, run_id="r", now=at, lease_until=at + MINUTES)
    return promoted(staged, password, at)


def known(record: Record, password: str, at: dt.datetime) -> Record:
    return states.stage_known(record, password, run_id="r", now=at, lease_until=at + MINUTES)


def promoted(record: Record, password: str, at: dt.datetime, **more: t.Any) -> Record:
    arguments = {"acknowledged_at": at, "now": at, "reboot": "none", "ambiguous": False, "outcome": "rotated", **more}
    return states.promote(record, password, **arguments)


def given_up(record: Record, password: str, at: dt.datetime) -> Record:
    """Perhaps applied and then refused, by a run that began at that time; its lease is over."""
    staged = states.stage(record, password, run_id="r", now=at, lease_until=at)
    return states.reject(staged, ambiguous=True, now=at, outcome="rejected")


def entries(record: Record) -> list[tuple[str, bool]]:
    return [(former.password, former.maybe) for former in record.history]


@pytest.fixture
def three() -> Record:
    """One, Two and Three, an hour after each other."""
    record = EMPTY
    for number, password in enumerate(("One111", "Two222", "Three3")):
        record = new(record, password, after(hours=number))
    return record


def test_the_current_one_again_keeps_its_age_and_adds_no_history(three: Record) -> None:
    staged = known(three, "Three3", after(hours=5))
    assert staged.pending is not None
    assert (staged.pending.password, staged.lease_until) == ("Three3", after(hours=5) + MINUTES)
    again = promoted(staged, "Three3", after(hours=6), reboot="needed")
    assert again.history == three.history
    assert (again.current, again.rotated_at) == ("Three3", three.rotated_at)
    assert (again.acknowledged_at, again.reboot, again.lease_until) == (after(hours=6), "needed", None)
    assert (again.pending, again.version) == (None, three.version + 2)


def test_a_former_one_becomes_current_with_an_age_of_its_own(three: Record) -> None:
    back = promoted(known(three, "One111", after(hours=5)), "One111", after(hours=5))
    assert (back.current, back.rotated_at) == ("One111", after(hours=5))
    assert [former.password for former in back.history] == [*(one.password for one in three.history), "Three3"]
    assert (back.history[-1].acknowledged_at, back.history[-1].retired_at) == (after(hours=2), after(hours=5))
    assert states.previous(back) == "Three3"


@pytest.mark.parametrize("change", ["pending", "leased", "unknown", "given up", "empty"])
def test_what_cannot_be_staged(three: Record, change: str) -> None:
    record, password = {
        "pending": (known(three, "One111", NOON), "Three3"),
        "leased": (replace(three, lease_until=after(hours=6)), "Three3"),
        "unknown": (three, "Zzzzz1"),
        "given up": (given_up(three, "Mayb01", after(hours=4)), "Mayb01"),
        "empty": (EMPTY, "Zzzzz1"),
    }[change]
    with pytest.raises(InvalidTransition) as caught:
        known(record, password, after(hours=5))
    assert password not in str(caught.value)


@pytest.mark.parametrize("password", ["One111", "Three3"])
def test_refused_and_surely_not_applied_changes_nothing(three: Record, password: str) -> None:
    staged = known(three, password, after(hours=5))
    refused = states.reject(staged, ambiguous=False, now=after(hours=5), outcome="rejected")
    assert refused == replace(three, version=three.version + 2, last_outcome="rejected")


def test_a_former_one_that_may_be_applied_is_in_doubt_once(three: Record) -> None:
    """I2, I4: however often that happens."""
    record = three
    for hour in (5, 6):
        staged = known(record, "One111", after(hours=hour))
        record = states.reject(staged, ambiguous=True, now=after(hours=hour), outcome="rejected")
    assert entries(record) == [("One111", False), ("Two222", False), ("One111", True)]
    assert [former.password for former in record.history if record.doubts(former)] == ["One111"]
    assert record.lease_until == after(hours=6) + MINUTES
    assert states.previous(record) == "Two222"
    done = promoted(known(record, "One111", after(hours=7)), "One111", after(hours=7))
    assert entries(done) == [("One111", False), ("Two222", False), ("Three3", False)]


def test_the_current_one_that_may_be_applied_stands_once(three: Record) -> None:
    staged = known(three, "Three3", after(hours=5))
    record = states.reject(staged, ambiguous=True, now=after(hours=5), outcome="rejected")
    assert (record.current, record.history, record.pending) == ("Three3", three.history, None)
    assert record.lease_until == after(hours=5) + MINUTES


def test_setting_the_current_one_again_ends_the_doubt(three: Record) -> None:
    """A candidate that was given up is surely replaced by what the cloud has accepted after it."""
    doubtful = given_up(three, "Mayb01", after(hours=4))
    assert doubtful.doubts(doubtful.history[-1])
    staged = known(doubtful, "Three3", after(hours=5))
    assert staged.doubts(staged.history[-1]), "until it is acknowledged"
    done = promoted(staged, "Three3", after(hours=5))
    assert not any(done.doubts(former) for former in done.history)
    assert done.passwords == doubtful.passwords
    assert states.previous(done) == "Two222"


def test_an_acknowledgement_after_another_run_gave_it_up(three: Record) -> None:
    """Renewed, but what has been sent since stays in doubt."""
    record = states.reject(known(three, "Three3", after(hours=5)), ambiguous=False, now=after(hours=5), outcome="r")
    record = given_up(record, "Mayb01", after(hours=6))
    late = promoted(record, "Three3", after(hours=5), reboot="needed", staged_at=after(hours=5))
    assert (late.current, late.acknowledged_at, late.reboot) == ("Three3", after(hours=5), "needed")
    assert [former.password for former in late.history if late.doubts(former)] == ["Mayb01"]


def test_an_acknowledgement_of_an_earlier_staging_does_not_count(three: Record) -> None:
    """The same password is staged again, after another one that may be in force."""
    record = states.reject(known(three, "Three3", after(hours=5)), ambiguous=False, now=after(hours=5), outcome="r")
    record = known(given_up(record, "Mayb01", after(hours=6)), "Three3", after(hours=7))
    with pytest.raises(InvalidTransition):
        promoted(record, "Three3", after(hours=8), staged_at=after(hours=5))
    assert promoted(record, "Three3", after(hours=8), staged_at=after(hours=7)).current == "Three3"


def test_an_acknowledgement_is_no_proof_against_what_was_sent_after_it(three: Record) -> None:
    """One candidate given up while its run sleeps, then another: the first one's acknowledgement comes too late."""
    record = given_up(given_up(three, "Mayb01", after(hours=4)), "Mayb02", after(hours=5))
    with pytest.raises(InvalidTransition):
        promoted(record, "Mayb01", after(hours=4))
    assert promoted(record, "Mayb02", after(hours=5)).current == "Mayb02"


@pytest.mark.parametrize(
    ("moment", "password"),
    [
        (after(seconds=-1), None),
        (NOON, "One111"),
        (after(minutes=59), "One111"),
        (after(hours=1), "Two222"),
        (after(hours=2, seconds=-1), "Two222"),
        (after(hours=2), "Three3"),
        (after(days=9), "Three3"),
    ],
)
def test_what_was_current_at_a_moment(three: Record, moment: dt.datetime, password: str | None) -> None:
    assert states.current_at(three, moment) == password
    back = promoted(known(three, "One111", after(days=1)), "One111", after(days=1))
    assert states.current_at(back, moment) == ("One111" if moment > after(days=1) else password)
    again = promoted(known(three, "Three3", after(days=1)), "Three3", after(days=1))
    assert states.current_at(again, moment) == password


def test_what_was_set_again_was_current_from_its_beginning() -> None:
    first = new(EMPTY, "One111", NOON)
    again = promoted(known(first, "One111", after(hours=5)), "One111", after(hours=5))
    assert states.current_at(again, NOON) == "One111"
    assert states.current_at(new(again, "Two222", after(hours=9)), after(hours=1)) == "One111"


@pytest.mark.parametrize("record", [EMPTY, new(EMPTY, "One111", NOON), given_up(EMPTY, "Mayb01", NOON)])
def test_nothing_before(record: Record) -> None:
    assert states.previous(record) is None
    assert states.current_at(record, after(days=-1)) is None


def test_back_and_forth_prunes_as_ever() -> None:
    """What was current most recently is kept, and it is one entry for each time it was."""
    record = new(new(EMPTY, "One111", NOON), "Two222", after(hours=1))
    for hour in range(2, 30):
        password = states.previous(record)
        assert password is not None
        record = promoted(known(record, password, after(hours=hour)), password, after(hours=hour))
    assert len(record.history) == states.KEEP
    assert record.passwords == {"One111", "Two222"}


def chosen(record: Record, password: str, at: dt.datetime) -> Record:
    return states.stage_chosen(record, password, run_id="r", now=at, lease_until=at + MINUTES)


@pytest.mark.parametrize("password", ["Mine01", "Three3", "One111", "Gone44"])
def test_a_chosen_one_can_be_any(three: Record, password: str) -> None:
    """New, current, of history, or one that was given up and is in doubt."""
    doubted = given_up(three, "Gone44", after(hours=4))
    done = promoted(chosen(doubted, password, after(hours=5)), password, after(hours=5))
    assert (done.current, done.pending) == (password, None)
    assert (password, True) not in entries(done)
    assert done.passwords == doubted.passwords | {password}


def test_a_chosen_one_waits_for_others(three: Record) -> None:
    pending = chosen(three, "Mine01", after(hours=5))
    with pytest.raises(states.InvalidTransition):
        chosen(pending, "Other1", after(hours=6))
    leased = replace(three, lease_until=after(hours=6))
    with pytest.raises(states.InvalidTransition):
        chosen(leased, "Mine01", after(hours=5))
