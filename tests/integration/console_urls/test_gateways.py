# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Huawei Cloud's gateway and things in between answer, and what is never shown of it."""

from __future__ import annotations

import time

import pytest

from tests.emulator.client import Emulator
from tests.emulator.fleet import Fleet
from tests.integration import module_calls
from tests.integration.console_urls.url_calls import (
    CLOUDS,
    ask,
    first,
    options,
)
from tests.integration.module_calls import Options


def test_a_users_name_is_no_secret(cloud: Emulator, fleet: Fleet) -> None:
    """What is in auth beside the password is not masked where it turns up in a result."""
    cloud.change_server(first("openstack", fleet), name="operator-default-01")
    given = options("openstack", cloud, fleet, instance_ids=[first("openstack", fleet)])
    del given["instance_id"]
    outcome = module_calls.call("instance_info", given)
    assert outcome.result["instances"][0]["name"] == "operator-default-01"
    assert given["auth"]["password"] not in outcome.text


def test_huaweis_throttle_is_tried_again(cloud: Emulator, fleet: Fleet) -> None:
    """As 202, with a body that is no console; the vendor's pause is two seconds."""
    code = "Common.0024"
    cloud.add_fault("error", action="ShowServerRemoteConsole", first=1, status=202, code=code, message="slow down")
    outcome = ask(options("huawei", cloud, fleet, retries=1))
    assert not outcome.failed, outcome.message
    assert cloud.calls("ShowServerRemoteConsole") == 2


THROTTLES: list[tuple[str, str, Options]] = [
    ("alibaba", "DescribeInstances", {"status": 400, "code": "Throttling.User", "retry_after_ms": 5000}),
    ("alibaba", "DescribeInstanceVncUrl", {"status": 400, "code": "Throttling.Api"}),
    ("huawei", "ShowServer", {"status": 429, "code": "APIGW.0308"}),
    ("huawei", "ShowServerRemoteConsole", {"status": 202, "code": "Common.0024"}),
    ("openstack", "IssueToken", {"status": 429, "code": "overLimit"}),
    ("openstack", "ShowServer", {"status": 429, "code": "overLimit"}),
    ("openstack", "CreateRemoteConsole", {"status": 413, "code": "overLimit"}),
]


@pytest.mark.parametrize(("provider", "action", "answer"), THROTTLES)
def test_without_retries_a_throttled_call_is_sent_once(
    cloud: Emulator, fleet: Fleet, provider: str, action: str, answer: Options
) -> None:
    cloud.add_fault("error", action=action, message="slow down", **answer)
    began = time.monotonic()
    outcome = ask(options(provider, cloud, fleet, retries=0))
    assert time.monotonic() - began < 2
    assert outcome.kind == "throttled", outcome.message
    assert outcome.result["failure"]["status"] == answer["status"]
    assert cloud.calls(action) == 1


@pytest.mark.parametrize(
    ("status", "code"),
    [(400, "Ecs.1000"), (400, "Ecs.0002"), (400, "Common.0001"), (500, "Ecs.0004"), (504, "APIGW.0201")],
)
def test_huaweis_passing_faults_are_tried_again(cloud: Emulator, fleet: Fleet, status: int, code: str) -> None:
    cloud.add_fault("error", action="ShowServerRemoteConsole", first=1, status=status, code=code, message="busy")
    outcome = ask(options("huawei", cloud, fleet, retries=1))
    assert not outcome.failed, outcome.message
    assert cloud.calls("ShowServerRemoteConsole") == 2
    cloud.clear_faults()
    cloud.add_fault("error", action="ShowServerRemoteConsole", status=status, code=code, message="busy")
    outcome = ask(options("huawei", cloud, fleet, retries=0))
    assert (outcome.kind, outcome.code) == ("unexpected_answer", code)


@pytest.mark.parametrize("provider", ["alibaba", "huawei"])
def test_a_failed_signature_is_never_tried_again(cloud: Emulator, fleet: Fleet, provider: str) -> None:
    """Five lock Huawei's key; the echo of what was signed is not shown."""
    given = options(provider, cloud, fleet, access_key_secret="WrongSecretOfThisKey0123", retries=5)
    outcome = ask(given)
    code = "APIGW.0301" if provider == "huawei" else "SignatureDoesNotMatch"
    assert (outcome.kind, outcome.code) == ("authentication", code)
    assert cloud.counters()["calls"] == 1
    echoed = ("canonicalRequest", "Authorization", "Signature=", "x-sdk-date", "SDK-HMAC", "/v1/", "InstanceIds")
    assert [word for word in (*echoed, given["access_key_id"]) if word in outcome.message] == []
    assert given["access_key_secret"] not in outcome.text


def test_other_refusals_of_huaweis_gateway(cloud: Emulator, fleet: Fleet) -> None:
    key = fleet["huawei"]["accounts"][0]["access_keys"][0]["access_key_id"]
    cases: list[tuple[str, Options, str]] = [
        ("unknown", {"access_key_id": "NOSUCHKEY"}, "access_key_id"),
        ("token of no key", {"security_token": "TokenThatDoesNotBelongHere"}, "signature"),
    ]
    for name, changes, word in cases:
        cloud.clear()
        outcome = ask(options("huawei", cloud, fleet, retries=3, **changes))
        assert outcome.kind == "authentication", f"{name}: {outcome.message}"
        assert word in outcome.message
        assert "TokenThatDoesNotBelongHere" not in outcome.text
        assert cloud.counters()["calls"] == 1
    cloud.clear()
    cloud.change_key(key, security_token="TemporaryToken0123456789")
    good = options("huawei", cloud, fleet, security_token="TemporaryToken0123456789")
    assert not ask(good).failed
    cloud.change_key(key, expires_at=1_700_000_000.0)
    outcome = ask(good)
    assert outcome.kind == "authentication"
    assert "expired" in outcome.message
    cloud.change_key(key, expires_at=None, security_token=None)
    cloud.set_clock_offset(3600)
    outcome = ask(options("huawei", cloud, fleet))
    assert outcome.kind == "authentication"
    # The Date header has no fractions, so an hour can look a second shorter.
    assert any(f"clock is {seconds} seconds" in outcome.message for seconds in range(3598, 3610))


def test_messages_that_echo_are_scrubbed(cloud: Emulator, fleet: Fleet) -> None:
    """A gateway that quotes the headers it got, in an error that is none of its usual ones."""
    key = fleet["huawei"]["accounts"][0]["access_keys"][0]
    cloud.change_key(key["access_key_id"], security_token="TemporaryToken/0123+456=")
    echo = f"bad header x-security-token: TemporaryToken/0123+456= for {key['access_key_secret']}"
    cloud.add_fault("error", cloud="huawei", status=400, code="Ecs.0005", message=echo)
    outcome = ask(options("huawei", cloud, fleet, security_token="TemporaryToken/0123+456="))
    assert outcome.failed
    assert "bad header" in outcome.message
    assert "TemporaryToken/0123" not in outcome.text
    assert key["access_key_secret"] not in outcome.text
    token = module_calls.token(cloud, fleet)
    cloud.add_fault("error", cloud="openstack", status=400, code="badRequest", message=f"x-auth-token: {token}")
    given = options("openstack", cloud, fleet, auth={"token": token}, endpoint=cloud.compute_url)
    outcome = ask(given)
    assert outcome.failed
    assert "x-auth-token" in outcome.message
    assert token not in outcome.text


def test_answers_that_are_none(cloud: Emulator, fleet: Fleet) -> None:
    """A proxy's page, garbage, half an answer: each cloud, one clear error, no traceback."""
    for provider in CLOUDS:
        for fault in ("garbage", "html", "truncate", "reset", "drop_answer"):
            cloud.clear_faults()
            cloud.add_fault(fault, cloud=provider)
            outcome = ask(options(provider, cloud, fleet))
            assert outcome.kind in ("unexpected_answer", "network", "timeout"), f"{provider} {fault}: {outcome.text}"
            assert "Traceback" not in outcome.text
