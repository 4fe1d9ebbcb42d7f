# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""From one schema to the next: ledgers of every released schema, and a future one whose steps are made up here.

The files ``data/schema-N.db`` were written by the release that brought schema N, with PASSPHRASE as their key. They are
never made anew: whatever a later release changes, it must read them.
"""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import shutil
import sqlite3
from collections.abc import Callable
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.encryption import Cipher
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.maintenance import MaintenanceOptions, maintain
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.record import InstanceKey, Record
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.sqlite import opening, schema

from tests.unit.ledger.file_damage import fill_up, small_disk
from tests.unit.ledger.filled_ledger import (
    COUNT,
    KEYS,
    NEW,
    changed_key,
    code_of,
    die,
    fill_ledger,
    killed_at,
    outcome_of,
    read,
    staged,
)
from tests.unit.ledgers_and_runs import KEY, lock, opened, sqlite_ledger

DATA = Path(__file__).resolve().parent / "data"
LAST = schema.SCHEMA + 1


def schema_of(path: Path) -> int:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        found: int = connection.execute("PRAGMA user_version").fetchone()[0]
        return found


def steps_of(path: Path) -> list[str]:
    """What the made-up steps have left in the file."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        return [row[0] for row in connection.execute("SELECT name FROM meta WHERE name LIKE 'step-%' ORDER BY name")]


def sealed_in(path: Path) -> dict[str, bytes]:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        return dict(connection.execute("SELECT instance_id, sealed FROM records"))


def one_step(connection: sqlite3.Connection, cipher: Cipher) -> None:
    """Seal every record anew and leave a note."""
    for key, version, sealed in schema.rows(connection):
        again = cipher.seal(key, cipher.open(key, version, sealed))
        connection.execute("UPDATE records SET sealed = ? WHERE instance_id = ?", (again, key.instance_id))
    connection.execute("INSERT INTO meta VALUES ('step-1', x'01')")


def second_step(connection: sqlite3.Connection, _cipher: Cipher) -> None:
    connection.execute("CREATE TABLE notes (word TEXT)")
    connection.execute("INSERT INTO meta VALUES ('step-2', x'01')")


def future(patch: pytest.MonkeyPatch, *steps: schema.Step) -> None:
    """Let this be a release with so many schemas more."""
    patch.setattr(schema, "MIGRATIONS", {**schema.MIGRATIONS, **dict(enumerate(steps, LAST - 1))})
    patch.setattr(schema, "SCHEMA", LAST - 1 + len(steps))


@pytest.fixture
def records(ledger_path: Path) -> dict[InstanceKey, Record]:
    return asyncio.run(fill_ledger(ledger_path))


@pytest.fixture
def newer(monkeypatch: pytest.MonkeyPatch, records: dict[InstanceKey, Record]) -> dict[InstanceKey, Record]:
    """A ledger of today in the hands of a release of tomorrow."""
    future(monkeypatch, one_step, second_step)
    return records


def open_to_write(path: Path) -> None:
    asyncio.run(sqlite_ledger(path).close())


def test_every_schema_has_a_file_and_a_way_to_the_next() -> None:
    assert sorted(path.name for path in DATA.glob("*.db")) == [f"schema-{n}.db" for n in range(1, schema.SCHEMA + 1)]
    assert sorted(schema.MIGRATIONS) == list(range(1, schema.SCHEMA))


@pytest.mark.parametrize("number", range(1, schema.SCHEMA + 1))
def test_ledgers_of_every_schema_are_read_and_written(ledger_path: Path, number: int) -> None:
    ledger_path.parent.mkdir()
    shutil.copy(DATA / f"schema-{number}.db", ledger_path)
    assert schema_of(ledger_path) == number
    found = read(ledger_path)
    assert set(found) == set(KEYS)
    assert {record.current for record in found.values()} == {*(f"Zq{n:03d}K" for n in range(COUNT - 1)), None}
    assert found[KEYS[-1]].pending is not None
    health = maintain(ledger_path, lock(), MaintenanceOptions()).health
    assert health.reboot_needed + health.at_next_start == COUNT - 1

    async def go_on() -> None:
        async with opened(ledger_path) as ledger:
            await ledger.swap(KEY, staged())
            assert await ledger.read(KEYS) == found

    asyncio.run(go_on())
    assert schema_of(ledger_path) == schema.SCHEMA


def test_the_first_opening_for_writing_takes_all_steps(ledger_path: Path, newer: dict[InstanceKey, Record]) -> None:
    async def first() -> None:
        async with opened(ledger_path) as ledger:
            assert await ledger.read(KEYS) == newer
            await ledger.swap(KEY, staged())

    asyncio.run(first())
    assert schema_of(ledger_path) == schema.SCHEMA == LAST + 1
    assert steps_of(ledger_path) == ["step-1", "step-2"]
    open_to_write(ledger_path)
    assert set(read(ledger_path)) == set(newer)


def test_a_copy_of_before_stands_beside_it(
    ledger_path: Path, newer: dict[InstanceKey, Record], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = sealed_in(ledger_path)
    open_to_write(ledger_path)
    copy = opening.beside(ledger_path, LAST - 1)
    assert sorted(entry.name for entry in ledger_path.parent.iterdir()) == ["ledger.db", copy.name]
    assert copy.stat().st_mode & 0o777 == 0o600
    assert (schema_of(copy), steps_of(copy), sealed_in(copy)) == (LAST - 1, [], before)
    assert sealed_in(ledger_path) != before
    assert read(copy) == newer
    monkeypatch.undo()
    assert read(copy) == newer, "the older release reads its own copy"
    assert code_of(lambda: read(ledger_path)) == "Ledger.TooNew"


@pytest.mark.parametrize("look", [read, lambda path: maintain(path, lock(), MaintenanceOptions())])
def test_reading_takes_the_steps_in_memory(
    ledger_path: Path, newer: dict[InstanceKey, Record], look: Callable[[Path], object]
) -> None:
    before = ledger_path.read_bytes()
    assert look(ledger_path)
    assert read(ledger_path) == newer
    assert ledger_path.read_bytes() == before
    assert [entry.name for entry in ledger_path.parent.iterdir()] == ["ledger.db"]


def test_what_was_read_in_memory_cannot_be_written(ledger_path: Path, newer: dict[InstanceKey, Record]) -> None:
    async def scenario() -> None:
        async with opened(ledger_path, read_only=True) as ledger:
            with pytest.raises(ConsoleError, match=r"Ledger\.ReadOnly"):
                await ledger.swap(KEY, staged())

    asyncio.run(scenario())
    assert read(ledger_path) == newer


def test_a_copy_keeps_the_schema_and_a_changed_key_raises_it(
    ledger_path: Path, newer: dict[InstanceKey, Record]
) -> None:
    target = ledger_path.parent / "copy.db"
    cared = maintain(ledger_path, lock(), MaintenanceOptions(backup=target))
    assert (cared.health.schema, schema_of(target)) == (LAST - 1, LAST - 1)
    assert changed_key(ledger_path).health.schema == LAST + 1
    assert read(ledger_path, NEW) == newer


def test_another_key_takes_no_step(ledger_path: Path, newer: dict[InstanceKey, Record]) -> None:
    assert code_of(lambda: asyncio.run(sqlite_ledger(ledger_path, "wrong").close())) == "Ledger.WrongKey"
    assert schema_of(ledger_path) == LAST - 1
    assert [entry.name for entry in ledger_path.parent.iterdir()] == ["ledger.db"]
    assert newer


def fails(connection: sqlite3.Connection, _cipher: Cipher) -> None:
    connection.execute("DELETE FROM records")
    connection.execute("INSERT INTO nowhere VALUES (1)")


def test_a_step_that_fails_changes_nothing(
    ledger_path: Path, records: dict[InstanceKey, Record], monkeypatch: pytest.MonkeyPatch
) -> None:
    future(monkeypatch, one_step, fails)
    before = sealed_in(ledger_path)
    assert code_of(lambda: open_to_write(ledger_path)).startswith("Ledger.")
    monkeypatch.undo()
    assert (schema_of(ledger_path), steps_of(ledger_path), sealed_in(ledger_path)) == (LAST - 1, [], before)
    assert read(ledger_path) == records


def test_no_room_for_the_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "disk" / "ledger.db"
    with small_disk(path.parent, 2048):
        asyncio.run(fill_ledger(path))
        keys = [InstanceKey("alibaba", "cn-hangzhou", f"i-more-{number}") for number in range(900)]

        async def grow() -> None:
            async with opened(path) as ledger:
                await asyncio.gather(*(ledger.swap(key, staged()) for key in keys))

        asyncio.run(grow())
        before = sealed_in(path)
        future(monkeypatch, one_step)
        # enough for the look whether there is room, and not for a second ledger
        assert path.stat().st_size > 300 * 1024
        fill_up(path.parent, leave_kib=280)
        assert code_of(lambda: open_to_write(path)) == "Ledger.Full"
        assert (schema_of(path), sealed_in(path)) == (LAST - 1, before)
        assert sorted(entry.name for entry in path.parent.iterdir()) == ["ballast", "ledger.db"]


def second_step_but_dies_in_the_file(connection: sqlite3.Connection, cipher: Cipher) -> None:
    """The steps are tried on a copy in memory first; die only with the real file."""
    second_step(connection, cipher)
    if connection.execute("PRAGMA database_list").fetchone()[2]:
        die()


def kill_in(name: str) -> Callable[[pytest.MonkeyPatch], None]:
    def arrange(patch: pytest.MonkeyPatch) -> None:
        future(patch, one_step, second_step)
        patch.setattr(opening, name, die)

    return arrange


KILLS: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "before the copy": kill_in("copy"),
    "before the copy has its name": kill_in("check_whole"),
    "before the commit": lambda patch: future(patch, one_step, second_step_but_dies_in_the_file),
}


@pytest.mark.parametrize("arrange", KILLS.values(), ids=KILLS.keys())
def test_killed_on_the_way(
    ledger_path: Path, records: dict[InstanceKey, Record], arrange: Callable[[pytest.MonkeyPatch], None]
) -> None:
    """What was there is whole, for the old release and the new one, and the next opening goes all the way."""
    before = sealed_in(ledger_path)
    killed_at(ledger_path, arrange, open_to_write)
    assert read(ledger_path) == records
    assert (schema_of(ledger_path), steps_of(ledger_path), sealed_in(ledger_path)) == (LAST - 1, [], before)
    copy = opening.beside(ledger_path, LAST - 1)
    if copy.exists():
        assert read(copy) == records
    with pytest.MonkeyPatch.context() as patch:
        future(patch, one_step, second_step)
        open_to_write(ledger_path)
        assert read(ledger_path) == records
        assert steps_of(ledger_path) == ["step-1", "step-2"]
        assert sealed_in(copy) == before


def _open(path: Path, barrier: Barrier, answers: Queue[str]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        future(patch, one_step, second_step)
        barrier.wait()
        answers.put(outcome_of(lambda: open_to_write(path)))


@pytest.mark.parametrize("turn", range(3))
def test_processes_that_open_an_older_ledger_at_once(
    ledger_path: Path, records: dict[InstanceKey, Record], turn: int
) -> None:
    """One of them takes the steps, and the copy is of before them, in any order of arrival."""
    context = multiprocessing.get_context("fork")
    barrier, answers = context.Barrier(4), context.Queue()
    processes = [context.Process(target=_open, args=(ledger_path, barrier, answers)) for _each in range(4)]
    for process in processes:
        process.start()
    assert [answers.get(timeout=30) for _each in processes] == ["done"] * 4, turn
    for process in processes:
        process.join(20)
    copy = opening.beside(ledger_path, LAST - 1)
    assert (schema_of(copy), schema_of(ledger_path)) == (LAST - 1, LAST + 1)
    assert steps_of(ledger_path) == ["step-1", "step-2"]
    assert read(copy) == records
