# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every play and every task that README and guides print, run as printed against the emulated clouds.

Only what the pages cannot know is replaced: ids and regions of the fleet, and addresses of the emulated clouds.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import yaml

from tests.emulator.client import Emulator
from tests.emulator.fleet import Fleet, make_fleet
from tests.integration import module_calls
from tests.integration.playbook_runs import Room
from tests.tools.pages import Block, blocks, pages

HOST = "web-01.example.com"
ALIBABA, UUID = "i-bp1hzoinajzkh91h0001", "47bc79ae-df61-4ade-9197-283a74e5d70e"
# Run elsewhere, and why: test_mixed runs it over three clouds; the role is not in the tests, test_awx_configure
# compares the names in it; terminal/test_connection runs plays over SSH, with a real server.
ELSEWHERE = ("group/cloudops.console.all", "infra.aap_configuration", "ansible_connection: cloudops.console")
OURS = "cloudops.console."


def plays_of(block: Block) -> list[dict[str, Any]]:
    """Return the plays of a block, tasks in a play over the host; none for a block of other data."""
    rows = yaml.safe_load(block.text)
    if not isinstance(rows, list) or any(name in block.text for name in ELSEWHERE):
        return []
    if any("hosts" in row or "ansible.builtin.import_playbook" in row for row in rows):
        return rows
    return [{"name": block.place, "hosts": HOST, "gather_facts": False, "tasks": rows}]


def cloud_of(block: Block) -> str:
    return next((name for name in ("huawei", "openstack") if name in block.text), "alibaba")


PRINTED = [block for page in pages() for block in blocks(page) if block.language == "yaml" and plays_of(block)]


def tasks_of(value: object) -> Iterator[dict[str, Any]]:
    """Every mapping below, tasks and module_defaults among them."""
    if isinstance(value, dict):
        yield value
    for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else []:
        yield from tasks_of(one)


def addressed(plays: list[dict[str, Any]], url: str) -> list[dict[str, Any]]:
    """Give each call to Alibaba Cloud the address of the emulated one, where a variable of the host does not."""
    for task in tasks_of(plays):
        for name, options in task.items():
            if isinstance(options, dict) and "region" in options and name.startswith((OURS, f"group/{OURS}alibaba")):
                options.setdefault("endpoint", url)
    return plays


def names_of(plays: list[dict[str, Any]]) -> set[str]:
    """Names of the tasks that call a module of ours, whether or not a group of hosts exists."""
    return {
        str(task["name"])
        for play in plays
        if play.get("hosts") in ("all", "localhost", HOST)
        for task in tasks_of(play.get("tasks", []))
        if any(key.startswith(OURS) for key in task)
    }


@pytest.fixture(scope="module")
def fleet() -> Fleet:
    return make_fleet(8, seed=17, regions=1, accounts=1, stopped=0, huawei=2, openstack=2)


@pytest.fixture
def furnished(room: Room, cloud: Emulator) -> Room:
    """Credentials where the pages say that they are, and the programs that they hand secrets to."""
    fleet, home = room.fleet, "home"
    given = {name: module_calls.options(name, cloud, fleet) for name in ("alibaba", "huawei")}
    login = module_calls.logins(cloud, fleet)["v3applicationcredential"]
    profile = {"name": "operations", "mode": "AK", "region_id": "cn-hangzhou"}
    keys = {name: str(given["alibaba"][name]) for name in ("access_key_id", "access_key_secret")}
    room.write(f"{home}/.aliyun/config.json", json.dumps({"current": "operations", "profiles": [profile | keys]}))
    clouds = {"private": {"auth_type": "v3applicationcredential", "auth": login}}
    room.write(f"{home}/.config/openstack/clouds.yaml", json.dumps({"clouds": clouds}))
    for program in ("xdg-open", "my-vnc-check"):
        room.write(f"bin/{program}", "#!/bin/sh\nexec cat > /dev/null\n").chmod(0o755)
    region = str(given["huawei"]["region"])
    room.environ |= {
        "PATH": f"{room.path / 'bin'}:{room.environment()['PATH']}",
        "NEW_VNC_PASSWORD": "aB3dE5",
        "SHOP_KEY_ID": str(given["huawei"]["access_key_id"]),
        "SHOP_KEY_SECRET": str(given["huawei"]["access_key_secret"]),
        "HUAWEICLOUD_SDK_AK": str(given["huawei"]["access_key_id"]),
        "HUAWEICLOUD_SDK_SK": str(given["huawei"]["access_key_secret"]),
        f"HUAWEICLOUD_SDK_REGION_ECS_{region.upper().replace('-', '_')}": cloud.huawei_url,
        "HUAWEICLOUD_SDK_IAM_ENDPOINT": cloud.huawei_url,
        "CONSOLE_CREDENTIAL_ID": str(login["application_credential_id"]),
        "CONSOLE_CREDENTIAL_SECRET": str(login["application_credential_secret"]),
    }
    return room


def instance_of(room: Room, name: str) -> Mapping[str, Any]:
    """Return one whose password is in force at once: no play has to wait for a restart, or for a server on it."""
    return next(one for one in module_calls.instances(name, room.fleet) if one.get("io_optimized", True))


def meant(text: str, room: Room, name: str) -> str:
    """Put what the fleet has in place of the examples' ids, regions and addresses."""
    one = instance_of(room, name)
    region = str(module_calls.options("huawei", room.cloud, room.fleet)["region"])
    replaced = {
        ALIBABA if name == "alibaba" else UUID: one["instance_id"],
        "cn-hangzhou": room.fleet["regions"][0],
        "ap-southeast-3": region,
        "https://keystone.example.com/v3": room.cloud.auth_url,
        "/srv/breakglass/": f"{room.path}/",
    }
    for old, new in replaced.items():
        text = text.replace(old, str(new))
    return text


def populate(room: Room, name: str) -> None:
    """Leave one host in the inventory, on this cloud."""
    one = instance_of(room, name)
    if name == "alibaba":
        room.hosts = {HOST: room.hosts[str(one["name"])]}
        room.variables["vnc_rotation_export"] = str(room.path / "vnc.yml")
        # By the vault password, as in the pages: then Ansible opens the export, too
        del room.variables["vnc_rotation_ledger_key"]
        return
    room.hosts = {HOST: {"console_provider": name, "console_instance_id": one["instance_id"]}}


@pytest.mark.parametrize("name", ["alibaba", "huawei", "openstack"])
def test_what_the_pages_print(furnished: Room, cloud: Emulator, name: str) -> None:
    room = furnished
    room.longest = 240
    populate(room, name)
    files: list[str] = []
    wanted: set[str] = set()
    for number, block in enumerate(block for block in PRINTED if cloud_of(block) == name):
        plays = yaml.safe_load(json.dumps(plays_of(block)))
        if name == "alibaba":
            plays = addressed(plays, cloud.url)
        wanted |= names_of(plays)
        text = meant(yaml.safe_dump(plays, sort_keys=False), room, name)
        files.append(str(room.write(f"{number:02}-{block.page.stem}.yml", text)))
    assert files
    secret = str(room.write("vault-pass", "of the pages"))
    run = room.run("ansible-playbook", "-i", str(room.inventory()), "--vault-password-file", secret, *files)
    assert run.rc == 0, run.text
    assert wanted - {event.task.rpartition(" : ")[2] for event in run.events} == set()
    assert not [event for event in run.events if event.event in ("failed", "unreachable")]


def test_each_page_for_a_cloud_has_one() -> None:
    guides = {block.page.stem for block in PRINTED}
    assert {"alibaba_guide", "huawei_guide", "openstack_guide", "tasks", "README"} <= guides
