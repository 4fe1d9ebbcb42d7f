# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a change of a record notes for later ones: since when a password may have been sent, leases, and ties."""

from __future__ import annotations

import datetime as dt

import pytest
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger import record as states
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.record import EMPTY, Former, Pending, Record

from tests.unit.ledgers_and_runs import NOON, after

WANTED = "Want01"
CURRENT = "Curr01"


def maybe(password: str, since: dt.datetime | None, *, over: bool = False) -> Former:
    return Former(password, None, NOON, maybe=True, staged_at=since, over=over)


def promoted(record: Record, *, at: dt.datetime = NOON, ambiguous: bool = False) -> Record:
    return states.promote(
        record, WANTED, acknowledged_at=at, now=at, reboot="none", ambiguous=ambiguous, outcome="rotated"
    )


def test_a_chosen_password_has_a_lease() -> None:
    staged = states.stage_chosen(EMPTY, WANTED, run_id="r", now=NOON, lease_until=after(minutes=2))
    assert staged.lease_until == after(minutes=2)


def test_the_one_before_is_another_password() -> None:
    history = (Former("Prev01", NOON, NOON), Former(CURRENT, NOON, NOON))
    assert states.previous(Record(3, current=CURRENT, history=history)) == "Prev01"


def test_a_candidate_given_up_in_the_moment_of_a_promotion_is_in_doubt() -> None:
    assert Record(2, current=CURRENT, rotated_at=NOON).doubts(maybe(WANTED, NOON))


def test_a_rejection_notes_since_when_and_how_it_ended() -> None:
    record = Record(2, current=CURRENT, pending=Pending(WANTED, after(hours=1), "r"))
    given_up = states.reject(record, ambiguous=True, now=after(hours=2), outcome="rejected")
    assert [one.staged_at for one in given_up.history] == [after(hours=1)]
    assert given_up.last_outcome == "rejected"


def test_a_password_may_wait_since_it_was_first_sent_and_never_settled() -> None:
    """Not since it was current, nor since it was surely over, nor since another one was sent."""
    history = (
        maybe(WANTED, after(hours=-4), over=True),
        Former(WANTED, after(hours=-3), NOON, staged_at=after(hours=-3)),
        maybe("Other1", after(hours=-2)),
        maybe(WANTED, after(hours=-1)),
    )
    record = Record(5, current=CURRENT, pending=Pending(WANTED, NOON, "r"), history=history, staged_at=after(hours=-5))
    now_current = promoted(record)
    assert (now_current.staged_at, now_current.last_outcome) == (after(hours=-1), "rotated")


def test_a_current_password_without_times_has_none_in_history() -> None:
    (former,) = promoted(Record(1, current=CURRENT, pending=Pending(WANTED, NOON, "r"))).history
    assert (former.password, former.acknowledged_at, former.confirmed_at) == (CURRENT, None, None)


@pytest.mark.parametrize("hours", [0, 1])
def test_an_acknowledgement_of_what_was_given_up_counts_unless_a_newer_one_is_recorded(hours: int) -> None:
    """Also where a password that was current since stands behind it in history."""
    history = (maybe(WANTED, NOON), Former("Prev01", NOON, NOON))
    record = Record(4, current=CURRENT, acknowledged_at=NOON, rotated_at=after(minutes=1), history=history)
    assert promoted(record, at=after(hours=hours)).current == WANTED
