# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Maintenance of a ledger: a look at its health, and what is in its way."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import sqlite3
from pathlib import Path

import pytest
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger import maintenance as care
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.maintenance import MaintenanceOptions, maintain
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.record import InstanceKey, Record
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.sqlite import connection as sqlite_connection
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.sqlite import schema

from tests.unit.ledger.file_damage import alter
from tests.unit.ledger.filled_ledger import (
    COUNT,
    NEW,
    changed_key,
    code_of,
    read,
)
from tests.unit.ledgers_and_runs import lock


def test_a_look_counts_and_changes_nothing(ledger_path: Path, records: dict[InstanceKey, Record]) -> None:
    before = ledger_path.read_bytes(), ledger_path.stat().st_mtime_ns
    cared = maintain(ledger_path, lock(), MaintenanceOptions())
    assert dataclasses.astuple(cared.health) == (schema.SCHEMA, COUNT, 1, COUNT - 1, 0, True)
    assert (cared.rekeyed, cared.backup) == (False, None)
    assert (ledger_path.read_bytes(), ledger_path.stat().st_mtime_ns) == before
    assert [entry.name for entry in ledger_path.parent.iterdir()] == ["ledger.db"]
    assert records


def test_all_broken_records_are_counted_and_some_named(ledger_path: Path, records: dict[InstanceKey, Record]) -> None:
    assert records
    alter(ledger_path, "UPDATE records SET sealed = zeroblob(99) WHERE instance_id < 'i-00007'")
    with pytest.raises(ConsoleError) as caught:
        maintain(ledger_path, lock(), MaintenanceOptions())
    assert caught.value.code == "Ledger.Corrupt"
    assert f"7 of {COUNT} records" in caught.value.message
    assert "i-00004, ..." in caught.value.message


def test_a_damage_that_reading_does_not_meet(ledger_path: Path, records: dict[InstanceKey, Record]) -> None:
    """Only SQLite's own check sees it; reading each record would go well."""
    assert records
    alter(ledger_path, "CREATE TABLE scratch (word TEXT)", "INSERT INTO scratch VALUES ('x')")
    with contextlib.closing(sqlite3.connect(ledger_path)) as connection:
        page = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'scratch'").fetchone()[0]
    content = bytearray(ledger_path.read_bytes())
    content[4096 * (page - 1) : 4096 * page] = os.urandom(4096)
    ledger_path.write_bytes(content)
    assert len(read(ledger_path)) == COUNT
    assert code_of(lambda: maintain(ledger_path, lock(), MaintenanceOptions())) == "Ledger.Corrupt"
    target = ledger_path.parent / "copy.db"
    assert code_of(lambda: care.back_up(ledger_path, lock(), target, overwrite=False)) == "Ledger.Corrupt"
    assert not target.exists()
    assert not list(ledger_path.parent.glob(".new*"))


@pytest.mark.parametrize("wishes", [MaintenanceOptions(), MaintenanceOptions(backup=Path("/proc/none/copy.db"))])
def test_no_ledger(ledger_path: Path, wishes: MaintenanceOptions) -> None:
    assert code_of(lambda: maintain(ledger_path, lock(), wishes)) == "Ledger.Missing"
    assert not ledger_path.parent.exists()


def test_a_folder_in_the_place_of_the_ledger(tmp_path: Path) -> None:
    assert code_of(lambda: maintain(tmp_path, lock(), MaintenanceOptions())) == "Ledger.Address"


def test_a_ledger_that_is_locked_for_good_is_not_waited_for(
    ledger_path: Path, records: dict[InstanceKey, Record], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert records
    monkeypatch.setattr(sqlite_connection, "BUSY", 0.1)
    with contextlib.closing(sqlite3.connect(ledger_path, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        target = ledger_path.parent / "copy.db"
        assert code_of(lambda: maintain(ledger_path, lock(), MaintenanceOptions(backup=target))) == "Ledger.Locked"
        assert code_of(lambda: changed_key(ledger_path)) == "Ledger.Locked"


def test_check_mode_says_what_would_be_done(ledger_path: Path, records: dict[InstanceKey, Record]) -> None:
    target = ledger_path.parent / "copy.db"
    before = ledger_path.read_bytes()
    cared = maintain(ledger_path, lock(), MaintenanceOptions(new=lock(NEW), backup=target, check_mode=True))
    assert (cared.rekeyed, cared.backup) == (True, target)
    assert [entry.name for entry in ledger_path.parent.iterdir()] == ["ledger.db"]
    assert ledger_path.read_bytes() == before
    assert read(ledger_path) == records


@pytest.mark.usefixtures("records")
def test_a_copy_in_the_home_of_an_unknown_user(
    ledger_path: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    copy = Path("~no-such-user-here/copy.db")
    done = maintain(ledger_path, lock(), MaintenanceOptions(backup=copy, check_mode=True))
    assert done.backup == tmp_path / copy
