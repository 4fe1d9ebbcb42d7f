# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever the three clouds answer to whatever they are asked: a value, or an error of ours that shows no secret."""

from __future__ import annotations

import importlib
import json
import re
import typing as t
import unicodedata

import pytest
from ansible_collections.cloudops.console.plugins.module_utils import _http
from ansible_collections.cloudops.console.plugins.module_utils._alibaba import models as alibaba
from ansible_collections.cloudops.console.plugins.module_utils._alibaba import terminal
from ansible_collections.cloudops.console.plugins.module_utils._console_output import (
    ConsoleOutput,
    Screenshot,
    printable,
)
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.module_utils._http import Request, Response
from ansible_collections.cloudops.console.plugins.module_utils._models import Acknowledgement, Console, Instance
from ansible_collections.cloudops.console.plugins.module_utils._sessions import SessionState
from ansible_collections.cloudops.console.plugins.module_utils._vendor_model import VendorModel, read_model
from ansible_collections.cloudops.console.plugins.plugin_utils._inventory.cached import from_cache, to_cache
from ansible_collections.cloudops.console.plugins.plugin_utils._inventory.hosts import (
    host_name,
    hosts_of,
    variables_of,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.example_counts import examples
from tests.unit.fuzz.hostile_values import (
    bodies,
    check_error,
    header_texts,
    headers,
    limited,
    outcome,
    outcome_of,
    statuses,
)
from tests.unit.fuzz.right_answers import CALLS, REFUSALS, TOKEN, Said, opened, token_answer

_PACKAGE = "ansible_collections.cloudops.console.plugins.module_utils"
_ID = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_-]*[A-Za-z0-9])?")
_HEADERS = headers(
    retry_after=header_texts,
    x_acs_retry_after=header_texts,
    x_request_id=header_texts,
    x_openstack_request_id=header_texts,
    x_compute_request_id=header_texts,
    x_subject_token=header_texts,
)


@st.composite
def answers(draw: st.DrawFn, *wholes: dict[str, t.Any]) -> Response:
    status = draw(statuses)
    return Response(status, draw(_HEADERS), draw(bodies(draw(st.sampled_from(wholes)), echo=True)))


def has_an_id(item: t.Any) -> t.TypeGuard[Instance]:
    """Whether the inventory takes it; one without such an id is an error there."""
    return isinstance(item, Instance) and bool(
        re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9_-]*[A-Za-z0-9])?", item.instance_id)
    )


def usable(found: t.Any) -> None:
    """What came of an answer can be handed on as a result, and as hosts of an inventory with its cache."""
    instances = [item for item in found if has_an_id(item)] if isinstance(found, list) else []
    hosts = hosts_of([variables_of("alibaba", item) for item in instances], ["tag:env", "name"])
    assert from_cache(json.loads(json.dumps(to_cache([list(hosts.values())]))), [None]) == [list(hosts.values())]
    assert all(name == host_name(name) for name in hosts)
    for item in found if isinstance(found, list) else [found]:
        if isinstance(item, Instance | Console | SessionState):
            json.dumps(item.to_result())
        elif isinstance(item, ConsoleOutput):
            check_text(item.to_result(100)["output"])
        elif isinstance(item, Screenshot):
            assert item.format in ("jpg", "png")
        elif isinstance(item, Acknowledgement):
            assert item.at.tzinfo is not None


def check_text(text: str) -> None:
    """It can be written as UTF-8, and printing it does nothing to a terminal but print."""
    text.encode()
    assert not [char for char in text if char not in "\n\t" and unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp")]


@settings(max_examples=examples(300))
@given(text=st.text(st.one_of(st.sampled_from("\x1b\x9b\x9d[]m;0\r\n\x07\\"), st.characters(codec="utf-8"))))
def test_any_console_output(text: str) -> None:
    shown = ConsoleOutput(text, None).to_result(5)
    check_text(shown["output"])
    assert shown["output"].count("\n") < 5
    assert printable(shown["output"]) == (shown["output"], False)


@pytest.mark.parametrize("name", sorted(CALLS))
@settings(max_examples=examples(150))
@given(data=st.data())
def test_every_call(name: str, data: st.DataObject) -> None:
    """OpenStack logs in before: with a right answer here."""
    call = data.draw(st.sampled_from(CALLS[name]), label="call")
    answer = data.draw(answers(call.whole, call.whole, REFUSALS[name]), label="answer")

    def say(request: Request) -> Response:
        if request.url.endswith("/auth/tokens"):
            return token_answer()
        return answer

    async def work() -> t.Any:
        return await call.work(opened(name), Said(say))

    found = outcome_of(work)
    if not isinstance(found, ConsoleError):
        usable(found)


@settings(max_examples=examples(80))
@given(answer=answers(TOKEN, TOKEN, REFUSALS["openstack"]))
def test_login(answer: Response) -> None:
    """Keystone says anything; what comes after it is refused."""

    def say(request: Request) -> Response:
        return answer if request.url.endswith("/auth/tokens") else Response(404, {}, b"{}")

    async def work() -> t.Any:
        return await opened("openstack").find_instances(Said(say), {})

    outcome_of(work)


@settings(max_examples=examples(80))
@given(answer=answers({"a": 1}))
def test_one_answer(answer: Response) -> None:
    """The date and the body of any answer."""
    outcome(answer.json_object)
    with limited():
        assert answer.at.tzinfo is not None


@pytest.mark.parametrize("name", ["huawei", "openstack", "alibaba"])
def test_a_list_without_an_end(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each page is full, new, and not the last one."""
    pages = importlib.import_module(f"{_PACKAGE}._{name}.{'rpc' if name == 'alibaba' else 'provider'}")
    monkeypatch.setattr(pages, "MOST_PAGES", 5)
    monkeypatch.setattr(_http, "LONGEST_PAUSE", 5.0)  # a busy machine gives no turn within milliseconds
    call = next(call for call in CALLS[name] if call.name == "find")
    count = 0

    def page(request: Request) -> Response:
        nonlocal count
        if request.url.endswith("/auth/tokens"):
            return token_answer()
        count += 1
        servers = [{"id": f"{count}-{number}", "status": "ACTIVE"} for number in range(200)]
        instances = [{"InstanceId": f"{count}-{number}"} for number in range(200)]
        body = {
            "servers": servers,
            "servers_links": [{"rel": "next"}],
            "RequestId": "R",
            "NextToken": str(count),
            "Instances": {"Instance": instances},
        }
        return Response(200, {}, json.dumps(body).encode())

    async def work() -> t.Any:
        return await call.work(opened(name), Said(page))

    found = outcome_of(work)
    assert isinstance(found, ConsoleError)
    assert "does not end" in found.message
    assert count <= 5


@pytest.mark.parametrize("name", ["huawei", "openstack", "alibaba"])
def test_a_list_with_a_page_again(name: str) -> None:
    """A service that does not see which page is asked for hides all others: that is no list, and no loop."""
    call = next(call for call in CALLS[name] if call.name == "find")
    servers = [{"id": f"one-{number}", "status": "ACTIVE"} for number in range(1000)]
    body = {
        "servers": servers,
        "servers_links": [{"rel": "next"}],
        "count": 5000,
        "RequestId": "R",
        "NextToken": "same",
        "Instances": {"Instance": [{"InstanceId": "i-one"}]},
    }

    def page(request: Request) -> Response:
        return token_answer() if request.url.endswith("/auth/tokens") else Response(200, {}, json.dumps(body).encode())

    async def work() -> t.Any:
        return await call.work(opened(name), Said(page))

    found = outcome_of(work)
    assert isinstance(found, ConsoleError)
    # Huawei Cloud counts, so the message can say how many are missing
    assert ("has 1000 of the 5000" if name == "huawei" else "does not end") in found.message


@pytest.mark.parametrize("model", [terminal.SessionPage, terminal.Started, terminal.AgentPage, alibaba.InstancePage])
@settings(max_examples=examples(25))
@given(body=bodies({"RequestId": "R", "InstanceCloudAssistantStatusSet": {"InstanceCloudAssistantStatus": [{}]}}))
def test_models(model: type[VendorModel], body: bytes) -> None:
    answer = Response(200, {}, body)
    outcome(lambda: read_model(model, answer.json_object(), status=answer.status))


def test_the_property_can_fail() -> None:
    """A message that shows a secret, breaks the line or is endless is found."""
    from tests.unit.fuzz.hostile_values import SECRET

    for text in (f"no {SECRET}", "two\nlines", "x" * 9000):
        with pytest.raises(AssertionError):
            check_error(ConsoleError(text))
