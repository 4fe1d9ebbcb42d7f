# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Recorded passwords set again, and former ones gone back to, with the playbooks that users run."""

from __future__ import annotations

import base64
import json
import time
from pathlib import Path
from typing import Any

import pytest

from tests.emulator.client import Emulator
from tests.integration import module_calls
from tests.integration.playbook_runs import ROTATION, Room, Run, contents, in_force_or_waiting, writes

RECONCILE = "cloudops.console.reconcile_vnc_passwords"
ROLLBACK = "cloudops.console.rollback_vnc_passwords"
LOOKUP = """
- hosts: localhost
  gather_facts: false
  tasks:
    - name: passwords
      ansible.builtin.debug:
        msg: "{{ dict(names | zip(found)) | to_json | b64encode }}"
      vars:
        found: "{{ query('cloudops.console.vnc_password', *names, which='all') }}"
"""


def recorded(room: Room) -> dict[str, dict[str, Any]]:
    """What the lookup says of each host; encoded on the way, because ansible-core 2.22 masks passwords."""
    told = room.play(LOOKUP, names=list(room.hosts)).one("passwords")["msg"]
    found: dict[str, dict[str, Any]] = json.loads(base64.b64decode(told))
    return found


def current(records: dict[str, dict[str, Any]]) -> dict[str, str]:
    return {name: record["current"] for name, record in records.items()}


def in_the_cloud(room: Room, cloud: Emulator) -> dict[str, str]:
    there = in_force_or_waiting(cloud)
    return {name: there[room.instance(name)] for name in room.hosts}


def change_by_hand(room: Room, name: str, password: str, tmp_path: Path) -> None:
    """As an operator does without knowing of the ledger."""
    host = room.hosts[name]
    options = {
        "provider": "alibaba",
        "password": password,
        **{part: host[f"console_{part}"] for part in ("region", "instance_id", "endpoint")},
        **{part: host[f"console_{part}"] for part in ("access_key_id", "access_key_secret")},
    }
    with module_calls.bare_environment(tmp_path):
        outcome = module_calls.call("vnc_password", options)
    assert not outcome.failed, outcome.message


def opening(run: Run) -> str:
    return next(line.text for line in run.errors if " instances, " in line.text)


@pytest.mark.cores(full=True)
def test_changed_by_hand(room: Room, cloud: Emulator, tmp_path: Path) -> None:
    """Reconciled: what the lookup says is what the cloud holds, and nothing but the reboot state has changed."""
    room.keep("web-0001", "cache-0004", "mail-0008")
    assert "mail-0008" in room.names(io_optimized=False, status="Running")
    assert room.rotate().rc == 0
    before = recorded(room)
    cloud.restart(started_at=time.time() + 60)
    assert room.rotate().reboots == dict.fromkeys(room.hosts, "none")
    for name in ("web-0001", "mail-0008"):
        change_by_hand(room, name, "Hand12", tmp_path)
    cloud.restart(started_at=time.time())
    assert cloud.instance(room.instance("mail-0008"))["in_force"] == "Hand12"
    assert in_the_cloud(room, cloud) != current(before)

    cloud.configure(refuse_writes=True)
    sent, files = writes(cloud), contents(room.ledger.parent)
    check = room.rotate("--check", "--diff", playbook=RECONCILE)
    assert (writes(cloud), contents(room.ledger.parent)) == (sent, files)
    assert check.rc == 0
    assert check.rotation["msg"] == ("would set the recorded password of 3 of 3 hosts again; 1 would need a reboot")
    assert "3 of them to set again" in opening(check)
    assert check.rotation["diff"]["after"].splitlines()[:2] == ["web-0001:", "  set again"]

    cloud.configure(refuse_writes=False)
    room.environ = {"ANSIBLE_SHOW_CUSTOM_STATS": "true"}
    run = room.rotate("-vvvvv", playbook=RECONCILE)
    assert run.rc == 0
    assert run.outcomes == check.outcomes == dict.fromkeys(room.hosts, "rotated")
    assert run.reboots == check.reboots == {"web-0001": "none", "cache-0004": "none", "mail-0008": "needed"}
    assert run.rotation["msg"] == "set the recorded password of 3 of 3 hosts again; 1 needs a reboot"
    assert (run.rotation["operation"], run.rotation["changed"]) == ("reconcile", True)
    assert run.custom.get("_run", run.custom)["vnc_rotation"]["operation"] == "reconcile"
    assert in_the_cloud(room, cloud) == current(before)
    after = recorded(room)
    for name, record in after.items():
        assert record["current"] == before[name]["current"]
        assert record["rotated_at"] == before[name]["rotated_at"]
        assert record["acknowledged_at"] >= before[name]["acknowledged_at"]
        assert (record["history"], record["pending"]) == ([], None)
    assert cloud.instance(room.instance("mail-0008"))["in_force"] != after["mail-0008"]["current"]
    # The ledger never had what was set by hand, so that is not listed; that a restart is awaited is
    assert (after["mail-0008"]["in_force"], after["mail-0008"]["reboot"]) == ([after["mail-0008"]["current"]], "needed")
    cloud.restart(started_at=time.time() + 120)
    assert room.rotate().reboots == dict.fromkeys(room.hosts, "none")
    assert cloud.instance(room.instance("mail-0008"))["in_force"] == after["mail-0008"]["current"]
    reports = {Path(path).suffix: Path(path).read_text("utf-8") for path in run.rotation["report"].values()}
    assert json.loads(reports[".json"])["operation"] == "reconcile"
    assert "VNC password reconciliation" in reports[".html"]
    assert "the recorded password was set again" in reports[".md"]
    assert not [row["password"] for row in cloud.received() if row["password"] in f"{run.text}{reports}"]


@pytest.mark.cores(full=True)
def test_back_to_the_password_before(room: Room, cloud: Emulator) -> None:
    """And forward again with a second run, because then the newer one is the one before."""
    room.keep("web-0001", "mail-0008")
    assert room.rotate().rc == 0
    old = current(recorded(room))
    assert room.rotate(force=True).rc == 0
    new = recorded(room)
    assert not set(old.values()) & set(current(new).values())

    sent = writes(cloud)
    check = room.rotate("--check", playbook=ROLLBACK)
    assert writes(cloud) == sent
    assert check.rotation["msg"] == "would roll back 2 of 2 hosts; 1 would need a reboot"
    run = room.rotate(playbook=ROLLBACK)
    assert (run.rc, run.rotation["operation"]) == (0, "rollback")
    assert run.outcomes == check.outcomes == dict.fromkeys(room.hosts, "rotated")
    assert run.reboots == check.reboots == {"web-0001": "none", "mail-0008": "needed"}
    assert run.rotation["msg"] == "rolled back 2 of 2 hosts; 1 needs a reboot"
    back = recorded(room)
    assert in_the_cloud(room, cloud) == current(back) == old
    for name, record in back.items():
        assert record["previous"] == new[name]["current"]
        assert record["rotated_at"] > new[name]["rotated_at"]
        assert [entry["password"] for entry in record["history"]] == [new[name]["current"], old[name]]
    assert room.rotate(playbook=ROLLBACK).rc == 0
    assert in_the_cloud(room, cloud) == current(recorded(room)) == current(new)


@pytest.mark.full
def test_back_to_a_moment(room: Room, cloud: Emulator) -> None:
    """Hosts that have had another password since go back; a second run, and hosts that have not, are fresh."""
    room.keep("web-0001", "app-0002", "db-0003")
    assert room.rotate("--limit", "web-0001,app-0002").rc == 0
    time.sleep(1.0)
    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    time.sleep(1.0)
    old = in_the_cloud(room, cloud)
    assert room.rotate("--limit", "web-0001", force=True).rc == 0
    assert room.rotate("--limit", "web-0001", force=True).rc == 0
    assert room.rotate("--limit", "db-0003").rc == 0

    run = room.rotate(playbook=ROLLBACK, rollback_to=moment)
    assert run.outcomes == {"web-0001": "rotated", "app-0002": "fresh", "db-0003": "failed"}
    assert run.failed_hosts == {"db-0003"}
    problem = run.rotation["problems"]["db-0003"]
    assert f"no password that was current at {moment}" in problem["message"]
    assert problem["failure"]["kind"] == "not_found"
    there = in_the_cloud(room, cloud)
    assert {name: there[name] for name in ("web-0001", "app-0002")} == {
        name: old[name] for name in ("web-0001", "app-0002")
    }
    sent = writes(cloud)
    again = room.rotate("--limit", "web-0001,app-0002", playbook=ROLLBACK, rollback_to=moment)
    assert (again.rc, again.rotation["changed"], writes(cloud)) == (0, False, sent)
    assert again.outcomes == {"web-0001": "fresh", "app-0002": "fresh"}


@pytest.mark.parametrize("playbook", [RECONCILE, pytest.param(ROLLBACK, marks=pytest.mark.full)])
def test_hosts_that_the_ledger_does_not_know(room: Room, cloud: Emulator, playbook: str) -> None:
    room.keep("web-0001", "app-0002")
    room.hosts["left-out"] = {"console_exclude": True}
    run = room.rotate(playbook=playbook)
    assert run.rc == 2
    assert run.outcomes == {"web-0001": "failed", "app-0002": "failed", "left-out": "excluded"}
    assert run.failed_hosts == {"web-0001", "app-0002"}
    assert "no acknowledged password" in run.rotation["problems"]["web-0001"]["message"]
    assert "Rotate it" in run.rotation["problems"]["web-0001"]["message"]
    assert run.rotation["changed"] is False
    assert writes(cloud) == 0


@pytest.mark.full
def test_nothing_before_the_current_one(room: Room, cloud: Emulator) -> None:
    room.keep("web-0001")
    assert room.rotate().rc == 0
    run = room.rotate(playbook=ROLLBACK)
    assert run.outcomes == {"web-0001": "failed"}
    assert "no password before the current one" in run.rotation["problems"]["web-0001"]["message"]
    assert len(cloud.received()) == 1


@pytest.mark.full
def test_a_pending_candidate_comes_first(room: Room, cloud: Emulator) -> None:
    """Nothing is skipped over: the run completes what is open, and says that it did not roll back."""
    room.keep("web-0001", "cache-0004")
    assert room.rotate().rc == 0
    assert room.rotate(force=True).rc == 0
    fault = cloud.add_fault(
        "error",
        action="ModifyInstanceVncPasswd",
        instance_id=room.instance("web-0001"),
        status=403,
        code="IncorrectInstanceStatus",
    )
    assert room.rotate("--limit", "web-0001", force=True).outcomes == {"web-0001": "failed"}
    cloud.remove_fault(fault)
    run = room.rotate(playbook=ROLLBACK)
    assert run.outcomes == {"web-0001": "resumed", "cache-0004": "rotated"}
    assert run.rotation["msg"] == (
        "rolled back 1 of 2 hosts (1 resumed); 1 of the resumed are to be rolled back by a further run"
    )
    assert "run again for this host" in run.rotation["hosts"]["web-0001"]["message"]
    assert "message" not in run.rotation["hosts"]["cache-0004"]
    assert in_the_cloud(room, cloud) == current(recorded(room))


@pytest.mark.full
def test_reboot_waves_are_those_of_a_rotation(room: Room) -> None:
    room.keep("web-0001", "mail-0008")
    assert room.rotate().rc == 0
    check = room.rotate("--check", playbook=RECONCILE, reboot_ok=True)
    assert check.rc == 0
    assert [event.host for event in check.of("cloudops.console.instance_reboot")] == ["mail-0008"]


@pytest.mark.full
def test_canary_and_limits_hold(room: Room, cloud: Emulator) -> None:
    assert room.rotate(host_status="none").rc == 0
    sent = len(cloud.received())
    cloud.add_fault("error", action="ModifyInstanceVncPasswd", status=403, code="Forbidden.RAM")
    run = room.rotate(playbook=RECONCILE, host_status="none")
    assert run.rotation["summary"]["rejected"] == 1
    assert run.rotation["summary"]["not_attempted"] == len(room.hosts) - 1
    assert "the canary" in run.rotation["stopped"]
    assert len(cloud.received()) == sent + 1
    cloud.clear_faults()
    assert in_the_cloud(room, cloud) == current(recorded(room))


@pytest.mark.parametrize(
    ("rollback_to", "words"),
    [
        ("yesterday", "neither previous nor a time"),
        pytest.param("2026-01-01T00:00:00", "neither", marks=pytest.mark.full),
        pytest.param("2999-01-01T00:00Z", "future", marks=pytest.mark.full),
    ],
)
def test_what_is_no_moment(room: Room, cloud: Emulator, rollback_to: str, words: str) -> None:
    room.keep("web-0001")
    run = room.rotate(playbook=ROLLBACK, rollback_to=rollback_to)
    assert run.rc == 2
    assert words in run.one(ROTATION)["msg"]
    assert not cloud.counters()["calls"]


def test_a_time_without_quotes_is_a_time(room: Room) -> None:
    """YAML makes a timestamp of it, before anybody sees the text."""
    room.keep("web-0001")
    assert room.rotate().rc == 0
    run = room.play("""
      - ansible.builtin.import_playbook: cloudops.console.rollback_vnc_passwords
        vars:
          vnc_rotation_rollback_to: 2020-01-02T03:04:05Z
    """)
    assert "no password that was current at 2020-01-02T03:04:05Z" in run.rotation["problems"]["web-0001"]["message"]
