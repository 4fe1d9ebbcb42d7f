# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ledgers that cannot be used: each says why, with its code and the next step, and nothing is changed."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.record import InstanceKey
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.sqlite import connection as sqlite_connection
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.sqlite import schema
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.store import Ledger

from tests.unit.ledger.file_damage import alter, fill_up, mounted, small_disk
from tests.unit.ledger.filled_ledger import staged
from tests.unit.ledgers_and_runs import KEY, PASSPHRASE, opened, records_of, sqlite_ledger

ROOT = Path(__file__).resolve().parents[3]
OTHER_KEY = InstanceKey("alibaba", "cn-hangzhou", "i-0002")


@pytest.fixture
def filled(ledger_path: Path) -> Path:
    async def fill() -> None:
        async with opened(ledger_path) as ledger:
            await ledger.swap(KEY, staged())

    asyncio.run(fill())
    return ledger_path


def refused(path: Path, passphrase: str = PASSPHRASE, *, read_only: bool = False) -> ConsoleError:
    with pytest.raises(ConsoleError) as caught:
        asyncio.run(sqlite_ledger(path, passphrase, read_only=read_only).close())
    error = caught.value
    assert error.advice
    assert str(path) in error.message or error.code == "Ledger.WrongKey"
    assert PASSPHRASE not in error.message
    return error


@pytest.mark.parametrize("read_only", [False, True])
def test_another_key(filled: Path, read_only: bool) -> None:
    error = refused(filled, "something else", read_only=read_only)
    assert (error.code, error.kind) == ("Ledger.WrongKey", "ledger")
    assert "something else" not in error.message
    assert asyncio.run(records_of(filled, [KEY])) == {KEY: staged()}


@pytest.mark.parametrize("read_only", [False, True])
def test_newer_than_the_code(filled: Path, read_only: bool) -> None:
    alter(filled, f"PRAGMA user_version = {schema.SCHEMA + 1}")
    error = refused(filled, read_only=read_only)
    assert error.code == "Ledger.TooNew"
    assert "Upgrade" in error.advice


@pytest.mark.parametrize("read_only", [False, True])
@pytest.mark.parametrize(
    "content", [b"not a database at all\n" * 50, b"\0" * 5000, os.urandom(8192)], ids=["text", "zeros", "noise"]
)
def test_a_file_of_something_else(ledger_path: Path, content: bytes, read_only: bool) -> None:
    ledger_path.parent.mkdir()
    ledger_path.write_bytes(content)
    ledger_path.chmod(0o644)
    assert refused(ledger_path, read_only=read_only).code == "Ledger.Corrupt"
    assert ledger_path.read_bytes() == content


def test_a_file_of_something_else_keeps_its_mode(ledger_path: Path) -> None:
    """Another user's file, named by a slip: closing it to its other readers would do harm."""
    ledger_path.parent.mkdir()
    ledger_path.write_bytes(b"root:x:0:0:root:/root:/bin/bash\n")
    ledger_path.chmod(0o644)
    refused(ledger_path)
    assert ledger_path.stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize("read_only", [False, True])
def test_a_database_of_another_program_is_left_as_it_is(ledger_path: Path, read_only: bool) -> None:
    ledger_path.parent.mkdir()
    alter(ledger_path, "CREATE TABLE bookmarks (url TEXT)", "INSERT INTO bookmarks VALUES ('x')")
    ledger_path.chmod(0o644)
    before, mode = ledger_path.read_bytes(), ledger_path.stat().st_mode
    error = refused(ledger_path, read_only=read_only)
    assert error.code == "Ledger.Corrupt"
    assert "another program" in error.message
    assert ledger_path.read_bytes() == before
    assert ledger_path.stat().st_mode == mode


@pytest.mark.parametrize("statement", ["DELETE FROM meta", "DROP TABLE meta", "UPDATE meta SET value = 'text'"])
def test_the_data_key_is_gone(filled: Path, statement: str) -> None:
    alter(filled, statement)
    assert (refused(filled).code or "").startswith("Ledger.")


def test_damaged_pages(filled: Path) -> None:
    async def grow() -> None:
        async with opened(filled) as ledger:
            keys = [InstanceKey("alibaba", "cn-hangzhou", f"i-{number}") for number in range(200)]
            await asyncio.gather(*(ledger.swap(key, staged()) for key in keys))

    asyncio.run(grow())
    content = bytearray(filled.read_bytes())
    content[4096 * 2 :] = os.urandom(len(content) - 4096 * 2)
    filled.write_bytes(content)
    with pytest.raises(ConsoleError) as caught:
        asyncio.run(records_of(filled, [KEY, *(InstanceKey("alibaba", "cn-hangzhou", f"i-{n}") for n in range(200))]))
    assert caught.value.code == "Ledger.Corrupt"


RECORD_DAMAGE = {
    "moved to another instance": "UPDATE records SET instance_id = 'i-0002'",
    "set back to an older version": "UPDATE records SET version = version + 1",
    "cut": "UPDATE records SET sealed = substr(sealed, 1, length(sealed) - 1)",
    "cut to the nonce": "UPDATE records SET sealed = substr(sealed, 1, 12)",
    "cut to nothing": "UPDATE records SET sealed = x''",
    "text": "UPDATE records SET sealed = 'text instead of bytes'",
    "version as a text": "UPDATE records SET version = 'one'",
}


@pytest.mark.parametrize("statement", RECORD_DAMAGE.values(), ids=RECORD_DAMAGE.keys())
def test_a_record_changed_by_somebody_else(filled: Path, statement: str) -> None:
    alter(filled, statement)
    with pytest.raises(ConsoleError) as caught:
        asyncio.run(records_of(filled, [KEY, OTHER_KEY]))
    assert caught.value.code == "Ledger.Corrupt"
    assert "i-000" in caught.value.message
    assert "backup" in caught.value.advice
    assert "Aaaaa1" not in caught.value.message


@pytest.mark.parametrize("place", [0, 11, 12, 40, -1])
def test_one_bit_flipped(filled: Path, place: int) -> None:
    with contextlib.closing(sqlite3.connect(filled, isolation_level=None)) as connection:
        sealed = bytearray(connection.execute("SELECT sealed FROM records").fetchone()[0])
        sealed[place] ^= 1
        connection.execute("UPDATE records SET sealed = ?", (bytes(sealed),))
    with pytest.raises(ConsoleError, match=r"Ledger\.Corrupt"):
        asyncio.run(records_of(filled, [KEY]))


def test_two_records_swapped(ledger_path: Path) -> None:
    async def fill() -> None:
        async with opened(ledger_path) as ledger:
            await asyncio.gather(ledger.swap(KEY, staged()), ledger.swap(OTHER_KEY, staged("Bbbbb1")))

    asyncio.run(fill())
    alter(
        ledger_path,
        "UPDATE records SET instance_id = 'x' WHERE instance_id = 'i-0001'",
        "UPDATE records SET instance_id = 'i-0001' WHERE instance_id = 'i-0002'",
        "UPDATE records SET instance_id = 'i-0002' WHERE instance_id = 'x'",
    )
    with pytest.raises(ConsoleError, match=r"Ledger\.Corrupt"):
        asyncio.run(records_of(ledger_path, [KEY]))


@pytest.fixture
def other(filled: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[sqlite3.Connection]:
    """Another process's connection, as far as SQLite is concerned."""
    monkeypatch.setattr(sqlite_connection, "BUSY", 0.1)
    with contextlib.closing(sqlite3.connect(filled, isolation_level=None)) as connection:
        yield connection


def test_locked_when_it_is_opened(filled: Path, other: sqlite3.Connection) -> None:
    other.execute("BEGIN IMMEDIATE")
    error = refused(filled)
    assert (error.code, error.kind) == ("Ledger.Locked", "ledger")


def test_locked_later(filled: Path, other: sqlite3.Connection) -> None:
    async def scenario() -> None:
        async with opened(filled) as ledger:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(ConsoleError) as caught:
                await ledger.swap(OTHER_KEY, staged())
            assert caught.value.code == "Ledger.Locked"
            assert set(await ledger.read([KEY, OTHER_KEY])) == {KEY}
            other.execute("ROLLBACK")
            await ledger.swap(OTHER_KEY, staged())

    asyncio.run(scenario())


def test_readers_do_not_mind_a_writer(filled: Path, other: sqlite3.Connection) -> None:
    other.execute("BEGIN IMMEDIATE")
    assert asyncio.run(records_of(filled, [KEY])) == {KEY: staged()}


@pytest.mark.parametrize("free_kib", [0, 4, 100, 200])
def test_full_disk_is_seen_before_anything_is_sent(tmp_path: Path, free_kib: int) -> None:
    folder = tmp_path / "disk"
    with small_disk(folder, 1024):
        path = folder / "ledger.db"
        asyncio.run(sqlite_ledger(path).close())
        fill_up(folder, leave_kib=free_kib)
        assert refused(path).code == "Ledger.Full"
        assert sorted(entry.name for entry in folder.iterdir()) == ["ballast", "ledger.db"]


def test_disk_that_fills_up_meanwhile(tmp_path: Path) -> None:
    folder = tmp_path / "disk"

    async def scenario() -> None:
        async with opened(folder / "ledger.db") as ledger:
            await ledger.swap(KEY, staged())
            fill_up(folder, leave_kib=0)
            keys = [InstanceKey("alibaba", "cn-hangzhou", f"i-{number:05d}") for number in range(500)]
            ended = await asyncio.gather(*(ledger.swap(key, staged()) for key in keys), return_exceptions=True)
            assert {error.code for error in ended if isinstance(error, ConsoleError)} == {"Ledger.Full"}
            stored = await ledger.read([KEY, *keys])
            assert set(stored) == {KEY, *(key for key, end in zip(keys, ended, strict=True) if end is None)}
            (folder / "ballast").unlink()
            await ledger.swap(keys[-1], staged("Bbbbb1"))

    with small_disk(folder, 1024):
        asyncio.run(scenario())


PROGRAM = """
import asyncio, resource, signal, sys
from pathlib import Path
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from tests.unit.ledgers_and_runs import sqlite_ledger
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]),) * 2)
try:
    asyncio.run(sqlite_ledger(Path(sys.argv[1])).close())
except ConsoleError as error:
    print(error.code)
"""


@pytest.mark.parametrize("limit", [0, 8192, 200 * 1024])
def test_file_size_limit(filled: Path, limit: int) -> None:
    """Ulimit -f, as it is set for some services; needs no rights at all."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / ".build" / "collections"), str(ROOT)])}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(filled), str(limit)],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() in ("Ledger.Full", "Ledger.Unavailable"), done.stderr
    assert asyncio.run(records_of(filled, [KEY])) == {KEY: staged()}


def read_only_disk(folder: Path) -> contextlib.AbstractContextManager[None]:
    return mounted(folder, "-o", "bind,ro", str(folder))


def test_read_only_disk(filled: Path) -> None:
    try:
        with read_only_disk(filled.parent):
            error = refused(filled)
            assert (error.code, error.kind) == ("Ledger.ReadOnly", "ledger")
            assert refused(filled.parent / "new" / "ledger.db").code == "Ledger.ReadOnly"
            assert refused(filled.parent / "new.db").code == "Ledger.ReadOnly"
    except subprocess.CalledProcessError as error:
        pytest.skip(f"no file system can be mounted here: {error.stderr!r}")


def test_reading_from_a_read_only_disk(filled: Path) -> None:
    """A lookup, or a dry run, needs no right to write."""
    try:
        with read_only_disk(filled.parent):
            assert asyncio.run(records_of(filled, [KEY])) == {KEY: staged()}
    except subprocess.CalledProcessError as error:
        pytest.skip(f"no file system can be mounted here: {error.stderr!r}")


@pytest.mark.parametrize("path", ["/proc/ledger.db", "/sys/ledger.db", "/proc/1/none/ledger.db"])
def test_places_where_nobody_can_write(path: str) -> None:
    assert (refused(Path(path)).code or "").startswith("Ledger.")


def test_a_folder_and_a_file_in_the_way(tmp_path: Path) -> None:
    error = refused(tmp_path)
    assert error.code == "Ledger.Address"
    assert f"this is a folder: {tmp_path}" in error.message
    (tmp_path / "file").write_text("x")
    error = refused(tmp_path / "file" / "ledger.db")
    assert error.code == "Ledger.Address"
    assert "move the file" in error.message


@pytest.mark.parametrize("read_only", [False, True])
def test_a_name_that_no_file_can_have(tmp_path: Path, read_only: bool) -> None:
    assert (refused(tmp_path / ("a" * 300) / "ledger.db", read_only=read_only).code or "").startswith("Ledger.")


@pytest.mark.parametrize("read_only", [False, True])
def test_a_folder_of_somebody_else(read_only: bool) -> None:
    """As another user, in a process of its own, because root may do everything."""
    if os.geteuid() != 0:
        pytest.skip("only root can become another user")
    with tempfile.TemporaryDirectory(prefix="console-unit-") as room:
        Path(room).chmod(0o755)
        closed = Path(room, "closed")
        closed.mkdir(mode=0o700)
        said = _as_nobody(lambda: sqlite_ledger(closed / "ledger.db", read_only=read_only))
        assert said.startswith("Ledger.ReadOnly")
        assert f"{closed} belongs to the user root" in said
        assert "Run as that user" in said


@pytest.mark.parametrize("read_only", [False, True])
def test_a_ledger_of_somebody_else(read_only: bool) -> None:
    """Never a second one; the message says whose it is, and where a folder is missing, how to make it."""
    if os.geteuid() != 0:
        pytest.skip("only root can become another user")
    with tempfile.TemporaryDirectory(prefix="console-unit-") as room:
        Path(room).chmod(0o777)
        path = Path(room, "ledger.db")
        asyncio.run(sqlite_ledger(path).close())
        before = path.read_bytes()
        said = _as_nobody(lambda: sqlite_ledger(path, read_only=read_only))
        assert said.startswith("Ledger.ReadOnly")
        assert f"{path} belongs to the user root" in said
        assert path.read_bytes() == before
        assert [one.name for one in Path(room).iterdir()] == ["ledger.db"]
        Path(room).chmod(0o755)
        if not read_only:
            said = _as_nobody(lambda: sqlite_ledger(Path(room, "none", "ledger.db")))
            assert f"sudo install -d -m 0700 -o nobody {room}/none" in said


def _as_nobody(work: Callable[[], Ledger]) -> str:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        said = "no error"
        try:
            os.setresgid(65534, 65534, 65534)
            os.setresuid(65534, 65534, 65534)
            work()
        except ConsoleError as error:
            said = f"{error.code} {error.message}"
        except BaseException as error:  # noqa: BLE001 - this process must not go on with the tests
            said = f"{type(error).__name__}"
        os.write(writing, said.encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        said = pipe.read()
    os.waitpid(child, 0)
    return said
