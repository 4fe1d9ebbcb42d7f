# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""One instance: stage, set, promote, against the emulator and a real ledger, with whatever can come between."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
import typing as t
from pathlib import Path

import pytest
from ansible_collections.cloudops.console.plugins.module_utils import _http
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError, TimedOut
from ansible_collections.cloudops.console.plugins.module_utils._http import Policy
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.base import Ledger
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.record import EMPTY, Key, Record
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.attempt import SLACK, Attempt, utc_now
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.plan import Decision
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.result import FleetResult, HostResult
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.run import Order, rotate_fleet
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.scopes import Scope, Scopes
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.targets import select
from msgspec.structs import replace

from tests.emulator.client import Emulator
from tests.emulator.fleet import Fleet, InstanceData
from tests.unit.kit import QUICK, SET, host_of, key_of, opened, order, pick, records_of, run

Found = t.TypeVar("Found")


class Wrapped:
    """A ledger that does something before or after each swap of the real one."""

    def __init__(self, real: Ledger, at_swap: t.Callable[[int], t.Awaitable[None]], *, after: bool = False) -> None:
        self._real, self._at_swap, self._after = real, at_swap, after
        self.where = real.where
        self.swaps = 0

    async def read(self, keys: t.Iterable[Key], /) -> dict[Key, Record]:
        return await self._real.read(keys)

    async def swap(self, key: Key, record: Record, /) -> None:
        self.swaps += 1
        number = self.swaps
        if not self._after:
            await self._at_swap(number)
        await self._real.swap(key, record)
        if self._after:
            await self._at_swap(number)

    async def close(self) -> None: ...


class Killed(BaseException):
    """Ends a run where it stands, as a signal would: nothing catches it."""


def lost() -> ConsoleError:
    return TimedOut("the ledger does not answer", code="Ledger.Unavailable", advice="See to it.")


async def run_wrapped(
    wanted: Order, path: Path, at_swap: t.Callable[[int], t.Awaitable[None]], *, after: bool = False
) -> FleetResult:
    async with opened(path) as real:
        return await rotate_fleet(wanted, Wrapped(real, at_swap, after=after), lambda _line: None)


@pytest.fixture
def instance(fleet: Fleet) -> InstanceData:
    return pick(fleet, io_optimized=True, status="Running")[0]


@pytest.fixture
def wanted(cloud: Emulator, fleet: Fleet, instance: InstanceData) -> Order:
    return order(cloud, [host_of(instance, fleet, "web")])


def only(result: FleetResult) -> HostResult:
    (host,) = result.hosts
    return host


def stored(path: Path, instance: InstanceData) -> Record:
    return asyncio.run(records_of(path, [key_of(instance)])).get(key_of(instance), EMPTY)


def passwords_sent(cloud: Emulator) -> list[str]:
    return [row["password"] for row in cloud.received()]


async def until(asked: t.Callable[[], Found]) -> Found:
    """Ask again and again until the answer is true, and return that."""
    while not (found := await asyncio.to_thread(asked)):  # noqa: ASYNC110 - the emulator has no event to wait for
        await asyncio.sleep(0.01)
    return found


def test_happy_path(cloud: Emulator, instance: InstanceData, wanted: Order, ledger_path: Path) -> None:
    host = only(asyncio.run(run(wanted, ledger_path)))
    record = stored(ledger_path, instance)
    assert (host.outcome, host.reboot, host.message, host.failure) == ("rotated", "none", "", None)
    assert cloud.instance(instance["instance_id"])["in_force"] == record.current
    assert passwords_sent(cloud) == [record.current]
    assert (record.version, record.pending, record.history, record.lease_until) == (2, None, (), None)
    assert host.rotated_at == record.rotated_at


def test_the_candidate_is_readable_before_the_cloud_sees_it(
    cloud: Emulator, instance: InstanceData, wanted: Order, ledger_path: Path
) -> None:
    """I1: while the request is held up on its way, another connection reads the pending candidate."""
    cloud.add_fault("delay", action=SET, seconds=0.5)

    async def scenario() -> None:
        running = asyncio.create_task(run(wanted, ledger_path))
        (row, *_more) = await until(cloud.received)
        record = (await records_of(ledger_path, [key_of(instance)]))[key_of(instance)]
        assert record.pending is not None
        assert record.pending.password == row["password"]
        assert record.leased(utc_now())
        await running

    asyncio.run(scenario())


@pytest.mark.parametrize(("swap", "after", "sent"), [(1, False, 0), (1, True, 0), (2, False, 1), (2, True, 1)])
def test_killed_at_a_ledger_write(
    cloud: Emulator, instance: InstanceData, wanted: Order, ledger_path: Path, swap: int, after: bool, sent: int
) -> None:
    """I2, I3, I5: before and after each write; the next run completes it with at most two writes to the cloud."""

    async def kill(number: int) -> None:
        if number == swap:
            raise Killed

    with pytest.raises(Killed):
        asyncio.run(run_wrapped(wanted, ledger_path, kill, after=after))
    assert len(passwords_sent(cloud)) == sent
    if sent:
        assert cloud.instance(instance["instance_id"])["in_force"] in stored(ledger_path, instance).passwords
    host = only(asyncio.run(run(wanted, ledger_path)))
    record = stored(ledger_path, instance)
    staged, promoted = swap == 1 and after, swap == 2 and after
    assert host.outcome == ("fresh" if promoted else "resumed" if staged or sent else "rotated")
    assert cloud.instance(instance["instance_id"])["in_force"] == record.current
    assert set(passwords_sent(cloud)) == {record.current}
    assert len(passwords_sent(cloud)) <= 2
    assert record.pending is None


def test_killed_between_acknowledgement_and_promotion_again_and_again(
    cloud: Emulator, instance: InstanceData, wanted: Order, ledger_path: Path
) -> None:
    async def kill(number: int) -> None:
        if number == 2:
            raise Killed

    for _turn in range(3):
        with pytest.raises(Killed):
            asyncio.run(run_wrapped(wanted, ledger_path, kill))
    record = stored(ledger_path, instance)
    assert record.pending is not None
    assert set(passwords_sent(cloud)) == {record.pending.password}
    assert only(asyncio.run(run(wanted, ledger_path))).outcome == "resumed"
    assert cloud.instance(instance["instance_id"])["in_force"] == stored(ledger_path, instance).current


def test_malformed_once_takes_another_candidate(
    cloud: Emulator, instance: InstanceData, wanted: Order, ledger_path: Path
) -> None:
    cloud.add_fault("error", action=SET, status=400, code="IncorrectVncPassword.Malformed", first=1)
    assert only(asyncio.run(run(wanted, ledger_path))).outcome == "rotated"
    first, second = passwords_sent(cloud)
    assert first != second
    record = stored(ledger_path, instance)
    assert (record.current, record.history) == (second, ())


def test_malformed_twice_is_final(cloud: Emulator, instance: InstanceData, wanted: Order, ledger_path: Path) -> None:
    cloud.add_fault("error", action=SET, status=400, code="IncorrectVncPassword.Malformed")
    host = only(asyncio.run(run(wanted, ledger_path)))
    assert host.outcome == "rejected"
    assert host.failure is not None
    assert host.failure["code"] == "IncorrectVncPassword.Malformed"
    assert len(passwords_sent(cloud)) == 2
    record = stored(ledger_path, instance)
    assert (record.current, record.pending, record.passwords, record.lease_until) == (None, None, frozenset(), None)
    assert not set(passwords_sent(cloud)) & set(host.message.split())


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (403, "Forbidden.RAM", "permission"),
        (404, "InvalidInstanceId.NotFound", "not_found"),
    ],
)
def test_definite_rejection_drops_the_candidate(
    cloud: Emulator, instance: InstanceData, wanted: Order, ledger_path: Path, status: int, code: str, kind: str
) -> None:
    cloud.add_fault("error", action=SET, status=status, code=code)
    host = only(asyncio.run(run(wanted, ledger_path)))
    assert host.outcome == "rejected"
    assert host.failure is not None
    assert (host.failure["kind"], host.failure["code"], host.failure["status"]) == (kind, code, status)
    assert len(passwords_sent(cloud)) == 1
    assert stored(ledger_path, instance).passwords == frozenset()


@pytest.mark.parametrize(
    ("status", "code", "outcome"),
    [
        (403, "IncorrectInstanceStatus", "failed"),
        (400, "InvalidTimeStamp.Expired", "failed"),
        (404, "InvalidAccessKeyId.NotFound", "failed"),
        (500, "InternalError", "ambiguous"),
        (503, "ServiceUnavailable", "ambiguous"),
    ],
)
def test_other_refusals_keep_the_candidate(
    cloud: Emulator, instance: InstanceData, wanted: Order, ledger_path: Path, status: int, code: str, outcome: str
) -> None:
    cloud.add_fault("error", action=SET, status=status, code=code)
    wanted = dataclasses.replace(wanted, policy=Policy(timeout=1.0, retries=0))
    assert only(asyncio.run(run(wanted, ledger_path))).outcome == outcome
    record = stored(ledger_path, instance)
    assert record.pending is not None
    assert record.pending.password == passwords_sent(cloud)[0]
    assert record.pending.maybe_applied is (outcome == "ambiguous")
    cloud.clear_faults()
    assert only(asyncio.run(run(wanted, ledger_path))).outcome == "resumed"
    assert set(passwords_sent(cloud)) == {stored(ledger_path, instance).current}


AMBIGUOUS: list[tuple[str, dict[str, t.Any]]] = [
    ("drop_request", {}),
    ("drop_answer", {}),
    ("reset", {"when": "after"}),
    ("truncate", {}),
    ("garbage", {}),
    ("html", {"when": "after"}),
    ("oversized", {}),
    ("delay_answer", {"seconds": 1.0}),
]


@pytest.mark.parametrize(("kind", "fields"), AMBIGUOUS, ids=[kind for kind, _fields in AMBIGUOUS])
def test_without_a_readable_answer_the_candidate_stays(
    cloud: Emulator, instance: InstanceData, wanted: Order, ledger_path: Path, kind: str, fields: dict[str, t.Any]
) -> None:
    cloud.add_fault(kind, action=SET, **fields)
    wanted = dataclasses.replace(wanted, policy=Policy(timeout=0.5, retries=0))
    host = only(asyncio.run(run(wanted, ledger_path)))
    assert host.outcome == "ambiguous"
    record = stored(ledger_path, instance)
    assert record.pending is not None
    assert record.pending.maybe_applied
    assert record.leased(utc_now())
    assert cloud.instance(instance["instance_id"])["in_force"] in ("", record.pending.password)
    cloud.clear_faults()
    assert only(asyncio.run(run(wanted, ledger_path))).outcome == "resumed"
    assert set(passwords_sent(cloud)) == {record.pending.password}


@pytest.mark.parametrize("status", [403, 429, 407])
def test_a_refusal_of_something_in_between_is_not_the_clouds(
    cloud: Emulator, instance: InstanceData, wanted: Order, ledger_path: Path, status: int
) -> None:
    """I4: a proxy's JSON without the vendor's code is no definite rejection by the cloud; the candidate may be in."""
    cloud.add_fault("error", action=SET, status=status, code="", message="blocked by policy", when="after")
    wanted = dataclasses.replace(wanted, policy=Policy(timeout=1.0, retries=0))
    assert only(asyncio.run(run(wanted, ledger_path))).outcome in ("ambiguous", "failed")
    assert cloud.instance(instance["instance_id"])["in_force"] in stored(ledger_path, instance).passwords


def test_a_rejection_after_a_lost_answer_is_kept_as_maybe(
    cloud: Emulator, instance: InstanceData, wanted: Order, ledger_path: Path
) -> None:
    """I4: the first try was applied and its answer lost, the second one is forbidden."""
    cloud.add_fault("drop_answer", action=SET, first=1)
    cloud.add_fault("error", action=SET, status=403, code="Forbidden.RAM")
    assert only(asyncio.run(run(wanted, ledger_path))).outcome == "rejected"
    record = stored(ledger_path, instance)
    assert record.pending is None
    (former,) = record.history
    assert former.maybe
    assert former.password == cloud.instance(instance["instance_id"])["in_force"]
    cloud.clear_faults()
    host = only(asyncio.run(run(wanted, ledger_path)))  # I8: the lost try may still be on its way
    assert host.outcome == "conflict"
    assert len(set(passwords_sent(cloud))) == 1


def test_a_malformed_candidate_that_may_be_applied_is_not_replaced(
    cloud: Emulator, instance: InstanceData, wanted: Order, ledger_path: Path
) -> None:
    cloud.add_fault("drop_answer", action=SET, first=1)
    cloud.add_fault("error", action=SET, status=400, code="IncorrectVncPassword.Malformed")
    assert only(asyncio.run(run(wanted, ledger_path))).outcome == "rejected"
    assert len(set(passwords_sent(cloud))) == 1
    assert cloud.instance(instance["instance_id"])["in_force"] in stored(ledger_path, instance).passwords


def decision_of(wanted: Order) -> tuple[Decision, Scope]:
    """What a run would do with the only host of wanted, and where."""
    (target,) = select(wanted.hosts, wanted.defaults).targets
    scope = Scopes(wanted.policy, 0.0, 1).of(target.access)
    assert isinstance(scope, Scope)
    return Decision(target, "rotated", EMPTY, acts=True), scope


class Unasked:
    """A provider that fails before it sends anything, as with credentials that cannot be renewed any more."""

    def __init__(self, scope: Scope) -> None:
        self.facts = scope.provider.facts

    async def set_vnc_password(self, *_what: t.Any) -> t.NoReturn:
        raise ConsoleError("there are no credentials any more", advice="Log in again.")


def test_what_was_never_asked_is_no_refusal(
    cloud: Emulator, instance: InstanceData, wanted: Order, ledger_path: Path
) -> None:
    """I4: a candidate that never left this machine was refused by nobody, and the next run sends it."""

    async def scenario() -> str:
        decision, scope = decision_of(wanted)
        async with opened(ledger_path) as ledger, scope.wire() as connection:
            attempt = Attempt(ledger, "run-1", wanted.policy)
            return (await attempt.rotate(decision, t.cast("t.Any", Unasked(scope)), connection)).outcome

    assert asyncio.run(scenario()) == "failed"
    pending = stored(ledger_path, instance).pending
    assert pending is not None
    assert not pending.maybe_applied
    assert only(asyncio.run(run(wanted, ledger_path))).outcome == "resumed"
    assert passwords_sent(cloud) == [pending.password]


def test_a_sleep_after_announcing_renews_the_lease(
    cloud: Emulator, instance: InstanceData, wanted: Order, ledger_path: Path
) -> None:
    """I8: a machine that slept between announcing and sending must not send under a lease that may be over."""
    leases: list[dt.datetime | None] = []
    slept = dt.timedelta(seconds=SLACK + wanted.policy.window + 1.0)

    def now() -> dt.datetime:
        """Asleep from the first commit on."""
        return utc_now() + (slept if leases else dt.timedelta(0))

    async def scenario() -> str:
        decision, scope = decision_of(wanted)
        async with opened(ledger_path) as real, scope.wire() as connection:

            async def note(_number: int) -> None:
                record = (await real.read([key_of(instance)]))[key_of(instance)]
                leases.append(record.lease_until)

            attempt = Attempt(Wrapped(real, note, after=True), "run-1", wanted.policy, now)
            return (await attempt.rotate(decision, scope.provider, connection)).outcome

    assert asyncio.run(scenario()) == "rotated"
    staged, renewed, promoted = leases
    assert staged is not None
    assert renewed is not None
    assert renewed - staged >= slept
    assert promoted == renewed  # whether anything left before the sleep, nobody knows
    assert len(passwords_sent(cloud)) == 1


def test_no_ledger_no_cloud(cloud: Emulator, instance: InstanceData, wanted: Order, ledger_path: Path) -> None:
    """I9, before the call."""

    async def fail(_number: int) -> None:
        raise lost()

    result = asyncio.run(run_wrapped(wanted, ledger_path, fail))
    assert only(result).outcome == "failed"
    assert "ledger" in (result.stopped or "")
    assert cloud.counters()["writes"] == 0
    assert stored(ledger_path, instance) == EMPTY


def test_ledger_lost_after_the_call(cloud: Emulator, instance: InstanceData, wanted: Order, ledger_path: Path) -> None:
    """I9: acknowledged, the run stops, and the next one promotes."""

    async def fail(number: int) -> None:
        if number > 1:
            raise lost()

    result = asyncio.run(run_wrapped(wanted, ledger_path, fail))
    host = only(result)
    assert host.outcome == "acknowledged"
    assert host.is_problem
    assert result.changed
    assert result.stopped
    record = stored(ledger_path, instance)
    assert record.pending is not None
    assert cloud.instance(instance["instance_id"])["in_force"] == record.pending.password
    assert only(asyncio.run(run(wanted, ledger_path))).outcome == "resumed"
    assert stored(ledger_path, instance).current == record.pending.password


@pytest.mark.parametrize("swap", [1, 2])
def test_lost_answer_to_a_ledger_write(
    cloud: Emulator, instance: InstanceData, wanted: Order, ledger_path: Path, swap: int
) -> None:
    """I19: stored, but the answer was lost; a second look decides."""

    async def fail(number: int) -> None:
        if number == swap:
            raise lost()

    host = only(asyncio.run(run_wrapped(wanted, ledger_path, fail, after=True)))
    assert host.outcome == "rotated"
    record = stored(ledger_path, instance)
    assert (record.version, record.history) == (2, ())
    assert passwords_sent(cloud) == [record.current]


def test_two_runs_at_once(cloud: Emulator, instance: InstanceData, wanted: Order, ledger_path: Path) -> None:
    """I7: one wins the slot, or both send the same; the password in force in the end is current."""
    cloud.add_fault("delay", action=SET, seconds=0.05)

    async def scenario() -> list[FleetResult]:
        return await asyncio.gather(
            *(run(dataclasses.replace(wanted, run_id=f"run-{number}"), ledger_path) for number in range(4))
        )

    results = asyncio.run(scenario())
    ended = sorted(only(result).outcome for result in results)
    assert set(ended) <= {"rotated", "resumed", "conflict", "fresh"}
    assert {"rotated", "resumed"} & set(ended)
    record = stored(ledger_path, instance)
    assert record.pending is None
    assert set(passwords_sent(cloud)) == {record.current}
    assert cloud.instance(instance["instance_id"])["in_force"] == record.current


def test_a_run_that_was_outrun_writes_nothing(
    cloud: Emulator, instance: InstanceData, wanted: Order, ledger_path: Path
) -> None:
    """I7: both found the instance due; the other one has rotated it when this one comes to stage."""
    inner = dataclasses.replace(wanted, run_id="run-2")

    async def overtake(number: int) -> None:
        if number == 1:
            assert only(await run(inner, ledger_path)).outcome == "rotated"

    assert only(asyncio.run(run_wrapped(wanted, ledger_path, overtake))).outcome == "fresh"
    record = stored(ledger_path, instance)
    assert (record.version, record.pending) == (2, None)
    assert passwords_sent(cloud) == [record.current]


def test_another_run_promotes_first(cloud: Emulator, instance: InstanceData, wanted: Order, ledger_path: Path) -> None:
    """The promotion meets a record that another run has changed in between, and goes on from there."""
    inner = dataclasses.replace(wanted, run_id="run-2")

    async def overtake(number: int) -> None:
        if number == 2:
            assert only(await run(inner, ledger_path)).outcome == "resumed"

    assert only(asyncio.run(run_wrapped(wanted, ledger_path, overtake))).outcome == "rotated"
    record = stored(ledger_path, instance)
    assert record.history == ()
    assert set(passwords_sent(cloud)) == {record.current}


def test_another_run_is_refused_what_was_acknowledged(
    cloud: Emulator, instance: InstanceData, wanted: Order, ledger_path: Path
) -> None:
    """It gives the candidate up as maybe; our acknowledgement is stronger."""
    inner = dataclasses.replace(wanted, run_id="run-2")

    async def overtake(number: int) -> None:
        if number == 2:
            fault = cloud.add_fault("error", action=SET, status=403, code="Forbidden.RAM")
            assert only(await run(inner, ledger_path)).outcome == "rejected"
            cloud.remove_fault(fault)

    assert only(asyncio.run(run_wrapped(wanted, ledger_path, overtake))).outcome == "rotated"
    record = stored(ledger_path, instance)
    assert (record.current, record.history) == (cloud.instance(instance["instance_id"])["in_force"], ())


def test_throttling_is_waited_out_and_never_a_rejection(cloud: Emulator, fleet: Fleet, ledger_path: Path) -> None:
    """I17."""
    cloud.add_fault("error", action=SET, status=400, code="Throttling.User", retry_after_ms=50, first=12)
    hosts = [host_of(one, fleet) for one in pick(fleet, 6, io_optimized=True)]
    result = asyncio.run(run(order(cloud, hosts, policy=Policy(timeout=2.0, retries=0)), ledger_path))
    assert {host.outcome for host in result.hosts} == {"rotated"}
    sent = passwords_sent(cloud)
    assert len(set(sent)) == 6
    assert len(sent) == 18


def test_throttling_beyond_a_calls_window_is_no_rejection_either(
    cloud: Emulator, instance: InstanceData, wanted: Order, ledger_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """I17: the call gives up, the attempt goes on: the same candidate again, announced with a new lease."""
    monkeypatch.setattr(_http, "LONGEST_PAUSE", 0.1)
    cloud.add_fault("error", action=SET, status=400, code="Throttling.User", retry_after_ms=100, first=3)
    wanted = dataclasses.replace(wanted, policy=Policy(timeout=1.0, retries=0))
    assert only(asyncio.run(run(wanted, ledger_path))).outcome == "rotated"
    sent = passwords_sent(cloud)
    assert (len(sent), len(set(sent))) == (4, 1)
    assert stored(ledger_path, instance).version > 2


@pytest.mark.parametrize(("status", "reboot"), [("Running", "needed"), ("Stopped", "at_next_start")])
def test_reboot_of_an_instance_that_is_not_io_optimized(
    cloud: Emulator, fleet: Fleet, ledger_path: Path, status: str, reboot: str
) -> None:
    """I6: three rotations without a restart keep all passwords; a start later than the last one clears it."""
    instance = pick(fleet, io_optimized=False, status=status)[0]
    wanted = order(cloud, [host_of(instance, fleet)], force=True)
    for _turn in range(3):
        assert only(asyncio.run(run(wanted, ledger_path))).reboot == reboot
    record = stored(ledger_path, instance)
    assert record.passwords == set(passwords_sent(cloud))
    assert (cloud.instance(instance["instance_id"])["in_force"], record.reboot) == ("", reboot)
    assert record.acknowledged_at is not None
    calm = order(cloud, [host_of(instance, fleet)])
    cloud.change_instance(instance["instance_id"], status="Running")
    cloud.restart([instance["instance_id"]], started_at=record.acknowledged_at.timestamp() // 60 * 60)
    assert only(asyncio.run(run(calm, ledger_path))).reboot == "needed"  # the same minute does not count
    cloud.restart([instance["instance_id"]], started_at=record.acknowledged_at.timestamp() + 60)
    writes = cloud.counters()["writes"]
    host = only(asyncio.run(run(calm, ledger_path)))
    assert (host.outcome, host.reboot) == ("fresh", "none")
    after = stored(ledger_path, instance)
    assert (after.reboot, after.current, after.history) == ("none", record.current, record.history)
    assert cloud.instance(instance["instance_id"])["in_force"] == after.current
    assert cloud.counters()["writes"] == writes


def test_a_restart_that_was_seen_is_reported_although_the_new_attempt_fails(
    cloud: Emulator, fleet: Fleet, ledger_path: Path
) -> None:
    """I6: the current password is in force since the restart; a forced attempt that is refused changes nothing."""
    instance = pick(fleet, io_optimized=False, status="Running")[0]
    wanted = order(cloud, [host_of(instance, fleet)], force=True)
    assert only(asyncio.run(run(wanted, ledger_path))).reboot == "needed"
    acknowledged_at = stored(ledger_path, instance).acknowledged_at
    assert acknowledged_at is not None
    cloud.restart([instance["instance_id"]], started_at=acknowledged_at.timestamp() + 60)
    cloud.add_fault("error", action=SET, status=403, code="Forbidden.RAM")
    host = only(asyncio.run(run(wanted, ledger_path)))
    assert (host.outcome, host.reboot) == ("rejected", "none")


def test_a_late_request_of_a_killed_run_finds_its_candidate(
    cloud: Emulator, instance: InstanceData, wanted: Order, ledger_path: Path
) -> None:
    """I8: what arrives late is what the next run sends too."""
    cloud.add_fault("apply_late", action=SET, seconds=0.6, first=1)
    first = dataclasses.replace(wanted, policy=Policy(timeout=0.5, retries=0))
    assert only(asyncio.run(run(first, ledger_path))).outcome == "ambiguous"
    assert only(asyncio.run(run(wanted, ledger_path))).outcome == "resumed"
    forced = dataclasses.replace(wanted, wishes=dataclasses.replace(wanted.wishes, force=True))
    assert only(asyncio.run(run(forced, ledger_path))).outcome == "conflict"

    asyncio.run(until(lambda: not cloud.health()["background"]))
    assert cloud.instance(instance["instance_id"])["in_force"] == stored(ledger_path, instance).current


def test_after_the_lease_a_new_candidate_is_taken(
    cloud: Emulator, instance: InstanceData, wanted: Order, ledger_path: Path
) -> None:
    cloud.add_fault("drop_answer", action=SET, first=1)
    assert only(asyncio.run(run(wanted, ledger_path))).outcome == "rotated"
    record = stored(ledger_path, instance)
    assert record.leased(utc_now())
    over = replace(record, version=record.version + 1, lease_until=utc_now())

    async def let_it_pass() -> None:
        async with opened(ledger_path) as ledger:
            await ledger.swap(key_of(instance), over)

    asyncio.run(let_it_pass())
    forced = dataclasses.replace(wanted, wishes=dataclasses.replace(wanted.wishes, force=True))
    assert only(asyncio.run(run(forced, ledger_path))).outcome == "rotated"
    assert record.current in stored(ledger_path, instance).passwords


def test_the_lease_covers_every_try(cloud: Emulator, instance: InstanceData, wanted: Order, ledger_path: Path) -> None:
    began = utc_now()
    cloud.add_fault("drop_request", action=SET)
    asyncio.run(run(dataclasses.replace(wanted, policy=Policy(timeout=0.5, retries=1)), ledger_path))
    record = stored(ledger_path, instance)
    assert record.lease_until is not None
    assert (record.lease_until - began).total_seconds() >= Policy(timeout=0.5, retries=1).window
    assert QUICK.window >= QUICK.timeout * (QUICK.retries + 1)
