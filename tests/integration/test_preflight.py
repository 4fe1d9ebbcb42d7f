# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The preflight as an operator runs it: what is missing is said with its next step, and nothing is written."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.emulator.client import Emulator
from tests.emulator.kv.admin import READER
from tests.integration.ledger_server import Shared
from tests.integration.playbook_runs import Room, Run, contents, writes
from tests.integration.secrecy.evidence import found_in, gather, known
from tests.integration.secrecy.process_watcher import Watcher
from tests.integration.test_bad_calls import BLOCKER
from tests.openbao.audit import Audit

PREFLIGHT = "cloudops.console.preflight"
MODULE = "cloudops.console.vnc_password_rotation_preflight"
SAID = "Show the findings"

OWN = """
- hosts: all
  gather_facts: false
  module_defaults:
    group/cloudops.console.alibaba:
      access_key_id: "{{ key_id }}"
      access_key_secret: "{{ key_secret }}"
  tasks:
    - name: Look
      cloudops.console.vnc_password_rotation_preflight:
        ledger: "{{ vnc_rotation_ledger }}"
        ledger_key: "{{ vnc_rotation_ledger_key }}"
"""


def look(room: Room, *arguments: str, **variables: Any) -> Run:
    return room.rotate(*arguments, playbook=PREFLIGHT, **variables)


def found(run: Run) -> dict[str, dict[str, str]]:
    """The lines of a run, by state and subject; several of one subject are joined."""
    lines: dict[str, dict[str, str]] = {"ok": {}, "not checked": {}, "problem": {}}
    for line in run.one(SAID)["msg"]:
        state, _colon, rest = line.partition(": ")
        subject = rest.partition(":")[0].partition(" (")[0]
        lines[state][subject] = lines[state].get(subject, "") + line
    return lines


def problems(run: Run) -> dict[str, str]:
    """What is wrong; a run with a problem ends with exit code 2, and one without with 0."""
    wrong = found(run)["problem"]
    assert run.rc == (2 if wrong else 0), run.text
    return wrong


@pytest.mark.cores(full=True)
def test_all_is_well(room: Room, cloud: Emulator, watcher: Watcher) -> None:
    """Nothing is written, in the clouds, for a ledger or a report; and no secret is said."""
    starts = {one["instance_id"]: one["started_at"] for one in cloud.instances()}
    for arguments in (("-vvvvv",), ("-vvvvv", "--check")):
        run = look(room, *arguments)
        lines = found(run)
        assert problems(run) == {}
        assert set(lines["ok"]) == {
            "libraries",
            "inventory",
            "endpoint",
            "clock",
            "credentials",
            "permissions",
            "ledger",
        }
        assert "24 hosts with 24 instances" in lines["ok"]["inventory"]
        assert f"there is none at sqlite://{room.ledger} yet" in lines["ok"]["ledger"]
        assert "ModifyInstanceVncPasswd" in lines["not checked"]["permissions"]
        assert run.one("Fail if there is a problem")["msg"] == "No problem; 7 ok, 1 cannot be checked."
        assert run.one(MODULE)["changed"] is False
        assert found_in(gather(room, watcher, run), known(room)) == {}
    assert writes(cloud) == 0
    assert cloud.calls("ModifyInstanceVncPasswd") == 0
    assert {one["instance_id"]: one["started_at"] for one in cloud.instances()} == starts
    assert not room.ledger.parent.exists()
    assert not room.reports.exists()


@pytest.mark.cores(full=True)
def test_what_can_be_wrong_at_once(room: Room, cloud: Emulator, watcher: Watcher) -> None:
    """Each has a line of its own; one problem keeps nothing else from being looked at; and no secret is said."""
    room.keep("web-0001", "app-0002", "mail-0008", "cache-0004", "db-0003")
    room.hosts["web-0001"]["console_region"] = ""
    room.hosts["db-0003"]["console_instance_id"] = "i-nobodyhasthis"
    room.hosts["again"] = dict(room.hosts["mail-0008"])
    cloud.change_key(room.hosts["cache-0004"]["console_access_key_id"], secret="another-one")
    room.write("ledger", "not a folder")
    run = look(room, "-vvvvv")
    wrong = problems(run)
    assert set(wrong) == {"inventory", "instances", "credentials", "ledger"}
    assert "(web-0001)" in wrong["inventory"]
    assert "console_region" in wrong["inventory"]
    assert "(db-0003)" in wrong["instances"]
    assert "(cache-0004)" in wrong["credentials"]
    assert "SignatureDoesNotMatch" in wrong["credentials"]
    assert "move the file that is in its way" in wrong["ledger"]
    assert "mail-0008, again are one instance" in found(run)["ok"]["inventory"]
    assert run.one("Fail if there is a problem")["msg"].startswith("4 of ")
    assert found_in(gather(room, watcher, run), known(room)) == {}
    assert writes(cloud) == 0


@pytest.mark.full
def test_permissions(room: Room, cloud: Emulator) -> None:
    """To restart is needed only where it is allowed; a denied description stops no other check."""
    room.keep("web-0001", "proxy-0007", "queue-0013", "db-0019")
    key = room.hosts["web-0001"]["console_access_key_id"]
    cloud.deny(key, {"actions": ["RebootInstance"]})
    assert problems(look(room)) == {}
    assert "may not restart" in found(look(room))["ok"]["permissions"]
    wrong = problems(look(room, reboot_ok=True))
    assert "Grant the RAM permission ecs:RebootInstance" in wrong["permissions"]
    cloud.deny(key, {"actions": ["DescribeInstances"]})
    run = look(room)
    assert "Grant the RAM permission ecs:DescribeInstances" in problems(run)["permissions"]
    assert "are accepted" in found(run)["ok"]["credentials"]


@pytest.mark.full
def test_the_clock(room: Room, cloud: Emulator) -> None:
    room.keep("web-0001")
    cloud.set_clock_offset(1000)
    assert "behind the cloud's" in problems(look(room))["clock"]
    cloud.set_clock_offset(-120)
    run = look(room)
    assert problems(run) == {}
    assert "seconds ahead of" in found(run)["ok"]["clock"]


def test_an_endpoint_that_nothing_answers_at(room: Room) -> None:
    """No key is sent there, and the other endpoint is still looked at."""
    room.keep("web-0001", "app-0002")
    room.hosts["web-0001"]["console_endpoint"] = "http://127.0.0.1:9"
    run = look(room)
    assert set(problems(run)) == {"endpoint"}
    assert "127.0.0.1:9" in found(run)["problem"]["endpoint"]
    assert "(cn-hangzhou)" in found(run)["not checked"]["credentials"]
    assert "(cn-shanghai)" in found(run)["ok"]["credentials"]


@pytest.mark.full
def test_where_credentials_are_found(room: Room) -> None:
    """The profile is named; without any credentials, the hosts are, with the ways to give some."""
    room.keep("web-0001", "proxy-0007")
    profile = {
        "name": "ops",
        "mode": "AK",
        "access_key_id": room.hosts["web-0001"].pop("console_access_key_id"),
        "access_key_secret": room.hosts["web-0001"].pop("console_access_key_secret"),
    }
    room.write("home/.aliyun/config.json", json.dumps({"current": "ops", "profiles": [profile]}))
    room.hosts["web-0001"]["console_profile"] = "ops"
    run = look(room)
    assert problems(run) == {}
    assert "profile ops of ~/.aliyun/config.json" in found(run)["ok"]["credentials"]
    assert profile["access_key_secret"] not in run.text
    room.hosts["web-0001"]["console_profile"] = "nobody"
    assert "(web-0001)" in problems(look(room))["credentials"]
    (room.home / ".aliyun" / "config.json").unlink()
    del room.hosts["web-0001"]["console_profile"]
    assert "ALIBABA_CLOUD_ACCESS_KEY_ID" in problems(look(room))["credentials"]


@pytest.mark.parametrize("hidden", [pytest.param("httpx", marks=pytest.mark.full), "httpx pydantic"])
def test_libraries_that_are_missing(room: Room, cloud: Emulator, hidden: str) -> None:
    """All of them, each with its command."""
    room.write("hiding/sitecustomize.py", BLOCKER)
    room.environ = {"PYTHONPATH": str(room.path / "hiding"), "CONSOLE_HIDDEN": hidden}
    run = look(room)
    assert set(problems(run)) == {"libraries"}
    for name in hidden.split():
        assert f"-m pip install '{name}>=" in found(run)["problem"]["libraries"]
    assert set(found(run)["not checked"]) == {"the rest"}
    assert "Traceback" not in run.text
    assert cloud.counters()["calls"] == 0


def test_a_ledger_in_a_file(room: Room) -> None:
    """It stays as it is, byte by byte, also under the wrong key."""
    room.keep("web-0001", "app-0002")
    assert room.rotate("--limit", "web-0001").rc == 0
    before = contents(room.ledger.parent)
    run = look(room)
    assert problems(run) == {}
    assert "records of 1 of 2 instances" in found(run)["ok"]["ledger"]
    room.variables["vnc_rotation_ledger_key"] = "it is not this one"
    assert "Ledger.WrongKey" in problems(look(room))["ledger"]
    room.variables["vnc_rotation_ledger_key"] = ""
    assert "--vault-password-file" in problems(look(room))["ledger"]
    assert contents(room.ledger.parent) == before
    awx = problems(look(room, "--extra-vars", "awx_job_id=7"))
    assert "vnc_rotation_allow_local_ledger" in awx["ledger"]
    room.variables["vnc_rotation_ledger"] = "sqlite:relative"
    assert "sqlite:///" in problems(look(room))["ledger"]


@pytest.mark.full
def test_a_ledger_on_a_server(room: Room, shared: Shared, audit: Audit) -> None:
    """Login, the mount, and the right to write; no record is written."""
    room.keep("web-0001")
    room.variables |= shared.variables()
    run = look(room)
    assert problems(run) == {}
    assert "can be opened and written" in found(run)["ok"]["ledger"]
    room.variables["vnc_rotation_vault_secret_id"] = "not this"
    assert "AppRole" in problems(look(room))["ledger"]
    room.variables |= {"vnc_rotation_vault_role_id": "", "vnc_rotation_vault_secret_id": ""}
    assert "VAULT_TOKEN" in problems(look(room))["ledger"]
    room.variables["vnc_rotation_vault_token"] = shared.token(READER)
    assert "Ledger.Denied" in problems(look(room))["ledger"]
    assert audit.changes() == 0


def test_a_variable_of_the_role_that_is_wrong(room: Room, cloud: Emulator) -> None:
    """A rotation would not begin, so that is the one problem."""
    run = look(room, timeout=0)
    assert "from 0.1 to 600" in problems(run)["variables"]
    assert set(found(run)["not checked"]) == {"the rest"}
    assert cloud.counters()["calls"] == 0


@pytest.mark.cores(full=True)
@pytest.mark.parametrize("inventory", ["missing.yml", "empty.yml"])
def test_no_hosts_at_all(room: Room, inventory: str) -> None:
    (room.path / "empty.yml").touch()
    run = room.run("ansible-playbook", "-i", inventory, PREFLIGHT)
    assert any("inventory" in text and "-i" in text for text in problems(run).values())


def test_a_play_of_ones_own(room: Room) -> None:
    """The module works once for all hosts, takes credentials from module_defaults, and fails on a problem."""
    room.keep("web-0001", "proxy-0007")
    key = {name: room.hosts["web-0001"][f"console_access_key_{name}"] for name in ("id", "secret")}
    for values in room.hosts.values():
        del values["console_access_key_id"], values["console_access_key_secret"]
    run = room.play(OWN, key_id=key["id"], key_secret=key["secret"])
    assert run.rc == 0, run.text
    assert (len(run.of(MODULE)), run.one(MODULE)["summary"]["problem"]) == (1, 0)
    refused = room.play(OWN, key_id=key["id"], key_secret="another-one")
    result = refused.one(MODULE)
    assert (refused.rc, result["summary"]["problem"]) == (2, 1)
    (finding,) = [one for one in result["findings"] if one["state"] == "problem"]
    assert (finding["subject"], finding["where"]) == ("credentials", ["web-0001", "proxy-0007"])
    assert "the options of the task are not accepted" in result["msg"]
