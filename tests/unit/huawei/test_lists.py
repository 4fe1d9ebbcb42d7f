# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists of servers over pages: where they end, and what happens when they are not whole."""

from __future__ import annotations

import asyncio

import pytest
from ansible_collections.cloudops.console.plugins.module_utils._errors import UnexpectedAnswer
from ansible_collections.cloudops.console.plugins.module_utils._http import Request, Response
from ansible_collections.cloudops.console.plugins.module_utils._huawei import provider as client_module

from tests.unit.huawei.test_client import ONE, PROJECT, SERVER, TWO, provider
from tests.unit.scripted_client import ScriptedClient, answer


def test_describe_many_where_the_filter_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "PAGE", 2)
    base = f"GET /v1/{PROJECT}/cloudservers/detail"
    others = [{**SERVER, "id": f"00000000-0000-0000-0000-00000000000{number}"} for number in range(3)]
    two = {**SERVER, "id": TWO}
    client = ScriptedClient(
        {
            f"{base}?limit=2&server_id={ONE}%2C{TWO}": answer(200, {"servers": others[:2]}),
            f"{base}?limit=2&offset=1": answer(200, {"servers": others[:2]}),
            f"{base}?limit=2&offset=2": answer(200, {"servers": [SERVER, two]}),
            f"{base}?limit=2&offset=3": answer(200, {"servers": others[2:]}),
        }
    )
    found = asyncio.run(provider().describe_instances(client, [ONE, TWO]))
    assert {server.instance_id for server in found} == {ONE, TWO}


def test_find_by_tags_and_a_list_that_ends_by_its_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "PAGE", 1)
    same = answer(200, {"servers": [{**SERVER, "tags": [{"key": "team", "value": "billing"}]}], "count": 1})
    client = ScriptedClient(lambda _request: same)
    found = asyncio.run(provider().find_instances(client, {"team": "billing"}))
    assert [server.instance_id for server in found] == [ONE]
    assert len(client.sent) == 1
    assert asyncio.run(provider().find_instances(client, {"team": "other"})) == []


def test_a_list_that_changes_on_the_way_is_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first server goes when its page has been read, and the second one moves to that page."""
    monkeypatch.setattr(client_module, "PAGE", 1)
    ids = [ONE, ONE.replace("0", "1"), ONE.replace("0", "2")]
    left = list(ids)

    def page(request: Request) -> Response:
        number = int(request.url.rpartition("offset=")[2])
        shown = [{**SERVER, "id": one} for one in left[number - 1 : number]]
        body = {"servers": shown, "count": len(left)}
        if len(left) == len(ids):
            left.pop(0)
        return answer(200, body)

    found = asyncio.run(provider().find_instances(ScriptedClient(page), {}))
    assert [server.instance_id for server in found] == ids[1:]


def paged(pages: list[list[str]], counts: list[int]) -> ScriptedClient:
    """Answer with one page after the other, and with nothing behind the last; the last count stays."""
    asked = iter(range(1000))

    def page(request: Request) -> Response:
        number = int(request.url.rpartition("offset=")[2])
        shown = [{**SERVER, "id": one} for one in pages[number - 1]] if number <= len(pages) else []
        return answer(200, {"servers": shown, "count": counts[min(next(asked), len(counts) - 1)]})

    return ScriptedClient(page)


def test_a_short_page_is_no_end_where_the_count_says_more() -> None:
    """The service may give fewer servers on a page than the 200 that were asked for."""
    three = [ONE, ONE.replace("0", "1"), ONE.replace("0", "2")]
    client = paged([three[:1], three[1:]], [3])
    found = asyncio.run(provider().find_instances(client, {}))
    assert [server.instance_id for server in found] == three
    assert len(client.sent) == 2


def test_a_list_that_lacks_servers_is_refused() -> None:
    """A list that is not whole would make hosts disappear from an inventory."""
    with pytest.raises(UnexpectedAnswer, match="has 1 of the 3 that the service counts"):
        asyncio.run(provider().find_instances(paged([[ONE]], [3]), {}))


def test_a_server_that_appears_on_the_way_has_the_list_read_again() -> None:
    client = paged([[ONE], [ONE]], [2, 3, 2, 3, 1])
    found = asyncio.run(provider().find_instances(client, {}))
    assert [server.instance_id for server in found] == [ONE]
    with pytest.raises(UnexpectedAnswer, match="has 1 of the 3"):
        asyncio.run(provider().find_instances(paged([[ONE], [ONE]], [2, 3, 2, 3, 2, 3]), {}))


def test_describe_many_reads_on_where_the_page_is_not_all() -> None:
    base = f"GET /v1/{PROJECT}/cloudservers/detail?limit=200"
    client = ScriptedClient(
        {
            f"{base}&server_id={ONE}%2C{TWO}": answer(200, {"count": 2, "servers": [SERVER]}),
            f"{base}&offset=1": answer(200, {"count": 2, "servers": [SERVER]}),
            f"{base}&offset=2": answer(200, {"count": 2, "servers": [{**SERVER, "id": TWO}]}),
        }
    )
    found = asyncio.run(provider().describe_instances(client, [ONE, TWO]))
    assert [server.instance_id for server in found] == [ONE, TWO]
