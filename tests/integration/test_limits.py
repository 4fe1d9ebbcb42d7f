# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which hosts a playbook of the collection takes, although its first play is over one host: those of ``--limit``."""

from __future__ import annotations

import pytest

from tests.integration.harness import ROTATE, Room

LIMITS = {
    "a group and a host": "web,left-out",
    "all but some": "all:!web:!left-out",
    "by expression": "~(again|in)-.*",
    "a file and a host": "@{file},web-0002",
    "none": "",
}


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


@pytest.mark.cores
def test_a_limit_is_what_ansible_understands_by_it(limited: Room) -> None:
    """One host stands for all in the play, so the list of hosts is the playbook's to find."""
    file = limited.write("hosts.txt", "again-0001\nin-nova\n")
    for name, limit in LIMITS.items():
        options = ("--limit", limit.format(file=file))
        wanted = limited.run("ansible", "all", "-i", str(limited.inventory()), "--list-hosts", *options).stdout.split()[
            2:
        ]
        assert wanted, name
        run = limited.rotate("--check", *options)
        assert sorted(run.rotation["hosts"]) == sorted(wanted), name


def test_a_limit_that_leaves_nobody(limited: Room) -> None:
    run = limited.rotate("--limit", "nobody")
    assert run.rc != 0
    assert "nobody" in run.stderr
    assert not limited.ledger.exists()


def test_a_later_play_finds_the_result(limited: Room) -> None:
    """By the group of the host that has it: the play was not one over all hosts."""
    found = """
- name: find
  hosts: all
  gather_facts: false
  tasks:
    - name: total
      run_once: true
      ansible.builtin.debug:
        msg: "{{ hostvars[groups['vnc_rotation_run'] | first].vnc_rotation_result.summary.total }}"
"""
    for limit in ("all", "again-0001,web-*"):
        run = limited.play(f"- ansible.builtin.import_playbook: {ROTATE}{found}", "--check", "--limit", limit)
        assert run.one("total")["msg"] == len(run.rotation["hosts"])
