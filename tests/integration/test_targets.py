# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Further targets of ansible-test (targets/*) against the emulated clouds; test_modules.py has the first two."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.emulator.client import Emulator
from tests.emulator.fleet import Fleet, make_fleet
from tests.integration import module_calls
from tests.integration.playbook_runs import HERE, Room, Run, writes


@pytest.fixture(scope="module")
def fleet() -> Fleet:
    return make_fleet(12, seed=34, stopped=0, huawei=3, openstack=3)


def run_target(room: Room, name: str, hosts: str = "testhost", **variables: Any) -> Run:
    """Run a target as ansible-test does: as the one role of a play."""
    if hosts == "testhost":
        room.hosts = {
            "testhost": {"ansible_connection": "local", "ansible_python_interpreter": f"{room.core.bin}/python"}
        }
    room.variables |= variables
    run = room.play(f"""
      - hosts: {hosts}
        gather_facts: false
        roles:
          - {HERE}/targets/{name}
    """)
    assert run.rc == 0, run.text
    return run


def access(room: Room) -> dict[str, Any]:
    found = module_calls.alibaba(room.cloud, room.fleet)
    del found["retries"]
    return found


def instance(room: Room) -> str:
    """A running, I/O optimized instance where access() leads to."""
    owner, region = room.fleet["accounts"][0]["account_id"], room.fleet["regions"][0]
    return next(
        one["instance_id"]
        for one in room.fleet["instances"]
        if (one["account_id"], one["region"], one["io_optimized"]) == (owner, region, True)
    )


def quiet(run: Run, cloud: Emulator, *public: str) -> None:
    """No secret that the clouds know was printed, except for those that are results."""
    assert [
        secret for secret in cloud.secrets() if len(secret) > 5 and secret in run.text and secret not in public
    ] == []


def test_vnc_url_info(room: Room, cloud: Emulator) -> None:
    cloud.configure(refuse_writes=True)
    huawei, nova = room.fleet["huawei"]["servers"][0], room.fleet["openstack"]["servers"][0]
    auth = module_calls.logins(cloud, room.fleet)["password"]
    room.write(
        "home/.config/openstack/clouds.yaml",
        json.dumps({"clouds": {"ops": {"auth": auth, "region_name": "RegionOne"}}}),
    )
    run = run_target(
        room,
        "vnc_url_info",
        console_test_urls=[
            {**access(room), "instance_id": instance(room)},
            {**module_calls.huawei(cloud, room.fleet), "api": "nova", "instance_id": huawei["instance_id"]},
            {"provider": "openstack", "cloud": "ops", "instance_id": nova["instance_id"]},
        ],
    )
    assert len(run.of("cloudops.console.vnc_url_info")) == 12
    assert writes(cloud) == 0
    assert [cloud.calls(action) for action in ("DescribeInstanceVncUrl", "NovaCreateRemoteConsole")] == [4, 4]
    assert cloud.calls("CreateRemoteConsole") == 4
    quiet(run, cloud)


def test_terminal_session(room: Room, cloud: Emulator) -> None:
    run = run_target(
        room,
        "terminal_session",
        console_test_access=access(room),
        console_test_fast=instance(room),
        console_test_client_token="integration-1",
    )
    assert cloud.calls("StartTerminalSession") == 2, "not in check mode, and not against a rule"
    assert cloud.calls("EndTerminalSession") == 2
    quiet(run, cloud)


@pytest.mark.full
def test_terminal_session_info(room: Room, cloud: Emulator) -> None:
    run = run_target(room, "terminal_session_info", console_test_access=access(room), console_test_fast=instance(room))
    assert cloud.counters()["writes"] == 2, "the start and the end"
    quiet(run, cloud)


@pytest.mark.full
def test_instance_reboot(room: Room, cloud: Emulator) -> None:
    before = cloud.instance(instance(room))["starts"]
    run_target(room, "instance_reboot", console_test_access=access(room), console_test_fast=instance(room))
    assert cloud.calls("RebootInstance") == 4
    assert cloud.counters()["writes"] == 2, "two of them are dry runs"
    found = cloud.instance(instance(room))
    assert found["starts"] == before + (2 if found["status"] == "Running" else 1)


def test_vnc_password_rotation_info(room: Room, cloud: Emulator) -> None:
    cloud.configure(refuse_writes=True)
    run = run_target(room, "vnc_password_rotation_info", hosts="all")
    assert writes(cloud) == 0
    quiet(run, cloud)


@pytest.mark.full
def test_instance_info_of_servers(room: Room, cloud: Emulator) -> None:
    """The target's tasks for the further clouds, twice and in check mode."""
    cloud.configure(refuse_writes=True)
    huawei, nova = (room.fleet[name]["servers"] for name in ("huawei", "openstack"))
    region = huawei[0]["region"]
    there = [one["instance_id"] for one in huawei if one["region"] == region]
    run = run_target(
        room,
        "instance_info_servers",
        console_test_servers=[
            {"access": module_calls.huawei(cloud, room.fleet), "ids": there, "tags": tags_of(huawei[0])},
            {
                "access": module_calls.openstack(cloud, room.fleet),
                "ids": [one["instance_id"] for one in nova],
                "tags": {},
            },
        ],
    )
    assert writes(cloud) == 0
    quiet(run, cloud)


def tags_of(server: Any) -> dict[str, str]:
    return dict(tag.split("=", 1) for tag in server["tags"])
