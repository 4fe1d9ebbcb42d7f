# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""A ledger that is given another key: alone, beside runs that have it open, and killed in the middle of it."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from ansible.parsing.vault import VaultSecret
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger import maintenance as care
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.encryption import Cipher, VaultSecrets
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.maintenance import MaintenanceOptions, maintain
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.record import InstanceKey, Record
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.sqlite import connection as sqlite_connection
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.sqlite import rekeying, schema
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.sqlite.ledger import SqliteLedger, open_sqlite
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.store import store

from tests.unit.ledger.file_damage import alter, fill_up, small_disk
from tests.unit.ledger.filled_ledger import (
    COUNT,
    KEYS,
    NEW,
    bytes_around,
    changed_key,
    code_of,
    data_key,
    die,
    fill_ledger,
    killed_at,
    outcome_of,
    password,
    pending_ledger,
    promoted,
    read,
    settle_the_last,
    staged,
    writer,
)
from tests.unit.ledgers_and_runs import KEY, PASSPHRASE, lock, opened


def test_a_changed_key(ledger_path: Path, records: dict[InstanceKey, Record]) -> None:
    cared = changed_key(ledger_path)
    assert cared.rekeyed
    assert dataclasses.astuple(cared.health) == (schema.SCHEMA, COUNT, 1, COUNT - 1, 0, True)
    assert read(ledger_path, NEW) == records
    assert code_of(lambda: read(ledger_path)) == "Ledger.WrongKey"
    assert code_of(lambda: maintain(ledger_path, lock(), MaintenanceOptions())) == "Ledger.WrongKey"


def test_changing_it_again_changes_nothing(ledger_path: Path, records: dict[InstanceKey, Record]) -> None:
    changed_key(ledger_path)
    before = ledger_path.read_bytes()
    for old in (PASSPHRASE, NEW, "neither of them"):
        assert not changed_key(ledger_path, old).rekeyed
    assert ledger_path.read_bytes() == before
    assert read(ledger_path, NEW) == records


def test_who_had_the_old_secret_cannot_read_later_copies(ledger_path: Path, records: dict[InstanceKey, Record]) -> None:
    """Neither with the old data key, nor in what is left of the old records in file and journal."""
    stolen = data_key(ledger_path, PASSPHRASE)
    with contextlib.closing(sqlite3.connect(ledger_path)) as connection:
        old = [bytes(row[0]) for row in connection.execute("SELECT sealed FROM records")]
    assert all(sealed[:32] in bytes_around(ledger_path) for sealed in old)
    changed_key(ledger_path)
    left = bytes_around(ledger_path)
    assert not [sealed for sealed in old if sealed[:32] in left]
    with contextlib.closing(sqlite3.connect(ledger_path)) as connection:
        rows = connection.execute("SELECT instance_id, version, sealed FROM records").fetchall()
    for instance_id, version, sealed in rows:
        with pytest.raises(ConsoleError, match=r"Ledger\.Corrupt"):
            Cipher(stolen).open(InstanceKey("alibaba", "cn-hangzhou", instance_id), version, sealed)
    assert read(ledger_path, NEW) == records


def test_what_was_deleted_before_is_gone_too(ledger_path: Path, records: dict[InstanceKey, Record]) -> None:
    """What was replaced long ago can still be in the unused room of a page."""
    with contextlib.closing(sqlite3.connect(ledger_path)) as connection:
        sealed = bytes(connection.execute("SELECT sealed FROM records WHERE instance_id = 'i-00005'").fetchone()[0])
    alter(ledger_path, "PRAGMA secure_delete = OFF", "DELETE FROM records WHERE instance_id = 'i-00005'")
    assert sealed[40:72] in bytes_around(ledger_path)
    changed_key(ledger_path)
    assert sealed[40:72] not in bytes_around(ledger_path)
    assert set(read(ledger_path, NEW)) == set(records) - {KEYS[5]}


def test_with_a_wrong_old_key_nothing_changes(ledger_path: Path, records: dict[InstanceKey, Record]) -> None:
    before = ledger_path.read_bytes()
    assert code_of(lambda: changed_key(ledger_path, "wrong")) == "Ledger.WrongKey"
    assert ledger_path.read_bytes() == before
    assert read(ledger_path) == records


def test_a_broken_record_keeps_the_old_key(ledger_path: Path, records: dict[InstanceKey, Record]) -> None:
    alter(ledger_path, "UPDATE records SET sealed = zeroblob(99) WHERE instance_id = 'i-00007'")
    assert code_of(lambda: changed_key(ledger_path)) == "Ledger.Corrupt"
    assert data_key(ledger_path, PASSPHRASE)
    asyncio.run(settle_the_last(ledger_path, records))


def test_a_copy_in_the_same_call_has_the_new_key(ledger_path: Path, records: dict[InstanceKey, Record]) -> None:
    target = ledger_path.parent / "copy.db"
    maintain(ledger_path, lock(), MaintenanceOptions(new=lock(NEW), backup=target))
    assert read(target, NEW) == records


def test_a_play_that_has_both_secrets(ledger_path: Path, records: dict[InstanceKey, Record]) -> None:
    """The new one is asked alone: that some other secret opens the ledger does not mean that it has the new key."""
    old, new = (("old", VaultSecret(PASSPHRASE.encode())), ("new", VaultSecret(NEW.encode())))
    wishes = MaintenanceOptions(new=VaultSecrets([new, old], "the vault secret 'new'"))
    assert maintain(ledger_path, VaultSecrets([old, new], "the vault secret 'old'"), wishes).rekeyed
    assert not maintain(ledger_path, VaultSecrets([old, new], "the vault secret 'old'"), wishes).rekeyed
    assert read(ledger_path, NEW) == records


def test_a_copy_that_fails_after_the_key_was_changed(ledger_path: Path, records: dict[InstanceKey, Record]) -> None:
    """The message says that the key is the new one by now."""
    target = Path("/proc/none/copy.db")
    with pytest.raises(ConsoleError) as caught:
        maintain(ledger_path, lock(), MaintenanceOptions(new=lock(NEW), backup=target))
    assert "change of the key, which is done" in caught.value.message
    assert str(target) in caught.value.message
    assert read(ledger_path, NEW) == records


def test_a_disk_that_is_full_when_the_key_changes(tmp_path: Path) -> None:
    """Old key and all records, or new key and all records; with room again, doing it again ends well."""
    path = tmp_path / "disk" / "ledger.db"
    with small_disk(path.parent, 1024):
        records = asyncio.run(fill_ledger(path))
        for leave in (0, 270, 300, 330):
            fill_up(path.parent, leave_kib=leave)
            said = outcome_of(lambda: changed_key(path))
            (path.parent / "ballast").unlink()
            assert said == "done" or said.startswith("Ledger."), leave
            assert read(path, NEW if said == "done" else PASSPHRASE) == records
            if said == "done":
                break
        assert changed_key(path).health.clean
        assert read(path, NEW) == records


# A key that is changed while a run has the ledger open


def both() -> VaultSecrets:
    secrets = [("old", VaultSecret(PASSPHRASE.encode())), ("new", VaultSecret(NEW.encode()))]
    return VaultSecrets(secrets, "the vault secret 'old'")


def test_a_run_that_lacks_the_new_key_stores_nothing_more(
    ledger_path: Path, records: dict[InstanceKey, Record]
) -> None:
    """What it has staged is in the ledger as pending, under the new key; a run with that key promotes it."""
    pending = KEYS[-1]

    async def scenario() -> None:
        async with opened(ledger_path) as ledger:
            await ledger.read(KEYS)
            changed_key(ledger_path)
            for work in (store(ledger, pending, promoted(records[pending])), store(ledger, KEY, staged("Nnnnn1"))):
                with pytest.raises(ConsoleError) as caught:
                    await work
                assert caught.value.code == "Ledger.WrongKey"
                assert "changed while it was in use" in caught.value.message
            with pytest.raises(ConsoleError, match=r"Ledger\.WrongKey"):
                await ledger.read(KEYS)

    asyncio.run(scenario())
    assert read(ledger_path, NEW) == records

    async def next_run() -> None:
        async with opened(ledger_path, NEW) as ledger:
            await ledger.swap(pending, promoted(records[pending]))

    asyncio.run(next_run())
    assert read(ledger_path, NEW)[pending].current == password(COUNT - 1)


def test_a_run_that_has_the_new_key_too_goes_on(ledger_path: Path, records: dict[InstanceKey, Record]) -> None:
    """Also with a record that was sealed under the old key and waits to be stored."""
    ledger = open_sqlite(ledger_path, both(), read_only=False)
    assert isinstance(ledger, SqliteLedger)
    pending = KEYS[-1]

    async def scenario() -> None:
        swap = asyncio.create_task(ledger.swap(pending, promoted(records[pending])))
        await asyncio.sleep(0)  # sealed, and not written yet
        changed_key(ledger_path)
        await swap
        await ledger.swap(KEY, staged())
        assert set(await ledger.read([KEY, *KEYS])) == {KEY, *KEYS}
        await ledger.close()

    asyncio.run(scenario())
    assert read(ledger_path, NEW)[pending] == promoted(records[pending])
    assert not maintain(ledger_path, lock(NEW), MaintenanceOptions()).health.pending - 1  # KEY's


def test_a_key_is_changed_while_another_process_writes(ledger_path: Path) -> None:
    """The writer ends with an error of ours; every record is whole, of one version, and under the new key."""
    pending_ledger(ledger_path)
    with writer(ledger_path) as process:
        assert changed_key(ledger_path).rekeyed
        process.join(20)
        assert process.exitcode == 1
    found = read(ledger_path, NEW)
    assert len(found) == COUNT
    assert len({record.version for record in found.values()}) == 1
    assert maintain(ledger_path, lock(NEW), MaintenanceOptions()).health.records == COUNT


def test_pages_that_cannot_be_taken_out_now_are_later(
    ledger_path: Path, records: dict[InstanceKey, Record], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reader keeps the journal; the change is done, the health says what is left, and the next call does it."""
    monkeypatch.setattr(sqlite_connection, "BUSY", 0.1)
    stolen = data_key(ledger_path, PASSPHRASE)
    assert stolen
    with contextlib.closing(sqlite3.connect(ledger_path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        old = [bytes(row[0]) for row in reader.execute("SELECT sealed FROM records")]
        cared = changed_key(ledger_path)
        assert cared.rekeyed
        assert not cared.health.clean
    assert read(ledger_path, NEW) == records
    assert not maintain(ledger_path, lock(NEW), MaintenanceOptions()).health.clean, "a mere look changes nothing"
    again = changed_key(ledger_path)
    assert (again.rekeyed, again.health.clean) == (False, True)
    left = bytes_around(ledger_path)
    assert not [sealed for sealed in old if sealed[:32] in left]


def _after_some_seals(patch: pytest.MonkeyPatch) -> None:
    seal, left = Cipher.seal, iter(range(COUNT // 2))

    def sealing(self: Cipher, key: InstanceKey, record: Record) -> bytes:
        if next(left, None) is None:
            die()
        return seal(self, key, record)

    patch.setattr(Cipher, "seal", sealing)


KILLS: dict[str, tuple[Callable[[pytest.MonkeyPatch], None], str]] = {
    "half of the records are sealed": (_after_some_seals, PASSPHRASE),
    "before the key is wrapped": (lambda patch: patch.setattr(VaultSecrets, "wrap", die), PASSPHRASE),
    "before the commit": (lambda patch: patch.setattr(rekeying, "_see_that_it_opens", die), PASSPHRASE),
    "after the commit": (lambda patch: patch.setattr(care, "clean", die), NEW),
    "in the middle of cleaning": (lambda patch: patch.setattr(rekeying, "_journal_is_empty", die), NEW),
}


@pytest.mark.parametrize(("arrange", "opener"), KILLS.values(), ids=KILLS.keys())
def test_killed_while_the_key_changes(
    ledger_path: Path, records: dict[InstanceKey, Record], arrange: Callable[[pytest.MonkeyPatch], None], opener: str
) -> None:
    """It has the old key or the new one, and every record; doing it again ends well."""
    killed_at(ledger_path, arrange, changed_key)
    assert read(ledger_path, opener) == records
    other = NEW if opener == PASSPHRASE else PASSPHRASE
    assert code_of(lambda: read(ledger_path, other)) == "Ledger.WrongKey"
    cared = changed_key(ledger_path)
    assert cared.rekeyed is (opener == PASSPHRASE)
    assert cared.health.clean
    assert read(ledger_path, NEW) == records
