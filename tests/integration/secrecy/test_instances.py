# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory plugin and its cache in the channels of the secrecy matrix, on success and on failure."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.emulator.client import Emulator
from tests.emulator.fleet import Fleet, make_fleet
from tests.integration.module_calls import alibaba, huawei, logins
from tests.integration.playbook_runs import Room
from tests.integration.secrecy.evidence import found_in, gather, known
from tests.integration.secrecy.process_watcher import Watcher
from tests.integration.secret_scan import files_below

Sources = list[dict[str, Any]]
WRONG = "Wr0ngSecretOfAnAccount12345678"
SAY = """
- hosts: all
  gather_facts: false
  tasks:
    - name: Show all that hosts have
      ansible.builtin.debug:
        msg: "{{ hostvars[inventory_hostname] }}"
"""


@pytest.fixture(scope="module")
def fleet() -> Fleet:
    return make_fleet(3, seed=45, regions=1, accounts=1, stopped=0, huawei=1, openstack=1)


def sources_of(room: Room) -> Sources:
    """Name all credentials in the file itself, where they are most at risk."""
    auth = logins(room.cloud, room.fleet)["v3applicationcredential"]
    stack = {"provider": "openstack", "auth_type": "v3applicationcredential", "auth": auth, "retries": 0}
    return [alibaba(room.cloud, room.fleet), huawei(room.cloud, room.fleet), stack]


def works(_cloud: Emulator, _sources: Sources) -> None:
    pass


def refused(_cloud: Emulator, sources: Sources) -> None:
    """The service answers with what it expected to be signed."""
    sources[0]["access_key_secret"] = WRONG


def refused_by_another(_cloud: Emulator, sources: Sources) -> None:
    """The gateway answers with the request and its signature."""
    sources[1]["access_key_secret"] = WRONG


def echoed(cloud: Emulator, sources: Sources) -> None:
    cloud.add_fault(
        "error", action="DescribeInstances", status=500, code="InternalError", message=sources[0]["access_key_secret"]
    )


def mistaken(_cloud: Emulator, sources: Sources) -> None:
    """The secret is where a number belongs."""
    sources[0]["timeout"] = sources[0]["access_key_secret"]


def misspelt(_cloud: Emulator, sources: Sources) -> None:
    sources[2]["auth"] = {"auth_url": "x", "pasword": sources[0]["access_key_secret"]}


def of_another_form(_cloud: Emulator, sources: Sources) -> None:
    sources[:] = [*sources, sources[0]["access_key_secret"]]


def unresolved(_cloud: Emulator, sources: Sources) -> None:
    sources[0]["access_key_secret"] = f"{{{{ '{sources[0]['access_key_secret']}' | no_such_filter }}}}"


@pytest.mark.cores(full=True)
@pytest.mark.parametrize("change", [works, refused])
def test_no_secret_in_any_channel(
    room: Room, cloud: Emulator, watcher: Watcher, change: Callable[[Emulator, Sources], None]
) -> None:
    judge(room, cloud, watcher, change)


@pytest.mark.full
@pytest.mark.cores(full=True)
@pytest.mark.parametrize("change", [refused_by_another, echoed, mistaken, misspelt, of_another_form, unresolved])
def test_no_secret_of_further_failures(
    room: Room, cloud: Emulator, watcher: Watcher, change: Callable[[Emulator, Sources], None]
) -> None:
    judge(room, cloud, watcher, change)


def judge(room: Room, cloud: Emulator, watcher: Watcher, change: Callable[[Emulator, Sources], None]) -> None:
    sources, cache = sources_of(room), room.path / "cache"
    secrets = {*known(room, WRONG), sources[0]["access_key_secret"], sources[1]["access_key_secret"]}
    change(cloud, sources)
    inventory = write(room, sources, cache)
    room.hosts = {}
    runs = [
        room.run("ansible-playbook", "-i", str(inventory), str(room.write("say.yml", SAY)), "-vvvvv"),
        room.run("ansible-inventory", "-i", str(inventory), "--list", "-vvvvv"),
    ]
    assert bool(runs[0].of("Show all that hosts have")) == (change is works), runs[0].text
    evidence = gather(room, watcher, *runs)
    evidence["cache"] = files_below(cache)
    assert bool(evidence["cache"]) == (change is works)
    assert len(secrets) >= 5
    assert found_in({"the file": {"inventory": inventory.read_bytes()}}, secrets), "what is there is found"
    assert found_in(evidence, secrets) == {}


def write(room: Room, sources: Sources, cache: Path) -> Path:
    options = {"cache": True, "cache_plugin": "ansible.builtin.jsonfile", "cache_connection": str(cache)}
    text = {"plugin": "cloudops.console.instances", "sources": sources, **options}
    return room.write("all.console.yml", json.dumps(text))
