# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many passwords may open each console, as vnc_password_rotation_info says it, and which, as the lookup does."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from tests.emulator.client import Emulator
from tests.integration.playbook_runs import Room
from tests.integration.test_lookup import ask

LOOK = """
- hosts: all
  gather_facts: false
  tasks:
    - name: Look
      cloudops.console.vnc_password_rotation_info:
        ledger: "{{ vnc_rotation_ledger }}"
        ledger_key: "{{ vnc_rotation_ledger_key }}"
      run_once: true
"""


def looked(room: Room, cloud: Emulator) -> dict[str, dict[str, Any]]:
    began = dt.datetime.now(dt.timezone.utc).replace(microsecond=0)
    run = room.play(LOOK)
    assert not [row["password"] for row in cloud.received() if row["password"] in run.text]
    survey = run.one("Look")
    if survey["looked_at"] is not None:
        moment = dt.datetime.strptime(survey["looked_at"], "%Y-%m-%dT%H:%M:%S%z")
        assert began <= moment <= dt.datetime.now(dt.timezone.utc)
    return {name: {"looked_at": survey["looked_at"], **host} for name, host in survey["hosts"].items()}


def told(hosts: dict[str, dict[str, Any]], name: str) -> tuple[int, bool, bool]:
    """How many, whether the one in force is surely among them, and whether the host was looked at."""
    host = hosts[name]
    count = host["in_force_count"]
    return count, host.get("in_force_complete", count > 0), host["looked_at"] is not None


@pytest.mark.cores(full=True)
def test_how_many_may_open_each_console(room: Room, cloud: Emulator) -> None:
    """None, one that the ledger may lack, one that is sure, two; a start that is seen makes it one again."""
    room.keep("web-0001", "mail-0008")
    assert room.rotate("--limit", "web-0001").rc == 0
    hosts = looked(room, cloud)
    assert told(hosts, "web-0001") == (1, True, True)
    assert told(hosts, "mail-0008") == (0, False, True)
    assert room.rotate("--limit", "mail-0008").rc == 0
    assert told(looked(room, cloud), "mail-0008") == (1, False, True)

    slow = room.instance("mail-0008")
    cloud.restart([slow], started_at=dt.datetime.now(dt.timezone.utc).timestamp() + 60)
    assert told(looked(room, cloud), "mail-0008") == (1, True, True)
    opens = cloud.instance(slow)["in_force"]
    assert ask(room, ("mail-0008", "in_force")) == {("mail-0008", "in_force"): [opens]}

    assert room.rotate(force=True).rc == 0
    before = room.ledger.read_bytes()
    cloud.add_fault("error", action="DescribeInstances", status=500, code="InternalError")
    hosts = looked(room, cloud)
    assert told(hosts, "web-0001") == (1, True, False)
    assert told(hosts, "mail-0008") == (2, True, False)
    assert room.ledger.read_bytes() == before
    assert cloud.instance(slow)["in_force"] == opens
    listed = ask(room, ("mail-0008", "in_force"))["mail-0008", "in_force"]
    assert listed == [opens, cloud.instance(slow)["waiting"]]
