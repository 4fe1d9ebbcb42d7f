# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The targets of ansible-test (targets/*), run against the emulated cloud, and what that cloud saw of them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.client import Emulator
from tests.emulator.fleet import make_fleet
from tests.integration.playbook_runs import HERE, Room, Run


def run_target(room: Room, name: str) -> Run:
    """Run a target as ansible-test does: as the one role of a play."""
    fast = room.names(io_optimized=True, status="Running", region="cn-hangzhou")[0]
    owner = {one["name"]: one["account_id"] for one in room.fleet["instances"]}
    neighbours = room.names(io_optimized=False, status="Running", region="cn-hangzhou", account_id=owner[fast])
    host, slow = room.hosts[fast], room.hosts[neighbours[0]]
    access = {name: host[f"console_{name}"] for name in ("region", "endpoint", "access_key_id", "access_key_secret")}
    room.hosts = {"testhost": {"ansible_connection": "local", "ansible_python_interpreter": f"{room.core.bin}/python"}}
    room.variables = {
        "console_test_access": access,
        "console_test_fast": host["console_instance_id"],
        "console_test_slow": slow["console_instance_id"],
        "console_test_passwords": ["Fast01", "Slow02"],
    }
    return room.play(f"""
      - hosts: testhost
        gather_facts: false
        roles:
          - {HERE}/targets/{name}
    """)


@pytest.mark.cores
def test_vnc_password(room: Room, cloud: Emulator) -> None:
    run = run_target(room, "vnc_password")
    assert run.rc == 0, run.text
    fast, slow = (cloud.instance(room.variables[f"console_test_{kind}"]) for kind in ("fast", "slow"))
    assert [row["outcome"] for row in cloud.received()] == ["in_force", "in_force", "waiting"]
    assert (fast["in_force"], fast["waiting"]) == ("Fast01", None)
    assert (slow["in_force"], slow["waiting"]) == ("", "Slow02")
    assert "Fast01" not in run.text
    assert "Slow02" not in run.text
    for event in run.of("cloudops.console.vnc_password"):
        assert {"provider", "region", "instance_id", "request_id"} <= set(event.result)


@pytest.mark.cores(full=True)
def test_instance_info(room: Room, cloud: Emulator) -> None:
    run = run_target(room, "instance_info")
    assert run.rc == 0, run.text
    assert cloud.counters()["writes"] == 0
    assert cloud.calls("DescribeInstances") == 4, "nothing is asked where no instance is named"


def test_250_instances_take_three_calls(room: Room, cloud: Emulator) -> None:
    """By ids and by tags; what exists is found whole."""
    large = make_fleet(250, seed=3, regions=1, accounts=1)
    cloud.load(large)
    key = large["accounts"][0]["access_keys"][0]
    ids = [one["instance_id"] for one in large["instances"]]
    access: dict[str, Any] = {
        "region": large["regions"][0],
        "endpoint": cloud.url,
        "access_key_id": key["access_key_id"],
        "access_key_secret": key["access_key_secret"],
    }
    play = """
      - hosts: localhost
        gather_facts: false
        module_defaults:
          group/cloudops.console.alibaba: "{{ access }}"
        tasks:
          - name: by ids
            cloudops.console.instance_info:
              instance_ids: "{{ ids }}"
          - name: all
            cloudops.console.instance_info:
          - name: tagged
            cloudops.console.instance_info:
              tags: {role: web}
    """
    try:
        run = room.play(play, access=access, ids=ids)
    finally:
        cloud.load(room.fleet)
    assert run.rc == 0, run.text
    for task in ("by ids", "all"):
        assert {one["instance_id"] for one in run.one(task)["instances"]} == set(ids)
    web = {one["instance_id"] for one in large["instances"] if one["tags"]["role"] == "web"}
    assert {one["instance_id"] for one in run.one("tagged")["instances"]} == web
    assert cloud.calls("DescribeInstances") == 3 + 3 + 1
