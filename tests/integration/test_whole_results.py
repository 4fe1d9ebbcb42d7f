# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""What AWX keeps of a run over 5,000 hosts and more: the events as ansible-runner writes them, at any verbosity."""

from __future__ import annotations

import json

import pytest

from tests.emulator.client import Emulator
from tests.integration.awx_jobs import Controller
from tests.integration.playbook_runs import ROTATION, Room, Run

# AWX empties a result that has more characters, as Python writes it.
RESULT_LIMIT = 700_000
BROKEN = 300
INFO = "cloudops.console.vnc_password_rotation_info"
REPORTED = """
- ansible.builtin.import_playbook: cloudops.console.rotate_vnc_passwords
- ansible.builtin.import_playbook: cloudops.console.reboot_report
- name: What a play behind it learns of single hosts
  hosts: all
  gather_facts: false
  tasks:
    - ansible.builtin.debug:
        msg: "{{ vnc_rotation_result | cloudops.console.rotation_message(item) }}"
      loop: [{first}, {last}]
      run_once: true
      vars:
        vnc_rotation_result: "{{ ansible_play_hosts_all | map('extract', hostvars)
          | selectattr('vnc_rotation_result', 'defined') | map(attribute='vnc_rotation_result') | first }}"
"""


def broken(count: int, name: str) -> dict[str, dict[str, object]]:
    """Hosts of a cloud without VNC passwords, the last 300 of which have no instance id of a cloud with them."""
    fast: dict[str, object] = {"console_provider": "openstack"}
    bad: dict[str, object] = {"console_region": "cn-hangzhou"}
    return {name.format(number): bad if number >= count - BROKEN else fast for number in range(count)}


@pytest.mark.parametrize(
    ("count", "name", "verbosity"),
    [
        (5_000, "web-production-{:05d}.example.com", "1"),
        pytest.param(5_000, "web-production-{:05d}.example.com", "3", marks=pytest.mark.full),
        pytest.param(5_000, "web-{:05d}." + "h" * 50 + "." + "d" * 60, "1", marks=pytest.mark.full),
        pytest.param(6_000, "web-production-{:05d}.example.com", "0", marks=pytest.mark.full),
    ],
)
def test_events_of_5000_hosts(room: Room, cloud: Emulator, count: int, name: str, verbosity: str) -> None:
    room.hosts = broken(count, name)
    room.environ = {"ANSIBLE_VERBOSITY": verbosity}
    names = list(room.hosts)
    controller = Controller(room, {"vnc_rotation_allow_local_ledger": True})
    playbook = room.write("reported.yml", REPORTED.replace("{first}", names[0]).replace("{last}", names[-1]))
    ended = controller.launch(
        str(playbook), check=True, vnc_rotation_report_formats=[], vnc_rotation_host_status="none"
    )
    assert ended.status == "successful", ended.output[-3000:]
    whole = count == 5_000 and len(names[0]) < 75
    for action in (ROTATION, INFO):
        (result,) = ended.of(action)
        assert len(str(result)) < RESULT_LIMIT
        assert result["summary"]["total"] == count
        assert (result["problems_total"], result["reboot_needed_total"]) == (BROKEN, 0)
        assert 10 < len(result["problems"]) <= 200
        assert set(names[-BROKEN:]) <= set(result["hosts"])
        if whole:
            assert list(result["hosts"]) == names
        words = f"The result names {len(result['hosts'])} of {count} hosts, because AWX"
        assert (words in " ".join(ended.output.split())) is not whole
    (rotated,) = ended.of(ROTATION)
    assert rotated["shortened"] is not whole
    (said,) = [one for one in ended.of("ansible.builtin.debug") if "results" in one]
    messages = [one["msg"] for one in said["results"]]
    assert messages[0] == "unsupported"
    assert "console_instance_id" in messages[1]
    assert not cloud.received()


@pytest.mark.full
def test_the_report_has_the_hosts_that_the_result_does_not_name(room: Room) -> None:
    room.hosts = broken(5_001, "web-{:05d}")
    run: Run = room.rotate(host_status="none", report_formats=["json"])
    assert run.rotation["shortened"]
    assert len(run.rotation["hosts"]) == 5_000
    path = run.rotation["report"]["json"]
    report = json.loads(room.path.joinpath(path).read_text(encoding="utf-8"))
    assert {host["name"] for host in report["hosts"]} == set(room.hosts)
    said = " ".join(run.text.split())
    assert "[WARNING]: The result names 5000 of 5001 hosts, because AWX keeps no event with a larger one." in said
    assert path in run.text.replace("\n", "").replace(" ", "")
