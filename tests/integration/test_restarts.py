# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Restarts by the playbooks: who still needs one, waves, and that nothing is restarted without leave.

A restart behind a rotation waits until the minute of the change is over. Those runs begin with the first test here
(background_runs.py), and the last tests look at what came of them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest

from tests.emulator.client import Emulator
from tests.emulator.fleet import Fleet, make_fleet
from tests.integration.background_runs import LONG, NAMES, REBOOT, REPORT, WAITING, BackgroundRuns, begin
from tests.integration.conftest import FULL, cores
from tests.integration.playbook_runs import Core, Room, Run, in_force_or_waiting, writes

INFO = "cloudops.console.vnc_password_rotation_info"
GROUPS = """
- ansible.builtin.import_playbook: {playbook}
- hosts: localhost
  gather_facts: false
  tasks:
    - name: groups
      ansible.builtin.debug:
        msg: "{{{{ groups['vnc_reboot_needed'] | default([]) | sort }}}}"
"""


@pytest.fixture(scope="module")
def fleet() -> Fleet:
    return make_fleet(6, seed=36, regions=1, accounts=1, stopped=0, not_io_optimized=2 / 3)


@pytest.fixture(scope="module", autouse=True)
def begun(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, BackgroundRuns]]:
    with begin(tmp_path_factory.mktemp("begun"), cores() if FULL else cores()[:1]) as found:
        yield found


def some(room: Room, count: int) -> list[str]:
    """Keep so many hosts that need a restart after a change, and one that does not; return the former."""
    slow = room.names(io_optimized=False)[:count]
    room.keep(*slow, room.names(io_optimized=True)[0])
    return slow


def report(room: Room, *arguments: str) -> tuple[Run, list[str]]:
    """Run the playbook; return the run and the group that it leaves to the next play."""
    run = room.play(GROUPS.format(playbook=REPORT), *arguments)
    assert run.rc == 0, run.text
    needed: list[str] = run.one("groups")["msg"]
    assert needed == sorted(run.one(INFO)["reboot_needed"])
    return run, needed


def test_nothing_is_restarted_by_default_or_in_check_mode(room: Room, cloud: Emulator) -> None:
    """The controller asks the cloud as the user that runs Ansible, whatever the inventory says of its hosts."""
    room.variables |= {"ansible_become": True, "ansible_become_user": "nobody", "ansible_become_exe": "/bin/false"}
    room.variables |= {"ansible_shell_type": "powershell"}
    slow = some(room, 2)
    starts = {one["instance_id"]: one["starts"] for one in cloud.instances()}
    cloud.configure(refuse_writes=True)
    check = room.rotate("--check", reboot_ok=True)
    assert check.rc == 0, check.text
    assert writes(cloud) == 0
    assert sorted(check.rotation["reboot_needed"]) == sorted(slow)
    cloud.configure(refuse_writes=False)
    asked = cloud.calls(REBOOT)
    assert room.rotate().rotation["reboot_needed"] == slow
    assert cloud.calls(REBOOT) == asked
    assert {one["instance_id"]: one["starts"] for one in cloud.instances()} == starts


@pytest.mark.full
def test_a_host_clears_once_a_later_start_was_seen(room: Room, cloud: Emulator) -> None:
    """Check mode sees it too, and notes nothing."""
    one, other = some(room, 2)
    rotated = room.rotate()
    assert sorted(rotated.rotation["reboot_needed"]) == sorted([one, other])
    _run, needed = report(room)
    assert needed == sorted([one, other])
    # A start before the change is no sign
    now = dt.datetime.now(dt.timezone.utc).timestamp()
    cloud.restart([room.instance(other)], started_at=now - 3600)
    cloud.restart([room.instance(one)], started_at=now + 120)
    before = room.ledger.read_bytes()
    cloud.configure(refuse_writes=True)
    counted = writes(cloud)
    _run, needed = report(room, "--check")
    assert needed == [other]
    assert room.ledger.read_bytes() == before
    run, needed = report(room)
    assert needed == [other]
    assert room.ledger.read_bytes() != before
    assert writes(cloud) == counted
    assert not any(counts["changed"] or counts["failures"] for counts in run.recap.values())
    assert run.one("List the hosts that need a reboot")["msg"][1:] == [other]


@pytest.mark.cores(full=True)
def test_a_restart_that_fails_without_a_rotation_marks_its_host(room: Room, cloud: Emulator) -> None:
    """The report of its host has no rotation to speak of, and says why the restart failed."""
    (slow,) = some(room, 1)
    assert room.rotate().rc == 0
    cloud.add_fault("error", action="DescribeInstances", status=403, code="Forbidden.RAM", after=1, first=1)
    run = room.rotate(playbook=WAITING)
    assert run.rc == 2
    assert run.failed_hosts == {slow}
    (marked,) = run.of("Report the outcome of this host")
    assert (marked.host, marked.event) == (slow, "failed")
    assert "Forbidden.RAM" in marked.result["msg"]
    assert cloud.calls(REBOOT) == 0


def test_leave_to_restart_can_be_a_text(room: Room, cloud: Emulator) -> None:
    """As surveys and -e give it: false is no leave."""
    some(room, 1)
    run = room.rotate("--extra-vars", "vnc_rotation_reboot_ok=false")
    assert run.rc == 0, run.text
    assert len(run.rotation["reboot_needed"]) == 1
    assert cloud.calls(REBOOT) == 0


@pytest.mark.cores(full=True)
def test_rotation_with_restarts(begun: dict[str, BackgroundRuns], core: Core) -> None:
    """The new password is in force afterwards, and no host needs a restart any more."""
    room = begun[core.name].room
    rotated, reported = begun[core.name].runs.result(LONG)
    slow, fast = room.hosts
    assert rotated.rc == 0, rotated.text
    assert rotated.reboots == {slow: "needed", fast: "none"}
    (restarted,) = rotated.of("cloudops.console.instance_reboot")
    assert (restarted.host, restarted.result["status"]) == (slow, "Running")
    assert rotated.one(INFO)["reboot_needed"] == []
    there = room.cloud.instance(room.instance(slow))
    assert (there["waiting"], there["starts"]) == (None, 1)
    assert there["in_force"] == in_force_or_waiting(room.cloud)[room.instance(slow)]
    assert reported.rc == 0, reported.text
    assert reported.one(INFO)["reboot_needed"] == []


def test_waves(begun: dict[str, BackgroundRuns]) -> None:
    """A restart that fails stops the waves behind it, and its host is marked; a second name is no second restart."""
    room = begun["waves"].room
    (run,) = begun["waves"].runs.result(LONG)
    first, _alias, second, third, _fast = room.hosts
    restarts = [event for event in run.of("cloudops.console.instance_reboot") if event.event != "skipped"]
    assert [event.host for event in restarts] == [first, second]
    asked = [row["instance_ids"] for row in room.cloud.log(REBOOT)]
    assert asked.count([room.instance(first)]) == 1
    assert asked.count([room.instance(second)]) == 1
    assert asked.count([room.instance(third)]) == 0
    assert run.rc == 2
    assert run.failed_hosts == {second}
    (marked,) = [event for event in run.of("Report the outcome of this host") if event.event == "failed"]
    assert marked.host == second
    assert f"ecs:{REBOOT}" in marked.result["msg"]
    seen = run.one(INFO)
    assert sorted(seen["reboot_needed"]) == sorted([second, third])
    assert {name: host["reboot"] for name, host in seen["hosts"].items()} == {
        first: "none",
        second: "needed",
        third: "needed",
    }


def test_restarts_of_hosts_with_any_name(begun: dict[str, BackgroundRuns]) -> None:
    """Each is restarted, every one whose restart failed is marked, and no host is made up."""
    rotated, restarted, reported = begun["names"].runs.result(LONG)
    assert (rotated.rc, rotated.reboots) == (0, dict.fromkeys(NAMES, "needed")), rotated.text
    done = {event.host: event.event for event in restarted.of("cloudops.console.instance_reboot")}
    assert done == {**dict.fromkeys(NAMES[:2], "ok"), **dict.fromkeys(NAMES[2:], "failed")}, restarted.text
    assert restarted.failed_hosts == set(NAMES[2:])
    assert sorted(reported.one(INFO)["reboot_needed"]) == sorted(NAMES[2:])
    for run in (rotated, restarted, reported):
        assert set(run.recap) <= set(NAMES)


def test_what_waits_is_restarted_without_a_rotation(begun: dict[str, BackgroundRuns]) -> None:
    """Once, whatever its names, and a dry run only asks; the second run finds no host."""
    room = begun["afterwards"].room
    rotated, check, restarted, again = begun["afterwards"].runs.result(LONG)
    slow, _alias, _fast = room.hosts
    assert rotated.rc == check.rc == 0, check.text
    assert [event.host for event in check.of("cloudops.console.instance_reboot")] == [slow]
    assert restarted.rc == 0, restarted.text
    assert [event.host for event in restarted.of("cloudops.console.instance_reboot")] == [slow]
    there = room.cloud.instance(room.instance(slow))
    assert (there["waiting"], there["starts"]) == (None, 1)
    assert [event.result["reboot_needed"] for event in restarted.of(INFO)][1:] == [[]]
    assert (again.rc, again.of("cloudops.console.instance_reboot")) == (0, [])
    assert restarted.of("cloudops.console.vnc_password_rotation") == []


def test_a_host_with_a_problem_holds_no_restart_up(begun: dict[str, BackgroundRuns]) -> None:
    """It is marked, what waits is still restarted, and the run ends red."""
    broken, waiting = begun["problem"].room.hosts
    rotated, restarted = begun["problem"].runs.result(LONG)
    assert rotated.rc == 0, rotated.text
    assert restarted.rc == 2, restarted.text
    assert restarted.failed_hosts == {broken}
    assert [event.host for event in restarted.of("cloudops.console.instance_reboot")] == [waiting]
