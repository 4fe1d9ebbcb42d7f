# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rotations whose ledger is in a key/value store of HashiCorp Vault or OpenBao."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.emulator.client import Emulator
from tests.emulator.kv.admin import READER
from tests.emulator.kv.client import KvServer
from tests.integration.ledger_server import Shared
from tests.integration.playbook_runs import Room, Run, hashed, in_force_or_waiting, writes
from tests.openbao.audit import Audit
from tests.openbao.node import Node

ASK = """
- hosts: all
  gather_facts: false
  tasks:
    - name: Ask
      ansible.builtin.debug:
        msg: "{{ lookup('cloudops.console.vnc_password', inventory_hostname) | hash('sha256') }}"
"""


@pytest.fixture
def vault_room(room: Room, shared: Shared) -> Room:
    """A room with an AppRole and no vault password of Ansible's at all."""
    return on_server(room, shared)


def on_server(room: Room, shared: Shared) -> Room:
    room.variables |= shared.variables()
    del room.variables["vnc_rotation_ledger_key"]
    return room


def no_secret(run: Run, audit: Audit) -> None:
    """Nor in what callbacks and events get."""
    everything = run.text + repr(run.events) + repr(run.custom)
    assert not [secret for secret in audit.secrets() if secret in everything]


@pytest.mark.cores(full=True)
def test_a_whole_life(vault_room: Room, cloud: Emulator, shared: Shared, audit: Audit) -> None:
    """Foretold, rotated, fresh, looked up, reported; the record is the cloud's password, and tokens are given back."""
    room = vault_room
    room.keep("web-0001", "mail-0008", "db-0003")
    dry = room.rotate("--check")
    assert dry.rc == 0
    assert audit.changes() == 0
    assert writes(cloud) == 0
    run = room.rotate()
    assert run.rc == 0, run.text
    assert run.acted() == dry.acted() == set(room.hosts)
    assert run.rotation["ledger"] == shared.address
    assert audit.changes() == 6
    passwords = in_force_or_waiting(cloud)
    for name, record in shared.records(room).items():
        assert record["current"] == passwords[room.instance(name)]
        assert (record["pending"], record["last_outcome"]) == (None, "rotated")
    again = room.rotate("-vvv")
    assert set(again.outcomes.values()) == {"fresh"}
    assert audit.changes() == 6
    asked = room.play(ASK)
    assert {event.host: event.result["msg"] for event in asked.of("Ask")} == {
        name: hashed(passwords[room.instance(name)]) for name in room.hosts
    }
    assert audit.count("update", "auth/approle/login") == audit.count("update", "auth/token/revoke-self")
    for each in (dry, run, again):
        no_secret(each, audit)
    report = room.rotate(playbook="cloudops.console.reboot_report")
    assert report.rc == 0, report.text


def test_the_environment_names_the_token(vault_room: Room, shared: Shared, audit: Audit, cloud: Emulator) -> None:
    """As AWX hands over credentials; fields that arrive empty count as not given."""
    room = vault_room
    room.keep("web-0001")
    for name in ("role_id", "secret_id", "ca_cert"):
        room.variables[f"vnc_rotation_vault_{name}"] = ""
    ca = shared.admin.cafile or ""
    room.environ = {"VAULT_TOKEN": shared.token(), "VAULT_NAMESPACE": "", "VAULT_CACERT": ca, "VAULT_ROLE_ID": ""}
    run = room.rotate("-vvvv", awx_job_id=7)
    assert run.rc == 0, run.text
    assert run.acted() == {"web-0001"}
    no_secret(run, audit)
    password = in_force_or_waiting(cloud)[room.instance("web-0001")]
    assert room.play(ASK).of("Ask")[0].result["msg"] == hashed(password)
    assert audit.count("update", "revoke-self") == 0


@pytest.mark.full
def test_a_wrong_prefix_is_said_before_anything_is_sent(vault_room: Room, shared: Shared) -> None:
    """Whether other records were meant, the server cannot know; that there are none for these hosts, it can."""
    room = vault_room
    room.keep("web-0001")
    room.variables["vnc_rotation_vault_token"] = shared.admin.token
    assert "has no record of any of them" in room.rotate().text
    assert "has no record" not in room.rotate("--check", force=True).text
    room.variables["vnc_rotation_ledger"] += "-of-old"
    assert f"ledger {shared.address}-of-old has no record of any of them" in room.rotate("--check").text


def test_inside_awx_the_message_names_the_way_out(room: Room, cloud: Emulator) -> None:
    room.keep("web-0001")
    run = room.run(
        "ansible-playbook", "-i", str(room.inventory()), "cloudops.console.rotate_vnc_passwords", "-e", "awx_job_id=7"
    )
    assert run.rc == 2
    assert run.rotation["failure"]["code"] == "Ledger.Address"
    assert "vault+https://" in run.rotation["msg"]
    assert cloud.counters()["calls"] == 0


TROUBLES = {
    "sealed": "Ledger.Sealed",
    "denied": "Ledger.Denied",
    "read-only": "Ledger.Denied",
    "wrong mount": "Ledger.WrongMount",
    "version 1": "Ledger.WrongMount",
    "secret id": "Ledger.Token",
    "no login": "Ledger.NoLogin",
    "gone": "Ledger.Unavailable",
    "expiring": "Ledger.Expiring",
    "revoked": "Ledger.Token",
    "certificate": "Ledger.Unavailable",
}
# Those that every run of the tests meets; unit tests meet all of them
OFTEN = ("sealed", "certificate")


def trouble(room: Room, kind: str, shared: Shared, openbao: Node) -> None:
    base, admin = "vnc_rotation_vault_", shared.admin
    if kind == "sealed":
        openbao.seal()
    elif kind in ("denied", "read-only"):
        room.variables[f"{base}token"] = shared.token(READER) if kind == "read-only" else admin.make_token("default")
    elif kind == "revoked":
        room.variables[f"{base}token"] = token = shared.token()
        admin.call("POST", "auth/token/revoke", {"token": token})
    elif kind == "wrong mount":
        room.variables |= {"vnc_rotation_ledger": f"vault+{admin.url}/nowhere/x", f"{base}token": admin.token}
    elif kind == "version 1":
        mount = admin.make_mount(version="1")
        room.variables |= {"vnc_rotation_ledger": f"vault+{admin.url}/{mount}/x", f"{base}token": admin.token}
    elif kind == "secret id":
        room.variables[f"{base}secret_id"] = "not-the-one"
    elif kind == "no login":
        room.variables |= {f"{base}role_id": "", f"{base}secret_id": ""}
    elif kind == "gone":
        room.variables["vnc_rotation_ledger"] = "vault+http://127.0.0.1:9/secret/console"
    elif kind == "certificate":
        room.variables[f"{base}ca_cert"] = ""
    else:
        admin.call("POST", f"{shared.mount}/config", {"delete_version_after": "720h"})


@pytest.mark.parametrize(
    "kind", [kind if kind in OFTEN else pytest.param(kind, marks=pytest.mark.full) for kind in TROUBLES]
)
def test_troubles_before_any_call_to_the_cloud(
    vault_room: Room, cloud: Emulator, shared: Shared, openbao: Node, audit: Audit, kind: str
) -> None:
    vault_room.keep("web-0001")
    trouble(vault_room, kind, shared, openbao)
    run = vault_room.rotate()
    if kind == "sealed":
        openbao.unseal()
    assert run.rc == 2, run.text
    assert run.rotation["failure"]["code"] == TROUBLES[kind]
    if kind == "certificate":
        assert "certificate" in run.rotation["msg"]
        assert "vnc_rotation_vault_ca_cert" in run.rotation["msg"]
    assert cloud.counters()["calls"] == 0
    assert audit.changes() == 0
    no_secret(run, audit)


@pytest.mark.full
def test_a_record_deleted_by_hand(vault_room: Room, cloud: Emulator, shared: Shared) -> None:
    vault_room.keep("web-0001", "db-0003")
    assert vault_room.rotate().rc == 0
    shared.admin.call("DELETE", shared.path(vault_room, "web-0001"))
    cloud.clear()
    run = vault_room.rotate(force=True)
    assert run.rotation["failure"]["code"] == "Ledger.Deleted"
    assert "vault kv undelete -versions=2" in run.rotation["msg"]
    assert cloud.counters()["calls"] == 0
    shared.admin.call("POST", shared.path(vault_room, "web-0001", "undelete"), {"versions": [2]})
    assert vault_room.rotate(force=True).rc == 0


def test_lost_answers(room: Room, cloud: Emulator, server: KvServer, emulated: Shared) -> None:
    """Each record is written twice, whatever becomes of the answers; the run does not notice."""
    on_server(room, emulated).keep(*room.names(status="Running")[:8])
    server.add_fault("drop_answer", action="WriteData", probability=0.4, seed=3)
    server.add_fault("error", action="WriteData", status=502, message="no", probability=0.2, seed=4, when="after")
    run = room.rotate(retries=5)
    assert run.rc == 0, run.text
    assert set(run.outcomes.values()) == {"rotated"}
    assert {record["version"] for record in emulated.records(room).values()} == {2}
    assert len(cloud.received()) == 8
    assert any(fault["hits"] for fault in server.faults())


def test_the_server_fails_between_call_and_promotion(
    room: Room, cloud: Emulator, server: KvServer, emulated: Shared
) -> None:
    """I9: what was acknowledged is said to be so, and the next run promotes it with the same password."""
    on_server(room, emulated).keep("web-0001")
    server.add_fault("error", action="WriteData", status=503, message="Vault is sealed", after=1)
    run = room.rotate(timeout=1)
    assert run.outcomes == {"web-0001": "acknowledged"}
    assert run.rotation["stopped"]
    server.clear_faults()
    password = cloud.received()[0]["password"]
    assert emulated.records(room)["web-0001"]["pending"]["password"] == password
    assert room.rotate().outcomes == {"web-0001": "resumed"}
    assert emulated.records(room)["web-0001"]["current"] == password
    assert {row["password"] for row in cloud.received()} == {password}


def test_two_at_once(vault_room: Room, cloud: Emulator, shared: Shared) -> None:
    """I7: one wins each instance; in the end the ledger says what the cloud has."""
    names = vault_room.names(status="Running")[:8]
    vault_room.keep(*names)
    cloud.configure(latency=0.05)
    with ThreadPoolExecutor(2) as pool:
        runs = list(pool.map(lambda _number: vault_room.rotate(canary=0), range(2)))
    for run in runs:
        assert set(run.outcomes.values()) <= {"rotated", "resumed", "fresh", "conflict"}, run.text
    passwords = in_force_or_waiting(cloud)
    for name, record in shared.records(vault_room).items():
        assert record["current"] == passwords[vault_room.instance(name)]
        assert record["pending"] is None
    assert len({row["password"] for row in cloud.received()}) == len(names)
