# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run without hosts fails: a scheduled one with a wrong path to its inventory would be green every time."""

from __future__ import annotations

import pytest

from tests.emulator.client import Emulator
from tests.emulator.fleet import Fleet, make_fleet
from tests.integration.playbook_runs import ROTATE, Room

PLAYBOOKS = [
    f"cloudops.console.{name}"
    for name in (
        "rotate_vnc_passwords",
        "reconcile_vnc_passwords",
        "rollback_vnc_passwords",
        "reboot_report",
        "reboot_waiting_hosts",
        "collect_report",
        "status",
        "show_vnc_password",
        "open_console",
    )
]
EMPTY = "all: {children: {shop: {hosts: {}}}}\n"


@pytest.fixture(scope="module")
def fleet() -> Fleet:
    return make_fleet(4, seed=63, regions=1, accounts=1, stopped=0)


@pytest.mark.cores(full=True)
@pytest.mark.parametrize(
    ("arguments", "playbook"),
    [
        *((("-i", "missing.yml"), playbook) for playbook in PLAYBOOKS),
        (("-i", "empty.yml", "--check"), ROTATE),
        *(
            pytest.param(("-i", "empty.yml", "--check"), playbook, marks=pytest.mark.full)
            for playbook in PLAYBOOKS
            if playbook != ROTATE
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else value[1],
)
def test_an_inventory_without_hosts(room: Room, cloud: Emulator, arguments: tuple[str, ...], playbook: str) -> None:
    """None at all, and in check mode one with groups that are empty."""
    room.write("empty.yml", EMPTY)
    key = ("-e", f"vnc_rotation_ledger_key={room.ledger_key}", "-e", "console_host=web-0001")
    run = room.run("ansible-playbook", *arguments, playbook, *key)
    assert run.rc == 2, run.text
    assert "The inventory has no hosts. Check the path after -i" in run.text
    assert "Traceback" not in run.text
    assert not cloud.counters()["calls"]
    assert not [path for path in room.home.rglob("*.db") if path.is_file()]


@pytest.mark.full
def test_the_care_of_a_ledger_without_hosts(room: Room) -> None:
    """The user's own ledger is not taken for the one that the inventory names."""
    care, key = "cloudops.console.ledger_care", ("-e", f"vnc_rotation_ledger_key={room.ledger_key}")
    room.keep("web-0001")
    assert room.rotate().rc == 0
    run = room.run("ansible-playbook", "-i", "missing.yml", care, *key)
    assert run.rc == 2, run.text
    told = " ".join(run.text.split())
    assert "The inventory has no hosts. Check the path after -i, and what Ansible says of it above. Without an" in told
    assert "set vnc_rotation_ledger" in told
    named = room.run("ansible-playbook", care, *key, "-e", f"vnc_rotation_ledger=sqlite://{room.ledger}")
    assert named.rc == 0, named.text


@pytest.mark.full
@pytest.mark.cores
def test_hosts_and_limits_are_those_of_the_inventory(room: Room) -> None:
    """What --list-hosts says, a limit that matches nothing, and nothing more on the screen of a run with hosts."""
    first, *_rest = room.hosts
    inventory = str(room.inventory())
    listed = room.run("ansible-playbook", "-i", inventory, ROTATE, "--list-hosts", "--limit", first)
    assert listed.rc == 0
    assert [line.text.strip() for line in listed.lines].count(first) == 1
    assert "pattern: ['all']" in listed.stdout
    whole = room.run("ansible-playbook", "-i", inventory, ROTATE, "--list-hosts").stdout
    assert all(name in whole for name in room.hosts)
    assert "localhost" not in whole
    run = room.rotate("--limit", "nowhere")
    assert run.rc == 1
    assert "no hosts" in run.text
    assert set(room.rotate().outcomes) == set(room.hosts)
    empty = room.run("ansible-playbook", "-i", "missing.yml", ROTATE)
    assert empty.rc == 2
    assert "The inventory has no hosts" in empty.text
