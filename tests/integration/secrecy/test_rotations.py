# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rotations, the lookup and the playbooks, when all is well and when not: no secret in any channel.

What is looked for: every key, token and password that the cloud ever saw, the ledger's key and the vault's password.
"""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest

from tests.emulator.client import Emulator
from tests.integration.playbook_runs import ROTATE, ROTATION, Room
from tests.integration.secrecy.evidence import found_in, gather, known
from tests.integration.secrecy.process_watcher import Watcher
from tests.integration.test_inventory import VAULT_PASSWORD, put_vaulted, vaulted


@pytest.mark.cores
def test_when_all_is_well(room: Room, cloud: Emulator, watcher: Watcher) -> None:
    """Rotation, forced rotation with a diff, lookup, both modules; the ledger's key is its own, then the vault's."""
    room.keep("web-0001", "app-0002", "db-0003", "mail-0008")
    secret = room.hosts["app-0002"]["console_access_key_secret"]
    put_vaulted(room, "app-0002", "console_access_key_secret", vaulted(secret))
    password = room.write("vault-password", VAULT_PASSWORD)
    play = f"""
      - ansible.builtin.import_playbook: {ROTATE}
      - hosts: web-0001
        gather_facts: false
        connection: local
        vars:
          ansible_python_interpreter: "{{{{ ansible_playbook_python }}}}"
        module_defaults:
          group/cloudops.console.alibaba: &access
            region: "{{{{ console_region }}}}"
            endpoint: "{{{{ console_endpoint }}}}"
            access_key_id: "{{{{ console_access_key_id }}}}"
            access_key_secret: "{{{{ console_access_key_secret }}}}"
        tasks:
          - name: The lookup, used and not shown
            cloudops.console.vnc_password:
              instance_id: "{{{{ console_instance_id }}}}"
              password: "{{{{ lookup('cloudops.console.vnc_password', inventory_hostname) }}}}"
            register: changed
          - name: Describe
            cloudops.console.instance_info:
              instance_ids: ["{{{{ console_instance_id }}}}"]
            register: found
          - name: Show what can be shown
            ansible.builtin.debug:
              msg: [ "{{{{ changed }}}}", "{{{{ found }}}}", "{{{{ vnc_rotation_result }}}}" ]
    """
    vault = ("--vault-password-file", str(password), "-vvvvv")
    first = room.play(play, *vault)
    second = room.play(play, *vault, "--diff", vnc_rotation_force=True, vnc_rotation_ledger_key="")
    # The first run made the ledger with its own key, which the vault's secret does not open.
    assert (first.rc, second.rc) == (0, 2)
    assert "encrypted with another key" in second.text
    room.ledger.unlink()
    third = room.play(play, *vault, "--diff", vnc_rotation_ledger_key="")
    assert third.rc == 0
    assert len(cloud.received()) == 10
    assert '"invocation"' in first.stdout
    secrets = known(room, secret, VAULT_PASSWORD)
    assert len(secrets) >= 10
    assert found_in({"where the keys stand": {"inventory": room.inventory().read_bytes()}}, secrets), (
        "what is there is found"
    )
    evidence = gather(room, watcher, first, second, third)
    assert b"asyncio DEBUG" in b"".join(evidence["logging"].values())
    assert evidence["log"]
    assert found_in(evidence, secrets) == {}


FAULTS: dict[str, dict[str, Any]] = {
    "web-0001": {"kind": "garbage"},
    "app-0002": {"kind": "truncate"},
    "db-0003": {"kind": "drop_answer"},
    "cache-0004": {"kind": "oversized"},
    "queue-0005": {"kind": "error", "status": 500},
    "build-0006": {"kind": "html"},
    "proxy-0007": {"kind": "reset"},
    "mail-0008": {"kind": "delay", "seconds": 3},
    "web-0009": {"kind": "error", "status": 403, "code": "Forbidden.RAM"},
    "app-0010": {"kind": "error", "status": 400, "code": "IncorrectVncPassword.Malformed"},
    "db-0011": {"kind": "error", "status": 403, "code": "IncorrectInstanceStatus"},
}


@pytest.mark.cores(full=True)
def test_when_nothing_is_well(room: Room, cloud: Emulator, watcher: Watcher) -> None:
    """A rotation in which every host meets another fault, with keys that are refused; a ledger that cannot be read."""
    room.keep(*FAULTS, "cache-0012", "queue-0013")
    for name, fault in FAULTS.items():
        cloud.add_fault(**fault, action="ModifyInstanceVncPasswd", instance_id=room.instance(name))
    room.hosts["cache-0012"] |= {
        "console_access_key_id": "LTAI5tNobodyHasThisKey",
        "console_access_key_secret": "Wr0ngSecretOfAnAccount12345678",
    }
    room.hosts["queue-0013"] |= {
        "console_access_key_secret": "{{ 'An0therSecretInATemplate' | no_such_filter }}",
        "console_security_token": "ATokenThatNobodyGave0ut",
    }
    run = room.rotate("-vvvvv", "--diff", canary=0, max_failures="100%", timeout=1.5)
    assert run.rc == 2
    assert not run.acted()
    other_key = room.play(
        f"""
        - hosts: localhost
          gather_facts: false
          tasks:
            - name: Another key
              {ROTATION}: {{hosts: [web-0001], ledger: "{{{{ vnc_rotation_ledger }}}}", ledger_key: "{{{{ other }}}}"}}
              vars: {{other: "An0therKeyOfTheLedger"}}
            - name: Not reached
              ansible.builtin.debug:
        """,
        "-vvvvv",
    )
    assert other_key.rc == 2
    secrets = known(room, "An0therSecretInATemplate", "ATokenThatNobodyGave0ut", "An0therKeyOfTheLedger")
    assert len({row["password"] for row in cloud.received()}) >= len(FAULTS)
    status = room.rotate("-vvvvv", playbook="cloudops.console.status")
    assert status.rc == 2
    assert found_in(gather(room, watcher, run, other_key, status), secrets) == {}


def test_when_the_cloud_quotes_the_request(room: Room, cloud: Emulator, watcher: Watcher) -> None:
    """The key is changed while the first password is under way: the refusal then shows the query that was signed."""
    room.keep("web-0001", "mail-0008")
    cloud.configure(latency=1.0)
    secret = room.hosts["web-0001"]["console_access_key_secret"]

    def change() -> None:
        end = time.monotonic() + 20
        while not cloud.received() and time.monotonic() < end:
            time.sleep(0.05)
        for name in room.hosts:
            cloud.change_key(room.hosts[name]["console_access_key_id"], secret="AnewSecretOfThisKey0123456789")

    changing = threading.Thread(target=change)
    changing.start()
    try:
        run = room.rotate("-vvvvv", canary=0)
    finally:
        changing.join()
    assert {run.rotation["problems"][name]["failure"]["code"] for name in room.hosts} == {"SignatureDoesNotMatch"}
    assert len(cloud.received()) == 2
    assert found_in(gather(room, watcher, run), known(room, secret)) == {}


@pytest.mark.cores(full=True)
def test_debug_output(room: Room, cloud: Emulator, watcher: Watcher) -> None:
    """Of a rotation and the lookup, which work inside Ansible; what it prints of modules is its own affair."""
    room.keep("web-0001", "app-0002")
    room.environ["ANSIBLE_DEBUG"] = "true"
    cloud.add_fault("error", status=500, action="ModifyInstanceVncPasswd", instance_id=room.instance("app-0002"))
    run = room.play(
        f"""
        - hosts: localhost
          gather_facts: false
          tasks:
            - name: Rotate
              {ROTATION}:
                hosts: [web-0001, app-0002]
                ledger: "{{{{ vnc_rotation_ledger }}}}"
                ledger_key: "{{{{ vnc_rotation_ledger_key }}}}"
                retries: 0
                max_failures: "100%"
            - name: Use
              ansible.builtin.debug:
                msg: "{{{{ lookup('cloudops.console.vnc_password', 'web-0001') | length }}}}"
        """,
        "-vvvvv",
    )
    assert run.rc == 0, run.text
    assert set(run.outcomes.values()) == {"rotated", "ambiguous"}
    assert found_in(gather(room, watcher, run), known(room)) == {}
