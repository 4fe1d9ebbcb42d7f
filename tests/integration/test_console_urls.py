# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""vnc_url_info on all three clouds: every way to log in, every state that has no console, and what clouds refuse."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.emulator.client import Emulator
from tests.emulator.fleet import Fleet, make_fleet
from tests.emulator.server_fleet import ServerData
from tests.integration import direct
from tests.integration.direct import Options, Outcome
from tests.integration.harness import writes

CLOUDS = ("alibaba", "huawei", "openstack")
NOVA_ACTIONS = ("CreateRemoteConsole", "NovaCreateRemoteConsole", "ShowServerRemoteConsole", "DescribeInstanceVncUrl")
# The greeting's way leads through the emulator's proxy, which pytest's process reaches as any other.
SECONDS = 600


@pytest.fixture(scope="module")
def fleet() -> Fleet:
    return make_fleet(6, seed=31, regions=1, accounts=1, stopped=0, huawei=6, openstack=6)


@pytest.fixture(autouse=True)
def patch(tmp_path: Path) -> Iterator[pytest.MonkeyPatch]:
    with direct.bare_environment(tmp_path) as patch:
        yield patch


def options(provider: str, cloud: Emulator, fleet: Fleet, **more: Any) -> Options:
    """Return the options of a call that works, for the first instance of that cloud."""
    return direct.options(provider, cloud, fleet, **{"instance_id": first(provider, fleet), **more})


def first(provider: str, fleet: Fleet) -> str:
    return direct.instances(provider, fleet)[0]["instance_id"]


def ask(given: Mapping[str, Any], *, check: bool = False) -> Outcome:
    return direct.call("vnc_url_info", given, check=check)


def asked_for_consoles(cloud: Emulator) -> int:
    return sum(cloud.calls(action) for action in NOVA_ACTIONS)


# Do, check, do again, check again


def four_times(cloud: Emulator, given: Options) -> list[Outcome]:
    cloud.configure(refuse_writes=True)
    outcomes = [ask(given, check=check) for check in (False, True, False, True)]
    assert [outcome.message for outcome in outcomes if outcome.failed] == []
    assert not any(outcome.changed for outcome in outcomes)
    assert len({outcome.result["vnc_url"] for outcome in outcomes}) == 4, "each URL is a fresh one"
    assert len({outcome.result["request_id"] for outcome in outcomes}) == 4
    assert writes(cloud) == 0
    for outcome in outcomes:
        assert outcome.result["instance_id"] == given["instance_id"]
        assert outcome.result["type"] == "novnc"
        assert outcome.result["protocol"] == "vnc"
    return outcomes


def test_alibaba(cloud: Emulator, fleet: Fleet) -> None:
    given = options("alibaba", cloud, fleet)
    for outcome in four_times(cloud, given):
        page, _question, query = outcome.result["vnc_url"].partition("?")
        parts = dict(part.split("=", 1) for part in query.split("&"))
        assert page == "https://g.alicdn.com/aliyun/ecs-console-vnc2/0.0.8/index.html"
        assert parts["vncUrl"].startswith("wss%3A%2F%2F")
        assert parts["vncUrl"] == quote(outcome.result["websocket_url"], safe=""), "encoded once, as it was received"
        assert parts["instanceId"] == given["instance_id"]
        assert outcome.result["expires_in"] == 15
        assert (outcome.result["provider"], outcome.result["region"]) == ("alibaba", given["region"])


@pytest.mark.parametrize("os_type", ["linux", "windows"])
def test_the_page_is_told_of_windows(cloud: Emulator, fleet: Fleet, os_type: str) -> None:
    instance = next(one for one in fleet["instances"] if one["os_type"] == os_type)
    outcome = ask(options("alibaba", cloud, fleet, instance_id=instance["instance_id"]))
    assert outcome.result["vnc_url"].endswith(f"&isWindows={'true' if os_type == 'windows' else 'false'}")


@pytest.mark.parametrize(("api", "expires_in"), [("ecs", None), ("nova", SECONDS), (None, None)])
def test_huawei(cloud: Emulator, fleet: Fleet, api: str | None, expires_in: int | None) -> None:
    given = options("huawei", cloud, fleet, api=api)
    for outcome in four_times(cloud, given):
        assert outcome.result["expires_in"] == expires_in
        assert outcome.result["websocket_url"] is None
        assert (outcome.result["provider"], outcome.result["region"]) == ("huawei", given["region"])
        assert outcome.result["vnc_url"] in [console["url"] for console in cloud.consoles()]
    action = "NovaCreateRemoteConsole" if api == "nova" else "ShowServerRemoteConsole"
    assert cloud.calls(action) == 4
    assert cloud.calls("KeystoneListProjects") == 0


def test_huawei_finds_its_project(cloud: Emulator, fleet: Fleet, patch: pytest.MonkeyPatch) -> None:
    patch.setenv("HUAWEICLOUD_SDK_IAM_ENDPOINT", cloud.huawei_url)
    four_times(cloud, options("huawei", cloud, fleet, project_id=None))
    assert cloud.calls("KeystoneListProjects") == 4


def test_huawei_by_the_environment_and_by_the_file(
    cloud: Emulator, fleet: Fleet, patch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    given = options("huawei", cloud, fleet)
    key = [given.pop("access_key_id"), given.pop("access_key_secret")]
    project = given.pop("project_id")
    folder = tmp_path / ".huaweicloud"
    folder.mkdir()
    text = f"[basic]\nak = {key[0]}\nsk = {key[1]}\nproject_id = {project}\n"
    (folder / "credentials").write_text(text, encoding="utf-8")
    assert not ask(given).failed
    patch.setenv("HUAWEICLOUD_SDK_AK", key[0])
    patch.setenv("HUAWEICLOUD_SDK_SK", "wrong" * 8)
    patch.setenv("HUAWEICLOUD_SDK_PROJECT_ID", project)
    assert ask(given).kind == "authentication", "the environment comes before the file"
    patch.setenv("HUAWEICLOUD_SDK_SK", "")
    patch.setenv("HUAWEICLOUD_SDK_AK", "")
    assert not ask(given).failed, "an empty variable counts as not set"


LOGINS = ("password", "v3applicationcredential", "token", "clouds.yaml", "OS_ variables")


def login(kind: str, cloud: Emulator, fleet: Fleet, patch: pytest.MonkeyPatch, home: Path) -> Options:
    """Return the options for one way to log in; what it needs beside them is written to its place."""
    server = {"provider": "openstack", "instance_id": first("openstack", fleet), "retries": 0}
    known = direct.logins(cloud, fleet)
    if kind in known:
        return {**server, "auth": known[kind], "auth_type": kind}
    if kind == "token":
        auth = {"auth_url": cloud.auth_url, "token": direct.token(cloud, fleet)}
        return {**server, "auth": auth, "auth_type": "v3token"}
    if kind == "clouds.yaml":
        folder = home / ".config" / "openstack"
        folder.mkdir(parents=True)
        auth = dict(known["password"])
        secret = auth.pop("password")
        for name, text in (
            ("clouds.yaml", {"clouds": {"ops": {"auth": auth, "region_name": "RegionOne"}}}),
            ("secure.yaml", {"clouds": {"ops": {"auth": {"password": secret}}}}),
        ):
            (folder / name).write_text(json.dumps(text), encoding="utf-8")
        return {**server, "cloud": "ops"}
    for name, value in known["password"].items():
        patch.setenv(f"OS_{name.upper()}", value)
    patch.setenv("OS_CLOUD", "")
    return server


@pytest.mark.parametrize("kind", LOGINS)
def test_openstack(cloud: Emulator, fleet: Fleet, patch: pytest.MonkeyPatch, tmp_path: Path, kind: str) -> None:
    given = login(kind, cloud, fleet, patch, tmp_path)
    issued = cloud.calls("IssueToken", cloud="openstack")
    for outcome in four_times(cloud, given):
        assert outcome.result["expires_in"] == SECONDS
        assert outcome.result["region"] == "RegionOne"
        assert outcome.result["websocket_url"].startswith("ws://127.0.0.1")
        assert outcome.result["vnc_url"] in [console["url"] for console in cloud.consoles()]
    assert cloud.calls("IssueToken", cloud="openstack") - issued == (0 if kind == "token" else 4)


@pytest.mark.parametrize(
    ("kind", "protocol", "shown"),
    [
        ("novnc", "vnc", "novnc"),
        ("spice-html5", "spice", "spice-html5"),
        ("serial", "serial", "serial"),
        ("mks", "mks", "webmks"),
        ("spice-direct", "spice", "spice-direct"),
    ],
)
def test_every_type_of_nova(cloud: Emulator, fleet: Fleet, kind: str, protocol: str, shown: str) -> None:
    cloud.configure(nova_max_version="2.99", nova_consoles=["novnc", "spice-html5", "serial", "webmks", "spice-direct"])
    outcome = ask(options("openstack", cloud, fleet, type=kind))
    assert not outcome.failed, outcome.message
    assert (outcome.result["protocol"], outcome.result["type"]) == (protocol, shown)


# Alive or dead


def test_a_good_url_is_proved(cloud: Emulator, fleet: Fleet) -> None:
    for check in (False, True):
        outcome = ask(options("openstack", cloud, fleet, validate=True), check=check)
        assert not outcome.failed, outcome.message
        (console,) = [one for one in cloud.consoles() if one["url"] == outcome.result["vnc_url"]]
        assert console["opened"] == 1, "connected to once, and not used up"


def test_a_dead_url_is_found_out(cloud: Emulator, fleet: Fleet) -> None:
    """Its token is over before it is tried; the proxy answers 101 and then hangs up."""
    cloud.configure(console_token_seconds=0)
    outcome = ask(options("openstack", cloud, fleet, validate=True))
    assert (outcome.kind, "not alive" in outcome.message) == ("wrong_state", True), outcome.message
    assert "token=" not in outcome.text
    assert not ask(options("openstack", cloud, fleet)).failed


def test_a_host_without_a_screen_is_found_out(cloud: Emulator, fleet: Fleet) -> None:
    """It reads ACTIVE and gets a URL, but nothing is behind it."""
    cloud.change_server(first("openstack", fleet), vm_state="stopped", status="ACTIVE")
    outcome = ask(options("openstack", cloud, fleet, validate=True))
    assert outcome.kind == "wrong_state"


@dataclass(frozen=True)
class Case:
    """One call that fails, and how; ``sent`` is how many calls for a console the cloud saw."""

    name: str
    kind: str
    words: tuple[str, ...]
    provider: str = "openstack"
    changes: Options = field(default_factory=dict)
    code: str | None = None
    sent: int = 0


def hold(case: Case, outcome: Outcome, cloud: Emulator) -> None:
    assert (outcome.failed, outcome.kind, outcome.code) == (True, case.kind, case.code), outcome.message
    missing = [word for word in case.words if word not in outcome.message]
    assert not missing, f"{missing} not in: {outcome.message}"
    assert asked_for_consoles(cloud) == case.sent
    assert set(outcome.result["failure"]) == {"kind", "code", "message", "request_id", "status"}
    assert outcome.result["failure"]["message"] == outcome.message
    assert outcome.result["request_id"] == outcome.result["failure"]["request_id"]
    for secret in cloud.secrets():
        assert secret not in outcome.text
    assert "vnc_url" not in outcome.result


PLAIN = {"auth_url": "http://192.0.2.1/v3", "token": "gAAAAABx"}
NO_URL = {"username": "somebody", "password": "Sesame0pen"}
BEFORE = [
    *(
        Case(f"{cloud}, type {kind}", "invalid", ("no console of type", kind, "novnc"), cloud, {"type": kind})
        for cloud in ("alibaba", "huawei")
        for kind in ("serial", "spice-html5", "mks", "spice-direct")
    ),
    *(
        Case(f"{cloud}, validate", "invalid", ("cannot be proved alive", "validate"), cloud, {"validate": True})
        for cloud in ("alibaba", "huawei")
    ),
    *(
        Case(f"validate {kind}", "invalid", ("cannot be proved alive",), changes={"validate": True, "type": kind})
        for kind in ("serial", "spice-html5", "mks", "spice-direct")
    ),
    *(
        Case(f"{cloud}, a name", "invalid", ("is not a UUID", "web-01", "id"), cloud, {"instance_id": "web-01"})
        for cloud in ("huawei", "openstack")
    ),
    *(Case(f"{cloud}, bent id", "invalid", ("instance id",), cloud, {"instance_id": "a/../b?x=1"}) for cloud in CLOUDS),
    *(Case(f"{cloud}, no id", "invalid", ("instance id is empty",), cloud, {"instance_id": ""}) for cloud in CLOUDS),
    Case("huawei, no region", "invalid", ("region is empty",), "huawei", {"region": None}),
    Case("huawei, bent project", "invalid", ("project id",), "huawei", {"project_id": "a/b"}),
    Case("no auth_url", "invalid", ("auth_url",), changes={"auth": NO_URL, "cloud": "envvars"}),
    Case("unknown auth_type", "invalid", ("auth_type 'v2password'",), changes={"auth_type": "v2password"}),
    Case(
        "plain http",
        "invalid",
        ("not encrypted",),
        changes={"auth": {"auth_url": "http://192.0.2.1/v3", "token": "gAAAAABx"}},
    ),
    *(
        Case(f"timeout {number}", "invalid", ("timeout", "0.1"), changes={"timeout": number})
        for number in (0, 601, "nan", "inf")
    ),
]


@pytest.mark.parametrize("case", BEFORE, ids=lambda case: case.name)
def test_refused_before_anything_is_sent(cloud: Emulator, fleet: Fleet, case: Case) -> None:
    given = {**options(case.provider, cloud, fleet), **case.changes}
    hold(case, ask(given), cloud)
    assert cloud.counters()["calls"] == 0


def test_an_unknown_type_is_the_argument_specs_matter(cloud: Emulator, fleet: Fleet) -> None:
    outcome = ask(options("openstack", cloud, fleet, type="xvpvnc"))
    assert outcome.failed
    assert "value of type must be one of: novnc" in outcome.message
    assert cloud.counters()["calls"] == 0


STATES = [
    *(("alibaba", state, "IncorrectInstanceStatus") for state in ("Stopped", "Stopping", "Pending")),
    ("alibaba", "Starting", "InstanceNotReady"),
    *(
        (cloud, state, state)
        for cloud in ("huawei", "openstack")
        for state in ("SHUTOFF", "SUSPENDED", "SHELVED", "SHELVED_OFFLOADED", "BUILD")
    ),
    *(("openstack", state, state) for state in ("PAUSED", "ERROR", "REBUILD", "MIGRATING", "HARD_REBOOT", "UNKNOWN")),
]


@pytest.mark.parametrize(("provider", "state", "code"), STATES, ids=str)
def test_states_without_a_console(cloud: Emulator, fleet: Fleet, provider: str, state: str, code: str) -> None:
    instance_id = first(provider, fleet)
    change = cloud.change_instance if provider == "alibaba" else cloud.change_server
    change(instance_id, status=state)
    given = options(provider, cloud, fleet)
    # Alibaba Cloud refuses by itself; the others would hand out an address that leads nowhere
    case = Case(state, "wrong_state", (instance_id,), provider, code=code, sent=int(provider == "alibaba"))
    outcome = ask(given)
    hold(case, outcome, cloud)
    if provider != "alibaba":
        assert state in outcome.message


@pytest.mark.parametrize("task", ["deleting", "migrating", "powering-off", "shelving", "rebuilding"])
def test_a_server_that_is_about_to_go(cloud: Emulator, fleet: Fleet, task: str) -> None:
    cloud.change_server(first("openstack", fleet), vm_state="active", task_state=task)
    outcome = ask(options("openstack", cloud, fleet))
    assert outcome.kind == "wrong_state", outcome.message
    assert asked_for_consoles(cloud) == 0


UNEXPECTED = "Unexpected API Error. Please report this at http://bugs.launchpad.net/nova/ and attach the log.\n"


def test_invalid_state(cloud: Emulator, fleet: Fleet) -> None:
    """The state changed between the two calls: Nova's 500 is a wrong state and is not tried again."""
    message = f"{UNEXPECTED}<class 'nova.exception.InstanceInvalidState'>"
    cloud.add_fault("error", action=NOVA_ACTIONS, status=500, code="computeFault", message=message, shape="nova")
    for provider, more in (("openstack", {}), ("huawei", {"api": "nova"})):
        cloud.clear()
        given = options(provider, cloud, fleet, retries=2, **more)
        outcome = ask(given)
        case = Case("", "wrong_state", (given["instance_id"],), provider, code="computeFault", sent=1)
        hold(case, outcome, cloud)
        assert "launchpad" not in outcome.message


def test_messaging_timeout(cloud: Emulator, fleet: Fleet) -> None:
    cloud.configure(rpc_response_seconds=0.1)
    cloud.change_server(first("openstack", fleet), host_down=True)
    given = options("openstack", cloud, fleet, retries=2)
    case = Case("", "timeout", ("compute host", "operator"), code="computeFault", sent=1)
    hold(case, ask(given), cloud)


def test_a_dead_compute_host_of_huawei(cloud: Emulator, fleet: Fleet) -> None:
    message = f"{UNEXPECTED}<class 'oslo_messaging.exceptions.MessagingTimeout'>"
    cloud.add_fault("error", action=NOVA_ACTIONS, status=500, code="computeFault", message=message, shape="nova")
    given = options("huawei", cloud, fleet, retries=0, api="nova")
    hold(Case("", "timeout", ("compute host",), "huawei", code="computeFault", sent=1), ask(given), cloud)


def test_a_users_name_is_no_secret(cloud: Emulator, fleet: Fleet) -> None:
    """What stands in auth beside the password is not masked where it turns up in a result."""
    cloud.change_server(first("openstack", fleet), name="operator-default-01")
    given = options("openstack", cloud, fleet, instance_ids=[first("openstack", fleet)])
    del given["instance_id"]
    outcome = direct.call("instance_info", given)
    assert outcome.result["instances"][0]["name"] == "operator-default-01"
    assert given["auth"]["password"] not in outcome.text


def test_a_dead_compute_host_and_a_short_timeout(cloud: Emulator, fleet: Fleet) -> None:
    cloud.configure(rpc_response_seconds=1.0)
    cloud.change_server(first("openstack", fleet), host_down=True)
    given = options("openstack", cloud, fleet, timeout=0.3)
    case = Case("", "timeout", ("compute host", "60 seconds", "timeout"), sent=1)
    hold(case, ask(given), cloud)


def test_not_on_a_host(cloud: Emulator, fleet: Fleet) -> None:
    cloud.change_server(first("openstack", fleet), placed=False)
    given = options("openstack", cloud, fleet)
    case = Case("", "wrong_state", ("not ready",), code="conflictingRequest", sent=1)
    hold(case, ask(given), cloud)


def test_a_type_that_the_host_lacks(cloud: Emulator, fleet: Fleet) -> None:
    cloud.change_server(first("openstack", fleet), consoles=["serial"])
    given = options("openstack", cloud, fleet)
    hold(Case("", "invalid", ("another",), code="badRequest", sent=1), ask(given), cloud)


def test_a_driver_without_consoles(cloud: Emulator, fleet: Fleet) -> None:
    cloud.change_server(first("openstack", fleet), consoles=[])
    given = options("openstack", cloud, fleet)
    hold(Case("", "invalid", ("no such console",), code="notImplemented", sent=1), ask(given), cloud)


@pytest.mark.parametrize(("kind", "wanted"), [("spice-direct", "2.99"), ("mks", "2.8")])
def test_a_microversion_that_the_cloud_lacks(cloud: Emulator, fleet: Fleet, kind: str, wanted: str) -> None:
    cloud.configure(nova_max_version="2.7")
    given = options("openstack", cloud, fleet, type=kind)
    case = Case("", "invalid", (f"Version {wanted}", "2.7", "novnc"), code="computeFault", sent=1)
    hold(case, ask(given), cloud)


def test_a_nova_without_remote_consoles(cloud: Emulator, fleet: Fleet) -> None:
    cloud.configure(nova_max_version="2.5")
    outcome = ask(options("openstack", cloud, fleet))
    assert outcome.kind == "invalid"
    assert "2.6" in outcome.message


# Projects, roles, tokens


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
    known = direct.logins(cloud, fleet)
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
    outcome = ask(direct.openstack(cloud, fleet, "auditor", instance_id=first("openstack", fleet)))
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
    auth = {"auth_url": cloud.auth_url, "token": direct.token(cloud, fleet)}
    cloud.expire_tokens("openstack")
    given = options("openstack", cloud, fleet, auth=auth)
    outcome = ask(given)
    assert outcome.kind == "authentication", outcome.message
    assert auth["token"] not in outcome.text
    assert asked_for_consoles(cloud) == 0


def test_wrong_passwords_and_credentials(cloud: Emulator, fleet: Fleet) -> None:
    known = direct.logins(cloud, fleet)
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


# Huawei's gateway


def test_huaweis_throttle_is_waited_out(cloud: Emulator, fleet: Fleet) -> None:
    """As 202, with a body that is no console; the vendor's pause is two seconds."""
    code = "Common.0024"
    cloud.add_fault("error", action="ShowServerRemoteConsole", first=1, status=202, code=code, message="slow down")
    outcome = ask(options("huawei", cloud, fleet, retries=0))
    assert not outcome.failed, outcome.message
    assert cloud.calls("ShowServerRemoteConsole") == 2


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
    token = direct.token(cloud, fleet)
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
            assert outcome.kind in ("unexpected_answer", "timeout"), f"{provider} {fault}: {outcome.text}"
            assert "Traceback" not in outcome.text
