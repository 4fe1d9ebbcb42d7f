# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""What AWX keeps of a job over a large fleet: small events, a small artifact, and groups that lack no host.

CONSOLE_LARGE_FLEET is the number of hosts; 10,000 take some minutes.
"""

from __future__ import annotations

import json
import os

import pytest

from tests.emulator.client import Emulator
from tests.integration.awx_jobs import Controller
from tests.integration.playbook_runs import ROTATION, Room

HOSTS = int(os.environ.get("CONSOLE_LARGE_FLEET", "1500"))
EVENT_LIMIT = 100_000
# AWX empties a result that has more characters, as Python writes it.
RESULT_LIMIT = 700_000
ARTIFACT_LIMIT = 4096
COUNTED = """
- ansible.builtin.import_playbook: cloudops.console.rotate_vnc_passwords
- name: What the next play sees
  hosts: localhost
  gather_facts: false
  tasks:
    - ansible.builtin.copy:
        content: "{{ groups | to_json }}"
        dest: "{{ seen }}"
      check_mode: false
"""


@pytest.mark.full
@pytest.mark.parametrize("verbosity", ["0", "3"])
def test_no_event_is_large(room: Room, cloud: Emulator, verbosity: str) -> None:
    """A third waits for a restart, a fifth has no instance id; what they say is as long as clouds are wordy."""
    count = HOSTS if verbosity == "0" else min(HOSTS, 700)
    slow = room.hosts[room.names(io_optimized=False, status="Running")[0]]
    good, bad = dict(slow), {"console_region": "cn-hangzhou"}
    names = [f"web-production-{number:05d}.example.com" for number in range(count)]
    fast = {"console_provider": "openstack"}
    ids = {name: (good, fast, fast, bad, good, fast)[number % 6] for number, name in enumerate(names)}
    room.hosts = ids
    # Two names of one instance count for both, so a single instance serves for thousands of hosts
    room.environ = {"ANSIBLE_VERBOSITY": verbosity}
    (room.path / "seen").mkdir()
    controller = Controller(room, {"vnc_rotation_allow_local_ledger": True, "seen": str(room.path / "seen" / "groups")})
    playbook = room.write("counted.yml", COUNTED)
    ended = controller.launch(str(playbook), check=True, vnc_rotation_report_formats=[])
    assert ended.status == "failed", ended.output
    size, kind = ended.largest(without=ROTATION)
    assert size < EVENT_LIMIT, kind
    needed = {name for name, host in ids.items() if host is good}
    broken = {name for name, host in ids.items() if host is bad}
    assert set(ended.failed) == broken, ended.output[-3000:]
    (artifact,) = ended.artifacts.values()
    assert len(json.dumps(artifact)) < ARTIFACT_LIMIT
    assert (artifact["problems_total"], artifact["reboot_needed_total"]) == (len(broken), len(needed))
    (result,) = ended.of(ROTATION)
    assert len(str(result)) < RESULT_LIMIT
    assert not result["shortened"]
    assert list(result["hosts"]) == names
    assert (len(result["problems"]), result["problems_total"]) == (min(200, len(broken)), len(broken))
    messages = [one["msg"] for one in ended.of("ansible.builtin.fail")]
    assert len(messages) == len(broken)
    assert all("console_instance_id" in message for message in messages)
    assert not cloud.received()
    # A play behind the one that marks the hosts does not run, because all hosts of that one have failed
    assert not (room.path / "seen" / "groups").exists()
    ended = controller.launch(
        str(playbook), check=True, vnc_rotation_report_formats=[], vnc_rotation_host_status="none"
    )
    assert ended.status == "successful", ended.output
    groups = json.loads((room.path / "seen" / "groups").read_text(encoding="utf-8"))
    assert set(groups["vnc_reboot_needed"]) == needed
    assert set(groups["vnc_rotation_failed"]) == broken
    assert not {"vnc_rotation_reboot", "vnc_rotation_host_status"} & set(groups)
    print(f"{count} hosts, verbosity {verbosity}: largest event {size} bytes ({kind}), {len(ended.events)} events")
