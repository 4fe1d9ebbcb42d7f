# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The control endpoint's part for servers, and the fleet that they come from."""

from __future__ import annotations

import pytest

from tests.emulator.client import ControlError, Emulator
from tests.emulator.fleet import Fleet, make_fleet
from tests.fidelity.servers.clients import HuaweiPlace, OpenstackPlace


def test_further_clouds_leave_the_first_alone() -> None:
    plain, mixed = make_fleet(20, seed=5), make_fleet(20, seed=5, huawei=5, openstack=5)
    assert {name: part for name, part in mixed.items() if name in plain} == plain
    assert set(mixed) - set(plain) == {"huawei", "openstack"}
    assert make_fleet(20, seed=5, huawei=5, openstack=5) == mixed
    assert [len(mixed["huawei"]["servers"]), len(mixed["openstack"]["servers"])] == [5, 5]
    names = [one["name"] for one in (*mixed["instances"], *mixed["huawei"]["servers"], *mixed["openstack"]["servers"])]
    assert len(set(names)) == 30


def test_shares() -> None:
    servers = make_fleet(0, huawei=40, stopped=0.25, windows=0.5)["huawei"]["servers"]
    assert sum(one["status"] == "SHUTOFF" for one in servers) == 10
    assert sum(one["os_type"] == "windows" for one in servers) == 20


def test_servers_of_both_clouds(cloud: Emulator, estate: Fleet, huawei: HuaweiPlace) -> None:
    assert cloud.health()["servers"] == 70
    assert len(cloud.servers()) == 70
    assert {one["cloud"] for one in cloud.servers(cloud="huawei")} == {"huawei"}
    wanted = huawei.servers()[0]["instance_id"]
    assert cloud.server(wanted)["region"] == huawei.region
    with pytest.raises(KeyError):
        cloud.server("unknown")
    assert len(cloud.instances()) == len(estate["instances"])


def test_states_follow_each_other(cloud: Emulator, stack: OpenstackPlace) -> None:
    wanted = stack.servers()[0]["instance_id"]
    shown = cloud.change_server(wanted, task_state="migrating")
    assert (shown["status"], shown["vm_state"]) == ("MIGRATING", "active")
    shown = cloud.change_server(wanted, task_state="powering-off")
    assert shown["status"] == "ACTIVE"
    shown = cloud.change_server(wanted, status="SHUTOFF")
    assert (shown["vm_state"], shown["task_state"]) == ("stopped", None)
    for changes in ({"status": "Running"}, {"colour": "red"}):
        with pytest.raises(ControlError, match="ValueError"):
            cloud.change_server(wanted, **changes)
    cloud.reset()
    assert cloud.server(wanted)["status"] == "ACTIVE"


def test_add_and_remove(cloud: Emulator, stack: OpenstackPlace) -> None:
    data = stack.servers()[0]
    with pytest.raises(ControlError, match="twice"):
        cloud.add_server("openstack", data)
    added = cloud.add_server("openstack", {"instance_id": "new", "project_id": stack.project_id, "status": "PAUSED"})
    assert (added["cloud"], added["status"]) == ("openstack", "PAUSED")
    cloud.remove_server("new")
    with pytest.raises(ControlError, match="not found"):
        cloud.remove_server("new")
    with pytest.raises(ControlError, match="not found"):
        cloud.change_server("new", status="ACTIVE")


def test_unknown_names(cloud: Emulator) -> None:
    with pytest.raises(ControlError, match="huawei_throttle must be"):
        cloud.configure(huawei_throttle="Common.0000")
    with pytest.raises(ControlError, match="not found"):
        cloud.change_key("no-such-key", inactive=True)
    with pytest.raises(ControlError, match="not found"):
        cloud.change_user("nobody", password="x")
    with pytest.raises(ControlError, match="unknown fields"):
        cloud.change_user("auditor", shoe_size=42)


def test_secrets_of_the_fleet_are_known_from_the_start(
    cloud: Emulator, huawei: HuaweiPlace, stack: OpenstackPlace
) -> None:
    (credential,) = stack.user("operator")["application_credentials"]
    known = set(cloud.secrets())
    assert {huawei.key["access_key_secret"], credential["secret"], stack.user("admin")["password"]} <= known
    assert "" not in known


def test_loading_a_fleet_without_them_empties_them(cloud: Emulator, estate: Fleet) -> None:
    try:
        cloud.load(make_fleet(1))
        assert cloud.servers() == []
    finally:
        cloud.load(estate)
    assert cloud.health()["servers"] == 70
