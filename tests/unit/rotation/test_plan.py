# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""What would be done with an instance, at the edges of age, lease and state; and how ages are written."""

from __future__ import annotations

import dataclasses
import datetime as dt
import typing as t
from dataclasses import replace

import pytest
from ansible_collections.cloudops.console.plugins.module_utils._errors import (
    AuthenticationError,
    ConsoleError,
    NotFound,
    TimedOut,
)
from ansible_collections.cloudops.console.plugins.module_utils._models import Access, Instance
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.record import EMPTY, Former, Pending, Record
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.plan import (
    Decision,
    RotationOptions,
    decide,
    done_by_another,
    parse_age,
    still_to_do,
)
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.targets import Target

from tests.unit.ledgers_and_runs import KEY, NOON, after

TARGET = Target(("web",), KEY, Access())
MONTH = RotationOptions(dt.timedelta(days=30))
HELD = Record(version=2, current="Aaaaa1", acknowledged_at=NOON, rotated_at=NOON)


def instance(**parts: t.Any) -> Instance:
    return Instance(
        **{"instance_id": "i-0001", "region": "cn-hangzhou", "status": "Running", "io_optimized": True, **parts}
    )


def decided(
    record: Record | None, seen: t.Any = "there", wishes: RotationOptions = MONTH, now: dt.datetime = NOON
) -> Decision:
    return decide(TARGET, record, instance() if seen == "there" else seen, wishes, now)


def test_no_record_is_due() -> None:
    decision = decided(None)
    assert (decision.outcome, decision.acts, decision.record) == ("rotated", True, EMPTY)


@pytest.mark.parametrize(
    ("age", "outcome"),
    [
        (dt.timedelta(0), "fresh"),
        (dt.timedelta(days=30, microseconds=-1), "fresh"),
        (dt.timedelta(days=30), "rotated"),
        (dt.timedelta(days=31), "rotated"),
        (dt.timedelta(days=-1), "fresh"),  # a clock that was ahead
    ],
)
def test_due_by_age(age: dt.timedelta, outcome: str) -> None:
    decision = decided(HELD, now=NOON + age)
    assert (decision.outcome, decision.acts) == (outcome, outcome == "rotated")


def test_zero_always_rotates_and_force_overrides() -> None:
    assert decided(HELD, wishes=RotationOptions(dt.timedelta(0))).outcome == "rotated"
    assert decided(HELD, wishes=dataclasses.replace(MONTH, force=True)).outcome == "rotated"


def test_the_age_counts_from_the_promotion_and_not_from_the_acknowledgement() -> None:
    record = replace(HELD, acknowledged_at=after(days=-40))
    assert decided(record).outcome == "fresh"


@pytest.mark.parametrize("current", ["Aaaaa1", None])
@pytest.mark.parametrize("leased", [False, True])
def test_a_pending_candidate_is_resumed_whatever_its_age(current: str | None, leased: bool) -> None:
    record = replace(
        HELD, current=current, pending=Pending("Bbbbb1", NOON, "r"), lease_until=after(hours=1) if leased else None
    )
    decision = decided(record)
    assert (decision.outcome, decision.acts, decision.error) == ("resumed", True, None)


@pytest.mark.parametrize("force", [False, True])
def test_a_lease_makes_a_conflict_until_it_is_over(force: bool) -> None:
    record = replace(HELD, lease_until=after(days=31))
    early, late = (
        decided(record, now=after(days=days), wishes=RotationOptions(MONTH.max_age, force)) for days in (30, 31)
    )
    assert (early.outcome, early.acts) == ("conflict", False)
    assert early.error is not None
    assert "Run again after" in early.error.advice
    assert late.outcome == "rotated"


def test_a_lease_of_a_fresh_record_does_not_matter() -> None:
    assert decided(replace(HELD, lease_until=after(days=1))).outcome == "fresh"


@pytest.mark.parametrize(
    ("parts", "reboot"),
    [
        ({"io_optimized": True}, "none"),
        ({"io_optimized": True, "status": "Stopped"}, "none"),
        ({"io_optimized": False}, "needed"),
        ({"io_optimized": False, "status": "Starting"}, "needed"),
        ({"io_optimized": False, "status": "Stopping"}, "needed"),
        ({"io_optimized": False, "status": "Stopped"}, "at_next_start"),
        ({"io_optimized": None}, "needed"),
    ],
)
def test_reboot_forecast(parts: dict[str, t.Any], reboot: str) -> None:
    assert decided(None, instance(**parts)).reboot == reboot
    pending = replace(HELD, pending=Pending("Bbbbb1", NOON, "r"))
    assert decided(pending, instance(**parts)).reboot == reboot


def test_what_is_fresh_shows_what_its_current_password_waits_for() -> None:
    record = replace(HELD, reboot="needed")
    slow = instance(io_optimized=False)
    assert (decided(record, slow).reboot, decided(record, slow).noted) == ("needed", None)
    started = dataclasses.replace(slow, started_at=after(minutes=2))
    seen = decided(record, started, now=after(minutes=3))
    assert (seen.outcome, seen.reboot, seen.acts) == ("fresh", "none", False)
    assert seen.noted is not None
    assert (seen.noted.version, seen.noted.reboot) == (3, "none")


def test_an_unknown_instance_is_rejected_and_keeps_its_record() -> None:
    decision = decided(HELD, None)
    assert (decision.outcome, decision.acts, decision.record) == ("rejected", False, HELD)
    assert decision.error is not None
    assert decision.error.kind == "not_found"
    assert "instance_id" in decision.error.message


@pytest.mark.parametrize(
    ("error", "record", "outcome"),
    [
        (TimedOut("no answer"), HELD, "fresh"),
        (AuthenticationError("refused"), HELD, "fresh"),
        (TimedOut("no answer"), None, "failed"),
        (ConsoleError("no credentials"), None, "failed"),
        (AuthenticationError("refused"), None, "not_attempted"),
        (TimedOut("no answer"), replace(HELD, pending=Pending("Bbbbb1", NOON, "r")), "failed"),
    ],
)
def test_a_cloud_that_cannot_be_asked(error: ConsoleError, record: Record | None, outcome: str) -> None:
    decision = decided(record, error)
    assert (decision.outcome, decision.acts) == (outcome, False)
    assert decision.error is (None if outcome == "fresh" else error)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30d", 30 * 86400),
        ("12h", 12 * 3600),
        ("2w", 14 * 86400),
        ("90m", 5400),
        ("45s", 45),
        ("0", 0),
        ("0d", 0),
        (" 30D ", 30 * 86400),
        # What was due before a moment of a long age, in the collected report
        ("8639913600s", 99999 * 86400),
    ],
)
def test_ages(text: str, seconds: int) -> None:
    assert parse_age(text) == dt.timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "30",
        "d",
        "-1d",
        "1.5d",
        "30 d",
        "30dd",
        "1y",
        "d30",
        "1e3d",
        "9999999999d",
        "99999999999w",
        "999999999w",
        "999999999d",
    ],
)
def test_what_is_no_age(text: str) -> None:
    """An error with the form that is meant, or an age; nothing else."""
    try:
        age = parse_age(text)
    except ConsoleError as error:
        assert "30d" in error.advice  # noqa: PT017 - either way is right
    else:
        assert text == "999999999d"
        assert age == dt.timedelta(days=999999999)


def chosen(password: str) -> RotationOptions:
    """What vnc_password wishes with record."""
    return RotationOptions(dt.timedelta(0), operation="rollback", chosen=password)


@pytest.mark.parametrize("record", [None, HELD], ids=["no record", "another one is current"])
def test_a_chosen_password_is_set(record: Record | None) -> None:
    decision = decided(record, wishes=chosen("Mine01"))
    assert (decision.outcome, decision.acts, decision.known, decision.chosen) == ("rotated", True, "Mine01", True)
    assert "Mine01" not in repr(decision)


def test_a_chosen_password_that_is_current_is_left() -> None:
    """Unless it is in doubt whether another one is in force."""
    decision = decided(replace(HELD, reboot="needed"), instance(io_optimized=False), chosen("Aaaaa1"))
    assert (decision.outcome, decision.acts, decision.reboot) == ("fresh", False, "needed")
    doubted = replace(HELD, history=(Former("Bbbbb1", None, after(minutes=1), maybe=True),))
    assert decided(doubted, wishes=chosen("Aaaaa1")).outcome == "rotated"


def test_a_pending_password_comes_before_a_chosen_one() -> None:
    record = replace(HELD, pending=Pending("Bbbbb1", NOON, "r"))
    decision = decided(record, wishes=chosen("Mine01"))
    assert (decision.outcome, decision.acts) == ("conflict", False)
    assert decision.error is not None
    assert "another password pending" in decision.error.message
    assert (decided(record, wishes=chosen("Bbbbb1")).outcome) == "resumed"


def test_a_chosen_password_waits_for_what_may_still_arrive() -> None:
    decision = decided(replace(HELD, lease_until=after(hours=1)), wishes=chosen("Mine01"))
    assert (decision.outcome, decision.acts) == ("conflict", False)


@pytest.mark.parametrize(
    ("wishes", "moment"),
    [
        (MONTH, after(days=-30)),
        (dataclasses.replace(MONTH, force=True), NOON),
        (dataclasses.replace(MONTH, operation="reconcile"), None),
        (RotationOptions(dt.timedelta.max), dt.datetime.min.replace(tzinfo=dt.timezone.utc)),
    ],
)
def test_from_before_when_passwords_are_due(wishes: RotationOptions, moment: dt.datetime | None) -> None:
    assert wishes.due_before(NOON) == moment


@pytest.mark.parametrize("record", [replace(HELD, current=None), replace(HELD, rotated_at=None)])
def test_a_record_without_a_password_or_its_age_is_due(record: Record) -> None:
    assert decided(record).outcome == "rotated"


def test_a_rotation_of_a_host_that_waits_for_a_restart_says_what_it_takes_now() -> None:
    waiting = replace(HELD, reboot="needed")
    decision = decided(waiting, instance(io_optimized=False), dataclasses.replace(MONTH, force=True))
    assert (decision.acts, decision.reboot_now) == (True, "needed")


def test_going_back_to_the_current_password_is_no_change_although_another_is_in_doubt() -> None:
    doubted = replace(HELD, history=(Former("Bbbbb2", None, after(hours=1), maybe=True),))
    back = dataclasses.replace(MONTH, operation="rollback", rollback_to=after(hours=2))
    assert decided(doubted, wishes=back, now=after(hours=3)).outcome == "fresh"


def test_what_a_survey_could_not_look_at_has_failed() -> None:
    error = TimedOut("no answer")
    assert decided(HELD).surveyed == ("fresh", None)
    assert decided(HELD, error).surveyed == ("failed", error)


def test_a_service_that_is_not_found_says_nothing_about_the_instance() -> None:
    assert decided(None, NotFound("no such service", status=404)).outcome == "failed"
    assert decided(None, None).outcome == "rejected"


def test_a_lease_says_until_when() -> None:
    leased = replace(HELD, lease_until=after(minutes=2))
    decision = decided(leased, wishes=dataclasses.replace(MONTH, force=True))
    assert decision.error is not None
    assert decision.error.advice == "Run again after 12:02:30 UTC."


@pytest.mark.parametrize(
    ("operation", "outcome", "done"),
    [("rotate", "rotated", False), ("rotate", "resumed", True), ("reconcile", "rotated", True)],
)
def test_the_same_password_acknowledged_again_is_no_rotation(operation: t.Any, outcome: t.Any, done: bool) -> None:
    decision = Decision(TARGET, outcome, HELD, operation=operation)
    assert done_by_another(decision, replace(HELD, acknowledged_at=after(hours=1))) is done


def test_nothing_to_go_back_to_is_not_done_by_a_record_without_a_password() -> None:
    assert not done_by_another(Decision(TARGET, "failed", HELD, operation="rollback"), EMPTY)


def test_a_chosen_password_that_the_record_lacks_is_still_to_be_set() -> None:
    decision = Decision(TARGET, "rotated", HELD, known="Chose1", chosen=True)
    assert still_to_do(decision, HELD, replace(HELD, version=3))
    assert not still_to_do(replace(decision, chosen=False), HELD, replace(HELD, version=3))
