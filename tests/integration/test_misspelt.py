# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""A misspelt variable of the role stops the run before anything is done, wherever it was given."""

from __future__ import annotations

import json

import pytest

from tests.emulator.client import Emulator
from tests.emulator.fleet import Fleet, make_fleet
from tests.integration.playbook_runs import ROTATION, Room, Run

INFO = "cloudops.console.vnc_password_rotation_info"
ROLE = "cloudops.console.vnc_rotation"
LEDGER = "cloudops.console.vnc_ledger"


@pytest.fixture(scope="module")
def fleet() -> Fleet:
    return make_fleet(4, seed=62, regions=1, accounts=1, stopped=0)


def refused(run: Run, action: str, holder: str) -> None:
    assert run.rc == 2, run.text
    result = run.one(action)
    told = f"{holder} has the unknown variable vnc_rotation_max_agee: did you mean vnc_rotation_max_age?"
    assert result["msg"].startswith(told), result["msg"]
    assert result["failure"]["kind"] == "invalid"


@pytest.mark.cores(full=True)
def test_a_misspelt_variable_of_the_play(room: Room, cloud: Emulator) -> None:
    """An extra variable, and one of the play around the role."""
    refused(room.rotate("-e", "vnc_rotation_max_agee=1d"), ROTATION, "The play")
    play = {"hosts": "all", "gather_facts": False, "vars": {"vnc_rotation_max_agee": "1d"}, "roles": [ROLE]}
    refused(room.play(json.dumps([play])), ROTATION, "The play")
    report = "cloudops.console.reboot_report"
    refused(room.rotate("-e", "vnc_rotation_max_agee=1d", playbook=report), INFO, "The play")
    care = "cloudops.console.ledger_care"
    refused(room.rotate("-e", "vnc_rotation_max_agee=1d", playbook=care), LEDGER, "The play")
    assert not cloud.counters()["calls"]
    assert not room.ledger.exists()


@pytest.mark.cores(full=True)
def test_a_misspelt_variable_of_the_last_host(room: Room, cloud: Emulator) -> None:
    last = list(room.hosts)[-1]
    room.hosts[last]["vnc_rotation_max_agee"] = "1d"
    refused(room.rotate(), ROTATION, f"The host {last}")
    assert not cloud.counters()["calls"]


def test_what_the_collection_itself_sets(room: Room) -> None:
    """Results of a run before, artifacts of AWX jobs, and names of one's own."""
    own: dict[str, object] = {"vnc_rotation_4711": {}, "vnc_rotation_slack_channel": "ops", "vnc_rotation": {}}
    play = """
        - hosts: all
          gather_facts: false
          tasks:
            - {ansible.builtin.include_role: {name: cloudops.console.vnc_rotation}, run_once: true}
            - ansible.builtin.include_role: {name: cloudops.console.vnc_rotation, tasks_from: reboot_report}
              run_once: true
            - ansible.builtin.include_role: {name: cloudops.console.vnc_rotation, tasks_from: ledger_care}
              run_once: true
            - {ansible.builtin.include_role: {name: cloudops.console.vnc_rotation}, run_once: true}
    """
    run = room.play(play, "-e", json.dumps(own))
    assert run.rc == 0, run.text
    assert len(run.of(ROTATION)) == 2
