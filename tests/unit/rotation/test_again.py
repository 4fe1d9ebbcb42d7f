# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reconcile and roll back: what is decided, and how one instance goes, against the emulator and a real ledger."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
import typing as t
from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError, TimedOut
from ansible_collections.cloudops.console.plugins.module_utils._models import Access, Instance
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.record import EMPTY, Former, Pending, Record
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.operations import Operation, parse_rollback_to
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.plan import Decision, RotationOptions, decide
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.rotate_one import utc_now
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.run import RunOptions
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.targets import Target

from tests.emulator.client import Emulator
from tests.emulator.fleet import Fleet, InstanceData
from tests.unit.ledgers_and_runs import KEY, NOON, SET, after, host_of, key_of, opened, pick, run, run_options
from tests.unit.rotation.one_host_runs import Killed, only, passwords_sent, refused_in_between, run_wrapped, stored

MONTH = dt.timedelta(days=30)
RECONCILE = RotationOptions(MONTH, operation="reconcile")
ROLLBACK = RotationOptions(MONTH, operation="rollback")
HELD = Record(
    version=4,
    current="Ccccc1",
    acknowledged_at=NOON,
    rotated_at=NOON,
    history=(Former("Aaaaa1", after(days=-9), after(days=-5)), Former("Bbbbb1", after(days=-5), NOON)),
)
PENDING = Pending("Ppppp1", NOON, "r")


def decided(
    record: Record | None, wishes: RotationOptions, seen: Instance | ConsoleError | None = None, now: dt.datetime = NOON
) -> Decision:
    there = Instance("i-0001", "cn-hangzhou", "Running", io_optimized=True)
    return decide(Target(("web",), KEY, Access()), record, seen or there, wishes, now)


@pytest.mark.parametrize("force", [False, True])
def test_every_recorded_password_is_set_whatever_its_age(force: bool) -> None:
    for wishes, known in ((RECONCILE, "Ccccc1"), (ROLLBACK, "Bbbbb1")):
        decision = decided(HELD, dataclasses.replace(wishes, force=force))
        assert (decision.outcome, decision.acts, decision.known) == ("rotated", True, known)
        assert known not in repr(decision)


@pytest.mark.parametrize(
    ("moment", "outcome", "known"),
    [
        (after(days=-10), "failed", None),
        (after(days=-9), "rotated", "Aaaaa1"),
        (after(days=-5), "rotated", "Bbbbb1"),
        (NOON, "fresh", "Ccccc1"),
    ],
)
def test_back_to_a_moment(moment: dt.datetime, outcome: str, known: str | None) -> None:
    decision = decided(HELD, dataclasses.replace(ROLLBACK, rollback_to=moment))
    assert (decision.outcome, decision.known, decision.acts) == (outcome, known, outcome == "rotated")
    assert (decision.error is not None) is (outcome == "failed")


@pytest.mark.parametrize(
    ("record", "wishes", "words"),
    [
        (None, RECONCILE, "no acknowledged password"),
        (None, ROLLBACK, "no acknowledged password"),
        (Record(1, history=(Former("Mayb01", None, NOON, maybe=True),)), RECONCILE, "no acknowledged password"),
        (replace(HELD, history=()), ROLLBACK, "no password before"),
        (
            replace(HELD, history=(Former("Mayb01", None, NOON, maybe=True),)),
            ROLLBACK,
            "no password befor",
        ),
    ],
)
def test_nothing_recorded(record: Record | None, wishes: RotationOptions, words: str) -> None:
    decision = decided(record, wishes)
    assert (decision.outcome, decision.acts) == ("failed", False)
    assert decision.error is not None
    assert words in decision.error.message
    assert "otate" in decision.error.advice


@pytest.mark.parametrize("wishes", [RECONCILE, ROLLBACK])
def test_a_lease_holds(wishes: RotationOptions) -> None:
    """I8: what may still arrive can carry another password than the one to be set."""
    record = replace(HELD, lease_until=after(minutes=1))
    assert (decided(record, wishes).outcome, decided(record, wishes).acts) == ("conflict", False)
    assert decided(record, wishes, now=after(minutes=1)).outcome == "rotated"


@pytest.mark.parametrize(
    ("wishes", "pending", "postponed"),
    [
        (RECONCILE, "Ppppp1", False),
        (RECONCILE, "Ccccc1", False),
        (ROLLBACK, "Ppppp1", True),
        (ROLLBACK, "Bbbbb1", False),
        (RotationOptions(MONTH), "Bbbbb1", False),
    ],
)
def test_a_pending_candidate_comes_first(wishes: RotationOptions, pending: str, postponed: bool) -> None:
    decision = decided(replace(HELD, pending=replace(PENDING, password=pending)), wishes)
    assert (decision.outcome, decision.acts, bool(decision.remark)) == ("resumed", True, postponed)


@pytest.mark.parametrize("wishes", [RECONCILE, ROLLBACK])
def test_a_cloud_that_cannot_be_asked(wishes: RotationOptions) -> None:
    """Unlike in a rotation, no host is fresh by its age."""
    assert decided(HELD, wishes, TimedOut("no answer")).outcome == "failed"
    back = dataclasses.replace(ROLLBACK, rollback_to=NOON)
    assert decided(HELD, back, TimedOut("no answer")).outcome == "fresh"


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("previous", None),
        (" Previous ", None),
        ("2026-01-01T12:00:30Z", NOON),
        ("2026-01-01T13:00:30+01:00", NOON),
        ("2026-01-01 12:00:30+00:00", NOON),
    ],
)
def test_moments(text: str, moment: dt.datetime | None) -> None:
    assert parse_rollback_to(text, after(days=1)) == moment


@pytest.mark.parametrize("text", ["", "Z", "last", "2026-01-01", "2026-01-01T12:00:30", "2026-01-02T12:00:31Z", "1d"])
def test_what_is_no_moment(text: str) -> None:
    with pytest.raises(ConsoleError):
        parse_rollback_to(text, after(days=1))


@pytest.fixture
def instance(fleet: Fleet) -> InstanceData:
    return pick(fleet, io_optimized=True, status="Running")[0]


def asked(cloud: Emulator, fleet: Fleet, instance: InstanceData, operation: Operation, **more: t.Any) -> RunOptions:
    return run_options(cloud, [host_of(instance, fleet, "web")], operation=operation, **more)


@pytest.fixture
def twice(cloud: Emulator, fleet: Fleet, instance: InstanceData, ledger_path: Path) -> Record:
    """An instance that was rotated twice."""
    for _turn in range(2):
        assert only(asyncio.run(run(asked(cloud, fleet, instance, "rotate", force=True), ledger_path))).outcome
    return stored(ledger_path, instance)


def wanted_by(operation: Operation, record: Record) -> str:
    password = record.current if operation == "reconcile" else record.history[-1].password
    assert password is not None
    return password


BOTH = pytest.mark.parametrize("operation", ["reconcile", "rollback"])


@BOTH
@pytest.mark.parametrize(("swap", "after_it"), [(1, False), (1, True), (2, False), (2, True)])
def test_killed_at_a_ledger_write(
    cloud: Emulator,
    fleet: Fleet,
    instance: InstanceData,
    ledger_path: Path,
    twice: Record,
    operation: Operation,
    swap: int,
    after_it: bool,
) -> None:
    """I1 to I3, I5; whichever run comes next, it completes the one that was begun."""
    wanted = asked(cloud, fleet, instance, operation)

    async def kill(number: int) -> None:
        if number == swap:
            raise Killed

    with pytest.raises(Killed):
        asyncio.run(run_wrapped(wanted, ledger_path, kill, after=after_it))
    assert cloud.instance(instance["instance_id"])["in_force"] in stored(ledger_path, instance).passwords
    staged, promoted = (swap, after_it) in ((1, True), (2, False)), (swap, after_it) == (2, True)
    nobody = asked(cloud, fleet, instance, "rotate")
    host = only(asyncio.run(run(nobody if staged or promoted else wanted, ledger_path)))
    assert host.outcome == ("fresh" if promoted else "resumed" if staged else "rotated")
    record = stored(ledger_path, instance)
    assert record.current == wanted_by(operation, twice) == cloud.instance(instance["instance_id"])["in_force"]
    assert len(passwords_sent(cloud)) <= 4
    assert len(set(passwords_sent(cloud))) == 2


@BOTH
def test_several_at_once(
    cloud: Emulator, fleet: Fleet, instance: InstanceData, ledger_path: Path, twice: Record, operation: Operation
) -> None:
    """I7: one stages; the others send the same, or find it done. Nothing is done twice over."""
    cloud.add_fault("delay", action=SET, seconds=0.05)
    wanted = asked(cloud, fleet, instance, operation)

    async def scenario() -> list[t.Any]:
        return await asyncio.gather(
            *(run(dataclasses.replace(wanted, run_id=f"run-{number}"), ledger_path) for number in range(4))
        )

    ended = {only(result).outcome for result in asyncio.run(scenario())}
    assert ended <= {"rotated", "resumed", "conflict", "fresh"}
    record = stored(ledger_path, instance)
    assert record.current == wanted_by(operation, twice) == cloud.instance(instance["instance_id"])["in_force"]
    assert record.pending is None
    assert len(record.history) == len(twice.history) + (operation == "rollback")


OUTRUN: list[tuple[Operation, Operation, str]] = [
    ("reconcile", "rotate", "fresh"),  # what is recorded was set a moment ago
    ("reconcile", "reconcile", "fresh"),
    ("reconcile", "rollback", "fresh"),
    ("rotate", "reconcile", "rotated"),  # the same password again is no new one
    ("rollback", "reconcile", "rotated"),
    ("rollback", "rollback", "fresh"),
    ("rollback", "rotate", "conflict"),  # the one before is another one now
]


@pytest.mark.parametrize(("operation", "other", "outcome"), OUTRUN)
def test_another_run_is_faster(
    cloud: Emulator,
    fleet: Fleet,
    instance: InstanceData,
    ledger_path: Path,
    twice: Record,
    operation: Operation,
    other: Operation,
    outcome: str,
) -> None:
    """Between the decision and the first write a whole other run takes place."""
    inner = asked(cloud, fleet, instance, other, force=True, run_id="run-2")

    async def overtake(number: int) -> None:
        if number == 1:
            cloud.set_clock_offset(2)  # acknowledgements tell seconds, and this one is to be a later one
            assert only(await run(inner, ledger_path)).outcome == "rotated"

    wanted = asked(cloud, fleet, instance, operation, force=True)
    host = only(asyncio.run(run_wrapped(wanted, ledger_path, overtake)))
    assert host.outcome == outcome
    record = stored(ledger_path, instance)
    assert (record.pending, record.current) == (None, cloud.instance(instance["instance_id"])["in_force"])
    assert len(passwords_sent(cloud)) == 3 + (outcome == "rotated")
    if outcome == "rotated" and operation == "rollback":
        assert record.current == wanted_by(operation, twice)


@BOTH
def test_another_run_gives_up_what_was_acknowledged(
    cloud: Emulator, fleet: Fleet, ledger_path: Path, operation: Operation
) -> None:
    """Our acknowledgement is still noted, with the restart that it takes (I6)."""
    slow = pick(fleet, io_optimized=False, status="Running")[0]
    for _turn in range(2):
        asyncio.run(run(asked(cloud, fleet, slow, "rotate", force=True), ledger_path))
    acknowledged = stored(ledger_path, slow).acknowledged_at
    assert acknowledged is not None
    cloud.restart([slow["instance_id"]], started_at=acknowledged.timestamp() + 60)
    assert only(asyncio.run(run(asked(cloud, fleet, slow, "rotate"), ledger_path))).reboot == "none"
    before = stored(ledger_path, slow)
    cloud.set_clock_offset(90)
    wanted = asked(cloud, fleet, slow, operation)
    inner = dataclasses.replace(wanted, run_id="run-2")
    overtake = refused_in_between(cloud, inner, ledger_path)
    assert only(asyncio.run(run_wrapped(wanted, ledger_path, overtake))).outcome == "rotated"
    record = stored(ledger_path, slow)
    assert (record.current, record.reboot) == (wanted_by(operation, before), "needed")
    assert record.acknowledged_at is not None
    assert record.acknowledged_at > acknowledged
    assert not any(former.maybe for former in record.history)


@BOTH
def test_a_refused_form_is_final(
    cloud: Emulator, fleet: Fleet, instance: InstanceData, ledger_path: Path, twice: Record, operation: Operation
) -> None:
    """There is nothing to replace it: no new password is made behind the operator's back."""
    cloud.add_fault("error", action=SET, status=400, code="IncorrectVncPassword.Malformed")
    host = only(asyncio.run(run(asked(cloud, fleet, instance, operation), ledger_path)))
    assert host.outcome == "rejected"
    assert len(passwords_sent(cloud)) == 3
    record = stored(ledger_path, instance)
    assert (record.current, record.history, record.pending) == (twice.current, twice.history, None)


@BOTH
def test_throttling_is_waited_out(
    cloud: Emulator, fleet: Fleet, instance: InstanceData, ledger_path: Path, twice: Record, operation: Operation
) -> None:
    cloud.add_fault("error", action=SET, status=400, code="Throttling.User", retry_after_ms=50, first=4)
    assert only(asyncio.run(run(asked(cloud, fleet, instance, operation), ledger_path))).outcome == "rotated"
    assert stored(ledger_path, instance).current == wanted_by(operation, twice)
    assert set(passwords_sent(cloud)[2:]) == {wanted_by(operation, twice)}


@BOTH
def test_a_lost_answer_keeps_it_pending(
    cloud: Emulator, fleet: Fleet, instance: InstanceData, ledger_path: Path, twice: Record, operation: Operation
) -> None:
    fault = cloud.add_fault("drop_answer", action=SET)
    wanted = asked(cloud, fleet, instance, operation)
    assert only(asyncio.run(run(wanted, ledger_path))).outcome == "ambiguous"
    pending = stored(ledger_path, instance).pending
    assert pending is not None
    assert pending.password == wanted_by(operation, twice)
    cloud.remove_fault(fault)
    assert only(asyncio.run(run(wanted, ledger_path))).outcome == "resumed"
    record = stored(ledger_path, instance)
    assert (record.current, record.leased(utc_now())) == (wanted_by(operation, twice), True)


def test_a_restart_noted_meanwhile_leaves_the_work_to_do(
    cloud: Emulator, fleet: Fleet, instance: InstanceData, ledger_path: Path, twice: Record
) -> None:
    async def note(number: int) -> None:
        if number == 1:
            async with opened(ledger_path) as ledger:
                await ledger.swap(key_of(instance), replace(twice, version=twice.version + 1))

    for operation in t.get_args(Operation)[1:]:
        twice = stored(ledger_path, instance)
        wanted = asked(cloud, fleet, instance, operation)
        assert only(asyncio.run(run_wrapped(wanted, ledger_path, note))).outcome == "rotated"
        assert stored(ledger_path, instance).current == wanted_by(operation, twice)


@BOTH
def test_check_mode_writes_nothing(
    cloud: Emulator, fleet: Fleet, instance: InstanceData, ledger_path: Path, twice: Record, operation: Operation
) -> None:
    result = asyncio.run(run(asked(cloud, fleet, instance, operation, check_mode=True), ledger_path))
    assert (only(result).outcome, result.changed, result.operation) == ("rotated", True, operation)
    assert stored(ledger_path, instance) == twice != EMPTY
    assert len(passwords_sent(cloud)) == 2
