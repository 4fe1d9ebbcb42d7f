# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several runs, a cloud and a ledger in any order of events: what the record promises holds after every step.

The cloud here is a model: a password in force, one that waits for a restart, requests that are lost, applied without
an answer, or arrive late, though never after the lease of their attempt. Every run follows the order of the real one:
announce, send, settle or promote; it can be killed, or sleep, between any two steps.
"""

from __future__ import annotations

import datetime as dt
import typing as t
from dataclasses import dataclass

import pytest
from ansible_collections.cloudops.console.plugins.module_utils._models import Instance
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger import in_force as force
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger import record as states
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.in_force import in_force, look, observe
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.record import EMPTY, InvalidTransition, Record
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.unit.example_counts import examples
from tests.unit.ledgers_and_runs import NOON
from tests.unit.one_instance_cloud import Cloud, Sent

LEASE = dt.timedelta(minutes=3)
MOST_RUNS = 3
ANY = st.integers(0, MOST_RUNS - 1)
# What can happen, and what decides how
EVENTS: dict[str, dict[str, st.SearchStrategy[t.Any]]] = {
    "look": {},
    "begin_at_once": {"wanted": st.sampled_from(["new", "new", "current", "previous", "chosen"])},
    "announce": {"which": ANY, "wanted": st.sampled_from(["new", "new", "current", "previous", "chosen"])},
    "acknowledge": {"which": ANY},
    "lose_an_answer": {"which": ANY, "how": st.sampled_from(["lost", "applied", "late"])},
    "refuse": {"which": ANY},
    "give_up": {"which": ANY},
    "promote": {"which": ANY},
    "kill": {"which": ANY, "arrives": st.booleans()},
    "arrive_late": {"which": ANY},
    "restart": {},
    "stop": {},
    "note_start": {},
    "wait": {"seconds": st.sampled_from([1, 70, 200])},
}


Each = t.TypeVar("Each")


def one_of(candidates: list[Each], which: int) -> Each:
    return candidates[which % len(candidates)]


@dataclass(eq=False)
class Run:
    """record: what it believes is stored. acked_at: when the cloud accepted its request."""

    record: Record
    seen: Instance
    password: str = ""
    deadline: dt.datetime = NOON
    staged_at: dt.datetime = NOON
    lost: int = 0
    acked_at: dt.datetime | None = None


class Rotations(RuleBasedStateMachine):
    """A ledger of one record, a cloud of one instance, up to three runs at once."""

    def __init__(self) -> None:
        super().__init__()
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr(states, "KEEP", 2)  # so that pruning happens within a short story
        self.patch.setattr(force, "SKEW", dt.timedelta())  # the model has one clock
        self.stored = EMPTY
        self.runs: list[Run] = []
        self.count = 0
        self.cloud = Cloud(io_optimized=True)

    def teardown(self) -> None:
        self.patch.undo()

    @initialize(io_optimized=st.booleans())
    def begin(self, io_optimized: bool) -> None:
        self.cloud = Cloud(io_optimized)

    def swap(self, record: Record) -> bool:
        if record.version != self.stored.version + 1:
            return False
        before, after = self.stored.pending, record.pending
        if before is not None and after is not None:
            assert before.password == after.password, "I3: another candidate while one is unresolved"
        self.stored = record
        return True

    def runs_that(self, phase: str) -> list[Run]:
        """Those alive that have looked, announced (and not been answered), or been acknowledged."""
        found: dict[str, list[Run]] = {"looked": [], "announced": [], "acknowledged": []}
        for run in self.runs:
            name = "acknowledged" if run.acked_at else "announced" if run.password else "looked"
            found[name].append(run)
        return found[phase]

    def reachable(self) -> list[Run]:
        """Those whose requests can still be sent within their lease."""
        return [run for run in self.runs_that("announced") if self.cloud.now < run.deadline]

    @rule(data=st.data())
    def step(self, data: st.DataObject) -> None:
        """One event of those that can happen now; a single rule, so that none is left out of a whole story."""
        event = data.draw(st.sampled_from(sorted(self.possible())), label="event")
        arguments = {name: data.draw(values, label=name) for name, values in EVENTS[event].items()}
        getattr(self, event)(**arguments)

    def possible(self) -> set[str]:
        """Events of the world at any time, those of runs and requests where there are some."""
        events = {"restart", "stop", "note_start", "wait"}
        events |= {"look", "begin_at_once"} if len(self.runs) < MOST_RUNS else set()
        events |= {"announce"} if self.runs_that("looked") else set()
        events |= {"refuse", "give_up"} if self.runs_that("announced") else set()
        events |= {"acknowledge", "lose_an_answer"} if self.reachable() else set()
        events |= {"promote"} if self.runs_that("acknowledged") else set()
        events |= {"kill"} if self.runs else set()
        return events | ({"arrive_late"} if self.cloud.late else set())

    def begin_at_once(self, wanted: str) -> None:
        """Most runs announce what they have just decided."""
        self.look()
        self.announce(len(self.runs_that("looked")) - 1, wanted)

    def look(self) -> None:
        """A run begins: it reads the record and describes the instance."""
        seen = self.cloud.describe()
        self.runs.append(Run(look(self.stored, seen), seen))

    def announce(self, which: int, wanted: str) -> None:
        """Rotate, set the current password again, go back to the one before, or set any that the record knows.

        The pending one comes before all of them.
        """
        run = one_of(self.runs_that("looked"), which)
        self.count += 1
        lease = self.cloud.now + LEASE
        if run.record.pending is not None:
            record = states.claim(run.record, run_id=str(self.count), lease_until=lease)
        elif run.record.leased(self.cloud.now):
            self.runs.remove(run)
            return
        else:
            chosen = min(run.record.passwords - run.record.acknowledged, default=None)
            known = {
                "new": None,
                "current": run.record.current,
                "previous": states.previous(run.record),
                "chosen": chosen or min(run.record.passwords, default=None),
            }[wanted]
            stage = states.stage if known is None else states.stage_known
            stage = states.stage_chosen if wanted == "chosen" else stage
            record = stage(
                run.record, known or f"P{self.count}", run_id=str(self.count), now=self.cloud.now, lease_until=lease
            )
        if not self.swap(record) or record.pending is None:
            self.runs.remove(run)
            return
        run.record, run.password, run.deadline = record, record.pending.password, lease
        run.staged_at = record.pending.staged_at
        others = {late.password for late in self.cloud.late if late.deadline > self.cloud.now}
        others |= {other.password for other in self.reachable()}
        assert others <= {run.password}, "I8: a new candidate while another may arrive"

    def acknowledge(self, which: int) -> None:
        run = one_of(self.reachable(), which)
        self.cloud.apply(run.password)
        run.acked_at = self.cloud.now

    def lose_an_answer(self, which: int, how: str) -> None:
        run = one_of(self.reachable(), which)
        run.lost += 1
        if how == "applied":
            self.cloud.apply(run.password)
        elif how == "late":
            self.cloud.late.append(Sent(run.password, run.deadline))

    def refuse(self, which: int) -> None:
        """A definite rejection; whatever becomes of the swap, the run is over."""
        run = one_of(self.runs_that("announced"), which)
        self.runs.remove(run)
        self.swap(states.reject(run.record, ambiguous=run.lost > 0, now=self.cloud.now, outcome="rejected"))

    def give_up(self, which: int) -> None:
        """Throttled to the end, unavailable, or without an answer."""
        run = one_of(self.runs_that("announced"), which)
        self.runs.remove(run)
        self.swap(states.keep(run.record, ambiguous=run.lost > 0, outcome="failed"))

    def promote(self, which: int) -> None:
        """Promote; where others wrote in between, on top of what they wrote."""
        run = one_of(self.runs_that("acknowledged"), which)
        self.runs.remove(run)
        record, before = run.record, run.record.acknowledged_at
        for _race in range(3):
            try:
                promoted = states.promote(
                    record,
                    run.password,
                    acknowledged_at=run.acked_at or NOON,
                    now=self.cloud.now,
                    reboot=run.seen.reboot_after_change,
                    ambiguous=run.lost > 0,
                    outcome="rotated",
                    staged_at=run.staged_at,
                )
            except InvalidTransition:
                return
            age = None if record.current != run.password else record.rotated_at
            if self.swap(promoted):
                assert age in (None, promoted.rotated_at), "the age of a password set again has changed"
                return
            record = self.stored
            if record.current == run.password and record.acknowledged_at != before:
                return

    def kill(self, which: int, arrives: bool) -> None:
        run = one_of(self.runs, which)
        self.runs.remove(run)
        if arrives and run.password and run.acked_at is None:
            self.cloud.late.append(Sent(run.password, run.deadline))

    def arrive_late(self, which: int) -> None:
        late = one_of(self.cloud.late, which)
        self.cloud.late.remove(late)
        if self.cloud.now < late.deadline:
            self.cloud.apply(late.password)

    def restart(self) -> None:
        self.cloud.start()

    def stop(self) -> None:
        self.cloud.status = "Stopped"

    def note_start(self) -> None:
        """A later run or report observes, and changes no password (I6)."""
        seen = observe(self.stored, self.cloud.describe())
        if seen is not self.stored:
            assert seen.current == self.stored.current
            assert self.swap(seen)
        assert observe(self.stored, self.cloud.describe()) is self.stored, "I11: noted twice"

    def wait(self, seconds: int) -> None:
        self.cloud.now += dt.timedelta(seconds=seconds)

    @invariant()
    def nothing_is_lost(self) -> None:
        """I2, I4: what is in force, waits, or may still arrive is in the record."""
        known = self.stored.passwords
        for password in (self.cloud.in_force, self.cloud.waiting):
            assert password is None or password in known, "I2"
        for late in self.cloud.late:
            assert late.deadline <= self.cloud.now or late.password in known, "I4"

    @invariant()
    def a_restart_is_asked_for(self) -> None:
        """I6: where the current password only waits, the record says so."""
        record, cloud = self.stored, self.cloud
        if record.pending is not None or any(record.doubts(former) for former in record.history):
            return  # what is in force is open, and the record says so
        if record.current is not None and record.current == cloud.waiting != cloud.in_force:
            assert record.reboot != "none", "I6"

    @invariant()
    def what_is_surely_in_force_is(self) -> None:
        """Once all is quiet, and where nothing is open, awaited or in doubt, the current password opens the console."""
        record, cloud = self.stored, self.cloud
        quiet = not any(run.password for run in self.runs)
        doubted = record.pending is not None or any(record.doubts(former) for former in record.history)
        if not quiet or doubted or record.reboot != "none" or any(late.deadline > cloud.now for late in cloud.late):
            return
        assert cloud.in_force == record.current, "the record is surer than it can be"

    @invariant()
    def what_opens_the_console_is_listed(self) -> None:
        """I6: what is in force is in the list, as it is stored and as a look at the instance makes it shorter."""
        for record in (self.stored, look(self.stored, self.cloud.describe())):
            listed = in_force(record)
            assert len(set(listed)) == len(listed)
            if self.cloud.in_force is None:
                assert record.unknown_before or self.stored == EMPTY, "I6: one that no record has is in force"
            else:
                assert self.cloud.in_force in listed, "I6: what is in force is not in the list"

    @invariant()
    def one_is_sure(self) -> None:
        """I6: where nothing is open, awaited or in doubt, the list is the current password."""
        record = self.stored
        doubted = record.pending is not None or any(record.doubts(former) for former in record.history)
        if record.current is not None and record.reboot == "none" and not doubted:
            assert (in_force(record), record.unknown_before) == ((record.current,), False)

    @invariant()
    def the_history_is_one(self) -> None:
        """What was current stands there in order; a candidate that was given up stands there once."""
        retired = [former.retired_at for former in self.stored.tenures]
        assert retired == sorted(retired)
        given_up = [former.password for former in self.stored.history if former.maybe]
        assert len(given_up) == len(set(given_up))
        assert self.stored.current not in given_up

    @invariant()
    def current_is_the_last_one(self) -> None:
        """I7: once all is quiet, the last password that the cloud took is current, or the record doubts it."""
        record, cloud = self.stored, self.cloud
        quiet = not any(run.password for run in self.runs)
        if not quiet or cloud.last is None or any(late.deadline > cloud.now for late in cloud.late):
            return
        doubted = {former.password for former in record.history if record.doubts(former)}
        if record.pending is not None:
            doubted.add(record.pending.password)
        assert cloud.last in {record.current} | doubted, "I7"


# Shortening a failing story takes minutes; add Phase.shrink to have it done.
Rotations.TestCase.settings = settings(max_examples=examples(250), stateful_step_count=50, phases=[Phase.generate])
TestRotations = Rotations.TestCase
