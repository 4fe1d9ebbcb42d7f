# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rotations whose ledger is in a key/value store of HashiCorp Vault or OpenBao."""

from __future__ import annotations

import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.emulator.client import Emulator
from tests.emulator.kv.admin import READER, Admin
from tests.emulator.kv.client import KvServer
from tests.integration.ledger_server import PREFIX, address, policy, records
from tests.integration.playbook_runs import Room, Run, in_force_or_waiting, writes

ASK = """
- hosts: all
  gather_facts: false
  tasks:
    - name: Ask
      ansible.builtin.debug:
        msg: "{{ lookup('cloudops.console.vnc_password', inventory_hostname) }}"
"""


@pytest.fixture
def vault_room(room: Room, server: KvServer, admin: Admin) -> Room:
    """A room with an AppRole and no vault password of Ansible's at all."""
    role_id, secret_id = admin.make_approle(policy(admin))
    room.variables |= {
        "vnc_rotation_ledger": address(server.url),
        "vnc_rotation_vault_role_id": role_id,
        "vnc_rotation_vault_secret_id": secret_id,
    }
    del room.variables["vnc_rotation_ledger_key"]
    server.clear()
    return room


def no_secret(run: Run, server: KvServer) -> None:
    """Nor in what callbacks and events get."""
    everything = run.text + repr(run.events) + repr(run.custom)
    assert not [secret for secret in server.secrets() if secret in everything]


@pytest.mark.cores(full=True)
def test_a_whole_life(vault_room: Room, cloud: Emulator, server: KvServer, admin: Admin) -> None:
    """Foretold, rotated, fresh, looked up, reported; the record is the cloud's password, and tokens are given back."""
    room = vault_room
    room.keep("web-0001", "mail-0008", "db-0003")
    dry = room.rotate("--check")
    assert dry.rc == 0
    assert server.counters()["writes"] == 0
    assert writes(cloud) == 0
    run = room.rotate()
    assert run.rc == 0, run.text
    assert run.acted() == dry.acted() == set(room.hosts)
    assert run.rotation["ledger"] == room.variables["vnc_rotation_ledger"]
    passwords = in_force_or_waiting(cloud)
    for name, record in records(admin, room).items():
        assert record["current"] == passwords[room.instance(name)]
        assert (record["pending"], record["last_outcome"]) == (None, "rotated")
    server.clear()
    again = room.rotate("-vvv")
    assert set(again.outcomes.values()) == {"fresh"}
    assert server.counters()["writes"] == 0
    asked = room.play(ASK)
    assert {event.host: event.result["msg"] for event in asked.of("Ask")} == {
        name: passwords[room.instance(name)] for name in room.hosts
    }
    calls = server.record_calls()
    assert calls["Login"] == calls["RevokeSelf"]
    for each in (dry, run, again):
        no_secret(each, server)
    report = room.rotate(playbook="cloudops.console.reboot_report")
    assert report.rc == 0, report.text


def test_the_environment_names_the_token(vault_room: Room, server: KvServer, admin: Admin, cloud: Emulator) -> None:
    """As AWX hands over credentials; fields that arrive empty count as not given."""
    room = vault_room
    room.keep("web-0001")
    for name in ("role_id", "secret_id"):
        room.variables[f"vnc_rotation_vault_{name}"] = ""
    token = admin.make_token(policy(admin), ttl="10m")
    room.environ = {"VAULT_TOKEN": token, "VAULT_NAMESPACE": "", "VAULT_CACERT": "", "VAULT_ROLE_ID": ""}
    run = room.rotate("-vvvv", awx_job_id=7)
    assert run.rc == 0, run.text
    assert run.acted() == {"web-0001"}
    no_secret(run, server)
    assert room.play(ASK).of("Ask")[0].result["msg"] == in_force_or_waiting(cloud)[room.instance("web-0001")]
    assert "RevokeSelf" not in server.record_calls()


def test_a_wrong_prefix_is_said_before_anything_is_sent(vault_room: Room, server: KvServer, admin: Admin) -> None:
    """Whether other records were meant, the server cannot know; that there are none for these hosts, it can."""
    room = vault_room
    room.keep("web-0001")
    room.variables["vnc_rotation_vault_token"] = admin.token
    assert "has no record of any of them" in room.rotate().text
    assert "has no record" not in room.rotate("--check", force=True).text
    room.variables["vnc_rotation_ledger"] += "-of-old"
    assert f"ledger {address(server.url)}-of-old has no record of any of them" in room.rotate("--check").text


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
}


def trouble(room: Room, kind: str, server: KvServer, admin: Admin) -> None:
    base = "vnc_rotation_vault_"
    if kind == "sealed":
        server.seal()
    elif kind in ("denied", "read-only"):
        token = admin.make_token(policy(admin, READER)) if kind == "read-only" else admin.make_token("default")
        room.variables[f"{base}token"] = token
    elif kind == "wrong mount":
        room.variables |= {"vnc_rotation_ledger": f"vault+{server.url}/nowhere/x", f"{base}token": admin.token}
    elif kind == "version 1":
        admin.make_mount("old", version="1")
        room.variables |= {"vnc_rotation_ledger": f"vault+{server.url}/old/x", f"{base}token": admin.token}
    elif kind == "secret id":
        room.variables[f"{base}secret_id"] = "not-the-one"
    elif kind == "no login":
        room.variables |= {f"{base}role_id": "", f"{base}secret_id": ""}
    elif kind == "gone":
        room.variables["vnc_rotation_ledger"] = "vault+http://127.0.0.1:9/secret/console"
    else:
        admin.call("POST", "secret/config", {"delete_version_after": "720h"})


@pytest.mark.parametrize("kind", TROUBLES)
def test_troubles_before_any_call_to_the_cloud(
    vault_room: Room, cloud: Emulator, server: KvServer, admin: Admin, kind: str
) -> None:
    vault_room.keep("web-0001")
    trouble(vault_room, kind, server, admin)
    run = vault_room.rotate()
    assert run.rc == 2, run.text
    assert run.rotation["failure"]["code"] == TROUBLES[kind]
    assert cloud.counters()["calls"] == 0
    assert server.counters()["writes"] == 0
    no_secret(run, server)


def test_a_record_deleted_by_hand(vault_room: Room, cloud: Emulator, admin: Admin) -> None:
    vault_room.keep("web-0001", "db-0003")
    assert vault_room.rotate().rc == 0
    values = vault_room.hosts["web-0001"]
    path = f"{PREFIX}/alibaba/{values['console_region']}/{values['console_instance_id']}"
    admin.call("DELETE", f"secret/data/{path}")
    cloud.clear()
    run = vault_room.rotate(force=True)
    assert run.rotation["failure"]["code"] == "Ledger.Deleted"
    assert "vault kv undelete -versions=2" in run.rotation["msg"]
    assert cloud.counters()["calls"] == 0
    admin.call("POST", f"secret/undelete/{path}", {"versions": [2]})
    assert vault_room.rotate(force=True).rc == 0


def test_lost_answers(vault_room: Room, cloud: Emulator, server: KvServer, admin: Admin) -> None:
    """Each record is written twice, whatever becomes of the answers; the run does not notice."""
    vault_room.keep(*vault_room.names(status="Running")[:8])
    server.add_fault("drop_answer", action="WriteData", probability=0.4, seed=3)
    server.add_fault("error", action="WriteData", status=502, message="no", probability=0.2, seed=4, when="after")
    run = vault_room.rotate(retries=5)
    assert run.rc == 0, run.text
    assert set(run.outcomes.values()) == {"rotated"}
    assert {record["version"] for record in records(admin, vault_room).values()} == {2}
    assert len(cloud.received()) == 8
    assert any(fault["hits"] for fault in server.faults())


def test_the_server_fails_between_call_and_promotion(
    vault_room: Room, cloud: Emulator, server: KvServer, admin: Admin
) -> None:
    """I9: what was acknowledged is said to be so, and the next run promotes it with the same password."""
    vault_room.keep("web-0001")
    server.add_fault("error", action="WriteData", status=503, message="Vault is sealed", after=1)
    run = vault_room.rotate()
    assert run.outcomes == {"web-0001": "acknowledged"}
    assert run.rotation["stopped"]
    server.clear_faults()
    password = cloud.received()[0]["password"]
    assert records(admin, vault_room)["web-0001"]["pending"]["password"] == password
    assert vault_room.rotate().outcomes == {"web-0001": "resumed"}
    assert records(admin, vault_room)["web-0001"]["current"] == password
    assert {row["password"] for row in cloud.received()} == {password}


def test_two_at_once(vault_room: Room, cloud: Emulator, admin: Admin) -> None:
    """I7: one wins each instance; in the end the ledger says what the cloud has."""
    names = vault_room.names(status="Running")[:8]
    vault_room.keep(*names)
    cloud.configure(latency=0.05)
    with ThreadPoolExecutor(2) as pool:
        runs = list(pool.map(lambda _number: vault_room.rotate(canary=0), range(2)))
    for run in runs:
        assert set(run.outcomes.values()) <= {"rotated", "resumed", "fresh", "conflict"}, run.text
    passwords = in_force_or_waiting(cloud)
    for name, record in records(admin, vault_room).items():
        assert record["current"] == passwords[vault_room.instance(name)]
        assert record["pending"] is None
    assert len({row["password"] for row in cloud.received()}) == len(names)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """One for 127.0.0.1, signed by itself."""
    folder = tmp_path_factory.mktemp("tls")
    cert, key = folder / "cert.pem", folder / "key.pem"
    options = ["-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    options += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(cert)]
    subprocess.run(["openssl", "req", "-x509", *options], check=True, capture_output=True)
    return cert, key


def test_tls(room: Room, cloud: Emulator, certificate: tuple[Path, Path]) -> None:
    room.keep("web-0001")
    cert, key = certificate
    with KvServer.start_kv(certfile=str(cert), keyfile=str(key)) as server:
        room.variables |= {
            "vnc_rotation_ledger": address(server.url),
            "vnc_rotation_vault_token": server.root_token,
        }
        run = room.rotate()
        assert run.rotation["failure"]["code"] == "Ledger.Unavailable"
        assert "certificate" in run.rotation["msg"]
        assert "vnc_rotation_vault_ca_cert" in run.rotation["msg"]
        assert cloud.counters()["calls"] == 0
        room.variables["vnc_rotation_vault_ca_cert"] = str(cert)
        assert room.rotate().outcomes == {"web-0001": "rotated"}
        assert room.play(ASK).of("Ask")[0].result["msg"] == in_force_or_waiting(cloud)[room.instance("web-0001")]
