# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""vnc_url_info on all three clouds: every way to log in, every type, and URLs that are proved alive."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.emulator.client import Emulator
from tests.emulator.fleet import Fleet
from tests.integration import module_calls
from tests.integration.console_urls.url_calls import (
    ask,
    first,
    options,
)
from tests.integration.module_calls import Options, Outcome
from tests.integration.playbook_runs import writes

# The greeting's way leads through the emulator's proxy, which pytest's process reaches as any other.
SECONDS = 600


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
    known = module_calls.logins(cloud, fleet)
    if kind in known:
        return {**server, "auth": known[kind], "auth_type": kind}
    if kind == "token":
        auth = {"auth_url": cloud.auth_url, "token": module_calls.token(cloud, fleet)}
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
