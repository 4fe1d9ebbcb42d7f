# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rotation of an inventory, run as an operator runs it: dry run, first run, nothing due, force, limit."""

from __future__ import annotations

import datetime as dt
import json
import time
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.result import FleetResult, HostResult

from tests.emulator.client import Emulator
from tests.integration.playbook_runs import ROTATE, ROTATION, Room, Run, contents, hashed, in_force_or_waiting, writes

# Characters of a result; verbose output holds it once more, and the event of both is to stay below 100 kB.
# AWX empties a result that has more characters, as Python writes it.
RESULT_LIMIT = 700_000
# The playbook, and after it a play that uses what it leaves behind.
AND_THEN = f"""
- ansible.builtin.import_playbook: {ROTATE}
- name: What the next play sees
  hosts: localhost
  gather_facts: false
  tasks:
    - name: groups
      ansible.builtin.debug:
        msg:
          reboot: "{{{{ groups['vnc_reboot_needed'] | default([]) }}}}"
          failed: "{{{{ groups['vnc_rotation_failed'] | default([]) }}}}"
    - name: passwords
      ansible.builtin.debug:
        msg: "{{{{ dict(readable | zip(query('cloudops.console.vnc_password', *readable) | map('hash', 'sha256'))) }}}}"
      when: readable | length > 0
"""
ADDITIONS: dict[str, dict[str, Any]] = {
    "left-out": {"console_exclude": True, "console_region": "cn-hangzhou", "console_instance_id": "i-1"},
    "in-huawei": {"console_provider": "huawei", "console_region": "eu-west-101", "console_instance_id": "8f2a"},
    "in-nova": {"console_provider": "openstack", "console_instance_id": "0a1b"},
    "without-id": {"console_region": "cn-hangzhou"},
    "with-nothing": {},
}
DECIDED = {
    "left-out": "excluded",
    "in-huawei": "unsupported",
    "in-nova": "unsupported",
    "without-id": "unmapped",
    "with-nothing": "unmapped",
}


@pytest.fixture
def mixed(room: Room) -> Room:
    """The fleet, one instance under a second name, and hosts that no password can be set for."""
    room.hosts |= {"again-0001": dict(room.hosts["web-0001"]), **ADDITIONS}
    room.groups = {"web": ["web-0001", "again-0001"], "everything_twice": list(room.hosts), "edge": ["left-out"]}
    return room


def go(room: Room, *arguments: str, readable: tuple[str, ...] = (), **variables: Any) -> Run:
    names = {f"vnc_rotation_{name}": value for name, value in variables.items()}
    return room.play(AND_THEN, *arguments, readable=list(readable), **names)


@pytest.mark.cores
def test_life_of_an_inventory(mixed: Room, cloud: Emulator) -> None:
    real = [name for name in mixed.hosts if name not in DECIDED]
    slow = set(mixed.names(io_optimized=False, status="Running"))

    cloud.configure(refuse_writes=True)
    check = go(mixed, "--check", "--diff", host_status="none")
    assert check.acted() == set(real)
    assert writes(cloud) == 0
    assert not mixed.ledger.parent.exists()
    assert not mixed.reports.exists()
    assert check.rotation["report"] == {}

    cloud.configure(refuse_writes=False)
    first = go(mixed, readable=tuple(real), host_status="none")
    assert first.outcomes == check.outcomes == {**dict.fromkeys(real, "rotated"), **DECIDED}
    assert list(first.outcomes) == list(mixed.hosts)
    assert first.reboots == check.reboots
    assert {name for name, reboot in first.reboots.items() if reboot == "needed"} == slow
    stopped = {name for name, reboot in first.reboots.items() if reboot == "at_next_start"}
    assert stopped == set(mixed.names(io_optimized=False, status="Stopped"))
    assert first.rotation["summary"]["total"] == sum(first.rotation["summary"].values()) / 2 == len(mixed.hosts)
    assert len(cloud.received()) == len(mixed.fleet["instances"])
    for run in (check, first):
        assert run.rotation["changed"] is True
        assert run.rc == 0
        assert not run.failed_hosts
        seen = run.one("groups")["msg"]
        assert set(seen["reboot"]) == slow
        assert set(seen["failed"]) == {"without-id", "with-nothing"}

    set_there = in_force_or_waiting(cloud)
    # ansible-core 2.22 masks passwords, but not their hashes
    assert first.one("passwords")["msg"] == {name: hashed(set_there[mixed.instance(name)]) for name in real}

    cloud.configure(refuse_writes=True)
    before, asked = mixed.ledger.read_bytes(), cloud.calls("DescribeInstances")
    again = mixed.rotate()
    assert writes(cloud) == len(mixed.fleet["instances"])
    assert cloud.calls("DescribeInstances") == asked + 6, "one call for each account and region"
    assert mixed.ledger.read_bytes() == before
    assert again.outcomes == {**dict.fromkeys(real, "fresh"), **DECIDED}
    assert again.reboots == first.reboots
    assert again.rotation["changed"] is False
    assert again.rc == 2
    assert again.failed_hosts == {"without-id", "with-nothing"}
    assert not any(counts["changed"] for counts in again.recap.values())

    forced = mixed.rotate("--check", "--limit", "web,left-out", force=True)
    assert forced.outcomes == {"web-0001": "rotated", "again-0001": "rotated", "left-out": "excluded"}
    assert mixed.ledger.read_bytes() == before
    assert writes(cloud) == len(mixed.fleet["instances"])

    cloud.configure(refuse_writes=False)
    limited = mixed.rotate("--limit", "again-0001", force=True)
    assert limited.rc == 0
    assert limited.outcomes == {"again-0001": "rotated"}
    assert cloud.received()[-1]["instance_id"] == mixed.instance("web-0001")
    assert len(cloud.received()) == len(mixed.fleet["instances"]) + 1


def test_a_diff_names_hosts_and_no_password(room: Room, cloud: Emulator) -> None:
    room.keep("web-0001", "mail-0008")
    assert "mail-0008" in room.names(io_optimized=False, status="Running")
    for check in (["--check"], []):
        run = room.rotate("--diff", *check)
        assert [line for line in run.stdout.splitlines() if line.startswith((" ", "+ ", "- "))] == [
            *(" web-0001:", "-  no password in the ledger", "+  rotated"),
            *(" mail-0008:", "-  no password in the ledger", "+  rotated, needs a reboot"),
        ]
    for check in (["--check"], []):
        again = room.rotate("--diff", *check, force=True)
        assert again.rotation["diff"]["before"].count("  less than a day old, of 20") == 2
    assert not [one["password"] for one in cloud.received() if one["password"] in run.text]


@pytest.mark.full
def test_ages(room: Room, cloud: Emulator) -> None:
    """Several ages in one dry run, over an inventory whose one half was rotated a second ago."""
    old, new = room.names()[:12], room.names()[12:]
    assert room.rotate("--limit", ",".join(old)).rc == 0
    ended = time.monotonic()
    # One that is younger than any password here, one that is older, the extremes; blanks and capitals are no matter.
    ages = ["0", "0s", "1s", "1h", " 30D ", "2w", "999999999d"]
    play = f"""
      - hosts: all
        gather_facts: false
        tasks:
          - name: Ask
            {ROTATION}:
              ledger: "{{{{ vnc_rotation_ledger }}}}"
              ledger_key: "{{{{ vnc_rotation_ledger_key }}}}"
              max_age: "{{{{ item }}}}"
            loop: "{{{{ ages }}}}"
            run_once: true
    """
    time.sleep(max(0.0, 1.0 - (time.monotonic() - ended)))
    asked = room.play(play, "--check", ages=ages).one("Ask")["results"]
    due = {
        each["item"]: {name for name, host in each["hosts"].items() if host["outcome"] == "rotated"} for each in asked
    }
    everything = {*old, *new}
    assert due == {age: everything if age in ("0", "0s", "1s") else set(new) for age in ages}
    assert len(cloud.received()) == len(old)


def test_batches_are_rotated_one_after_the_other(room: Room, cloud: Emulator) -> None:
    """A play's ``serial`` holds; the groups afterwards know the hosts of all batches."""
    room.hosts["without-id"] = {"console_region": "cn-hangzhou"}
    run = room.play("""
      - hosts: all
        serial: [1, 10, "50%"]
        gather_facts: false
        tasks:
          - ansible.builtin.import_role:
              name: cloudops.console.vnc_rotation
            run_once: true
            vars:
              vnc_rotation_fail: false
      - hosts: vnc_reboot_needed
        gather_facts: false
        tasks:
          - name: waiting
            ansible.builtin.debug:
              msg: "{{ vnc_rotation_result.hosts[inventory_hostname].reboot }}"
    """)
    batches = [event.result["hosts"] for event in run.of(ROTATION)]
    assert [len(batch) for batch in batches] == [1, 10, 12, 2]
    assert [name for batch in batches for name in batch] == list(room.hosts)
    assert len(cloud.received()) == len(room.fleet["instances"])
    waiting = {event.host: event.result["msg"] for event in run.of("waiting")}
    assert waiting == dict.fromkeys(room.names(io_optimized=False, status="Running"), "needed")


@pytest.mark.parametrize(
    ("status", "rc", "marked"),
    [
        ("problems", 2, {"app-0002": "failed", "no-id": "failed"}),
        ("all", 2, None),
        ("none", 0, {}),
    ],
)
def test_the_recap_marks_the_hosts_with_problems(
    room: Room, status: str, rc: int, marked: dict[str, str] | None
) -> None:
    room.keep("web-0001", "app-0002", "db-0003")
    room.hosts["app-0002"]["console_instance_id"] = "i-gone"
    room.hosts["no-id"] = {"console_region": "cn-hangzhou"}
    run = room.rotate(host_status=status)
    said = {event.host: event.event for event in run.of("Report the outcome of this host")}
    everybody = {"web-0001": "ok", "app-0002": "failed", "db-0003": "ok", "no-id": "failed"}
    assert said == (everybody if marked is None else marked)
    assert run.rc == rc
    assert run.failed_hosts == {name for name, event in said.items() if event == "failed"}
    assert run.rotation["problems_total"] == 2
    for event in run.of("Report the outcome of this host"):
        if event.event == "failed":
            assert event.result["msg"] == run.rotation["problems"][event.host]["message"]
            assert not {"assertion", "evaluated_to", "failed_when_result"} & set(event.result)


@pytest.mark.full
def test_a_play_after_the_playbook_sees_the_groups(room: Room) -> None:
    """Ansible ends a run where every host of a play has failed, so it does not run behind the one that marks them."""
    room.keep("web-0001", "mail-0008")
    room.hosts["no-id"] = {"console_region": "cn-hangzhou"}
    marked = go(room)
    assert marked.rc == 2
    assert marked.failed_hosts == {"no-id"}
    assert not marked.of("groups")
    run = go(room, host_status="none")
    assert run.rc == 0
    assert run.one("groups")["msg"] == {"reboot": ["mail-0008"], "failed": ["no-id"]}


@pytest.mark.cores(full=True)
def test_the_role_in_ones_own_play(room: Room, cloud: Emulator) -> None:
    """With variables on the import, groups in the next play, and the artifact that a workflow hands on."""
    room.groups = {"edge": ["web-0001", "mail-0008", "gone"], "core": ["app-0002"]}
    room.hosts["gone"] = {**room.hosts["web-0001"], "console_instance_id": "i-gone"}
    room.environ = {"ANSIBLE_SHOW_CUSTOM_STATS": "true"}
    reports = room.path / "my" / "reports"
    run = room.play(
        """
        - hosts: edge
          gather_facts: false
          tasks:
            - name: Rotate
              ansible.builtin.import_role:
                name: cloudops.console.vnc_rotation
              run_once: true
              vars:
                vnc_rotation_report_dir: "{{ reports }}"
                vnc_rotation_report_formats: [json, csv]
                vnc_rotation_max_failures: 1
                vnc_rotation_fail: false
        - hosts: vnc_reboot_needed:vnc_rotation_failed
          gather_facts: false
          tasks:
            - name: seen
              ansible.builtin.debug:
                msg: "{{ group_names | sort }}"
        """,
        reports=str(reports),
    )
    assert run.rc == 0
    assert run.outcomes == {"web-0001": "rotated", "mail-0008": "rotated", "gone": "rejected"}
    seen = {event.host: event.result["msg"] for event in run.of("seen")}
    assert seen == {
        "mail-0008": ["edge", "vnc_reboot_needed"],
        "gone": ["edge", "vnc_rotation_failed", "vnc_rotation_host_status"],
    }
    artifact = run.custom["_run"]["vnc_rotation"] if "_run" in run.custom else run.custom["vnc_rotation"]
    assert artifact["summary"] == {"rotated": 2, "rejected": 1, "total": 3}
    assert artifact["reboot_needed"] == ["mail-0008"]
    assert artifact["problems"] == ["gone"]
    assert artifact["stopped"] is None
    assert "CUSTOM STATS" in run.stdout
    written = contents(reports)
    assert {Path(name).suffix for name in written} == {".json", ".csv"}
    assert {mode for mode, _bytes in written.values()} == {0o600}
    assert reports.stat().st_mode & 0o777 == 0o700
    assert not room.reports.exists()
    assert len(cloud.received()) == 2


def test_reports_and_ledger_are_for_their_owner_only(room: Room) -> None:
    room.keep("web-0001", "mail-0008")
    room.environ = {"ANSIBLE_UMASK": "000"}
    run = room.rotate()
    assert {Path(path).suffix for path in run.rotation["report"].values()} == {".json", ".csv", ".md", ".html"}
    assert {Path(path).parent for path in run.rotation["report"].values()} == {room.reports}
    assert {mode for mode, _bytes in contents(room.home).values()} <= {0o600}
    assert {mode for mode, _bytes in contents(room.ledger.parent).values()} == {0o600}
    for folder in (room.reports, room.ledger.parent):
        assert folder.stat().st_mode & 0o777 == 0o700
    document = json.loads(Path(run.rotation["report"]["json"]).read_text(encoding="utf-8"))
    assert {host["name"]: host["outcome"] for host in document["hosts"]} == run.outcomes
    assert document["run_id"] == run.rotation["run_id"]


@pytest.mark.parametrize("inventory", ["empty", "localhost", "one"])
def test_small_inventories(room: Room, cloud: Emulator, inventory: str) -> None:
    room.hosts = {
        "empty": {},
        "localhost": {"localhost": {"ansible_connection": "local"}},
        "one": {"web-0001": room.hosts["web-0001"]},
    }[inventory]
    run = room.rotate()
    if inventory == "empty":
        assert run.rc == 2
        assert "has no hosts" in run.text
        assert not room.ledger.parent.exists()
    elif inventory == "localhost":
        assert run.rc == 2
        assert run.outcomes == {"localhost": "unmapped"}
        assert "console_instance_id" in run.rotation["problems"]["localhost"]["message"]
        assert run.failed_hosts == {"localhost"}
    else:
        assert run.rc == 0
        assert run.outcomes == {"web-0001": "rotated"}
    assert len(cloud.received()) == (inventory == "one")


@pytest.mark.full
def test_a_large_inventory_makes_a_small_result(room: Room) -> None:
    """2,000 hosts with names as long as DNS allows: the artifact stays below 4 KB, the event below AWX's limit."""
    long_name = ".".join(["h" * 48] * 5)
    room.keep(*room.names(io_optimized=False, status="Running"))
    room.hosts = {f"{name}.{long_name}"[:253]: host for name, host in room.hosts.items()}
    room.hosts |= {f"no-id-{number:04d}.{long_name}"[:253]: {"console_region": "cn-hangzhou"} for number in range(60)}
    room.hosts |= {
        f"nova-{number:04d}.{long_name}"[:253]: {"console_provider": "openstack"}
        for number in range(2000 - len(room.hosts))
    }
    room.environ = {"ANSIBLE_SHOW_CUSTOM_STATS": "true"}
    run = room.rotate("--check", host_status="none")
    assert run.rc == 0
    assert run.rotation["summary"]["total"] == 2000
    artifact = run.custom.get("_run", run.custom)
    assert artifact["vnc_rotation"]["problems_total"] == 60
    assert artifact["vnc_rotation"]["reboot_needed_total"] == run.rotation["reboot_needed_total"] > 0
    assert len(json.dumps(artifact["vnc_rotation"])) < 4096
    assert len(run.rotation["hosts"]) == 2000
    assert not run.rotation["shortened"]
    assert len(str(run.rotation)) < RESULT_LIMIT


def test_the_result_of_a_great_fleet_is_small() -> None:
    """10,000 hosts with usual names, 300 of them with a problem, a third waiting for a restart."""
    now = dt.datetime.now(dt.timezone.utc)
    message = f"Setting the VNC password of i-bp1hzoinajzkh91h0001 in cn-hangzhou failed: {'x' * 200}."
    failure = {"kind": "permission", "code": "Forbidden.RAM", "message": message, "request_id": "x" * 36, "status": 403}
    hosts = tuple(
        HostResult(f"web-production-{number:05d}", "rejected", message=message, failure=failure)
        if number < 300
        else HostResult(f"web-production-{number:05d}", "rotated", "none" if number % 3 else "needed")
        for number in range(10_000)
    )
    result = FleetResult(hosts, "20260101T000000Z-000000", now, now, "sqlite:///home/ops/ledger.db")
    small = result.to_result({})
    assert len(str(small)) < RESULT_LIMIT
    assert small["shortened"]
    assert (small["problems_total"], small["reboot_needed_total"]) == (300, len(result.reboot_needed))
    to_do = [host.name for host in hosts if host.is_problem or host.reboot == "needed"]
    assert len(small["hosts"]) == 5_000
    assert set(to_do) <= set(small["hosts"])
    assert len(small["problems"]) == 200
    assert [host["name"] for host in result.details()] == [host.name for host in hosts]
