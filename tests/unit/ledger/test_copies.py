# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Copies of a ledger, also while others write to it, and killed in the middle of it."""

from __future__ import annotations

import asyncio
import os
import shutil
from functools import partial
from pathlib import Path

import pytest
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger import maintenance as care
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.maintenance import MaintenanceOptions, maintain
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.record import InstanceKey, Record
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.sqlite import copying

from tests.unit.ledger.file_damage import alter, fill_up, small_disk
from tests.unit.ledger.filled_ledger import (
    COUNT,
    KEYS,
    code_of,
    die,
    journal_size,
    killed_at,
    password,
    pending_ledger,
    promoted,
    read,
    settle_the_last,
    staged,
    writer,
)
from tests.unit.ledgers_and_runs import KEY, lock, opened


def test_a_copy_is_a_ledger(ledger_path: Path, records: dict[InstanceKey, Record], tmp_path: Path) -> None:
    target = tmp_path / "far" / "away" / "copy.db"
    umask = os.umask(0)
    try:
        cared = maintain(ledger_path, lock(), MaintenanceOptions(backup=target))
    finally:
        os.umask(umask)
    assert cared.backup == target
    assert [entry.name for entry in target.parent.iterdir()] == ["copy.db"]
    assert target.stat().st_mode & 0o777 == 0o600
    assert target.parent.stat().st_mode & 0o777 == 0o700
    assert read(target) == read(ledger_path) == records

    async def go_on() -> None:
        async with opened(target) as ledger:
            await ledger.swap(KEY, staged())

    asyncio.run(go_on())
    assert KEY not in read(ledger_path)


def test_a_copy_has_what_stands_in_the_journal(
    ledger_path: Path, records: dict[InstanceKey, Record], tmp_path: Path
) -> None:
    async def scenario() -> None:
        async with opened(ledger_path) as ledger:
            await ledger.swap(KEYS[-1], promoted(records[KEYS[-1]]))
            assert journal_size(ledger_path)
            maintain(ledger_path, lock(), MaintenanceOptions(backup=tmp_path / "copy.db"))

    asyncio.run(scenario())
    assert read(tmp_path / "copy.db")[KEYS[-1]].current == password(COUNT - 1)


def test_copies_while_another_process_writes(ledger_path: Path, tmp_path: Path) -> None:
    """Each copy is one moment: every change of all records is one commit, so all have one version."""
    pending_ledger(ledger_path)
    seen = []
    with writer(ledger_path) as process:
        for turn in range(8):
            target = tmp_path / f"copy-{turn}.db"
            maintain(ledger_path, lock(), MaintenanceOptions(backup=target))
            copied = read(target)
            assert len(copied) == COUNT
            (version,) = {record.version for record in copied.values()}
            seen.append(version)
        assert process.is_alive()
    assert process.exitcode == 0
    assert seen == sorted(seen)
    assert seen[-1] > seen[0], "the writer went on meanwhile"


def test_a_file_that_stands_there_is_not_replaced(ledger_path: Path, records: dict[InstanceKey, Record]) -> None:
    target = ledger_path.parent / "copy.db"
    maintain(ledger_path, lock(), MaintenanceOptions(backup=target))
    before = target.read_bytes()
    asyncio.run(settle_the_last(ledger_path, records))
    with pytest.raises(ConsoleError) as caught:
        maintain(ledger_path, lock(), MaintenanceOptions(backup=target))
    assert caught.value.code == "Ledger.Exists"
    assert "backup_overwrite" in caught.value.advice
    assert target.read_bytes() == before
    maintain(ledger_path, lock(), MaintenanceOptions(backup=target, overwrite=True))
    assert read(target) == read(ledger_path) != records


def test_of_two_copies_to_one_name_one_wins(
    ledger_path: Path, records: dict[InstanceKey, Record], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other one came between the look and the name."""
    target = ledger_path.parent / "copy.db"
    give_name = copying._give_name

    def later(made: Path, place: Path, *, replace: bool) -> None:
        shutil.copy(ledger_path, target)
        give_name(made, place, replace=replace)

    monkeypatch.setattr(copying, "_give_name", later)
    assert code_of(lambda: maintain(ledger_path, lock(), MaintenanceOptions(backup=target))) == "Ledger.Exists"
    assert read(target) == records
    assert not list(ledger_path.parent.glob(".new*"))


def test_only_a_ledger_is_ever_replaced(ledger_path: Path, records: dict[InstanceKey, Record], tmp_path: Path) -> None:
    """Whatever the slip of the hand: other files, folders, the ledger itself and its journal stay as they are."""
    other, odd = tmp_path / "passwd", tmp_path / "bookmarks.db"
    other.write_text("root:x:0:0:root:/root:/bin/bash\n")
    alter(odd, "CREATE TABLE bookmarks (url TEXT)")
    link = tmp_path / "link.db"
    link.symlink_to(ledger_path)
    for target in (other, odd, tmp_path, ledger_path, link, Path(f"{ledger_path}-wal"), Path(f"{ledger_path}-shm")):
        wishes = MaintenanceOptions(backup=target, overwrite=True)
        assert code_of(partial(maintain, ledger_path, lock(), wishes)) == "Ledger.Exists", target
    assert other.read_text().startswith("root")
    assert read(ledger_path) == records


def test_a_target_below_a_file(ledger_path: Path, records: dict[InstanceKey, Record], tmp_path: Path) -> None:
    """The message names the option that gives the copy, not the one of the ledger."""
    assert records
    (tmp_path / "file").touch()
    with pytest.raises(ConsoleError, match="Correct backup") as caught:
        maintain(ledger_path, lock(), MaintenanceOptions(backup=tmp_path / "file" / "copy.db"))
    assert caught.value.code == "Ledger.Address"


def test_a_target_that_cannot_be_written(ledger_path: Path, records: dict[InstanceKey, Record], tmp_path: Path) -> None:
    assert records
    for target in (Path("/proc/copy.db"), tmp_path / ("a" * 300), Path("/proc/1/none/copy.db")):
        code = code_of(partial(maintain, ledger_path, lock(), MaintenanceOptions(backup=target)))
        assert code.startswith("Ledger."), target


def test_a_full_disk_for_the_copy(ledger_path: Path, records: dict[InstanceKey, Record], tmp_path: Path) -> None:
    """What stood there stays, and nothing half made is left."""
    folder = tmp_path / "disk"
    with small_disk(folder, 256):
        target = folder / "copy.db"
        maintain(ledger_path, lock(), MaintenanceOptions(backup=target))
        fill_up(folder, leave_kib=8)
        assert (
            code_of(lambda: maintain(ledger_path, lock(), MaintenanceOptions(backup=target, overwrite=True)))
            == "Ledger.Full"
        )
        assert sorted(entry.name for entry in folder.iterdir()) == ["ballast", "copy.db"]
        assert read(target) == records


@pytest.mark.parametrize("point", ["check_whole", "copy"])
def test_killed_while_it_copies(
    ledger_path: Path, records: dict[InstanceKey, Record], tmp_path: Path, point: str
) -> None:
    """Nothing has the name of the copy that is not one, and what is left behind holds no password in clear."""
    target = tmp_path / "copies" / "copy.db"
    killed_at(
        ledger_path,
        lambda patch: patch.setattr(care, point, die),
        lambda path: maintain(path, lock(), MaintenanceOptions(backup=target)),
    )
    assert not target.exists()
    for left in (each for each in target.parent.rglob("*") if each.is_file()):
        assert left.stat().st_mode & 0o777 == 0o600
        assert not [n for n in range(COUNT) if password(n).encode() in left.read_bytes()]
    maintain(ledger_path, lock(), MaintenanceOptions(backup=target))
    assert read(target) == records
