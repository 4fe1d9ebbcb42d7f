# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""What instance_info makes of its options: ids in any spelling and number, tags of any type."""

from __future__ import annotations

import asyncio
import typing as t
from types import SimpleNamespace

import pytest
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.module_utils._http import Policy
from ansible_collections.cloudops.console.plugins.module_utils._models import Access
from ansible_collections.cloudops.console.plugins.module_utils._openstack.provider import OpenStackProvider
from ansible_collections.cloudops.console.plugins.module_utils._provider import Session
from ansible_collections.cloudops.console.plugins.module_utils._rate_limit import RateLimiter
from ansible_collections.cloudops.console.plugins.modules import instance_info

from tests.unit.scripted_client import ScriptedClient, answer

ONE = "47bc79ae-df61-4ade-9197-283a74e5d70e"
TWO = "5a1d2c3b-0000-4ade-9197-283a74e5d70f"
COMPUTE = "https://nova.example.com/v2.1"


def describe(params: dict[str, t.Any]) -> dict[str, t.Any]:
    """Ask a Nova that knows one server, in lower case as it does."""
    unknown = {"itemNotFound": {"code": 404, "message": f"Instance {TWO} could not be found."}}
    server = {"id": ONE, "status": "ACTIVE", "metadata": {"tier": "1"}}
    client = ScriptedClient(
        {
            f"GET /v2.1/servers/{ONE}": answer(200, {"server": server}),
            f"GET /v2.1/servers/{ONE.upper()}": answer(200, {"server": server}),
            f"GET /v2.1/servers/{TWO}": answer(404, unknown),
            "GET /v2.1/servers/detail?limit=1000": answer(200, {"servers": [server]}),
        }
    )
    access = Access(provider="openstack", endpoint=COMPUTE, auth=(("token", "token-of-a-test"),), auth_type="token")
    session = Session(OpenStackProvider(access, Policy(5.0, 0), RateLimiter()), t.cast("t.Any", client))
    module = SimpleNamespace(params={"instance_ids": None, "tags": None, **params})
    instance_info.check(module.params, session.provider.facts)
    return asyncio.run(instance_info.describe(t.cast("t.Any", module), session))


@pytest.mark.parametrize("known", [ONE, ONE.upper()])
def test_an_id_in_capitals_is_not_missing(known: str) -> None:
    found = describe({"instance_ids": [known, TWO]})
    assert [one["instance_id"] for one in found["instances"]] == [ONE]
    assert found["missing"] == [TWO]


def test_an_id_that_is_given_twice() -> None:
    found = describe({"instance_ids": [ONE, TWO, ONE, TWO, ONE.upper()]})
    assert [one["instance_id"] for one in found["instances"]] == [ONE]
    assert found["missing"] == [TWO]


@pytest.mark.parametrize(("value", "count"), [("1", 1), (1, 1), ("2", 0)])
def test_tags_are_texts(value: t.Any, count: int) -> None:
    assert len(describe({"tags": {"tier": value}})["instances"]) == count


@pytest.mark.parametrize("value", [True, None, 1.10, ["1"], {"a": "b"}])
def test_a_tag_that_is_no_text_is_not_searched_for(value: t.Any) -> None:
    with pytest.raises(ConsoleError, match="The tag tier is not a text") as caught:
        describe({"tags": {"tier": value}})
    assert "in quotes" in caught.value.message
