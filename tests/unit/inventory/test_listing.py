# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""All regions of all sources at once, all pages, and nothing at all if one of them fails."""

from __future__ import annotations

import asyncio
import time
import typing as t

import pytest
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.module_utils._models import Instance
from ansible_collections.cloudops.console.plugins.plugin_utils._inventory.listing import AT_ONCE, list_sources
from ansible_collections.cloudops.console.plugins.plugin_utils._inventory.sources import sources_of

from tests.emulator.client import Emulator
from tests.emulator.fleet import Fleet, InstanceData, make_fleet
from tests.unit.inventory.test_sources import Templar

Entry = dict[str, t.Any]


@pytest.fixture(scope="module")
def fleet() -> Fleet:
    """Return 700 instances in three regions of one account, and servers of the other clouds in three and one."""
    return make_fleet(700, seed=21, regions=3, accounts=1, huawei=9, openstack=5)


@pytest.fixture
def alibaba(cloud: Emulator, fleet: Fleet) -> Entry:
    return {"endpoint": cloud.url, "regions": fleet["regions"], **key_of(fleet["accounts"][0]), "retries": 0}


@pytest.fixture
def huawei(cloud: Emulator, fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> Entry:
    monkeypatch.setenv("HUAWEICLOUD_SDK_IAM_ENDPOINT", cloud.huawei_url)
    account = fleet["huawei"]["accounts"][0]
    regions = [project["name"] for project in account["projects"]]
    return {"provider": "huawei", "endpoint": cloud.huawei_url, "regions": regions, **key_of(account), "retries": 0}


@pytest.fixture
def openstack(cloud: Emulator, fleet: Fleet) -> Entry:
    credential = fleet["openstack"]["users"][0]["application_credentials"][0]
    auth = {
        "auth_url": cloud.auth_url,
        "application_credential_id": credential["id"],
        "application_credential_secret": credential["secret"],
    }
    return {"provider": "openstack", "auth_type": "v3applicationcredential", "auth": auth, "retries": 0}


def key_of(account: t.Any) -> Entry:
    return {name: account["access_keys"][0][name] for name in ("access_key_id", "access_key_secret")}


def listed(*entries: Entry) -> list[list[Instance]]:
    return asyncio.run(list_sources(sources_of(list(entries), Templar())))


def refused(*entries: Entry) -> ConsoleError:
    with pytest.raises(ConsoleError) as caught:
        listed(*entries)
    for entry in entries:
        assert str(entry.get("access_key_secret", "none")) not in caught.value.message
    return caught.value


def ids(instances: t.Iterable[Instance]) -> set[str]:
    return {one.instance_id for one in instances}


def test_everything_of_all_clouds(
    cloud: Emulator, fleet: Fleet, alibaba: Entry, huawei: Entry, openstack: Entry
) -> None:
    found = listed(alibaba, huawei, openstack)
    assert ids(found[0]) == {one["instance_id"] for one in fleet["instances"]}
    assert ids(found[1]) == {one["instance_id"] for one in fleet["huawei"]["servers"]}
    assert ids(found[2]) == {one["instance_id"] for one in fleet["openstack"]["servers"]}
    assert cloud.calls("DescribeInstances") == 9


def test_what_is_said_of_an_instance(fleet: Fleet, alibaba: Entry, huawei: Entry, openstack: Entry) -> None:
    first, slow = fleet["instances"][1], fleet["instances"][2]
    by_id = {one.instance_id: one for instances in listed(alibaba, huawei, openstack) for one in instances}
    found = by_id[first["instance_id"]]
    assert (found.vpc_id, found.private_ips, found.public_ips) == (
        first["vpc_id"],
        tuple(first["private_ips"]),
        tuple(first["public_ips"]),
    )
    assert by_id[slow["instance_id"]].public_ips == (slow["elastic_ip"],)
    for server in (*fleet["huawei"]["servers"], *fleet["openstack"]["servers"]):
        found = by_id[server["instance_id"]]
        assert (found.vpc_id, found.name, found.status) == (server["vpc_id"], server["name"], server["status"])
        assert found.private_ips == tuple(server["private_ips"])
        assert found.public_ips == tuple(server["floating_ips"])


def test_a_fixed_address_of_the_internet_is_public(cloud: Emulator, fleet: Fleet, openstack: Entry) -> None:
    """Provider networks have such."""
    server = fleet["openstack"]["servers"][0]["instance_id"]
    cloud.change_server(server, private_ips=["10.0.0.1", "8.8.8.8", "fd00::1", "2001:4860:4860::8888"], floating_ips=[])
    found = next(one for one in listed(openstack)[0] if one.instance_id == server)
    assert found.private_ips == ("10.0.0.1", "fd00::1")
    assert found.public_ips == ("8.8.8.8", "2001:4860:4860::8888")


def test_filters(cloud: Emulator, fleet: Fleet, alibaba: Entry, huawei: Entry) -> None:
    wanted = {"role": "web", "stage": "production"}
    servers = fleet["huawei"]["servers"]
    cloud.change_server(servers[0]["instance_id"], status="SHUTOFF", tags=["role=web", "stage=production"])
    found = listed({**alibaba, "tags": wanted, "statuses": ["Running"]}, {**huawei, "statuses": ["SHUTOFF"]})
    assert ids(found[0]) == {
        one["instance_id"] for one in fleet["instances"] if one["tags"] == wanted and one["status"] == "Running"
    }
    assert ids(found[1]) >= {servers[0]["instance_id"]}
    assert {one.status for one in found[1]} == {"SHUTOFF"}


def test_regions_and_sources_are_asked_at_once(
    cloud: Emulator, alibaba: Entry, huawei: Entry, openstack: Entry
) -> None:
    """One by one these would be at least 8 calls of which each waits for the one before."""
    cloud.configure(latency=0.3)
    few = {**alibaba, "tags": {"role": "none"}}
    started = time.monotonic()
    listed(few, few, huawei, openstack)
    assert time.monotonic() - started < 8 * 0.3


@pytest.mark.parametrize("failing", [0, 1, 2])
def test_one_region_that_fails_fails_the_whole(
    cloud: Emulator, fleet: Fleet, alibaba: Entry, huawei: Entry, openstack: Entry, failing: int
) -> None:
    entries = [alibaba, huawei, openstack]
    faults: list[dict[str, t.Any]] = [
        {"action": "DescribeInstances", "region": fleet["regions"][1], "status": 403, "code": "Forbidden.RAM"},
        {"cloud": "huawei", "action": "ListServersDetails", "status": 403, "code": "Ecs.0110"},
        {"cloud": "openstack", "action": "ListServersDetail", "status": 403, "code": "forbidden"},
    ]
    cloud.add_fault("error", **faults[failing])
    error = refused(*entries)
    assert (error.kind, error.code) == ("permission", faults[failing]["code"])
    provider = entries[failing].get("provider", "alibaba")
    assert error.message.startswith(f"Source {failing + 1} ({provider}): listing the instances")
    assert error.request_id is not None
    assert error.request_id in error.message
    assert error.advice


def test_the_last_page_counts(cloud: Emulator, fleet: Fleet, alibaba: Entry) -> None:
    cloud.add_fault("html", action="DescribeInstances", region=fleet["regions"][2], after=2)
    assert refused(alibaba).kind == "unexpected_answer"


def test_missing_credentials_are_found_before_any_call(cloud: Emulator, alibaba: Entry) -> None:
    error = refused(alibaba, {"region": "cn-hangzhou", "endpoint": cloud.url})
    assert error.message.startswith("Source 2 (alibaba) failed: ")
    assert cloud.counters()["calls"] == 0


def test_a_region_is_needed(cloud: Emulator, alibaba: Entry) -> None:
    assert "Set region" in refused({**alibaba, "regions": None}).message
    assert cloud.counters()["calls"] == 0


def test_a_wrong_key_is_not_locked(cloud: Emulator, huawei: Entry) -> None:
    """More than five refused signatures in a row lock a key of Huawei Cloud, and a file can name ten regions."""
    regions = [*huawei["regions"], *(f"cn-north-{number}" for number in range(5, 12))]
    assert AT_ONCE < 5
    error = refused({**huawei, "regions": regions, "access_key_secret": "wr0ng", "project_id": "p"})
    assert error.kind == "authentication"
    assert len([row for row in cloud.log() if row["cloud"] == "huawei"]) <= AT_ONCE


def test_an_id_that_is_none(cloud: Emulator, fleet: Fleet, alibaba: Entry) -> None:
    cloud.add_instance(
        {
            "instance_id": "i-1/../{{ x }}",
            "account_id": fleet["accounts"][0]["account_id"],
            "region": fleet["regions"][0],
        }
    )
    assert "characters that no instance id has" in refused(alibaba).message


def test_more_instances_than_a_search_by_tags_finds(cloud: Emulator, fleet: Fleet, alibaba: Entry) -> None:
    """The service stops at 1,000 without a word; an inventory must not."""
    region, account = fleet["regions"][0], fleet["accounts"][0]["account_id"]
    instances: list[InstanceData] = [
        {"instance_id": f"i-many{number:05d}", "account_id": account, "region": region, "tags": {"wave": "1"}}
        for number in range(1001)
    ]
    cloud.load({**fleet, "instances": instances})
    (found,) = listed({**alibaba, "regions": [region], "tags": {"wave": "1"}})
    assert len(found) == 1001
