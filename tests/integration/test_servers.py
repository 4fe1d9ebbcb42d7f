# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""instance_info on all three clouds, and what the clouds without a VNC password answer to the modules for one."""

from __future__ import annotations

import pytest

from tests.emulator.client import Emulator
from tests.emulator.fleet import Fleet, make_fleet
from tests.integration import module_calls
from tests.integration.playbook_runs import Room, writes

CLOUDS = ("alibaba", "huawei", "openstack")
NOBODY = "00000000-0000-4000-8000-000000000000"
FIELDS = {"instance_id", "name", "region", "zone", "status", "os_type", "io_optimized", "started_at", "tags"}


pytestmark = pytest.mark.usefixtures("patch")


@pytest.fixture(scope="module")
def fleet() -> Fleet:
    return make_fleet(6, seed=37, regions=1, accounts=1, stopped=0.5, huawei=6, openstack=6)


def there(provider: str, fleet: Fleet) -> dict[str, str]:
    """Return the status of each instance by its id."""
    return {row["instance_id"]: row["status"] for row in module_calls.instances(provider, fleet)}


@pytest.mark.parametrize("provider", CLOUDS)
def test_by_ids_and_all(cloud: Emulator, fleet: Fleet, provider: str) -> None:
    """Do, check, do again, check again: always the same answer, and nothing written."""
    cloud.configure(refuse_writes=True)
    known = there(provider, fleet)
    given = module_calls.options(provider, cloud, fleet, instance_ids=[*known, NOBODY])
    outcomes = [module_calls.call("instance_info", given, check=check) for check in (False, True, False, True)]
    assert [outcome.message for outcome in outcomes if outcome.failed] == []
    for outcome in outcomes:
        assert not outcome.changed
        assert outcome.result["missing"] == [NOBODY]
        assert outcome.result["instances"] == outcomes[0].result["instances"]
    found = outcomes[0].result["instances"]
    assert {one["instance_id"]: one["status"] for one in found} == known
    assert all(set(one) == FIELDS for one in found)
    assert {one["io_optimized"] is None for one in found} == {provider != "alibaba"}
    assert {one["started_at"] is None for one in found} == {provider != "alibaba"}
    everything = module_calls.call("instance_info", module_calls.options(provider, cloud, fleet)).result["instances"]
    assert {one["instance_id"] for one in everything} == set(known)
    nothing = module_calls.call("instance_info", module_calls.options(provider, cloud, fleet, instance_ids=[]))
    assert (nothing.failed, nothing.result["instances"], nothing.result["missing"]) == (False, [], [])
    assert writes(cloud) == 0


def test_tags(cloud: Emulator, fleet: Fleet) -> None:
    """On OpenStack the metadata; on Huawei Cloud whole values only, although its filter finds parts."""
    one, other = list(there("huawei", fleet))[:2]
    cloud.change_server(one, tags=["team=billing", "stage=test"])
    cloud.change_server(other, tags=["team=billing-old"])
    nova = next(iter(there("openstack", fleet)))
    cloud.change_server(nova, metadata={"team": "billing"})
    for provider, wanted in (("huawei", one), ("openstack", nova)):
        found = module_calls.call(
            "instance_info", module_calls.options(provider, cloud, fleet, tags={"team": "billing"})
        )
        assert [row["instance_id"] for row in found.result["instances"]] == [wanted]
        assert found.result["instances"][0]["tags"]["team"] == "billing"


@pytest.mark.parametrize(("provider", "calls"), [("huawei", 3), ("openstack", 1)])
def test_250_servers_take_few_calls(cloud: Emulator, fleet: Fleet, provider: str, calls: int) -> None:
    large = make_fleet(1, seed=38, regions=1, accounts=1, huawei=250, openstack=250)
    cloud.load(large)
    try:
        ids = list(there(provider, large))
        outcome = module_calls.call("instance_info", module_calls.options(provider, cloud, large, instance_ids=ids))
        asked = cloud.counters()["by_action"]
    finally:
        cloud.load(fleet)
    assert not outcome.failed, outcome.message
    assert sorted(one["instance_id"] for one in outcome.result["instances"]) == sorted(ids)
    assert sum(row["calls"] for row in asked if row["action"] != "IssueToken") == calls


@pytest.mark.parametrize("provider", ["huawei", "openstack"])
def test_ids_that_are_none(cloud: Emulator, fleet: Fleet, provider: str) -> None:
    for instance_id in ("web-01", "a/../b", ""):
        outcome = module_calls.call(
            "instance_info", module_calls.options(provider, cloud, fleet, instance_ids=[instance_id])
        )
        assert outcome.kind == "invalid"
        assert "instance id" in outcome.message
    assert cloud.counters()["calls"] == 0


@pytest.mark.parametrize("provider", ["huawei", "openstack"])
@pytest.mark.parametrize("check", [False, True], ids=["run", "check"])
def test_no_vnc_password_there(cloud: Emulator, fleet: Fleet, provider: str, check: bool) -> None:
    """Refused with the reason before anything is sent; the guest's own password is not touched instead."""
    given = module_calls.options(
        provider, cloud, fleet, instance_id=next(iter(there(provider, fleet))), password="Good12"
    )
    outcome = module_calls.call("vnc_password", given, check=check)
    assert (outcome.failed, outcome.kind, outcome.changed) == (True, "invalid", False)
    assert "has no VNC password" in outcome.message
    assert "Nothing was changed" in outcome.message
    assert "Good12" not in outcome.text
    assert cloud.counters()["calls"] == 0


def test_a_rotation_reports_them_as_unsupported(room: Room, cloud: Emulator) -> None:
    """Also the look at it; no service is asked for them, and nothing is kept."""
    room.keep("web-0001")
    for provider in ("huawei", "openstack"):
        instance_id = next(iter(there(provider, room.fleet)))
        room.hosts[f"in-{provider}"] = {"console_provider": provider, "console_instance_id": instance_id}
    run = room.play("""
      - hosts: all
        gather_facts: false
        tasks:
          - name: look
            cloudops.console.vnc_password_rotation_info: &options
              ledger: "{{ vnc_rotation_ledger }}"
              ledger_key: "{{ vnc_rotation_ledger_key }}"
            run_once: true
          - name: rotate
            cloudops.console.vnc_password_rotation:
              <<: *options
              report_formats: []
            run_once: true
    """)
    assert run.rc == 0, run.text
    for task in ("look", "rotate"):
        outcomes = {name: host["outcome"] for name, host in run.one(task)["hosts"].items()}
        assert {outcomes["in-huawei"], outcomes["in-openstack"]} == {"unsupported"}
    assert len(cloud.received()) == cloud.counters()["writes"] <= 1
    assert {row["cloud"] for row in cloud.counters()["by_action"]} == {"alibaba"}
