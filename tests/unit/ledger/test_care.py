# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The care of a ledger: looked at, copied while others write, given another key; and killed in the middle of it."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import multiprocessing
import os
import shutil
import signal
import sqlite3
from collections.abc import Callable, Iterator
from functools import partial
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest
from ansible.parsing.vault import VaultSecret
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger import care
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger import record as states
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger._sqlite import connection as sqlite_connection
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger._sqlite import copying, rekeying
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.base import store
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.care import Cared, Wishes, look_after
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.encryption import Cipher, KeyLock
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.record import EMPTY, Key, Record
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.sqlite import SqliteLedger, open_sqlite

from tests.unit.kit import KEY, NOON, PASSPHRASE, after, lock, opened
from tests.unit.ledger.test_sqlite_bad import alter, fill_up, small_disk

NEW = "another passphrase, and a longer one"
COUNT = 40
KEYS = [Key("alibaba", "cn-hangzhou", f"i-{number:05d}") for number in range(COUNT)]


def staged(candidate: str = "Aaaaa1") -> Record:
    return states.stage(EMPTY, candidate, run_id="r1", now=NOON, lease_until=after(minutes=2))


def promoted(record: Record) -> Record:
    assert record.pending is not None
    return states.promote(
        record,
        record.pending.password,
        acknowledged_at=NOON,
        now=NOON,
        reboot="needed",
        ambiguous=False,
        outcome="rotated",
    )


def password(number: int) -> str:
    return f"Zq{number:03d}K"


async def filled(path: Path) -> dict[Key, Record]:
    """Make a ledger whose last record is pending and whose others wait for a reboot."""
    async with opened(path) as ledger:
        records = {key: staged(password(number)) for number, key in enumerate(KEYS)}
        await asyncio.gather(*(ledger.swap(key, record) for key, record in records.items()))
        for key in KEYS[:-1]:
            records[key] = promoted(records[key])
        await asyncio.gather(*(ledger.swap(key, records[key]) for key in KEYS[:-1]))
    return records


@pytest.fixture
def records(ledger_path: Path) -> dict[Key, Record]:
    return asyncio.run(filled(ledger_path))


def read(path: Path, passphrase: str = PASSPHRASE) -> dict[Key, Record]:
    async def all_of_them() -> dict[Key, Record]:
        async with opened(path, passphrase, read_only=True) as ledger:
            return await ledger.read(KEYS)

    return asyncio.run(all_of_them())


def code_of(work: Callable[[], object]) -> str:
    with pytest.raises(ConsoleError) as caught:
        work()
    assert caught.value.advice
    assert NEW not in caught.value.message
    assert PASSPHRASE not in caught.value.message
    return caught.value.code or ""


def outcome_of(work: Callable[[], object]) -> str:
    """The code of its error, or done."""
    try:
        work()
    except ConsoleError as error:
        return str(error.code)
    return "done"


def changed_key(path: Path, old: str = PASSPHRASE, new: str = NEW) -> Cared:
    return look_after(path, lock(old), Wishes(new=lock(new)))


def bytes_around(path: Path) -> bytes:
    return b"".join(each.read_bytes() for each in sorted(path.parent.iterdir()) if each.is_file())


def journal_size(path: Path) -> int:
    return path.with_name(f"{path.name}-wal").stat().st_size


# A look


def test_a_look_counts_and_changes_nothing(ledger_path: Path, records: dict[Key, Record]) -> None:
    before = ledger_path.read_bytes(), ledger_path.stat().st_mtime_ns
    cared = look_after(ledger_path, lock(), Wishes())
    assert dataclasses.astuple(cared.health) == (1, COUNT, 1, COUNT - 1, True)
    assert (cared.rekeyed, cared.backup) == (False, None)
    assert (ledger_path.read_bytes(), ledger_path.stat().st_mtime_ns) == before
    assert [entry.name for entry in ledger_path.parent.iterdir()] == ["ledger.db"]
    assert records


def test_all_broken_records_are_counted_and_some_named(ledger_path: Path, records: dict[Key, Record]) -> None:
    assert records
    alter(ledger_path, "UPDATE records SET sealed = zeroblob(99) WHERE instance_id < 'i-00007'")
    with pytest.raises(ConsoleError) as caught:
        look_after(ledger_path, lock(), Wishes())
    assert caught.value.code == "Ledger.Corrupt"
    assert f"7 of {COUNT} records" in caught.value.message
    assert "i-00004, ..." in caught.value.message


def test_a_damage_that_reading_does_not_meet(ledger_path: Path, records: dict[Key, Record]) -> None:
    """Only SQLite's own check sees it; reading each record would go well."""
    assert records
    alter(ledger_path, "CREATE TABLE scratch (word TEXT)", "INSERT INTO scratch VALUES ('x')")
    with contextlib.closing(sqlite3.connect(ledger_path)) as connection:
        page = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'scratch'").fetchone()[0]
    content = bytearray(ledger_path.read_bytes())
    content[4096 * (page - 1) : 4096 * page] = os.urandom(4096)
    ledger_path.write_bytes(content)
    assert len(read(ledger_path)) == COUNT
    assert code_of(lambda: look_after(ledger_path, lock(), Wishes())) == "Ledger.Corrupt"
    target = ledger_path.parent / "copy.db"
    assert code_of(lambda: care.back_up(ledger_path, lock(), target, overwrite=False)) == "Ledger.Corrupt"
    assert not target.exists()
    assert not list(ledger_path.parent.glob(".new*"))


@pytest.mark.parametrize("wishes", [Wishes(), Wishes(backup=Path("/proc/none/copy.db"))])
def test_no_ledger(ledger_path: Path, wishes: Wishes) -> None:
    assert code_of(lambda: look_after(ledger_path, lock(), wishes)) == "Ledger.Missing"
    assert not ledger_path.parent.exists()


def test_a_folder_in_the_place_of_the_ledger(tmp_path: Path) -> None:
    assert code_of(lambda: look_after(tmp_path, lock(), Wishes())) == "Ledger.ReadOnly"


# Copies


def test_a_copy_is_a_ledger(ledger_path: Path, records: dict[Key, Record], tmp_path: Path) -> None:
    target = tmp_path / "far" / "away" / "copy.db"
    umask = os.umask(0)
    try:
        cared = look_after(ledger_path, lock(), Wishes(backup=target))
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


def test_a_copy_has_what_stands_in_the_journal(ledger_path: Path, records: dict[Key, Record], tmp_path: Path) -> None:
    async def scenario() -> None:
        async with opened(ledger_path) as ledger:
            await ledger.swap(KEYS[-1], promoted(records[KEYS[-1]]))
            assert journal_size(ledger_path)
            look_after(ledger_path, lock(), Wishes(backup=tmp_path / "copy.db"))

    asyncio.run(scenario())
    assert read(tmp_path / "copy.db")[KEYS[-1]].current == password(COUNT - 1)


def _write_on(path: Path, ready: Event, stop: Event) -> None:
    """Change every record again and again; all in one batch, so that each commit is one state of all."""

    async def scenario() -> None:
        async with opened(path) as ledger:
            for _turn in range(100_000):
                found = await ledger.read(KEYS)
                claimed = {
                    key: states.claim(record, run_id="w", lease_until=after(minutes=2)) for key, record in found.items()
                }
                await asyncio.gather(*(ledger.swap(key, record) for key, record in claimed.items()))
                ready.set()
                if stop.is_set():
                    return

    asyncio.run(scenario())


@contextlib.contextmanager
def writer(path: Path) -> Iterator[multiprocessing.process.BaseProcess]:
    """Another process that writes all the time."""
    context = multiprocessing.get_context("fork")
    ready, stop = context.Event(), context.Event()
    process = context.Process(target=_write_on, args=(path, ready, stop))
    process.start()
    try:
        assert ready.wait(20)
        yield process
    finally:
        stop.set()
        process.join(20)
        if process.is_alive():
            process.kill()


def pending_ledger(path: Path) -> None:
    async def fill() -> None:
        async with opened(path) as ledger:
            await asyncio.gather(*(ledger.swap(key, staged(password(n))) for n, key in enumerate(KEYS)))

    asyncio.run(fill())


def test_copies_while_another_process_writes(ledger_path: Path, tmp_path: Path) -> None:
    """Each copy is one moment: every change of all records is one commit, so all have one version."""
    pending_ledger(ledger_path)
    seen = []
    with writer(ledger_path) as process:
        for turn in range(8):
            target = tmp_path / f"copy-{turn}.db"
            look_after(ledger_path, lock(), Wishes(backup=target))
            copied = read(target)
            assert len(copied) == COUNT
            (version,) = {record.version for record in copied.values()}
            seen.append(version)
        assert process.is_alive()
    assert process.exitcode == 0
    assert seen == sorted(seen)
    assert seen[-1] > seen[0], "the writer went on meanwhile"


def test_a_file_that_stands_there_is_not_replaced(ledger_path: Path, records: dict[Key, Record]) -> None:
    target = ledger_path.parent / "copy.db"
    look_after(ledger_path, lock(), Wishes(backup=target))
    before = target.read_bytes()
    asyncio.run(_forget_one(ledger_path, records))
    with pytest.raises(ConsoleError) as caught:
        look_after(ledger_path, lock(), Wishes(backup=target))
    assert caught.value.code == "Ledger.Exists"
    assert "backup_overwrite" in caught.value.advice
    assert target.read_bytes() == before
    look_after(ledger_path, lock(), Wishes(backup=target, overwrite=True))
    assert read(target) == read(ledger_path) != records


async def _forget_one(path: Path, records: dict[Key, Record]) -> None:
    async with opened(path) as ledger:
        await ledger.swap(KEYS[-1], promoted(records[KEYS[-1]]))


def test_of_two_copies_to_one_name_one_wins(
    ledger_path: Path, records: dict[Key, Record], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other one came between the look and the name."""
    target = ledger_path.parent / "copy.db"
    give_name = copying._give_name

    def later(made: Path, place: Path, *, replace: bool) -> None:
        shutil.copy(ledger_path, target)
        give_name(made, place, replace=replace)

    monkeypatch.setattr(copying, "_give_name", later)
    assert code_of(lambda: look_after(ledger_path, lock(), Wishes(backup=target))) == "Ledger.Exists"
    assert read(target) == records
    assert not list(ledger_path.parent.glob(".new*"))


def test_only_a_ledger_is_ever_replaced(ledger_path: Path, records: dict[Key, Record], tmp_path: Path) -> None:
    """Whatever the slip of the hand: other files, folders, the ledger itself and its journal stay as they are."""
    other, odd = tmp_path / "passwd", tmp_path / "bookmarks.db"
    other.write_text("root:x:0:0:root:/root:/bin/bash\n")
    alter(odd, "CREATE TABLE bookmarks (url TEXT)")
    link = tmp_path / "link.db"
    link.symlink_to(ledger_path)
    for target in (other, odd, tmp_path, ledger_path, link, Path(f"{ledger_path}-wal"), Path(f"{ledger_path}-shm")):
        wishes = Wishes(backup=target, overwrite=True)
        assert code_of(partial(look_after, ledger_path, lock(), wishes)) == "Ledger.Exists", target
    assert other.read_text().startswith("root")
    assert read(ledger_path) == records


def test_a_target_that_cannot_be_written(ledger_path: Path, records: dict[Key, Record], tmp_path: Path) -> None:
    assert records
    for target in (Path("/proc/copy.db"), tmp_path / ("a" * 300), Path("/proc/1/none/copy.db")):
        code = code_of(partial(look_after, ledger_path, lock(), Wishes(backup=target)))
        assert code.startswith("Ledger."), target


def test_a_full_disk_for_the_copy(ledger_path: Path, records: dict[Key, Record], tmp_path: Path) -> None:
    """What stood there stays, and nothing half made is left."""
    folder = tmp_path / "disk"
    with small_disk(folder, 256):
        target = folder / "copy.db"
        look_after(ledger_path, lock(), Wishes(backup=target))
        fill_up(folder, leave_kib=8)
        assert code_of(lambda: look_after(ledger_path, lock(), Wishes(backup=target, overwrite=True))) == "Ledger.Full"
        assert sorted(entry.name for entry in folder.iterdir()) == ["ballast", "copy.db"]
        assert read(target) == records


def test_a_ledger_that_is_locked_for_good_is_not_waited_for(
    ledger_path: Path, records: dict[Key, Record], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert records
    monkeypatch.setattr(sqlite_connection, "BUSY", 0.1)
    with contextlib.closing(sqlite3.connect(ledger_path, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        target = ledger_path.parent / "copy.db"
        assert code_of(lambda: look_after(ledger_path, lock(), Wishes(backup=target))) == "Ledger.Locked"
        assert code_of(lambda: changed_key(ledger_path)) == "Ledger.Locked"


# Another key


def data_key(path: Path, passphrase: str) -> bytes:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        wrapped = connection.execute("SELECT value FROM meta WHERE name = 'data_key'").fetchone()[0]
    return lock(passphrase).unwrap(wrapped)


def test_a_changed_key(ledger_path: Path, records: dict[Key, Record]) -> None:
    cared = changed_key(ledger_path)
    assert cared.rekeyed
    assert dataclasses.astuple(cared.health) == (1, COUNT, 1, COUNT - 1, True)
    assert read(ledger_path, NEW) == records
    assert code_of(lambda: read(ledger_path)) == "Ledger.WrongKey"
    assert code_of(lambda: look_after(ledger_path, lock(), Wishes())) == "Ledger.WrongKey"


def test_changing_it_again_changes_nothing(ledger_path: Path, records: dict[Key, Record]) -> None:
    changed_key(ledger_path)
    before = ledger_path.read_bytes()
    for old in (PASSPHRASE, NEW, "neither of them"):
        assert not changed_key(ledger_path, old).rekeyed
    assert ledger_path.read_bytes() == before
    assert read(ledger_path, NEW) == records


def test_who_had_the_old_secret_cannot_read_later_copies(ledger_path: Path, records: dict[Key, Record]) -> None:
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
            Cipher(stolen).open(Key("alibaba", "cn-hangzhou", instance_id), version, sealed)
    assert read(ledger_path, NEW) == records


def test_what_was_deleted_before_is_gone_too(ledger_path: Path, records: dict[Key, Record]) -> None:
    """What was replaced long ago can still stand in the unused room of a page."""
    with contextlib.closing(sqlite3.connect(ledger_path)) as connection:
        sealed = bytes(connection.execute("SELECT sealed FROM records WHERE instance_id = 'i-00007'").fetchone()[0])
    alter(ledger_path, "PRAGMA secure_delete = OFF", "DELETE FROM records WHERE instance_id = 'i-00007'")
    assert sealed[40:72] in bytes_around(ledger_path)
    changed_key(ledger_path)
    assert sealed[40:72] not in bytes_around(ledger_path)
    assert set(read(ledger_path, NEW)) == set(records) - {KEYS[7]}


def test_with_a_wrong_old_key_nothing_changes(ledger_path: Path, records: dict[Key, Record]) -> None:
    before = ledger_path.read_bytes()
    assert code_of(lambda: changed_key(ledger_path, "wrong")) == "Ledger.WrongKey"
    assert ledger_path.read_bytes() == before
    assert read(ledger_path) == records


def test_a_broken_record_keeps_the_old_key(ledger_path: Path, records: dict[Key, Record]) -> None:
    alter(ledger_path, "UPDATE records SET sealed = zeroblob(99) WHERE instance_id = 'i-00007'")
    assert code_of(lambda: changed_key(ledger_path)) == "Ledger.Corrupt"
    assert data_key(ledger_path, PASSPHRASE)
    asyncio.run(_forget_one(ledger_path, records))


def test_check_mode_says_what_would_be_done(ledger_path: Path, records: dict[Key, Record]) -> None:
    target = ledger_path.parent / "copy.db"
    before = ledger_path.read_bytes()
    cared = look_after(ledger_path, lock(), Wishes(new=lock(NEW), backup=target, check_mode=True))
    assert (cared.rekeyed, cared.backup) == (True, target)
    assert [entry.name for entry in ledger_path.parent.iterdir()] == ["ledger.db"]
    assert ledger_path.read_bytes() == before
    assert read(ledger_path) == records


def test_a_copy_in_the_same_call_has_the_new_key(ledger_path: Path, records: dict[Key, Record]) -> None:
    target = ledger_path.parent / "copy.db"
    look_after(ledger_path, lock(), Wishes(new=lock(NEW), backup=target))
    assert read(target, NEW) == records


def test_a_play_that_has_both_secrets(ledger_path: Path, records: dict[Key, Record]) -> None:
    """The new one is asked alone: that some other secret opens the ledger does not mean that it has the new key."""
    old, new = (("old", VaultSecret(PASSPHRASE.encode())), ("new", VaultSecret(NEW.encode())))
    wishes = Wishes(new=KeyLock([new, old], "the vault secret 'new'"))
    assert look_after(ledger_path, KeyLock([old, new], "the vault secret 'old'"), wishes).rekeyed
    assert not look_after(ledger_path, KeyLock([old, new], "the vault secret 'old'"), wishes).rekeyed
    assert read(ledger_path, NEW) == records


def test_a_copy_that_fails_after_the_key_was_changed(ledger_path: Path, records: dict[Key, Record]) -> None:
    """The message says that the key is the new one by now."""
    target = Path("/proc/none/copy.db")
    with pytest.raises(ConsoleError) as caught:
        look_after(ledger_path, lock(), Wishes(new=lock(NEW), backup=target))
    assert "change of the key, which is done" in caught.value.message
    assert str(target) in caught.value.message
    assert read(ledger_path, NEW) == records


def test_a_disk_that_is_full_when_the_key_changes(tmp_path: Path) -> None:
    """Old key and all records, or new key and all records; with room again, doing it again ends well."""
    path = tmp_path / "disk" / "ledger.db"
    with small_disk(path.parent, 1024):
        records = asyncio.run(filled(path))
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


def both() -> KeyLock:
    secrets = [("old", VaultSecret(PASSPHRASE.encode())), ("new", VaultSecret(NEW.encode()))]
    return KeyLock(secrets, "the vault secret 'old'")


def test_a_run_that_lacks_the_new_key_stores_nothing_more(ledger_path: Path, records: dict[Key, Record]) -> None:
    """What it has staged stands in the ledger as pending, under the new key; a run with that key promotes it."""
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


def test_a_run_that_has_the_new_key_too_goes_on(ledger_path: Path, records: dict[Key, Record]) -> None:
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
    assert not look_after(ledger_path, lock(NEW), Wishes()).health.pending - 1  # KEY's


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
    assert look_after(ledger_path, lock(NEW), Wishes()).health.records == COUNT


def test_pages_that_cannot_be_taken_out_now_are_later(
    ledger_path: Path, records: dict[Key, Record], monkeypatch: pytest.MonkeyPatch
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
    assert not look_after(ledger_path, lock(NEW), Wishes()).health.clean, "a mere look changes nothing"
    again = changed_key(ledger_path)
    assert (again.rekeyed, again.health.clean) == (False, True)
    left = bytes_around(ledger_path)
    assert not [sealed for sealed in old if sealed[:32] in left]


# Killed


def killed_at(path: Path, arrange: Callable[[pytest.MonkeyPatch], None], work: Callable[[Path], object]) -> None:
    """Do the work in a process that kills itself where arrange says."""
    child = os.fork()
    if child == 0:
        try:
            with pytest.MonkeyPatch.context() as patch:
                arrange(patch)
                work(path)
        finally:
            os._exit(0)
    _pid, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), "the point was not reached"


def die(*_args: object, **_more: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _after_some_seals(patch: pytest.MonkeyPatch) -> None:
    seal, left = Cipher.seal, iter(range(COUNT // 2))

    def sealing(self: Cipher, key: Key, record: Record) -> bytes:
        if next(left, None) is None:
            die()
        return seal(self, key, record)

    patch.setattr(Cipher, "seal", sealing)


KILLS: dict[str, tuple[Callable[[pytest.MonkeyPatch], None], str]] = {
    "half of the records are sealed": (_after_some_seals, PASSPHRASE),
    "before the key is wrapped": (lambda patch: patch.setattr(KeyLock, "wrap", die), PASSPHRASE),
    "before the commit": (lambda patch: patch.setattr(rekeying, "_see_that_it_opens", die), PASSPHRASE),
    "after the commit": (lambda patch: patch.setattr(care, "clean", die), NEW),
    "in the middle of cleaning": (lambda patch: patch.setattr(rekeying, "_journal_is_empty", die), NEW),
}


@pytest.mark.parametrize(("arrange", "opener"), KILLS.values(), ids=KILLS.keys())
def test_killed_while_the_key_changes(
    ledger_path: Path, records: dict[Key, Record], arrange: Callable[[pytest.MonkeyPatch], None], opener: str
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


@pytest.mark.parametrize("point", ["check_whole", "copy"])
def test_killed_while_it_copies(ledger_path: Path, records: dict[Key, Record], tmp_path: Path, point: str) -> None:
    """Nothing has the name of the copy that is not one, and what is left behind holds no password in clear."""
    target = tmp_path / "copies" / "copy.db"
    killed_at(
        ledger_path,
        lambda patch: patch.setattr(care, point, die),
        lambda path: look_after(path, lock(), Wishes(backup=target)),
    )
    assert not target.exists()
    for left in (each for each in target.parent.rglob("*") if each.is_file()):
        assert left.stat().st_mode & 0o777 == 0o600
        assert not [n for n in range(COUNT) if password(n).encode() in left.read_bytes()]
    look_after(ledger_path, lock(), Wishes(backup=target))
    assert read(target) == records
