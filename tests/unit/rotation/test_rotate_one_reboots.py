# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Passwords that wait for a restart."""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from pathlib import Path

import pytest
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger import in_force as force
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.in_force import in_force

from tests.emulator.client import Emulator
from tests.emulator.fleet import Fleet
from tests.unit.ledgers_and_runs import SET, host_of, pick, run, run_options
from tests.unit.rotation.one_host_runs import only, passwords_sent, stored


@pytest.mark.parametrize(("status", "reboot"), [("Running", "needed"), ("Stopped", "at_next_start")])
def test_reboot_of_an_instance_that_is_not_io_optimized(
    cloud: Emulator, fleet: Fleet, ledger_path: Path, status: str, reboot: str
) -> None:
    """I6: three rotations without a restart keep all passwords; a start later than the last one clears it."""
    instance = pick(fleet, io_optimized=False, status=status)[0]
    wanted = run_options(cloud, [host_of(instance, fleet)], force=True)
    for _turn in range(3):
        assert only(asyncio.run(run(wanted, ledger_path))).reboot == reboot
    record = stored(ledger_path, instance)
    assert record.passwords == set(passwords_sent(cloud))
    assert (cloud.instance(instance["instance_id"])["in_force"], record.reboot) == ("", reboot)
    assert record.acknowledged_at is not None
    calm = run_options(cloud, [host_of(instance, fleet)])
    cloud.change_instance(instance["instance_id"], status="Running")
    cloud.restart([instance["instance_id"]], started_at=record.acknowledged_at.timestamp() // 60 * 60)
    assert only(asyncio.run(run(calm, ledger_path))).reboot == "needed"  # the same minute does not count
    cloud.restart([instance["instance_id"]], started_at=record.acknowledged_at.timestamp() + 60)
    writes = cloud.counters()["writes"]
    host = only(asyncio.run(run(calm, ledger_path)))
    assert (host.outcome, host.reboot) == ("fresh", "none")
    after = stored(ledger_path, instance)
    assert (after.reboot, after.current, after.passwords) == ("none", record.current, record.passwords)
    assert (cloud.instance(instance["instance_id"])["in_force"],) == (after.current,) == in_force(after)
    assert cloud.counters()["writes"] == writes


def test_what_may_open_the_console(cloud: Emulator, fleet: Fleet, ledger_path: Path) -> None:
    """I6, I11: three at most without a restart, what a start between two rotations put into force first, then one."""
    instance = pick(fleet, io_optimized=False, status="Running")[0]
    name = instance["instance_id"]
    wanted = run_options(cloud, [host_of(instance, fleet)], force=True)

    def rotate(times: int) -> tuple[str, ...]:
        for _turn in range(times):
            asyncio.run(run(wanted, ledger_path))
        listed = in_force(stored(ledger_path, instance))
        opens = cloud.instance(name)["in_force"]
        assert opens in listed or (not opens and stored(ledger_path, instance).unknown_before)
        return listed

    with pytest.MonkeyPatch.context() as patch:
        # The first start was before the first change by the clock of the cloud, whatever minute this is.
        patch.setattr(force, "SKEW", dt.timedelta())
        cloud.restart([name], started_at=time.time() - 3600)
        assert rotate(1) == (passwords_sent(cloud)[0],)
        assert stored(ledger_path, instance).unknown_before
        assert rotate(3) == tuple(passwords_sent(cloud)[:1:-1])
        before = stored(ledger_path, instance)
        host = only(asyncio.run(run(run_options(cloud, [host_of(instance, fleet)]), ledger_path)))
        assert (host.outcome, host.in_force_count, host.in_force_complete) == ("fresh", 1, False)
        assert host.looked_at is not None
        assert stored(ledger_path, instance) == before, "I11"
        cloud.restart([name], started_at=time.time() + 60)
        held = passwords_sent(cloud)[-1]
        assert rotate(1) == (held, passwords_sent(cloud)[-1])


def test_a_restart_that_was_seen_is_reported_although_the_new_attempt_fails(
    cloud: Emulator, fleet: Fleet, ledger_path: Path
) -> None:
    """I6: the current password is in force since the restart; a forced attempt that is refused changes nothing."""
    instance = pick(fleet, io_optimized=False, status="Running")[0]
    wanted = run_options(cloud, [host_of(instance, fleet)], force=True)
    assert only(asyncio.run(run(wanted, ledger_path))).reboot == "needed"
    acknowledged_at = stored(ledger_path, instance).acknowledged_at
    assert acknowledged_at is not None
    cloud.restart([instance["instance_id"]], started_at=acknowledged_at.timestamp() + 60)
    cloud.add_fault("error", action=SET, status=403, code="Forbidden.RAM")
    host = only(asyncio.run(run(wanted, ledger_path)))
    assert (host.outcome, host.reboot) == ("rejected", "none")
