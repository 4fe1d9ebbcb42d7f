# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which hosts a playbook of the collection takes: those that Ansible takes, whatever they are called."""

from __future__ import annotations

import pytest

from tests.integration.background_runs import REPORT
from tests.integration.playbook_runs import Room

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
NAMES = ["LINUX - INFO 01", "k8s:worker:1", "db,primary", "web[1]", "app*", "!not", "~like.*", "&both"]
# To add_host, each of these is another host, and a port.
PORTS = ["api:8080", "[fe80::1]:22"]


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


def listed(room: Room, *options: str) -> list[str]:
    """Names of the hosts that Ansible lists for the same inventory and limit."""
    lines = room.run("ansible", "all", "-i", str(room.inventory()), "--list-hosts", *options).stdout.splitlines()
    return sorted(line.removeprefix("    ") for line in lines[1:])


@pytest.mark.full
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


@pytest.mark.full
@pytest.mark.cores(full=True)
def test_a_host_may_have_any_name(room: Room) -> None:
    """Such a host is rotated, and marked where it has a problem, as any other."""
    room.hosts = {
        name: {**room.hosts["web-0001"], "console_instance_id": f"i-gone-{place}"}
        for place, name in enumerate(NAMES + PORTS)
    }
    room.groups = {"first": list(room.hosts)[:1]}
    room.verbatim = True
    run = room.rotate(max_failures="100%")
    assert run.rc == 2
    assert run.rotation["problems_total"] == len(room.hosts)
    assert run.failed_hosts == set(room.hosts) == set(run.recap), "and there are no others"
    file = room.write("hosts.txt", "LINUX - INFO 01\ndb,primary\n")
    for limit in ("LINUX - INFO 01", "k8s:worker:1", "web[1]", "first", "all:!first", f"@{file}"):
        wanted = listed(room, "--limit", limit)
        run = room.rotate("--check", "--limit", limit)
        if wanted:
            assert sorted(run.rotation["hosts"]) == wanted, limit
        else:
            assert run.rc != 0, limit
    run = room.rotate(playbook=REPORT)
    assert set(run.one("cloudops.console.vnc_password_rotation_info")["hosts"]) == set(room.hosts)


def test_a_limit_that_leaves_no_host(limited: Room) -> None:
    run = limited.rotate("--limit", "nobody")
    assert run.rc != 0
    assert "nobody" in run.stderr
    assert not limited.ledger.exists()
