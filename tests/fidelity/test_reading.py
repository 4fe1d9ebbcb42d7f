# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The SDK reads instances and regions."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest
from alibabacloud_ecs20140526 import models
from alibabacloud_ecs20140526.client import Client
from alibabacloud_tea_openapi.exceptions import AlibabaCloudException
from ansible_collections.cloudops.console.plugins.module_utils._http import Client as Http
from ansible_collections.cloudops.console.plugins.module_utils._http import Policy, Trust
from ansible_collections.cloudops.console.plugins.module_utils._models import Access, Instance
from ansible_collections.cloudops.console.plugins.module_utils._provider import open_provider
from ansible_collections.cloudops.console.plugins.module_utils._rate_limit import RateLimiter

from tests.emulator.client import Emulator
from tests.fidelity.sdk import Place


def test_one_instance_in_full(ecs: Client, place: Place) -> None:
    wanted = place.instances(io_optimized=False)[0]
    request = models.DescribeInstancesRequest(
        region_id=place.region, instance_ids=json.dumps([wanted["instance_id"], "i-unknown"])
    )
    body = ecs.describe_instances(request).body
    assert body.total_count == 1
    (shown,) = body.instances.instance
    assert shown.instance_id == wanted["instance_id"]
    assert shown.io_optimized is False
    assert shown.status == "Running"
    assert shown.ostype == wanted["os_type"]
    assert len(shown.start_time) == len("2026-01-01T00:00Z")
    assert {tag.tag_key: tag.tag_value for tag in shown.tags.tag} == wanted["tags"]
    assert shown.vpc_attributes.vpc_id == wanted["vpc_id"]
    assert shown.vpc_attributes.private_ip_address.ip_address == wanted["private_ips"]


def test_the_inventory_lists_what_the_sdk_lists(ecs: Client, cloud: Emulator, place: Place) -> None:
    """With all addresses: public ones of the instance, and elastic ones."""
    theirs = {
        one.instance_id: (
            one.instance_name,
            tuple(one.vpc_attributes.private_ip_address.ip_address),
            (*one.public_ip_address.ip_address, *filter(None, [one.eip_address.ip_address])),
        )
        for one in all_pages(ecs, place)
    }

    async def scenario() -> list[Instance]:
        key, policy = place.key, Policy(retries=0)
        access = Access(
            region=place.region,
            endpoint=cloud.url,
            access_key_id=key["access_key_id"],
            access_key_secret=key["access_key_secret"],
        )
        async with Http(Trust(), policy) as client:
            return await open_provider(access, policy, RateLimiter()).find_instances(client, {})

    ours = asyncio.run(scenario())
    assert {one.instance_id: (one.name, one.private_ips, one.public_ips) for one in ours} == theirs
    assert {len(public) for _name, _private, public in theirs.values()} == {0, 1}


def all_pages(ecs: Client, place: Place) -> Iterator[Any]:
    token = ""
    while True:
        request = models.DescribeInstancesRequest(region_id=place.region, max_results=100, next_token=token or None)
        body = ecs.describe_instances(request).body
        yield from body.instances.instance
        token = body.next_token
        if not token:
            return


def test_all_pages_by_token(ecs: Client, place: Place) -> None:
    seen: list[str] = []
    token: str | None = None
    while token != "":
        request = models.DescribeInstancesRequest(region_id=place.region, max_results=10, next_token=token)
        body = ecs.describe_instances(request).body
        assert len(body.instances.instance) == 10
        seen += [shown.instance_id for shown in body.instances.instance]
        token = body.next_token
    assert sorted(seen) == sorted(
        one["instance_id"]
        for one in place.fleet["instances"]
        if (one["account_id"], one["region"]) == (place.account["account_id"], place.region)
    )


@pytest.mark.parametrize(("asked", "given"), [(1, 10), (25, 25), (500, 40)])
def test_page_size_by_token_has_bounds(ecs: Client, place: Place, asked: int, given: int) -> None:
    body = ecs.describe_instances(models.DescribeInstancesRequest(region_id=place.region, max_results=asked)).body
    assert len(body.instances.instance) == given


def test_pages_by_number(ecs: Client, place: Place) -> None:
    first = ecs.describe_instances(models.DescribeInstancesRequest(region_id=place.region)).body
    assert (first.page_number, first.page_size, first.total_count, len(first.instances.instance)) == (1, 10, 40, 10)
    last = ecs.describe_instances(
        models.DescribeInstancesRequest(region_id=place.region, page_number=2, page_size=30)
    ).body
    assert len(last.instances.instance) == 10


def test_filters(ecs: Client, place: Place) -> None:
    def names(**wanted: object) -> set[str]:
        request = models.DescribeInstancesRequest(region_id=place.region, max_results=100, **wanted)
        return {shown.instance_name for shown in ecs.describe_instances(request).body.instances.instance}

    stopped = {one["name"] for one in place.instances(status="Stopped")}
    assert names(status="Stopped") == stopped
    assert all(name.startswith("db-") for name in names(instance_name="db-*"))
    tag = models.DescribeInstancesRequestTag(key="role", value="db")
    assert names(tag=[tag]) == names(instance_name="db-*") != set()
    assert names(tag=[models.DescribeInstancesRequestTag(key="nobody")]) == set()
    assert names(io_optimized=False) == {
        one["name"] for status in ("Running", "Stopped") for one in place.instances(io_optimized=False, status=status)
    }


@pytest.mark.parametrize(
    ("wanted", "status", "code"),
    [
        ({"instance_ids": json.dumps([f"i-{n}" for n in range(101)])}, 400, "InvalidInstanceIds.Malformed"),
        ({"instance_ids": "i-1,i-2"}, 400, "InvalidInstanceIds.Malformed"),
        ({"status": "Sleeping"}, 404, "InvalidStatus.NotFound"),
        ({"next_token": "bent"}, 400, "InvalidParameter.NextToken"),
        ({"page_size": 101}, 400, "InvalidParameter"),
        ({"region_id": "cn-nowhere"}, 404, "InvalidRegionId.NotFound"),
        ({"region_id": None}, 400, "MissingParameter"),
    ],
)
def test_errors(ecs: Client, place: Place, wanted: dict[str, object], status: int, code: str) -> None:
    with pytest.raises(AlibabaCloudException) as caught:
        ecs.describe_instances(models.DescribeInstancesRequest(**{"region_id": place.region, **wanted}))
    assert (caught.value.status_code, caught.value.code) == (status, code)


def test_attribute_speaks_of_optimization_in_words(ecs: Client, place: Place) -> None:
    for optimized, word in ((True, "optimized"), (False, "none")):
        wanted = place.instances(io_optimized=optimized)[0]["instance_id"]
        body = ecs.describe_instance_attribute(models.DescribeInstanceAttributeRequest(instance_id=wanted)).body
        assert (body.io_optimized, body.status, body.region_id) == (word, "Running", place.region)


def test_operation_locks(ecs: Client, cloud: Emulator, place: Place) -> None:
    wanted = place.instances()[0]["instance_id"]
    cloud.change_instance(wanted, operation_locks=["security"])
    request = models.DescribeInstancesRequest(region_id=place.region, instance_ids=json.dumps([wanted]))
    (shown,) = ecs.describe_instances(request).body.instances.instance
    assert [lock.lock_reason for lock in shown.operation_locks.lock_reason] == ["security"]


def test_regions(ecs: Client, place: Place) -> None:
    body = ecs.describe_regions(models.DescribeRegionsRequest(accept_language="en-US")).body
    assert [region.region_id for region in body.regions.region] == place.fleet["regions"]
    assert body.regions.region[0].local_name.isascii()
