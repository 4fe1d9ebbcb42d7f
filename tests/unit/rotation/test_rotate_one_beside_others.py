# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""An attempt while other runs are at the same instance."""

from __future__ import annotations

import asyncio
import dataclasses
from pathlib import Path

from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.errors import Conflict
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.result import FleetResult
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.run import RunOptions

from tests.emulator.client import Emulator
from tests.emulator.fleet import InstanceData
from tests.unit.ledgers_and_runs import SET, run
from tests.unit.rotation.one_host_runs import only, passwords_sent, refused_in_between, run_wrapped, stored


def test_two_runs_at_once(cloud: Emulator, instance: InstanceData, wanted: RunOptions, ledger_path: Path) -> None:
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
    cloud: Emulator, instance: InstanceData, wanted: RunOptions, ledger_path: Path
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


def test_another_run_promotes_first(
    cloud: Emulator, instance: InstanceData, wanted: RunOptions, ledger_path: Path
) -> None:
    """The promotion meets a record that another run has changed in between, and continues from there."""
    inner = dataclasses.replace(wanted, run_id="run-2")

    async def overtake(number: int) -> None:
        if number == 2:
            assert only(await run(inner, ledger_path)).outcome == "resumed"

    assert only(asyncio.run(run_wrapped(wanted, ledger_path, overtake))).outcome == "rotated"
    record = stored(ledger_path, instance)
    assert record.history == ()
    assert set(passwords_sent(cloud)) == {record.current}


def test_another_run_is_refused_what_was_acknowledged(
    cloud: Emulator, instance: InstanceData, wanted: RunOptions, ledger_path: Path
) -> None:
    """It gives the candidate up as maybe; our acknowledgement is stronger."""
    inner = dataclasses.replace(wanted, run_id="run-2")
    overtake = refused_in_between(cloud, inner, ledger_path)
    assert only(asyncio.run(run_wrapped(wanted, ledger_path, overtake))).outcome == "rotated"
    record = stored(ledger_path, instance)
    assert (record.current, record.history) == (cloud.instance(instance["instance_id"])["in_force"], ())


def test_a_refusal_that_no_other_run_explains_is_no_conflict(
    cloud: Emulator, wanted: RunOptions, ledger_path: Path
) -> None:
    """The ledger has stored the candidate and says that it has not; no other run is there."""

    async def deny(number: int) -> None:
        if number == 1:
            raise Conflict

    host = only(asyncio.run(run_wrapped(wanted, ledger_path, deny, after=True)))
    assert host.outcome == "failed"
    assert "nothing is lost" in host.message
    assert passwords_sent(cloud) == []
    assert only(asyncio.run(run(wanted, ledger_path))).outcome == "resumed"
