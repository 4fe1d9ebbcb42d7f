# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""One instance: stage, set, promote, against the emulator and a real ledger, whatever the cloud answers."""

from __future__ import annotations

import asyncio
import dataclasses
import typing as t
from pathlib import Path

import pytest
from ansible_collections.cloudops.console.plugins.module_utils import _http
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.module_utils._http import Policy
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.accounts import Account
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.rotate_one import Rotator, utc_now
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.run import RunOptions

from tests.emulator.client import Emulator
from tests.emulator.fleet import Fleet, InstanceData
from tests.unit.ledgers_and_runs import ONCE, SET, client, host_of, key_of, opened, pick, records_of, run, run_options
from tests.unit.rotation.one_host_runs import decision_of, only, passwords_sent, stored, until


def test_happy_path(cloud: Emulator, instance: InstanceData, wanted: RunOptions, ledger_path: Path) -> None:
    host = only(asyncio.run(run(wanted, ledger_path)))
    record = stored(ledger_path, instance)
    assert (host.outcome, host.reboot, host.message, host.failure) == ("rotated", "none", "", None)
    assert cloud.instance(instance["instance_id"])["in_force"] == record.current
    assert passwords_sent(cloud) == [record.current]
    assert (record.version, record.pending, record.history, record.lease_until) == (2, None, (), None)
    assert host.rotated_at == record.rotated_at


def test_the_candidate_is_readable_before_the_cloud_sees_it(
    cloud: Emulator, instance: InstanceData, wanted: RunOptions, ledger_path: Path
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


def test_malformed_once_takes_another_candidate(
    cloud: Emulator, instance: InstanceData, wanted: RunOptions, ledger_path: Path
) -> None:
    cloud.add_fault("error", action=SET, status=400, code="IncorrectVncPassword.Malformed", first=1)
    assert only(asyncio.run(run(wanted, ledger_path))).outcome == "rotated"
    first, second = passwords_sent(cloud)
    assert first != second
    record = stored(ledger_path, instance)
    assert (record.current, record.history) == (second, ())


def test_malformed_twice_is_final(
    cloud: Emulator, instance: InstanceData, wanted: RunOptions, ledger_path: Path
) -> None:
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
    cloud: Emulator, instance: InstanceData, wanted: RunOptions, ledger_path: Path, status: int, code: str, kind: str
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
    cloud: Emulator, instance: InstanceData, wanted: RunOptions, ledger_path: Path, status: int, code: str, outcome: str
) -> None:
    cloud.add_fault("error", action=SET, status=status, code=code)
    wanted = dataclasses.replace(wanted, policy=ONCE)
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
    cloud: Emulator, instance: InstanceData, wanted: RunOptions, ledger_path: Path, kind: str, fields: dict[str, t.Any]
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
    cloud: Emulator, instance: InstanceData, wanted: RunOptions, ledger_path: Path, status: int
) -> None:
    """I4: a proxy's JSON without the vendor's code is no definite rejection by the cloud; the candidate may be in."""
    cloud.add_fault("error", action=SET, status=status, code="", message="blocked by policy", when="after")
    wanted = dataclasses.replace(wanted, policy=ONCE)
    assert only(asyncio.run(run(wanted, ledger_path))).outcome in ("ambiguous", "failed")
    assert cloud.instance(instance["instance_id"])["in_force"] in stored(ledger_path, instance).passwords


def test_a_rejection_after_a_lost_answer_is_kept_as_maybe(
    cloud: Emulator, instance: InstanceData, wanted: RunOptions, ledger_path: Path
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
    cloud: Emulator, instance: InstanceData, wanted: RunOptions, ledger_path: Path
) -> None:
    cloud.add_fault("drop_answer", action=SET, first=1)
    cloud.add_fault("error", action=SET, status=400, code="IncorrectVncPassword.Malformed")
    assert only(asyncio.run(run(wanted, ledger_path))).outcome == "rejected"
    assert len(set(passwords_sent(cloud))) == 1
    assert cloud.instance(instance["instance_id"])["in_force"] in stored(ledger_path, instance).passwords


class Unasked:
    """A provider that fails before it sends anything, as with credentials that cannot be renewed any more."""

    def __init__(self, scope: Account) -> None:
        self.facts = scope.provider.facts

    async def set_vnc_password(self, *_what: t.Any) -> t.NoReturn:
        raise ConsoleError("there are no credentials any more", advice="Log in again.")


def test_what_was_never_asked_is_no_refusal(
    cloud: Emulator, instance: InstanceData, wanted: RunOptions, ledger_path: Path
) -> None:
    """I4: a candidate that never left this machine was never refused, and the next run sends it."""

    async def scenario() -> str:
        decision, scope = decision_of(wanted)
        async with opened(ledger_path) as ledger, client() as connection:
            attempt = Rotator(ledger, "run-1", wanted.policy)
            return (await attempt.rotate(decision, t.cast("t.Any", Unasked(scope)), connection)).outcome

    assert asyncio.run(scenario()) == "failed"
    pending = stored(ledger_path, instance).pending
    assert pending is not None
    assert not pending.maybe_applied
    assert only(asyncio.run(run(wanted, ledger_path))).outcome == "resumed"
    assert passwords_sent(cloud) == [pending.password]


def test_throttling_is_waited_out_and_never_a_rejection(cloud: Emulator, fleet: Fleet, ledger_path: Path) -> None:
    """I17."""
    cloud.add_fault("error", action=SET, status=400, code="Throttling.User", retry_after_ms=50, first=12)
    hosts = [host_of(one, fleet) for one in pick(fleet, 6, io_optimized=True)]
    result = asyncio.run(run(run_options(cloud, hosts, policy=ONCE), ledger_path))
    assert {host.outcome for host in result.hosts} == {"rotated"}
    sent = passwords_sent(cloud)
    assert len(set(sent)) == 6
    assert len(sent) == 18


def test_throttling_beyond_a_calls_window_is_no_rejection_either(
    cloud: Emulator, instance: InstanceData, wanted: RunOptions, ledger_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """I17: the call gives up, the attempt continues: the same candidate again, announced with a new lease."""
    monkeypatch.setattr(_http, "LONGEST_PAUSE", 0.1)
    cloud.add_fault("error", action=SET, status=400, code="Throttling.User", retry_after_ms=100, first=3)
    wanted = dataclasses.replace(wanted, policy=ONCE)
    assert only(asyncio.run(run(wanted, ledger_path))).outcome == "rotated"
    sent = passwords_sent(cloud)
    assert (len(sent), len(set(sent))) == (4, 1)
    assert stored(ledger_path, instance).version > 2
