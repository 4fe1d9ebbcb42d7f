# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""From ansible-core 2.22 on, what modules and the lookup return is masked in output; the next task still has it.

On older releases the same play shows it: the reason for ``no_log`` in the notes of the modules.
"""

from __future__ import annotations

import pytest

from tests.emulator.fleet import Fleet, make_fleet
from tests.integration.playbook_runs import Room, hashed
from tests.integration.secrecy.evidence import found_in, gather, known
from tests.integration.secrecy.process_watcher import Watcher
from tests.integration.secrecy.test_matrix import masks

PLAY = """
- hosts: web-0001
  gather_facts: false
  connection: local
  vars:
    ansible_python_interpreter: "{{ ansible_playbook_python }}"
  module_defaults:
    group/cloudops.console.alibaba:
      region: "{{ console_region }}"
      endpoint: "{{ console_endpoint }}"
      access_key_id: "{{ console_access_key_id }}"
      access_key_secret: "{{ console_access_key_secret }}"
  tasks:
    - name: URL
      cloudops.console.vnc_url_info:
        instance_id: "{{ console_instance_id }}"
      register: console
    - name: Session
      cloudops.console.terminal_session:
        instance_id: "{{ console_instance_id }}"
      register: session
    - name: Say
      ansible.builtin.debug:
        msg:
          - "{{ console.vnc_url }} and {{ console.vnc_url.partition('?')[2] }} and {{ console.websocket_url }}"
          - "{{ session.websocket_url }} and {{ session.security_token }}"
          - "{{ lookup('cloudops.console.vnc_password', inventory_hostname) }}"
          - "{{ lookup('cloudops.console.vnc_password', inventory_hostname, which='all') }}"
    - name: Have
      ansible.builtin.debug:
        msg:
          - "{{ session.security_token | hash('sha256') }}"
          - "{{ lookup('cloudops.console.vnc_password', inventory_hostname) | hash('sha256') }}"
"""


@pytest.fixture(scope="module")
def fleet() -> Fleet:
    return make_fleet(1, seed=42, regions=1, accounts=1, stopped=0, windows=0, not_io_optimized=0)


@pytest.mark.cores(full=True)
@pytest.mark.full
def test_results(room: Room, watcher: Watcher) -> None:
    """Rotated twice, so that the lookup has a history too."""
    assert room.rotate().rc == room.rotate(force=True).rc == 0
    run = room.play(PLAY, "-vvvvv")
    assert run.rc == 0, run.text
    secrets = known(room)
    assert set(run.one("Have")["msg"]) <= {hashed(secret) for secret in secrets}
    channels = {
        place.partition(":")[0] for places in found_in(gather(room, watcher, run), secrets).values() for place in places
    }
    # What Ansible prints it also hands to its own logger, which the root handler hears
    assert channels == (set() if masks(room) else {"stdout", "callbacks", "log", "logging"})


@pytest.mark.cores(full=True)
@pytest.mark.full
def test_what_a_rotation_has_read(room: Room, watcher: Watcher) -> None:
    """The keys of hosts that a rotation used are masked from then on, wherever they are shown by mistake."""
    run = room.play(
        """
        - ansible.builtin.import_playbook: cloudops.console.rotate_vnc_passwords
        - hosts: web-0001
          gather_facts: false
          tasks:
            - name: A mistake
              ansible.builtin.debug:
                var: console_access_key_secret
        """,
        "-vvvvv",
    )
    assert run.rc == 0, run.text
    secret = room.hosts["web-0001"]["console_access_key_secret"]
    assert bool(found_in(gather(room, watcher, run), [secret])) is not masks(room)
