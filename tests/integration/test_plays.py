# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""One run is one run, whatever the play around it says: strategies, roles, conditions, tags, errors."""

from __future__ import annotations

import json

import pytest

from tests.emulator.client import Emulator
from tests.integration.playbook_runs import ROTATION, Room, Run

INFO = "cloudops.console.vnc_password_rotation_info"
HOSTS = ("web-0001", "mail-0008", "app-0002")
ROLE = "cloudops.console.vnc_rotation"
RESCUE = """      rescue:
        - name: rescued
          ansible.builtin.debug:
            msg: rescued
"""
# The action in a play of one's own; what is to be done about a failure stands where it is filled in.
BARE = f"""
- hosts: all
  gather_facts: false
  tasks:
    - name: Guarded
      block:
        - name: Rotate
          {ROTATION}:
            ledger: "{{{{ vnc_rotation_ledger }}}}"
            ledger_key: "{{{{ key | default(vnc_rotation_ledger_key) }}}}"
            max_failures: "{{{{ failures | default('100%') }}}}"
          MORE
{RESCUE}    - name: after
      ansible.builtin.debug:
        msg: after
"""


@pytest.fixture
def three(room: Room) -> Room:
    room.keep(*HOSTS)
    return room


def under(room: Room, strategy: str) -> Room:
    room.write("ansible.cfg", f"[defaults]\nstrategy = {strategy}\n")
    return room


def rotated_once(run: Run, cloud: Emulator) -> None:
    assert run.rc == 0, run.text
    assert run.outcomes == dict.fromkeys(HOSTS, "rotated")
    assert len(cloud.received()) == len(HOSTS)


def nothing_was_done(run: Run, room: Room, cloud: Emulator) -> None:
    assert run.rc not in (0, None)
    assert not cloud.counters()["calls"]
    assert not room.ledger.exists()
    assert "Traceback" not in run.text


@pytest.mark.cores(full=True)
@pytest.mark.parametrize("strategy", ["free", pytest.param("ansible.builtin.host_pinned", marks=pytest.mark.full)])
def test_a_strategy_without_order_is_refused(three: Room, cloud: Emulator, strategy: str) -> None:
    """Ansible itself refuses the action before it begins; the playbooks say which strategy they are for."""
    under(three, strategy)
    for play in (BARE.replace("MORE", ""), f"- hosts: all\n  gather_facts: false\n  roles: [{ROLE}]\n"):
        run = three.play(play)
        nothing_was_done(run, three, cloud)
        assert "bypasses the host loop" in run.text
    run = three.play(f"- hosts: all\n  gather_facts: false\n  tasks:\n    - {INFO}: {{}}\n")
    nothing_was_done(run, three, cloud)
    rotated_once(three.rotate(), cloud)


@pytest.mark.cores
@pytest.mark.parametrize("strategy", ["linear", pytest.param("debug", marks=pytest.mark.full)])
def test_the_action_alone_runs_once(three: Room, cloud: Emulator, strategy: str) -> None:
    """Without run_once: one run for all hosts of the play, which all go on."""
    run = under(three, strategy).play(BARE.replace("MORE", ""))
    rotated_once(run, cloud)
    assert {event.host for event in run.of("after")} == set(HOSTS)


@pytest.mark.cores(full=True)
@pytest.mark.parametrize(
    "how",
    [
        f"roles: [{ROLE}]",
        pytest.param(f"roles: [{{role: {ROLE}, run_once: true}}]", marks=pytest.mark.full),
        pytest.param(f"roles: [{{role: {ROLE}, tags: [vnc]}}]", marks=pytest.mark.full),
        f"tasks: [{{ansible.builtin.import_role: {{name: {ROLE}}}, tags: [vnc]}}]",
        pytest.param(
            f"tasks: [{{ansible.builtin.include_role: {{name: {ROLE}, apply: {{tags: [vnc]}}}}, tags: [vnc]}}]",
            marks=pytest.mark.full,
        ),
        f"tasks: [{{ansible.builtin.include_role: {{name: {ROLE}}}, run_once: true}}]",
    ],
)
def test_the_role_however_it_is_taken(three: Room, cloud: Emulator, how: str) -> None:
    """Its arguments are checked once, it rotates once, and the result is there on all hosts."""
    tags = ("--tags", "vnc") if "tags" in how else ()
    seen = "{name: seen, ansible.builtin.debug: {msg: '{{ vnc_rotation_result.summary.total }}'}, tags: [always]}"
    run = three.play(f"- hosts: all\n  gather_facts: false\n  {how}\n  post_tasks: [{seen}]\n", *tags)
    rotated_once(run, cloud)
    assert len(run.of("ansible.builtin.validate_argument_spec")) == 1
    assert {event.host: int(event.result["msg"]) for event in run.of("seen")} == dict.fromkeys(HOSTS, 3)


def test_a_variable_of_the_role_reaches_the_rotation(three: Room, cloud: Emulator) -> None:
    for place in ("vnc_rotation_max_age: never", "vars: {vnc_rotation_max_age: never}"):
        run = three.play(f"- hosts: all\n  gather_facts: false\n  roles:\n    - role: {ROLE}\n      {place}\n")
        nothing_was_done(run, three, cloud)
        assert "never" in run.text
    run = three.play(f"- hosts: all\n  gather_facts: false\n  roles: [{ROLE}]\n", vnc_rotation_host_status="some")
    nothing_was_done(run, three, cloud)
    assert "vnc_rotation_host_status" in run.text


@pytest.mark.cores(full=True)
def test_what_a_play_does_about_a_failure(three: Room, cloud: Emulator) -> None:
    """A run that cannot begin fails the whole play, on the first host; ignored or rescued, all hosts go on."""
    bare = BARE.replace(RESCUE, "")
    run = three.play(bare.replace("MORE", ""), failures="some")
    nothing_was_done(run, three, cloud)
    assert run.failed_hosts == {HOSTS[0]}
    assert not run.of("after")
    run = three.play(bare.replace("MORE", "ignore_errors: true"), failures="some")
    assert run.rc == 0
    assert run.of(ROTATION)[0].result["failure"]["kind"] == "invalid"
    assert {event.host for event in run.of("after")} == set(HOSTS)
    run = three.play(BARE.replace("MORE", ""), failures="some")
    assert run.rc == 0
    assert HOSTS[0] in {event.host for event in run.of("rescued")}
    assert {event.host for event in run.of("after")} == set(HOSTS)
    assert not cloud.counters()["calls"]


def test_check_mode(three: Room, cloud: Emulator) -> None:
    cloud.configure(refuse_writes=True)
    run = three.play(BARE.replace("MORE", ""), "--check", "--diff")
    assert run.rc == 0
    assert run.outcomes == dict.fromkeys(HOSTS, "rotated")
    shown = run.stdout.splitlines()
    at = shown.index(" web-0001:")
    assert shown[at + 1 : at + 3] == ["-  no password in the ledger", "+  rotated"]
    assert not cloud.received()


ONE = f"inventory_hostname == '{HOSTS[0]}'"
LAST = f"inventory_hostname == '{HOSTS[-1]}'"
ENTRY = f"{{name: {ROLE}, tasks_from: rotate}}"
# A condition that is true for one host alone, on the role or on what it is in.
CONDITIONS = {
    "listed": f"roles: [{{role: {ROLE}, when: ONE}}]",
    "imported": f"tasks: [{{ansible.builtin.import_role: {{name: {ROLE}}}, when: ONE}}]",
    "included": f"tasks: [{{ansible.builtin.include_role: {{name: {ROLE}}}, when: ONE}}]",
    "included once": f"tasks: [{{ansible.builtin.include_role: {ENTRY}, run_once: true, when: ONE}}]",
    "in a block": f"tasks: [{{when: ONE, block: [{{ansible.builtin.include_role: {ENTRY}}}]}}]",
    "the action": f"tasks: [{{{ROTATION}: {{}}, when: ONE}}]",
    "the survey": f"tasks: [{{{INFO}: {{}}, when: ONE}}]",
}


@pytest.mark.cores(full=True)
@pytest.mark.parametrize("place", CONDITIONS)
def test_a_condition_that_is_not_true_for_all_hosts(three: Room, cloud: Emulator, place: str) -> None:
    """It would be asked of the first host, and all would be rotated."""
    how = CONDITIONS[place].replace("ONE", json.dumps(ONE))
    run = three.play(f"- hosts: all\n  gather_facts: false\n  {how}\n")
    nothing_was_done(run, three, cloud)
    told = " ".join(run.text.split())
    assert f"is not true for all hosts of the play; not for {HOSTS[1]}" in told
    assert "--limit, or by console_exclude" in told


@pytest.mark.cores(full=True)
def test_a_condition_that_another_host_fulfils(three: Room, cloud: Emulator) -> None:
    """Included for that host alone, the role would still rotate all of them."""
    how = CONDITIONS["included"].replace("ONE", json.dumps(LAST))
    run = three.play(f"- hosts: all\n  gather_facts: false\n  {how}\n")
    nothing_was_done(run, three, cloud)
    assert f"not for {HOSTS[0]}" in run.text


@pytest.mark.cores
def test_a_variable_of_hosts_in_a_condition(three: Room, cloud: Emulator) -> None:
    """What only the first host has, and what all have, each with its own value; a play's variable beside it."""
    three.hosts[HOSTS[0]]["mine"] = True
    for number, name in enumerate(HOSTS):
        three.hosts[name]["size"] = number + 1
    role = f"roles: [{{role: {ROLE}, when: CONDITION}}]"
    for condition in ("mine | default(false)", "mine", "size < 3", "size > 0 and nowhere"):
        how = role.replace("CONDITION", json.dumps(condition))
        run = three.play(f"- hosts: all\n  gather_facts: false\n  {how}\n")
        nothing_was_done(run, three, cloud)
    how = role.replace("CONDITION", json.dumps(["size > least", "'all' in groups", "tonight | bool"]))
    run = three.play(f"- hosts: all\n  gather_facts: false\n  vars: {{least: 0}}\n  {how}\n", tonight="yes")
    rotated_once(run, cloud)


def test_a_condition_that_is_false_for_all_hosts(three: Room, cloud: Emulator) -> None:
    """Skipped by Ansible, and so is one that is false for the first host: nothing is done, and no result is there."""
    for condition in ("tonight | default(false)", LAST):
        how = CONDITIONS["listed"].replace("ONE", json.dumps(condition))
        run = three.play(f"- hosts: all\n  gather_facts: false\n  {how}\n")
        assert run.rc == 0
        assert not run.of(ROTATION)
    assert not cloud.counters()["calls"]


def test_hosts_by_name_need_no_condition(three: Room, cloud: Emulator) -> None:
    """With the option hosts, the condition is about when, and the list about whom."""
    hosts = json.dumps(list(HOSTS))
    key = "{{ vnc_rotation_ledger_key }}"
    options = f'{{hosts: {hosts}, ledger: "{{{{ vnc_rotation_ledger }}}}", ledger_key: "{key}"}}'
    task = f"{{{ROTATION}: {options}, when: {json.dumps(ONE)}}}"
    rotated_once(three.play(f"- hosts: all\n  gather_facts: false\n  tasks: [{task}]\n"), cloud)
