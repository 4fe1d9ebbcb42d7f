# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which hosts a playbook of the collection takes: those that Ansible takes, whatever they are called."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.integration.begun import REPORT
from tests.integration.harness import ROTATE, Room

LIMITS = {
    "a group and a host": "web,left-out",
    "all but some": "all:!web:!left-out",
    "by expression": "~(again|in)-.*",
    "a glob": "*-00*",
    "a group": "edge",
    "a file and a host": "@{file},web-0002",
    "none": "",
}
# Each is one pattern or several to Ansible, and to the tools around it an address with a port, a range or an option.
NAMES = list(enumerate(["LINUX - INFO 01", "k8s:worker:1", "db,primary", "web[1]", "app*", "!not", "~like.*", "&both"]))


@pytest.fixture
def limited(room: Room) -> Room:
    """The fleet, one instance under a second name, and hosts that are decided without a call."""
    room.hosts |= {
        "again-0001": dict(room.hosts["web-0001"]),
        "left-out": {"console_exclude": True},
        "in-nova": {"console_provider": "openstack", "console_instance_id": "0a1b"},
    }
    room.groups = {"web": ["web-0001", "again-0001"], "edge": ["left-out"]}
    return room


def as_script(room: Room) -> Path:
    """Write the room's inventory as a program that prints it: names are taken as they are there, as in AWX."""
    shared = {"hosts": list(room.hosts), "vars": room.variables}
    document = {"_meta": {"hostvars": room.hosts}, "shop": shared, "first": {"hosts": list(room.hosts)[:1]}}
    path = room.write("inventory.sh", f"#!/bin/sh\ncat <<'END'\n{json.dumps(document)}\nEND\n")
    path.chmod(0o700)
    return path


def listed(room: Room, *options: str, inventory: Path | None = None) -> list[str]:
    """Names of the hosts that Ansible lists for the same inventory and limit."""
    given = str(inventory or room.inventory())
    lines = room.run("ansible", "all", "-i", given, "--list-hosts", *options).stdout.splitlines()
    return sorted(line.strip() for line in lines[1:])


@pytest.mark.cores
def test_a_limit_is_what_ansible_understands_by_it(limited: Room) -> None:
    file = limited.write("hosts.txt", "again-0001\nin-nova\n")
    for name, limit in LIMITS.items():
        options = ("--limit", limit.format(file=file))
        wanted = listed(limited, *options)
        assert wanted, name
        run = limited.rotate("--check", *options)
        assert sorted(run.rotation["hosts"]) == wanted, name


def test_the_hosts_are_listed(limited: Room) -> None:
    run = limited.rotate("--list-hosts", "--limit", "web")
    assert "again-0001" in run.stdout
    assert "web-0001" in run.stdout
    assert "left-out" not in run.stdout


@pytest.mark.cores
def test_a_host_may_have_any_name(room: Room) -> None:
    """Such a host is rotated, and marked where it has a problem, as any other."""
    room.hosts = {name: {**room.hosts["web-0001"], "console_instance_id": f"i-gone-{place}"} for place, name in NAMES}
    script = as_script(room)
    run = room.run("ansible-playbook", "-i", str(script), ROTATE, "-e", '{"vnc_rotation_max_failures": "100%"}')
    assert run.rc == 2
    assert run.rotation["problems_total"] == len(room.hosts)
    assert run.failed_hosts == set(room.hosts)
    file = room.write("hosts.txt", "LINUX - INFO 01\ndb,primary\n")
    for limit in ("LINUX - INFO 01", "k8s:worker:1", "web[1]", "first", "all:!first", f"@{file}"):
        wanted = listed(room, "--limit", limit, inventory=script)
        run = room.run("ansible-playbook", "-i", str(script), ROTATE, "--check", "--limit", limit)
        if wanted:
            assert sorted(run.rotation["hosts"]) == wanted, limit
        else:
            assert run.rc != 0, limit
    run = room.run("ansible-playbook", "-i", str(script), REPORT)
    assert set(run.one("cloudops.console.vnc_password_rotation_info")["hosts"]) == set(room.hosts)


def test_a_limit_that_leaves_no_host(limited: Room) -> None:
    run = limited.rotate("--limit", "nobody")
    assert run.rc != 0
    assert "nobody" in run.stderr
    assert not limited.ledger.exists()
