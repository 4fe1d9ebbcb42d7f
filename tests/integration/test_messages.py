# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""What messages call things: by the names that are written where the message is read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.emulator.client import Emulator
from tests.integration.playbook_runs import ROTATION, Room

URL = "cloudops.console.vnc_url_info"
PASSWORD = "cloudops.console.vnc_password"
CARE = "cloudops.console.vnc_ledger"


def test_a_module_names_its_options(room: Room, cloud: Emulator) -> None:
    """The inventory has the region, and the task does not give it: that is what is to be corrected."""
    room.keep("web-0001")
    task = {"name": "ask", URL: {"instance_id": "{{ console_instance_id }}"}, "delegate_to": "localhost"}
    run = room.play(json.dumps([{"hosts": "all", "gather_facts": False, "tasks": [task]}]))
    message = run.of("ask")[0].result["msg"]
    assert "Set region," in message
    assert "console_" not in run.of("ask")[0].result["failure"]["message"]
    assert cloud.counters()["calls"] == 0


def test_a_rotation_names_variables(room: Room) -> None:
    """Hosts give the variables console_*, the role those of its own; a task of one's own gives options."""
    room.keep("web-0001")
    assert "vnc_rotation_max_failures 'ten'" in room.rotate(max_failures="ten").rotation["msg"]
    assert "vnc_rotation_canary is -1" in room.rotate(canary=-1).rotation["msg"]
    room.hosts["gone"] = {**room.hosts["web-0001"], "console_instance_id": "i-gone"}
    room.hosts["nowhere"] = {**room.hosts["web-0001"], "console_region": "cn/hangzhou", "console_instance_id": "i-1"}
    problems = room.rotate(ledger=f"sqlite://{room.path}/other.db").rotation["problems"]
    assert "Check console_instance_id, console_region and" in problems["gone"]["message"]
    assert "Set console_region," in problems["nowhere"]["failure"]["message"]
    task = {"name": "rotate", ROTATION: {"max_failures": "ten", "ledger_key": "k"}, "ignore_errors": True}
    own = room.play(json.dumps([{"hosts": "all", "gather_facts": False, "tasks": [task]}]))
    assert own.of("rotate")[0].result["msg"].startswith("max_failures 'ten'")


@pytest.mark.full
def test_ledger_care_names_variables(room: Room) -> None:
    room.keep("web-0001")
    room.rotate()
    copy = str(room.path / "copy.db")
    playbook = "cloudops.console.ledger_care"
    assert room.rotate(playbook=playbook, backup=copy).rc == 0
    again = room.rotate(playbook=playbook, backup=copy).of(CARE)[0].result["msg"]
    assert "set vnc_rotation_backup_overwrite to true" in again
    no_bool = room.rotate(playbook=playbook, backup=copy, backup_overwrite="perhaps").of(CARE)[0].result["msg"]
    assert "vnc_rotation_backup_overwrite" in no_bool
    options = {"ledger": f"sqlite://{room.ledger}", "ledger_key": room.ledger_key, "backup": copy}
    own = room.play(
        json.dumps([{"hosts": "localhost", "gather_facts": False, "tasks": [{"name": "care", CARE: options}]}])
    )
    assert "set backup_overwrite to true" in own.of("care")[0].result["msg"]


@pytest.mark.cores(full=True)
def test_waves_are_checked_before_the_rotation(room: Room, cloud: Emulator) -> None:
    """A serial that Ansible cannot read would end in a traceback when all passwords are changed."""
    room.keep(room.names(io_optimized=False, status="Running")[0])
    for name, value, hint in (("serial", "many", "a share such as 10%"), ("timeout", 7200, "from 0 to 3600")):
        wrong: dict[str, Any] = {f"reboot_{name}": value}
        run = room.rotate(reboot_ok=True, **wrong)
        assert run.rc != 0
        assert run.rotation["msg"].startswith(f"vnc_rotation_reboot_{name} is ")
        assert hint in run.rotation["msg"]
        assert "Traceback" not in run.text
        report = room.rotate(playbook="cloudops.console.reboot_waiting_hosts", **wrong)
        assert hint in report.of("cloudops.console.vnc_password_rotation_info")[0].result["msg"]
    assert cloud.counters()["calls"] == 0


def old_pythons(core: str) -> list[Path]:
    """Pythons of this machine that the collection is too new for, and this ansible-core is not."""
    least = (3, 6) if core == "core-2.16" else (3, 9)
    found = sorted((Path.home() / ".pyenv" / "versions").glob("3.[6-9].*/bin/python"))
    return [path for path in found if tuple(map(int, path.parts[-3].split(".")[:2])) >= least]


@pytest.mark.cores
def test_a_python_that_is_too_old(room: Room) -> None:
    pythons = old_pythons(room.core.name)
    if not pythons:
        pytest.skip("no such Python here; a unit test simulates one")
    room.keep("web-0001")
    tasks = [
        {
            "name": str(python),
            URL: {"region": "cn-hangzhou", "instance_id": "i-1"},
            "delegate_to": "localhost",
            "vars": {"ansible_python_interpreter": str(python)},
            "ignore_errors": True,
        }
        for python in pythons
    ]
    run = room.play(json.dumps([{"hosts": "all", "gather_facts": False, "tasks": tasks}]))
    for python in pythons:
        message = run.of(str(python))[0].result["msg"]
        assert "need Python 3.10 or newer, and " in message
        assert str(python.parent) in message
    assert "Traceback" not in run.text


@pytest.mark.cores(full=True)
def test_what_yaml_took_for_a_number(room: Room, cloud: Emulator) -> None:
    """012345 is 5349 before anything of ours sees it; so the message says what to do, and no key is tried with it."""
    room.keep(*room.names(status="Running")[:2])
    first, second = room.hosts
    secret = room.hosts[first]["console_access_key_secret"]
    del room.hosts[first]["console_access_key_secret"]
    room.write(f"host_vars/{first}.yml", "console_access_key_secret: 012345\n")
    run = room.rotate(canary=0)
    problem = run.rotation["problems"][first]["message"]
    assert "console_access_key_secret is a number and not a text; put it in quotes" in problem
    assert "5349" not in run.text
    assert run.outcomes[second] == "rotated"
    play = f"""
        - hosts: {second}
          gather_facts: false
          tasks:
            - name: set
              {PASSWORD}:
                region: cn-hangzhou
                instance_id: i-1
                access_key_secret: " {secret} "
                password: 012345
              delegate_to: localhost
              ignore_errors: true
    """
    message = room.play(play).of("set")[0].result["msg"]
    assert "it has 4 characters and not 6" in message
    assert message.endswith("put the password in quotes.")
    assert len(cloud.received()) == 1


def test_an_endpoint_without_a_scheme(room: Room, cloud: Emulator) -> None:
    """It means https; where plain http answers, the message says that."""
    room.keep("web-0001")
    room.hosts["web-0001"]["console_endpoint"] = cloud.url.partition("://")[2]
    problem = room.rotate().rotation["problems"]["web-0001"]
    assert problem["failure"]["kind"] == "network"
    assert "the TLS handshake failed" in problem["message"]
    assert "Check console_endpoint and any proxy: an endpoint without a scheme means https" in problem["message"]


def test_blanks_around_an_option_are_not_meant(room: Room, cloud: Emulator) -> None:
    """As in the variables of a host."""
    room.keep("web-0001")
    host = room.hosts["web-0001"]
    names = ("region", "endpoint", "access_key_id", "access_key_secret")
    options = {name: f" {host[f'console_{name}']}\n" for name in names}
    task = {
        "name": "ask",
        "cloudops.console.instance_info": {**options, "instance_ids": [host["console_instance_id"]]},
        "delegate_to": "localhost",
    }
    run = room.play(json.dumps([{"hosts": "all", "gather_facts": False, "tasks": [task]}]))
    assert run.of("ask")[0].result["instances"], run.text
    assert cloud.counters()["calls"] == 1
