# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""A module, the vendor's files in a home directory, and a cloud: the login that they give works."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.emulator.client import Emulator
from tests.emulator.fleet import Fleet, make_fleet
from tests.integration import module_calls

LOGIN = """
    {auth}username: operator
    {auth}password: {password}
    {auth}user_domain_name: Default
    {auth}project_name: operations
    {auth}project_domain_name: Default
"""
UNDER_AUTH = "clouds:\n  lab:\n    auth:" + LOGIN.replace("{auth}", "  ")
BESIDE_AUTH = "clouds:\n  lab:" + LOGIN.replace("{auth}", "")
FILES = {
    "regions-with-values": UNDER_AUTH + "    regions:\n      - {name: RegionOne, values: {auth: {auth_url: '{url}'}}}\n"
    "      - {name: RegionTwo, values: {auth: {auth_url: 'https://keystone.two.example.com/v3'}}}\n",
    "beside-auth": BESIDE_AUTH + "    auth_url: {url}\n    region_name: RegionOne\n",
    "hyphens": BESIDE_AUTH.replace("_", "-") + "    auth-url: {url}\n    region-name: RegionOne\n",
    "one-domain": "clouds:\n  lab:\n    auth: {auth_url: '{url}', username: operator, password: '{password}', "
    "project_name: operations}\n    domain_id: default\n    region_name: RegionOne\n",
    "nothing-verified": BESIDE_AUTH + "    auth_url: {url}\n    verify: false\n    cacert: ~/nothing.pem\n",
}


pytestmark = pytest.mark.usefixtures("patch")


@pytest.fixture(scope="module")
def fleet() -> Fleet:
    return make_fleet(2, seed=41, regions=1, accounts=1, openstack=4)


def write(home: Path, name: str, text: str, cloud: Emulator, fleet: Fleet) -> None:
    path = home / name
    path.parent.mkdir(parents=True, exist_ok=True)
    password = next(user["password"] for user in fleet["openstack"]["users"] if user["name"] == "operator")
    path.write_text(text.replace("{url}", cloud.auth_url).replace("{password}", password), encoding="utf-8")


def found(outcome: module_calls.Outcome) -> set[Any]:
    assert not outcome.failed, outcome.message
    return {one["instance_id"] for one in outcome.result["instances"]}


@pytest.mark.parametrize("name", FILES)
def test_a_clouds_file(cloud: Emulator, fleet: Fleet, tmp_path: Path, name: str) -> None:
    write(tmp_path, ".config/openstack/clouds.yaml", FILES[name], cloud, fleet)
    known = {row["instance_id"] for row in fleet["openstack"]["servers"]}
    for more in ({}, {"cloud": "lab", "region": "RegionOne"}):
        assert found(module_calls.call("instance_info", {"provider": "openstack", "retries": 0, **more})) == known


def test_a_region_that_the_file_does_not_have(cloud: Emulator, fleet: Fleet, tmp_path: Path) -> None:
    write(tmp_path, ".config/openstack/clouds.yaml", FILES["regions-with-values"], cloud, fleet)
    outcome = module_calls.call("instance_info", {"provider": "openstack", "cloud": "lab", "region": "RegionThree"})
    assert outcome.kind == "invalid"
    assert "has no region 'RegionThree'. It has: RegionOne, RegionTwo." in outcome.message
    assert cloud.log() == []


@pytest.mark.parametrize(
    "paths",
    [["/compute"], ["/compute/"], ["/compute/v2", "/compute/v2.1"], ["/compute/v2", "/compute"]],
    ids=" ".join,
)
def test_compute_urls_of_the_catalogue(cloud: Emulator, fleet: Fleet, tmp_path: Path, paths: list[str]) -> None:
    write(tmp_path, ".config/openstack/clouds.yaml", FILES["beside-auth"], cloud, fleet)
    cloud.configure(nova_catalogue=paths)
    assert len(found(module_calls.call("instance_info", {"provider": "openstack", "retries": 0}))) == 4


def test_a_compute_url_that_leads_elsewhere(cloud: Emulator, fleet: Fleet, tmp_path: Path) -> None:
    write(tmp_path, ".config/openstack/clouds.yaml", FILES["beside-auth"], cloud, fleet)
    cloud.configure(nova_catalogue=["/elsewhere/v2.1"])
    outcome = module_calls.call("instance_info", {"provider": "openstack", "retries": 0})
    assert outcome.kind == "unexpected_answer", outcome.message
    assert f"{cloud.url}/elsewhere/v2.1" in outcome.message
    assert "set endpoint" in outcome.message


def test_an_empty_profile_of_the_command_line(cloud: Emulator, fleet: Fleet, tmp_path: Path) -> None:
    empty = {"name": "default", "mode": "AK", "access_key_id": "", "access_key_secret": "", "language": "en"}
    profiles = json.dumps({"current": "default", "profiles": [empty], "meta_path": ""})
    write(tmp_path, ".aliyun/config.json", profiles, cloud, fleet)
    given = module_calls.options("alibaba", cloud, fleet)
    key = f"access_key_id = {given.pop('access_key_id')}\naccess_key_secret = {given.pop('access_key_secret')}\n"
    write(tmp_path, ".alibabacloud/credentials.ini", f"[default]\ntype = access_key\n{key}", cloud, fleet)
    assert len(found(module_calls.call("instance_info", given))) == 2
