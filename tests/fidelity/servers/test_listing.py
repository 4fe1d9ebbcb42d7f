# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The vendors' own clients list the same servers, with the same addresses, as the inventory does."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from ansible_collections.cloudops.console.plugins.module_utils._http import Client, Policy
from ansible_collections.cloudops.console.plugins.module_utils._models import Access
from ansible_collections.cloudops.console.plugins.module_utils._provider import open_provider
from ansible_collections.cloudops.console.plugins.module_utils._rate_limit import RateLimiter
from huaweicloudsdkecs.v2 import EcsClient, ListServersDetailsRequest
from openstack.connection import Connection

from tests.emulator.client import Emulator
from tests.fidelity.servers.clients import HuaweiPlace, OpenstackPlace

# openstacksdk warns of its own ways, whatever one calls
pytestmark = pytest.mark.filterwarnings("ignore::PendingDeprecationWarning", "ignore::DeprecationWarning:openstack")
Row = tuple[str, str, str, str, frozenset[str], frozenset[str]]


def ours(access: Access) -> set[Row]:
    async def scenario() -> Any:
        policy = Policy(retries=0)
        provider = open_provider(access, policy, RateLimiter())
        async with Client(provider.trust, policy) as client:
            return await provider.find_instances(client, {})

    return {
        (one.instance_id, one.name, one.status, one.vpc_id, frozenset(one.private_ips), frozenset(one.public_ips))
        for one in asyncio.run(scenario())
    }


def by_kind(networks: dict[str, list[Any]], kind: str) -> frozenset[str]:
    """Nova's client leaves addresses as they are, Huawei's makes objects of them."""
    every = [one if isinstance(one, dict) else one.to_dict() for network in networks.values() for one in network]
    return frozenset(one["addr"] for one in every if kind in (one.get("OS-EXT-IPS:type"), one.get("os_ext_ip_stype")))


def test_huawei(ecs: EcsClient, cloud: Emulator, huawei: HuaweiPlace) -> None:
    shown = ecs.list_servers_details(ListServersDetailsRequest(limit=200)).servers
    theirs = {
        (
            *(one.id, one.name, one.status, one.metadata["vpc_id"]),
            *(by_kind(one.addresses, "fixed"), by_kind(one.addresses, "floating")),
        )
        for one in shown
    }
    key = huawei.key
    access = Access(
        provider="huawei",
        region=huawei.region,
        endpoint=cloud.huawei_url,
        access_key_id=key["access_key_id"],
        access_key_secret=key["access_key_secret"],
        project_id=huawei.project_id,
    )
    assert ours(access) == theirs
    assert any(row[5] for row in theirs)


def test_openstack(nova: Connection, cloud: Emulator, stack: OpenstackPlace) -> None:
    theirs = {
        (one.id, one.name, one.status, "", by_kind(one.addresses, "fixed"), by_kind(one.addresses, "floating"))
        for one in nova.compute.servers(limit=7)
    }
    login = stack.password_login("operator")["auth"]
    access = Access(provider="openstack", auth=tuple({**login, "auth_url": cloud.auth_url}.items()))
    assert ours(access) == theirs
    assert any(row[5] for row in theirs)
