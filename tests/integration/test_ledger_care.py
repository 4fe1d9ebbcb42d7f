# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The care of the ledger as an operator takes it: another key, a copy, a check; and the export of a rotation."""

from __future__ import annotations

import json
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.maintenance import MaintenanceOptions, maintain

from tests.emulator.client import Emulator
from tests.integration.playbook_runs import ROTATION, Room, Run, contents, hashed, in_force_or_waiting, writes
from tests.integration.secrecy.evidence import found_in, gather, known
from tests.integration.secrecy.process_watcher import Watcher
from tests.integration.secret_scan import files_below
from tests.unit.ledgers_and_runs import lock

CARE = "cloudops.console.ledger_care"
MODULE = "cloudops.console.vnc_ledger"
SET = "ModifyInstanceVncPasswd"
OLD, NEW = "the-old-password-1aB", "the-new-password-2cD"

ASK = """
- hosts: localhost
  gather_facts: false
  tasks:
    - name: Ask
      ansible.builtin.set_fact:
        found: "{{ dict(names | zip(query('cloudops.console.vnc_password', *names) | map('hash', 'sha256'))) }}"
"""
FROM_EXPORT = """
- hosts: localhost
  gather_facts: false
  tasks:
    - name: Read the export
      ansible.builtin.include_vars:
        file: "{{ export }}"
      no_log: true
    # In the play, because ansible-core 2.22 masks every value of an encrypted file, numbers too, wherever it appears
    - name: Compare
      ansible.builtin.assert:
        that:
          - vnc_passwords | length == wanted | length
          - vnc_passwords[item.key].current | hash('sha256') == item.value
      loop: "{{ wanted | dict2items }}"
"""


class Vaults:
    """Two vault passwords in files, and the room's ledger without a passphrase."""

    def __init__(self, room: Room) -> None:
        del room.variables["vnc_rotation_ledger_key"]
        self.old = ("--vault-id", f"old@{room.write('old-password', OLD)}")
        self.new = ("--vault-id", f"new@{room.write('new-password', NEW)}")
        self.both = (*self.old, *self.new)


def care(room: Room, *arguments: str, **variables: object) -> Run:
    return room.rotate(*arguments, playbook=CARE, **variables)


def passwords(room: Room, cloud: Emulator) -> dict[str, str]:
    found = in_force_or_waiting(cloud)
    return {name: found[room.instance(name)] for name in room.hosts}


def ask(room: Room, *arguments: str) -> Run:
    return room.play(ASK, *arguments, names=list(room.hosts))


def told(asked: Run) -> dict[str, str]:
    found: dict[str, str] = asked.one("Ask")["ansible_facts"]["found"]
    return found


def hashes(secrets: dict[str, str]) -> dict[str, str]:
    return {name: hashed(secret) for name, secret in secrets.items()}


@pytest.mark.full
@pytest.mark.cores
def test_another_vault_password(room: Room, cloud: Emulator, watcher: Watcher) -> None:
    """The new password reads the ledger, the old one does not; the export is opened without the ledger."""
    room.keep("web-0001", "app-0002", "mail-0008")
    vaults, export, copy = Vaults(room), room.path / "kept" / "export.yml", room.path / "kept" / "copy.db"
    rotated = room.rotate(*vaults.old, "-vvvvv", export=str(export))
    assert rotated.rc == 0
    assert (rotated.rotation["export"], rotated.rotation["export_failure"]) == (str(export), None)
    wanted, waiting = passwords(room, cloud), [reboot for reboot in rotated.reboots.values() if reboot != "none"]

    before = room.ledger.read_bytes()
    dry = care(room, *vaults.both, "--check", new_ledger_vault_id="new", backup=str(copy))
    assert (dry.rc, dry.one(MODULE)["rekeyed"], copy.exists()) == (0, True, False)
    assert "the key would be changed; after that the vault id 'new' opens the ledger" in dry.one("Report")["msg"]
    assert room.ledger.read_bytes() == before
    changed = care(room, *vaults.both, "-vvvvv", new_ledger_vault_id="new", backup=str(copy))
    result = changed.one(MODULE)
    assert (changed.rc, result["changed"], result["rekeyed"], result["backup"]) == (0, True, True, str(copy))
    assert (result["records"], result["pending"], result["reboot_needed"]) == (3, 0, len(waiting))
    assert (result["integrity"], result["schema"]) == ("ok", 2)
    said = changed.one("Report")["msg"]
    assert "from now on the vault id 'new' opens the ledger" in said
    assert "vnc_rotation_ledger_vault_id" in said
    assert said.startswith(f"ledger sqlite://{room.ledger}: 3 records, ")
    again = care(room, *vaults.both, new_ledger_vault_id="new").one(MODULE)
    assert "opens the ledger" not in again["msg"]
    assert (again["changed"], again["rekeyed"], again["backup"]) == (False, False, None)
    refused = care(room, *vaults.old, "-vvvvv")
    assert refused.one(MODULE)["failure"]["code"] == "Ledger.WrongKey"
    written = gather(room, watcher, rotated, dry, changed, refused) | {"kept": files_below(export.parent)}
    assert found_in(written, {*cloud.secrets(), *wanted.values(), OLD, NEW}) == {}

    assert told(ask(room, *vaults.new)) == hashes(wanted)
    unreadable = ask(room, *vaults.old)
    assert unreadable.rc == 2
    assert "Ledger.WrongKey" in unreadable.text
    view = room.run("ansible-vault", "view", "--vault-password-file", str(room.path / "old-password"), str(export))
    assert {name: host["current"] for name, host in json.loads(view.stdout)["vnc_passwords"].items()} == wanted
    included = room.play(FROM_EXPORT, *vaults.old, export=str(export), wanted=hashes(wanted))
    assert included.rc == 0, included.text


@pytest.mark.full
def test_a_passphrase_instead_of_a_vault_password(room: Room, cloud: Emulator, watcher: Watcher) -> None:
    """And back; options that make no sense are refused, and nothing of a key is shown."""
    room.keep("web-0001")
    assert room.rotate().rc == 0
    wanted, key = passwords(room, cloud), room.ledger_key
    vault = ("--vault-id", f"new@{room.write('new-password', NEW)}", "-vvvvv")
    room.variables["passphrase"] = "x" * 20
    both = care(room, *vault, new_ledger_key="{{ passphrase }}", new_ledger_vault_id="new")
    assert "both given" in both.one(MODULE)["msg"]
    nobody = care(room, *vault, new_ledger_vault_id="nobody")
    assert nobody.one(MODULE)["failure"]["code"] == "Ledger.NoKey"
    assert "correct vnc_rotation_new_ledger_vault_id" in nobody.one(MODULE)["msg"]
    moved = care(room, *vault, new_ledger_vault_id="new")
    assert moved.one(MODULE)["rekeyed"] is True
    room.variables = {**room.variables, "vnc_rotation_ledger_key": "", "passphrase": key}
    seen = care(room, *vault)
    assert (seen.rc, seen.one(MODULE)["changed"]) == (0, False)
    back = care(room, *vault, new_ledger_key="{{ passphrase }}")
    assert back.one(MODULE)["rekeyed"] is True
    assert "vnc_rotation_ledger_key" in back.one(MODULE)["msg"]
    written = gather(room, watcher, both, nobody, moved, seen, back)
    assert found_in(written, known(room, NEW, "x" * 20)) == {}
    room.variables["vnc_rotation_ledger_key"] = key
    assert told(ask(room)) == hashes(wanted)


def test_copies(room: Room, cloud: Emulator) -> None:
    """Made, refused, replaced, restored; and a ledger that is damaged or missing is never copied."""
    room.keep("web-0001", "app-0002")
    copy = room.path / "copies" / "ledger.db"
    missing = care(room, backup=str(copy)).one(MODULE)
    assert missing["failure"]["code"] == "Ledger.Missing"
    assert room.rotate().rc == 0
    wanted = passwords(room, cloud)
    assert care(room, backup=str(copy)).one(MODULE)["backup"] == str(copy)
    assert contents(copy.parent)["ledger.db"][0] == 0o600
    assert room.rotate(force=True).rc == 0
    exists = care(room, backup=str(copy)).one(MODULE)
    assert exists["failure"]["code"] == "Ledger.Exists"
    assert "backup_overwrite" in exists["msg"]
    before = copy.read_bytes()
    assert care(room, "--check", backup=str(copy), backup_overwrite=True).one(MODULE)["changed"] is True
    assert copy.read_bytes() == before

    newest = room.ledger.read_bytes()
    shutil.copy(copy, room.ledger)
    assert told(ask(room)) == hashes(wanted)
    room.ledger.write_bytes(newest)
    assert care(room, backup=str(copy), backup_overwrite=True).one(MODULE)["changed"] is True
    assert copy.read_bytes() != before
    kept = copy.read_bytes()
    damaged = bytearray(room.ledger.read_bytes())
    damaged[8192:] = b"\xff" * (len(damaged) - 8192)
    room.ledger.write_bytes(damaged)
    broken = care(room, backup=str(copy), backup_overwrite=True).one(MODULE)
    assert broken["failure"]["code"] == "Ledger.Corrupt"
    assert copy.read_bytes() == kept


@contextmanager
def under_way(room: Room, cloud: Emulator, *arguments: str, **variables: Any) -> Iterator[list[Run]]:
    """A rotation in a thread, from the moment on in which the cloud holds its first password back."""
    hold = cloud.add_fault("delay", action=SET, first=1, seconds=5)
    ended: list[Run] = []
    thread = threading.Thread(target=lambda: ended.append(room.rotate(*arguments, **variables)))
    thread.start()
    until = time.monotonic() + 40.0
    while not any(fault["id"] == hold and fault["hits"] for fault in cloud.faults()):
        assert time.monotonic() < until
        time.sleep(0.02)
    yield ended
    thread.join(60)


@pytest.mark.full
def test_another_key_while_a_rotation_is_under_way(room: Room, cloud: Emulator) -> None:
    """What the cloud acknowledges then stays pending, under the new key, and the next run settles it."""
    room.keep("web-0001", "app-0002", "db-0003")
    assert room.rotate().rc == 0
    before = len(cloud.received())
    with under_way(room, cloud, force=True, concurrency=1) as ended:
        # in this process, because starting ansible-playbook can take longer than a call may
        cared = maintain(room.ledger, lock(room.ledger_key), MaintenanceOptions(new=lock(NEW)))
        assert (cared.rekeyed, cared.health.pending) == (True, 1)
    (run,) = ended
    assert run.rc == 2
    assert run.rotation["summary"] == {**run.rotation["summary"], "acknowledged": 1, "not_attempted": 2}
    assert "the key of the ledger" in run.rotation["stopped"]
    assert len(cloud.received()) == before + 1
    room.variables["vnc_rotation_ledger_key"] = NEW
    again = room.rotate()
    assert again.rc == 0
    assert again.rotation["summary"]["resumed"] == 1
    assert len({row["password"] for row in cloud.received()[before:]}) == 1
    assert told(ask(room)) == hashes(passwords(room, cloud))


@pytest.mark.full
def test_an_export_that_is_impossible_costs_nothing(room: Room, cloud: Emulator) -> None:
    """It is known before anything is rotated; check mode says it, too, and writes no export."""
    room.keep("web-0001")
    export = room.write("export.yml", "some: thing\n")
    for arguments in ((), ("--check",)):
        run = room.rotate(*arguments, export=str(export))
        assert run.rotation["failure"]["code"] == "Export.Unreadable"
        assert str(export) in run.rotation["msg"]
    secret = room.rotate(export=str(room.path / "new.yml"), export_vault_id="nobody")
    assert secret.rotation["failure"]["code"] == "Ledger.NoKey"
    assert "preparing the export" in secret.rotation["msg"].lower()
    assert "correct vnc_rotation_export_vault_id" in secret.rotation["msg"]
    assert writes(cloud) == 0
    assert export.read_text() == "some: thing\n"
    dry = room.rotate("--check", export=str(room.path / "new" / "export.yml"))
    assert (dry.rc, dry.rotation["export"], dry.rotation["export_failure"]) == (0, None, None)
    assert not (room.path / "new").exists()


def test_an_export_that_fails_at_the_end_loses_no_rotation(room: Room, cloud: Emulator) -> None:
    """A warning, and a field of the result; the passwords are in the ledger, and the next run exports them."""
    room.keep("web-0001", "app-0002")
    export = room.path / "kept" / "export.yml"
    with under_way(room, cloud, export=str(export)) as ended:
        export.write_text("somebody was here\n")
    (run,) = ended
    assert run.rc == 0
    assert run.rotation["summary"]["rotated"] == 2
    assert (run.rotation["export"], run.rotation["export_failure"]["code"]) == (None, "Export.Unreadable")
    assert "The export was not written" in run.text
    assert export.read_text() == "somebody was here\n"
    assert told(ask(room)) == hashes(passwords(room, cloud))
    export.unlink()
    later = room.rotate(export=str(export))
    assert (later.one(ROTATION)["changed"], later.rotation["export"]) == (False, str(export))
