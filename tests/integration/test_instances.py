# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory plugin by Ansible's own commands: six lines for a mixed fleet, names, limits, cache and failures."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.emulator.client import Emulator
from tests.emulator.fleet import Fleet, make_fleet
from tests.integration.module_calls import logins
from tests.integration.playbook_runs import ROTATE, Room, Run
from tests.integration.test_inventory import VAULT_PASSWORD, vaulted

# As an instance of the internet could be called.
ODD = "db: main, [left] {{ lookup('ansible.builtin.pipe', 'touch owned') }}"
# The same with delimiters of its own, which ansible-core 2.16 to 2.18 take from the first line.
OWN = """#jinja2:variable_start_string:'[[',variable_end_string:']]'
[[ lookup('ansible.builtin.pipe', 'touch owned') ]]"""
ODD_NAME = "db_main_left_lookup_ansible.builtin.pipe_touch_owned_"
SAY = """
- hosts: all
  gather_facts: false
  tasks:
    - name: Say
      ansible.builtin.debug:
        msg: "{{ console_name }} {{ console_tags | default({}) }} {{ label | default('') }}"
    - name: Say each tag
      ansible.builtin.debug:
        msg: "{{ item.key }} {{ item.value }}"
      loop: "{{ console_tags | dict2items }}"
"""


@pytest.fixture(scope="module")
def fleet() -> Fleet:
    return make_fleet(8, seed=44, regions=2, accounts=1, stopped=0, huawei=2, openstack=2)


def credentials(room: Room) -> None:
    """Give credentials as people have them: by the environment and clouds.yaml."""
    cloud, fleet = room.cloud, room.fleet
    key, account = fleet["accounts"][0]["access_keys"][0], fleet["huawei"]["accounts"][0]
    other = account["access_keys"][0]
    room.environ |= {
        "ALIBABA_CLOUD_ACCESS_KEY_ID": key["access_key_id"],
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": key["access_key_secret"],
        "HUAWEICLOUD_SDK_AK": other["access_key_id"],
        "HUAWEICLOUD_SDK_SK": other["access_key_secret"],
        "HUAWEICLOUD_SDK_IAM_ENDPOINT": cloud.huawei_url,
    }
    auth = logins(cloud, fleet)["v3applicationcredential"]
    entry = {"auth_type": "v3applicationcredential", "auth": auth}
    room.write("home/.config/openstack/clouds.yaml", json.dumps({"clouds": {"private": entry}}))


def six_lines(room: Room, more: str = "") -> Path:
    """Write the inventory; it takes more options."""
    regions = ", ".join(room.fleet["regions"])
    servers = ", ".join(project["name"] for project in room.fleet["huawei"]["accounts"][0]["projects"])
    credentials(room)
    lines = [
        "plugin: cloudops.console.instances",
        "sources:",
        f"  - {{provider: alibaba, regions: [{regions}], endpoint: '{room.cloud.url}'}}",
        f"  - {{provider: huawei, regions: [{servers}], endpoint: '{room.cloud.huawei_url}'}}",
        "  - {provider: openstack, cloud: private}",
        "hostnames: [name, instance_id]",
    ]
    return room.write("fleet.console.yml", "\n".join([*lines, more]))


def rotate(room: Room, inventory: Path, *arguments: str, playbook: str = ROTATE) -> Run:
    variables = json.dumps(room.variables)
    return room.run("ansible-playbook", "-i", str(inventory), playbook, "-e", variables, *arguments)


@pytest.mark.cores
def test_six_lines_rotate_a_mixed_fleet(room: Room, cloud: Emulator, fleet: Fleet) -> None:
    inventory = six_lines(room)
    assert len(inventory.read_text(encoding="utf-8").splitlines()) == 6
    run = rotate(room, inventory)
    assert run.rc == 0, run.text
    ours = {one["name"] for one in fleet["instances"]}
    servers = {one["name"] for part in ("huawei", "openstack") for one in fleet[part]["servers"]}
    assert run.outcomes == {**dict.fromkeys(ours, "rotated"), **dict.fromkeys(servers, "unsupported")}
    assert {row["instance_id"] for row in cloud.received()} == {one["instance_id"] for one in fleet["instances"]}


@pytest.mark.cores
def test_names_that_are_patterns_and_templates(room: Room, cloud: Emulator, fleet: Fleet) -> None:
    """What an instance is called selects its host by --limit, and is never run."""
    first, second, third = fleet["instances"][:3]
    cloud.change_instance(first["instance_id"], name=ODD, tags={"x": ODD, ODD: "y", "own": OWN})
    cloud.change_instance(second["instance_id"], tags={ODD: "y"})
    cloud.change_instance(third["instance_id"], name=second["name"])
    more = f"""\
cache: true
cache_plugin: ansible.builtin.jsonfile
cache_connection: {room.path}/cache
compose: {{label: console_tags.x ~ '!'}}
keyed_groups: [{{key: console_provider, prefix: cloud}}]
"""
    inventory = six_lines(room, more)
    said = room.run("ansible-playbook", "-i", str(inventory), str(room.write("say.yml", SAY)))
    assert said.rc == 0, said.text
    names = {event.host for event in said.of("Say")}
    assert {ODD_NAME, second["instance_id"], third["instance_id"]} <= names
    assert second["name"] not in names
    room.write("both.yml", f"{SAY}\n- ansible.builtin.import_playbook: {ROTATE}\n")
    limited = rotate(room, inventory, "--limit", ODD_NAME, playbook=str(room.path / "both.yml"))
    assert limited.outcomes == {ODD_NAME: "rotated"}
    assert limited.one("Say")["msg"].startswith(ODD)
    # The second run had all of its hosts from the cache
    assert cloud.calls("ListServersDetail") == 1
    # As AWX does: the inventory is kept as JSON, and a program hands it to each job
    room.write("kept.json", room.run("ansible-inventory", "-i", str(inventory), "--list").stdout)
    program = room.write("kept.sh", f"#!/bin/sh\ncat {room.path}/kept.json\n")
    program.chmod(0o700)
    handed = room.run("ansible-playbook", "-i", str(program), str(room.path / "say.yml"))
    assert len(handed.of("Say each tag")) == len(names)
    assert not list(room.path.rglob("owned"))


@pytest.mark.cores
def test_templates_omitted_and_vaulted_values(room: Room, fleet: Fleet) -> None:
    key = fleet["accounts"][0]["access_keys"][0]
    room.environ["ID_OF_KEY"] = key["access_key_id"]
    secret = "".join(f"      {line}\n" for line in vaulted(key["access_key_secret"]).splitlines())
    text = f"""\
plugin: cloudops.console.instances
sources:
  - region: "{{{{ where }}}}"
    endpoint: {room.cloud.url}
    profile: "{{{{ omit }}}}"
    access_key_id: "{{{{ lookup('ansible.builtin.env', 'ID_OF_KEY') }}}}"
    access_key_secret: !vault |
{secret}"""
    path, password = room.path / "vaulted.console.yml", room.write("password", VAULT_PASSWORD)
    path.write_text(text, encoding="utf-8")
    options = ("--vault-password-file", str(password), "-e", f"where={fleet['regions'][0]}")
    run = room.run("ansible-inventory", "-i", str(path), "--list", *options)
    assert run.rc == 0, run.text
    hosts = json.loads(run.stdout)["_meta"]["hostvars"]
    assert set(hosts) == {one["name"] for one in fleet["instances"] if one["region"] == fleet["regions"][0]}
    assert key["access_key_secret"] not in run.text
    assert not run.stderr


@pytest.mark.cores(full=True)
def test_a_region_that_fails(room: Room, cloud: Emulator, fleet: Fleet) -> None:
    """No host at all, the vendor's code, and what to do."""
    inventory = six_lines(room)
    cloud.add_fault("error", action="DescribeInstances", region=fleet["regions"][1], status=403, code="Forbidden.RAM")
    run = rotate(room, inventory)
    told = " ".join(run.text.split())
    assert run.rc == 2
    assert "Source 1 (alibaba): listing the instances in cn-shanghai failed" in told
    assert "Forbidden.RAM, request id" in told
    assert "Grant the RAM permission ecs:DescribeInstances" in told
    assert "The inventory has no hosts." in told
    assert "Traceback" not in told
    assert cloud.counters()["writes"] == 0


@pytest.mark.full
@pytest.mark.cores(full=True)
def test_a_region_that_fails_beside_another_inventory(room: Room, cloud: Emulator) -> None:
    """Ansible continues with the other one, unless told not to."""
    inventory = six_lines(room)
    cloud.add_fault("error", action="ListServersDetails", cloud="huawei", status=403, code="Ecs.0110")
    room.environ["ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED"] = "true"
    beside = room.write("beside.yml", "all: {hosts: {other: {}}}\n")
    stopped = room.run("ansible-playbook", "-i", str(beside), "-i", str(inventory), str(room.write("say.yml", SAY)))
    assert stopped.rc != 0
    assert not stopped.events
    assert cloud.counters()["writes"] == 0
