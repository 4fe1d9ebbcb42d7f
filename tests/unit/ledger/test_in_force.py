# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which passwords may open the console: stories of rotations and starts, with what the cloud has in force beside them.

test_record_machine.py tells them in any order. Here each list is compared as a whole, its order included.
"""

from __future__ import annotations

import contextlib
import datetime as dt

import pytest
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger import record as states
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.in_force import in_force, look, observe
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.record import EMPTY, Pending, Record

from tests.unit.ledgers_and_runs import NOON, after
from tests.unit.one_instance_cloud import Cloud

LEASE = dt.timedelta(minutes=3)


class Story:
    """One instance and its record; a day passes between two events, if nothing else is said."""

    def __init__(self, *, io_optimized: bool = False, started: bool = True) -> None:
        self.cloud, self.record = Cloud(io_optimized), EMPTY
        self.cloud.in_force = "Facto1"
        if started:
            self.restart()
            self.wait(days=1)

    def wait(self, **parts: float) -> None:
        self.cloud.now += dt.timedelta(**parts)

    def restart(self) -> None:
        self.cloud.start()

    def notice(self) -> None:
        """A run without anything to do."""
        self.record = observe(self.record, self.cloud.describe())

    def stage(self, password: str) -> None:
        """A run looks and writes ahead; what it saw is stored with that."""
        seen = look(self.record, self.cloud.describe())
        known = password in seen.acknowledged
        write = states.stage_known if known else states.stage
        self.record = write(seen, password, run_id="r", now=self.cloud.now, lease_until=self.cloud.now + LEASE)
        self.reboot = self.cloud.describe().reboot_after_change

    def acknowledge(self) -> None:
        assert self.record.pending is not None
        password, now = self.record.pending.password, self.cloud.now
        self.cloud.apply(password)
        self.record = states.promote(
            self.record, password, acknowledged_at=now, now=now, reboot=self.reboot, ambiguous=False, outcome="rotated"
        )

    def rotate(self, *passwords: str) -> None:
        for password in passwords:
            self.stage(password)
            self.acknowledge()
            self.check()
            self.wait(days=1)

    def leave_in_doubt(self, password: str, *, applied: bool) -> None:
        """An answer is lost, then the cloud refuses."""
        self.stage(password)
        if applied:
            self.cloud.apply(password)
        self.record = states.reject(self.record, ambiguous=True, now=self.cloud.now, outcome="rejected")
        self.check()
        self.wait(days=1)

    def check(self) -> None:
        for record in (self.record, look(self.record, self.cloud.describe())):
            assert self.cloud.in_force in in_force(record) or record.unknown_before

    def listed(self) -> tuple[str, ...]:
        self.check()
        return in_force(self.record)


def test_where_a_change_is_in_force_at_once_there_is_one() -> None:
    story = Story(io_optimized=True)
    for password in ("Aaaaa1", "Bbbbb2", "Ccccc3"):
        story.rotate(password)
        assert story.listed() == (password,)
        assert not story.record.unknown_before


def test_the_password_from_before_the_first_rotation_is_in_no_record() -> None:
    story = Story()
    story.rotate("Aaaaa1")
    assert story.listed() == ("Aaaaa1",)
    assert story.record.unknown_before
    story.rotate("Bbbbb2")
    assert story.listed() == ("Bbbbb2", "Aaaaa1")
    assert story.record.unknown_before
    story.restart()
    story.notice()
    assert (story.listed(), story.record.unknown_before) == (("Bbbbb2",), False)


def test_before_anything_was_sent_there_is_none() -> None:
    assert in_force(EMPTY) == ()
    settled = Record(2, pending=Pending("Aaaaa1", NOON, "r", in_flight=False))
    assert in_force(settled) == ()
    assert in_force(Record(1, pending=Pending("Aaaaa1", NOON, "r"))) == ("Aaaaa1",)


def held(*passwords: str) -> Story:
    """The first is in force, and the others were set after the last start."""
    story = Story()
    story.rotate(passwords[0])
    story.restart()
    story.notice()
    assert story.listed() == passwords[:1]
    story.wait(days=1)
    story.rotate(*passwords[1:])
    return story


def test_a_restart_that_was_not_seen() -> None:
    story = held("Aaaaa1", "Bbbbb2")
    assert story.listed() == ("Aaaaa1", "Bbbbb2")
    story.restart()
    assert story.listed() == ("Aaaaa1", "Bbbbb2")
    assert story.cloud.in_force == "Bbbbb2"
    story.notice()
    assert story.listed() == ("Bbbbb2",)


def test_several_rotations_without_a_restart_leave_three_at_most() -> None:
    """What was set after the last start and was followed by another one will never be in force; all are kept (I6)."""
    passwords = ("Aaaaa1", "Bbbbb2", "Ccccc3", "Ddddd4", "Eeeee5")
    story = held(*passwords)
    assert story.listed() == ("Aaaaa1", "Eeeee5", "Ddddd4")
    assert in_force(look(story.record, story.cloud.describe())) == ("Aaaaa1", "Eeeee5")
    assert story.record.passwords == set(passwords)
    story.restart()
    assert story.listed() == ("Aaaaa1", "Eeeee5", "Ddddd4")


def test_a_restart_between_two_rotations_is_seen_by_the_next_one() -> None:
    story = held("Aaaaa1", "Bbbbb2", "Ccccc3")
    story.restart()
    story.wait(days=1)
    story.rotate("Ddddd4", "Eeeee5", "Fffff6")
    assert story.listed() == ("Ccccc3", "Fffff6", "Eeeee5")
    assert story.cloud.in_force == "Ccccc3"


def test_a_restart_between_look_and_change() -> None:
    """The next look sees it: what was current then comes first, and what was before it is over."""
    story = held("Aaaaa1", "Bbbbb2")
    story.stage("Ccccc3")
    story.wait(minutes=2)
    story.restart()
    story.wait(minutes=2)
    story.acknowledge()
    assert story.cloud.in_force == "Bbbbb2"
    assert story.listed() == ("Aaaaa1", "Ccccc3", "Bbbbb2")
    story.notice()
    assert story.listed() == ("Bbbbb2", "Ccccc3")
    story.wait(days=1)
    story.rotate("Ddddd4")
    assert story.listed() == ("Bbbbb2", "Ddddd4", "Ccccc3")


@pytest.mark.parametrize("seconds", [-20, 20])
def test_a_restart_in_the_minute_of_a_change_says_nothing(seconds: int) -> None:
    """Before it or after it: both stay listed, however often another one is set, until a later start is seen."""
    story = held("Aaaaa1")
    if seconds > 0:
        story.rotate("Bbbbb2")
        story.wait(days=-1, seconds=seconds)
        story.restart()
    else:
        story.restart()
        story.wait(seconds=-seconds)
        story.rotate("Bbbbb2")
        story.wait(days=-1)
    assert story.cloud.in_force == ("Bbbbb2" if seconds > 0 else "Aaaaa1")
    story.notice()
    assert story.listed() == ("Aaaaa1", "Bbbbb2")
    story.wait(days=1)
    story.rotate("Ccccc3", "Ddddd4", "Eeeee5")
    assert story.listed() == ("Aaaaa1", "Eeeee5", "Ddddd4", "Bbbbb2")
    story.restart()
    story.notice()
    assert story.listed() == ("Eeeee5",)


def test_a_candidate_staged_shortly_after_a_start_by_another_clock_may_have_come_before_it() -> None:
    """The clocks of a run and of the cloud may differ by a quarter of an hour."""
    story = held("Aaaaa1")
    story.restart()
    story.wait(minutes=14)
    story.rotate("Bbbbb2", "Ccccc3", "Ddddd4")
    assert story.listed() == ("Aaaaa1", "Ddddd4", "Ccccc3", "Bbbbb2")


def test_a_stopped_instance_opens_with_the_current_one_after_its_start() -> None:
    story = held("Aaaaa1")
    story.cloud.status = "Stopped"
    story.rotate("Bbbbb2")
    assert story.record.reboot == "at_next_start"
    assert story.listed() == ("Bbbbb2", "Aaaaa1")
    story.restart()
    assert story.listed() == ("Bbbbb2", "Aaaaa1")
    story.notice()
    assert story.listed() == ("Bbbbb2",)


def test_a_stopped_instance_that_was_started_too_early() -> None:
    story = held("Aaaaa1")
    story.cloud.status = "Stopped"
    story.stage("Bbbbb2")
    story.restart()
    story.acknowledge()
    story.wait(minutes=1)
    story.notice()
    assert (story.record.reboot, story.cloud.in_force) == ("needed", "Aaaaa1")
    assert story.listed() == ("Aaaaa1", "Bbbbb2")


@pytest.mark.parametrize("io_optimized", [True, False])
def test_what_is_pending_is_in_doubt_until_it_is_settled(io_optimized: bool) -> None:
    story = Story(io_optimized=io_optimized)
    story.rotate("Aaaaa1")
    story.restart()
    story.notice()
    story.stage("Bbbbb2")
    story.cloud.apply("Bbbbb2")
    assert story.listed() == ("Aaaaa1", "Bbbbb2")
    story.record = states.keep(story.record, ambiguous=True, outcome="ambiguous")
    assert story.listed() == ("Aaaaa1", "Bbbbb2")
    story.record = states.claim(story.record, run_id="r2", lease_until=after(days=9))
    story.acknowledge()
    assert story.listed() == (("Bbbbb2",) if io_optimized else ("Aaaaa1", "Bbbbb2"))


def test_what_was_surely_not_applied_is_not_listed() -> None:
    story = held("Aaaaa1")
    story.stage("Bbbbb2")
    story.record = states.keep(story.record, ambiguous=False, outcome="failed")
    assert story.listed() == ("Aaaaa1",)
    story.record = states.reject(story.record, ambiguous=False, now=story.cloud.now, outcome="rejected")
    assert story.listed() == ("Aaaaa1",)


@pytest.mark.parametrize("applied", [True, False])
def test_what_is_in_doubt_stays_listed_through_starts_until_another_one_is_in_force(applied: bool) -> None:
    story = held("Aaaaa1")
    story.leave_in_doubt("Mayb01", applied=applied)
    story.leave_in_doubt("Mayb02", applied=False)
    assert story.listed() == ("Aaaaa1", "Mayb02", "Mayb01")
    story.restart()
    story.notice()
    assert story.listed() == ("Aaaaa1", "Mayb02", "Mayb01")
    story.wait(days=1)
    story.rotate("Bbbbb2")
    assert story.listed() == ("Aaaaa1", "Bbbbb2", "Mayb02", "Mayb01")
    story.rotate("Ccccc3")
    assert set(story.listed()) == {"Aaaaa1", "Ccccc3", "Bbbbb2", "Mayb02", "Mayb01"}
    story.restart()
    story.notice()
    assert story.listed() == ("Ccccc3",)


def test_a_start_between_a_doubt_and_the_next_rotation_that_no_look_has_seen() -> None:
    """What is in doubt was sent after the password that was current then, so a start after that one may mean it."""
    story = held("Aaaaa1", "Bbbbb2")
    story.leave_in_doubt("Mayb01", applied=True)
    story.stage("Ccccc3")
    story.wait(minutes=2)
    story.restart()
    story.wait(minutes=2)
    story.acknowledge()
    story.notice()
    assert story.cloud.in_force == "Mayb01"
    assert story.listed() == ("Bbbbb2", "Ccccc3", "Mayb01")


def test_a_start_that_was_seen_leaves_what_is_in_doubt_beside_the_current_one() -> None:
    story = held("Aaaaa1", "Bbbbb2")
    story.leave_in_doubt("Mayb01", applied=True)
    story.restart()
    story.notice()
    assert story.cloud.in_force == "Mayb01"
    assert story.listed() == ("Bbbbb2", "Mayb01")
    story.wait(days=1)
    story.rotate("Ccccc3")
    assert story.listed() == ("Bbbbb2", "Ccccc3", "Mayb01")


def test_the_current_one_set_again_leaves_a_doubt_until_a_start() -> None:
    story = held("Aaaaa1")
    story.leave_in_doubt("Mayb01", applied=True)
    story.restart()
    story.rotate("Aaaaa1")
    assert story.cloud.in_force == "Mayb01"
    assert story.listed() == ("Mayb01", "Aaaaa1")
    story.restart()
    story.notice()
    assert story.listed() == ("Aaaaa1",)


def test_a_rollback() -> None:
    story = held("Aaaaa1", "Bbbbb2")
    story.rotate("Aaaaa1")
    assert story.listed() == ("Aaaaa1", "Bbbbb2")
    assert in_force(look(story.record, story.cloud.describe())) == ("Aaaaa1",)
    story.restart()
    story.notice()
    assert story.listed() == ("Aaaaa1",)


@pytest.mark.parametrize("io_optimized", [True, False])
def test_a_run_that_slept_does_not_promote_what_was_sent_before_the_current_one_was_set_again(
    io_optimized: bool,
) -> None:
    """Its candidate was given up by another run, and a third one may have set the current password again since."""
    story = Story(io_optimized=io_optimized)
    story.rotate("Aaaaa1")
    story.restart()
    story.notice()
    story.stage("Bbbbb2")
    acknowledged_at, staged_at = story.cloud.now, story.cloud.now
    story.cloud.apply("Bbbbb2")
    claimed = states.claim(story.record, run_id="other", lease_until=story.cloud.now + LEASE)
    story.record = states.reject(claimed, ambiguous=False, now=story.cloud.now, outcome="rejected")
    story.wait(days=1)
    story.leave_in_doubt("Aaaaa1", applied=True)
    with contextlib.suppress(states.InvalidTransition):
        story.record = states.promote(
            story.record,
            "Bbbbb2",
            acknowledged_at=acknowledged_at,
            now=story.cloud.now,
            reboot=story.reboot,
            ambiguous=False,
            outcome="rotated",
            staged_at=staged_at,
        )
    assert story.listed() == ("Aaaaa1", "Bbbbb2")
    story.restart()
    assert story.listed() == ("Aaaaa1", "Bbbbb2")


def test_a_look_that_tells_nothing_new_is_no_change() -> None:
    """I11: it is stored with the next change, and only what a start did is worth a write."""
    story = held("Aaaaa1", "Bbbbb2", "Ccccc3")
    assert story.listed() == ("Aaaaa1", "Ccccc3", "Bbbbb2")
    before = story.record
    story.notice()
    assert story.record is before
    story.restart()
    story.notice()
    assert story.record.version == before.version + 1
    noted = story.record
    story.restart()
    story.notice()
    assert story.record is noted


def test_a_former_password_that_may_be_in_force_is_not_pruned() -> None:
    story = held("Aaaaa1")
    story.leave_in_doubt("Mayb01", applied=True)
    story.restart()
    story.rotate(*(f"Pass{number:02d}" for number in range(states.KEEP + 3)))
    assert {"Aaaaa1", "Mayb01"} <= set(story.listed())


# Records of schema 1
