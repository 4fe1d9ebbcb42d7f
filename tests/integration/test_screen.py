# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an operator sees of a run: what has something to say, and each host that needs something once, in words."""

from __future__ import annotations

import re

import pytest

from tests.emulator.client import Emulator
from tests.integration.playbook_runs import Room, Run

# Lines of a run that does not tell of single hosts on stdout, blank ones left out.
FEW = 20


def about(run: Run, name: str) -> list[str]:
    """Lines that name a host."""
    return [line for line in run.text.splitlines() if re.search(rf"\b{name}\b", line)]


@pytest.mark.cores(full=True)
def test_a_run_without_problems(room: Room) -> None:
    """The hosts that need a reboot are in one line, at the end of what the rotation says; so they are a day later."""
    needed = room.names(io_optimized=False, status="Running")
    for changed in (True, False):
        run = room.rotate()
        assert (run.rc, run.rotation["changed"]) == (0, changed)
        assert "(item=" not in run.stdout
        assert len([line for line in run.stdout.splitlines() if line.strip()]) <= FEW
        (last,) = about(run, needed[-1])
        assert last == [line.text for line in run.errors if "[WARNING]" not in line.text][-1]
        assert "need a reboot before their new passwords take effect: " + ", ".join(needed) in last
        assert "cloudops.console.reboot_waiting_hosts" in last
        assert "Hand the summary to the workflow" not in run.stdout
        assert run.custom == {}


def test_a_dry_run(room: Room) -> None:
    (needed, *_others) = room.names(io_optimized=False, status="Running")
    run = room.rotate("--check")
    (line,) = about(run, needed)
    assert "would need a reboot" in line


@pytest.mark.cores(full=True)
def test_a_run_with_problems(room: Room) -> None:
    """Beside them, the recap has the host that Ansible counts the rotation under, and no line has it among them."""
    broken = list(room.hosts)[3:5]
    for name in broken:
        del room.hosts[name]["console_instance_id"]
    run = room.rotate()
    assert run.failed_hosts == set(broken)
    items = [line.partition("(item=")[2] for line in run.stdout.splitlines() if "(item=" in line and "ok:" in line]
    assert items == [f"{name}, has a problem)" for name in broken]
    for name in broken:
        assert len([line for line in about(run, name) if line.startswith("fatal: ")]) == 1


def test_groups_are_made_where_a_play_comes_behind(room: Room) -> None:
    """Groups end with the run: where nothing follows, none is made for hosts that only need a reboot."""
    needed = room.names(io_optimized=False, status="Running")
    run = room.play("""
        - ansible.builtin.import_playbook: cloudops.console.rotate_vnc_passwords
        - hosts: vnc_reboot_needed
          gather_facts: false
          tasks: [{name: seen, ansible.builtin.debug: {msg: seen}}]
    """)
    assert run.rc == 0, run.text
    assert {event.host for event in run.of("seen")} == set(needed)
    assert f"(item={needed[0]}, needs a reboot)" in run.stdout


def test_a_report_names_each_host_once(room: Room, cloud: Emulator) -> None:
    needed = room.names(io_optimized=False, status="Running")
    assert room.rotate().rc == 0
    run = room.rotate(playbook="cloudops.console.reboot_report")
    assert run.rc == 0
    assert len(about(run, needed[0])) == 1
    assert not cloud.counters()["refused_writes"]
