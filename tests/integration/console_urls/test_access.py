# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Projects, roles and tokens: who may have a console's URL."""

from __future__ import annotations

import pytest

from tests.emulator.client import Emulator
from tests.emulator.fleet import Fleet
from tests.emulator.server_fleet import ServerData
from tests.integration import module_calls
from tests.integration.console_urls.url_calls import (
    CLOUDS,
    ask,
    asked_for_consoles,
    first,
    options,
)


def test_unknown_and_foreign_servers(cloud: Emulator, fleet: Fleet) -> None:
    gone = "00000000-0000-4000-8000-000000000000"
    foreign = fleet["openstack"]["projects"][1]["id"]
    other: ServerData = {**fleet["openstack"]["servers"][0], "instance_id": gone, "project_id": foreign}
    for provider in CLOUDS:
        outcome = ask(options(provider, cloud, fleet, instance_id=gone if provider != "alibaba" else "i-gone"))
        assert outcome.kind == "not_found", f"{provider}: {outcome.message}"
    cloud.add_server("openstack", other)
    assert ask(options("openstack", cloud, fleet, instance_id=gone)).kind == "not_found"
    assert asked_for_consoles(cloud) == 0


@pytest.mark.parametrize(("provider", "code"), [("openstack", "itemNotFound"), ("huawei", "Ecs.0114")])
def test_what_the_cloud_says_of_an_unknown_server_is_kept(
    cloud: Emulator, fleet: Fleet, provider: str, code: str
) -> None:
    gone = "00000000-0000-4000-8000-000000000000"
    outcome = ask(options(provider, cloud, fleet, instance_id=gone))
    failure = outcome.result["failure"]
    assert (failure["kind"], failure["code"], failure["status"]) == ("not_found", code, 404)
    assert failure["request_id"]
    assert outcome.result["request_id"] == failure["request_id"]
    for part in (gone, code, failure["request_id"], "instance_id"):
        assert part in outcome.message


def test_alibaba_has_no_code_for_an_unknown_instance(cloud: Emulator, fleet: Fleet) -> None:
    outcome = ask(options("alibaba", cloud, fleet, instance_id="i-gone"))
    assert (outcome.kind, outcome.code) == ("not_found", None)
    assert "i-gone is not known in" in outcome.message


def test_huawei_project_of_somebody_else(cloud: Emulator, fleet: Fleet) -> None:
    outcome = ask(options("huawei", cloud, fleet, project_id="0" * 32))
    assert (outcome.kind, outcome.code) == ("authentication", "Ecs.0023")
    assert "project_id" in outcome.message


def test_no_project_of_the_regions_name(cloud: Emulator, fleet: Fleet, patch: pytest.MonkeyPatch) -> None:
    patch.setenv("HUAWEICLOUD_SDK_IAM_ENDPOINT", cloud.huawei_url)
    outcome = ask(options("huawei", cloud, fleet, project_id=None, region="eu-nowhere-1"))
    assert outcome.kind == "not_found"
    assert "project_id" in outcome.message


def test_an_endpoint_that_does_not_tell_iams(cloud: Emulator, fleet: Fleet) -> None:
    outcome = ask(options("huawei", cloud, fleet, project_id=None))
    assert outcome.kind == "invalid"
    assert "HUAWEICLOUD_SDK_IAM_ENDPOINT" in outcome.message
    assert cloud.counters()["calls"] == 0


def test_project_that_is_not_the_tokens(cloud: Emulator, fleet: Fleet) -> None:
    """An application credential's project is fixed; an endpoint of another project is refused by Nova."""
    other = fleet["openstack"]["projects"][1]["id"]
    known = module_calls.logins(cloud, fleet)
    given = options("openstack", cloud, fleet, auth=known["v3applicationcredential"], project_id=other)
    outcome = ask(given)
    assert outcome.kind == "authentication", outcome.message
    assert other in outcome.message
    assert asked_for_consoles(cloud) == 0
    given = options("openstack", cloud, fleet, endpoint=f"{cloud.compute_url}/{other}")
    outcome = ask(given)
    assert (outcome.kind, outcome.code) == ("authentication", "badRequest"), outcome.message
    assert "project_id" in outcome.message


def test_a_user_without_a_role_in_the_project(cloud: Emulator, fleet: Fleet) -> None:
    other = fleet["openstack"]["projects"][1]["id"]
    outcome = ask(options("openstack", cloud, fleet, project_id=other, retries=3))
    assert (outcome.kind, outcome.code) == ("authentication", "Unauthorized")
    assert "role in the project" in outcome.message
    assert cloud.calls("IssueToken", cloud="openstack") == 1, "a refused login is not tried again"


def test_roles_and_permissions(cloud: Emulator, fleet: Fleet) -> None:
    """Each cloud names the permission that is missing."""
    outcome = ask(module_calls.openstack(cloud, fleet, "auditor", instance_id=first("openstack", fleet)))
    assert (outcome.kind, outcome.code) == ("permission", "forbidden")
    assert "os_compute_api:os-remote-consoles" in outcome.message
    key = fleet["huawei"]["accounts"][0]["access_keys"][0]["access_key_id"]
    for code in ("Pdp.0001", "Ecs.0003", "Ecs.0110"):
        cloud.deny(key, {"actions": ["ShowServerRemoteConsole"], "code": code})
        outcome = ask(options("huawei", cloud, fleet, retries=3))
        assert (outcome.kind, outcome.code) == ("permission", code)
        assert "ecs:cloudServers:vnc" in outcome.message
    assert cloud.calls("ShowServerRemoteConsole") == 3
    cloud.deny(fleet["accounts"][0]["access_keys"][0]["access_key_id"], {"actions": ["DescribeInstanceVncUrl"]})
    outcome = ask(options("alibaba", cloud, fleet, retries=3))
    assert (outcome.kind, outcome.code) == ("permission", "Forbidden.RAM")
    assert "ecs:DescribeInstanceVncUrl" in outcome.message
    assert cloud.calls("DescribeInstanceVncUrl") == 1


def test_a_token_that_ends_in_the_middle_is_renewed_once(cloud: Emulator, fleet: Fleet) -> None:
    """Between the reading of the server and the call for its console; the call is then accepted."""
    cloud.add_fault("error", action="CreateRemoteConsole", first=1, status=401, code="Unauthorized", message="expired")
    outcome = ask(options("openstack", cloud, fleet))
    assert not outcome.failed, outcome.message
    assert cloud.calls("IssueToken", cloud="openstack") == 2
    assert cloud.calls("CreateRemoteConsole") == 2
    cloud.reset()
    cloud.add_fault("error", action="CreateRemoteConsole", status=401, code="Unauthorized", message="expired")
    outcome = ask(options("openstack", cloud, fleet, retries=3))
    assert outcome.kind == "authentication"
    assert cloud.calls("IssueToken", cloud="openstack") == 2, "once, and no more"
    assert cloud.calls("CreateRemoteConsole") == 2


def test_a_given_token_cannot_be_renewed(cloud: Emulator, fleet: Fleet) -> None:
    auth = {"auth_url": cloud.auth_url, "token": module_calls.token(cloud, fleet)}
    cloud.expire_tokens("openstack")
    given = options("openstack", cloud, fleet, auth=auth)
    outcome = ask(given)
    assert outcome.kind == "authentication", outcome.message
    assert auth["token"] not in outcome.text
    assert asked_for_consoles(cloud) == 0


def test_wrong_passwords_and_credentials(cloud: Emulator, fleet: Fleet) -> None:
    known = module_calls.logins(cloud, fleet)
    wrong = {
        "password": {**known["password"], "password": "Wr0ngWr0ng"},
        "user": {**known["password"], "username": "nobody"},
        "secret": {**known["v3applicationcredential"], "application_credential_secret": "Wr0ngWr0ng"},
        "credential": {**known["v3applicationcredential"], "application_credential_id": "0" * 32},
        "domain": {**known["password"], "user_domain_id": "elsewhere"},
    }
    for name, auth in wrong.items():
        cloud.clear()
        outcome = ask(options("openstack", cloud, fleet, auth=auth, retries=3))
        assert outcome.kind == "authentication", f"{name}: {outcome.message}"
        assert "Wr0ngWr0ng" not in outcome.text
        assert cloud.calls("IssueToken", cloud="openstack") == 1, f"{name} is tried once"
