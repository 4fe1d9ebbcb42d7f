# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""A role that is taken into a play of one's own fails where hosts have problems, unless the play marks hosts itself."""

from __future__ import annotations

import pytest

from tests.emulator.client import Emulator
from tests.integration.playbook_runs import Room, Run

ROLE = "cloudops.console.vnc_rotation"
REPORT = "cloudops.console.reboot_report"
# Ways to take the role; FROM is where tasks_from goes.
INCLUDED = f"tasks: [{{ansible.builtin.include_role: {{name: {ROLE} FROM}}, run_once: true}}]"
WAYS = {
    "listed": f"roles: [{ROLE}]",
    "imported": f"tasks: [{{ansible.builtin.import_role: {{name: {ROLE} FROM}}}}]",
    "included": INCLUDED,
}
HOSTS = ("web-0001", "mail-0008", "app-0002", "db-0003")


@pytest.fixture
def forbidden(room: Room, cloud: Emulator) -> Room:
    """Rooms whose canary is refused: one host is rejected and the others are not attempted."""
    room.keep(*list(room.hosts)[:6])
    cloud.add_fault("error", status=403, code="Forbidden.RAM", action="ModifyInstanceVncPasswd")
    return room


def play(room: Room, how: str, *arguments: str, entry: str = "", **variables: object) -> Run:
    how = how.replace(" FROM", f", tasks_from: {entry}" if entry else "")
    return room.play(f"- hosts: all\n  gather_facts: false\n  {how}\n", *arguments, **variables)


@pytest.mark.cores(full=True)
@pytest.mark.parametrize("way", WAYS)
def test_the_role_fails_with_its_hosts(forbidden: Room, way: str) -> None:
    forbidden.environ = {"ANSIBLE_SHOW_CUSTOM_STATS": "true"}
    run = play(forbidden, WAYS[way])
    assert run.rc == 2, run.text
    assert run.rotation["problems_total"] == 6
    (failed,) = (event.result["msg"] for event in run.of("Fail if hosts have problems"))
    first = next(iter(forbidden.hosts))
    assert failed.startswith("6 of 6 hosts have a problem. ")
    assert run.rotation["problems"][first]["message"][:60] in failed
    assert "And 3 more." in failed
    assert run.rotation["report"]["html"] in failed
    assert "vnc_rotation_fail to false" in failed
    assert run.custom, "the artifact is still there"
    assert "Traceback" not in run.text


@pytest.mark.parametrize("way", ["listed", *(pytest.param(way, marks=pytest.mark.full) for way in list(WAYS)[1:])])
def test_a_play_that_marks_hosts_itself(forbidden: Room, way: str) -> None:
    run = play(forbidden, WAYS[way], vnc_rotation_fail=False)
    assert run.rc == 0, run.text
    assert run.rotation["problems_total"] == 6


def test_check_mode_fails_as_well(room: Room, cloud: Emulator) -> None:
    """What the cloud does not know, and what has no id, would fail in a real run, too."""
    first, second, *_rest = room.hosts
    cloud.remove_instance(room.instance(first))
    del room.hosts[second]["console_instance_id"]
    run = play(room, WAYS["listed"], "--check")
    assert run.rc == 2, run.text
    assert run.one("Fail if hosts have problems")["msg"].startswith("2 of 24 hosts have a problem. ")
    assert "The report" not in run.one("Fail if hosts have problems")["msg"]
    assert not cloud.received()


def test_a_role_without_problems_is_green(room: Room) -> None:
    run = play(room, WAYS["listed"])
    assert run.rc == 0, run.text
    assert run.rotation["problems_total"] == 0


@pytest.mark.cores(full=True)
@pytest.mark.parametrize("entry", ["reboot_report", pytest.param("collected_report", marks=pytest.mark.full)])
def test_a_survey_that_could_not_look_is_not_green(room: Room, cloud: Emulator, entry: str) -> None:
    room.keep(*list(room.hosts)[:6])
    assert room.rotate().rc == 0
    since = {"vnc_rotation_since": "0s"} if entry == "collected_report" else {}
    cloud.add_fault("error", status=403, code="Forbidden.RAM", action="DescribeInstances")
    run = play(room, INCLUDED, entry=entry, **since)
    assert run.rc == 2, run.text
    failed = run.one("Fail if hosts have problems")["msg"]
    assert "of 6 hosts have a problem" in failed
    assert "Forbidden.RAM" in failed
    assert play(room, INCLUDED, entry=entry, vnc_rotation_fail=False, **since).rc == 0


@pytest.mark.full
@pytest.mark.cores
def test_the_playbook_of_the_survey_marks_the_hosts(room: Room) -> None:
    room.keep(*list(room.hosts)[:6])
    first = next(iter(room.hosts))
    assert room.rotate().rc == 0
    del room.hosts[first]["console_instance_id"]
    run = room.rotate(playbook=REPORT)
    assert run.rc == 2, run.text
    assert run.failed_hosts == {first}
    (told,) = run.of("Report the outcome of this host")
    assert "console_instance_id" in told.result["msg"]
    assert "failed_when" not in run.stderr
