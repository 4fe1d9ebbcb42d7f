# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""An attempt that is killed, sleeps, loses its ledger or is too late; and what the next run makes of it."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.cloudops.console.plugins.module_utils._http import Policy
from ansible_collections.cloudops.console.plugins.module_utils._provider import passwords_of
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.record import EMPTY
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.rotate_one import SLACK, Rotator, utc_now
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.run import RunOptions

from tests.emulator.client import Emulator
from tests.emulator.fleet import InstanceData
from tests.unit.ledgers_and_runs import QUICK, SET, client, key_of, opened, run
from tests.unit.rotation.one_host_runs import (
    Killed,
    Wrapped,
    decision_of,
    lost,
    only,
    passwords_sent,
    run_wrapped,
    stored,
    until,
)


@pytest.mark.parametrize(("swap", "after", "sent"), [(1, False, 0), (1, True, 0), (2, False, 1), (2, True, 1)])
def test_killed_at_a_ledger_write(
    cloud: Emulator, instance: InstanceData, wanted: RunOptions, ledger_path: Path, swap: int, after: bool, sent: int
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
    cloud: Emulator, instance: InstanceData, wanted: RunOptions, ledger_path: Path
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


def test_a_sleep_after_announcing_renews_the_lease(
    cloud: Emulator, instance: InstanceData, wanted: RunOptions, ledger_path: Path
) -> None:
    """I8: a machine that slept between announcing and sending must not send under a lease that may be over."""
    leases: list[dt.datetime | None] = []
    slept = dt.timedelta(seconds=SLACK + wanted.policy.window + 1.0)

    def now() -> dt.datetime:
        """Asleep from the first commit on."""
        return utc_now() + (slept if leases else dt.timedelta(0))

    async def scenario() -> str:
        decision, scope = decision_of(wanted)
        async with opened(ledger_path) as real, client() as connection:

            async def note(_number: int) -> None:
                record = (await real.read([key_of(instance)]))[key_of(instance)]
                leases.append(record.lease_until)

            attempt = Rotator(Wrapped(real, note, after=True), "run-1", wanted.policy, now)
            return (await attempt.rotate(decision, passwords_of(scope.provider), connection)).outcome

    assert asyncio.run(scenario()) == "rotated"
    staged, renewed, promoted = leases
    assert staged is not None
    assert renewed is not None
    assert renewed - staged >= slept
    assert promoted == renewed  # whether anything left before the sleep is unknown
    assert len(passwords_sent(cloud)) == 1


def test_no_ledger_no_cloud(cloud: Emulator, instance: InstanceData, wanted: RunOptions, ledger_path: Path) -> None:
    """I9, before the call."""

    async def fail(_number: int) -> None:
        raise lost()

    result = asyncio.run(run_wrapped(wanted, ledger_path, fail))
    assert only(result).outcome == "failed"
    assert "ledger" in (result.stopped or "")
    assert cloud.counters()["writes"] == 0
    assert stored(ledger_path, instance) == EMPTY


def test_ledger_lost_after_the_call(
    cloud: Emulator, instance: InstanceData, wanted: RunOptions, ledger_path: Path
) -> None:
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
    cloud: Emulator, instance: InstanceData, wanted: RunOptions, ledger_path: Path, swap: int
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


def test_a_late_request_of_a_killed_run_finds_its_candidate(
    cloud: Emulator, instance: InstanceData, wanted: RunOptions, ledger_path: Path
) -> None:
    """I8: what arrives late is what the next run sends too."""
    cloud.add_fault("apply_late", action=SET, seconds=0.6, first=1)
    first = dataclasses.replace(wanted, policy=Policy(timeout=0.5, retries=0))
    assert only(asyncio.run(run(first, ledger_path))).outcome == "ambiguous"
    assert only(asyncio.run(run(wanted, ledger_path))).outcome == "resumed"
    forced = dataclasses.replace(wanted, rotation=dataclasses.replace(wanted.rotation, force=True))
    assert only(asyncio.run(run(forced, ledger_path))).outcome == "conflict"

    asyncio.run(until(lambda: not cloud.health()["background"]))
    assert cloud.instance(instance["instance_id"])["in_force"] == stored(ledger_path, instance).current


def test_after_the_lease_a_new_candidate_is_taken(
    cloud: Emulator, instance: InstanceData, wanted: RunOptions, ledger_path: Path
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
    forced = dataclasses.replace(wanted, rotation=dataclasses.replace(wanted.rotation, force=True))
    assert only(asyncio.run(run(forced, ledger_path))).outcome == "rotated"
    assert record.current in stored(ledger_path, instance).passwords


def test_the_lease_covers_every_try(
    cloud: Emulator, instance: InstanceData, wanted: RunOptions, ledger_path: Path
) -> None:
    began = utc_now()
    cloud.add_fault("drop_request", action=SET)
    asyncio.run(run(dataclasses.replace(wanted, policy=Policy(timeout=0.5, retries=1)), ledger_path))
    record = stored(ledger_path, instance)
    assert record.lease_until is not None
    assert (record.lease_until - began).total_seconds() >= Policy(timeout=0.5, retries=1).window
    assert QUICK.window >= QUICK.timeout * (QUICK.retries + 1)
