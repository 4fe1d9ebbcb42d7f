# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""The embedded ledger: one SQLite file of mode 0600 (WAL, synchronous=FULL).

Swaps that wait at the same time are committed together, in the file's own thread: each swap returns only after its
commit is on the disk, so a thousand instances in flight cost some dozens of commits and not thousands, and none of
them reaches the cloud before it is durable.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import errno
import os
import pathlib
import sqlite3
import tempfile
import typing as t
from urllib.parse import quote

from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.base import NoLedgerYet
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.encryption import Cipher, KeyLock, new_data_key
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.errors import Conflict, ledger_error
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.record import Key, Record
from ansible_collections.cloudops.console.plugins.plugin_utils._private import make_private_folder

# "CCLv" in the file's header, so that file(1) and we can tell it from other SQLite files.
APPLICATION_ID = 0x43434C76
SCHEMA = 1
# Seconds to wait for another process that holds the write lock.
BUSY = 10.0
# Keys per SELECT; each takes three of the 999 variables that every SQLite allows.
_KEYS_PER_QUERY = 300
# Bytes that must be free beside the file before anything is sent to a cloud.
_HEADROOM = 256 * 1024

_TABLES = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE records (
    provider TEXT NOT NULL, region TEXT NOT NULL, instance_id TEXT NOT NULL,
    version INTEGER NOT NULL, sealed BLOB NOT NULL,
    PRIMARY KEY (provider, region, instance_id)
) WITHOUT ROWID;
"""
_INSERT = "INSERT OR IGNORE INTO records VALUES (?, ?, ?, ?, ?)"
_UPDATE = (
    "UPDATE records SET version = ?, sealed = ? WHERE provider = ? AND region = ? AND instance_id = ? AND version = ?"
)

Result = t.TypeVar("Result")
# Key, version and sealed record, and who waits for it.
_Swap = tuple[Key, int, bytes, "asyncio.Future[None]"]


class SqliteLedger:
    """A ledger in one file. Made by open_sqlite()."""

    def __init__(self, path: pathlib.Path, connection: sqlite3.Connection, cipher: Cipher) -> None:
        self.where = f"sqlite://{path}"
        self._path = path
        self._connection = connection
        self._cipher = cipher
        self._file = _identity(path)
        self._thread = concurrent.futures.ThreadPoolExecutor(max_workers=1, thread_name_prefix="ledger")
        self._waiting: list[_Swap] = []
        self._writer: asyncio.Task[None] | None = None

    async def read(self, keys: t.Iterable[Key]) -> dict[Key, Record]:
        """Return the records of these keys; those without one are absent."""
        return await self._in_thread(self._read, list(keys))

    async def swap(self, key: Key, record: Record) -> None:
        """Store record durably if the stored version is the one before it; raises Conflict or ConsoleError."""
        sealed = self._cipher.seal(key, record)
        stored: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((key, record.version, sealed, stored))
        if self._writer is None:
            self._writer = asyncio.create_task(self._write_waiting())
        await stored

    async def close(self) -> None:
        """Finish the commits under way and close the file."""
        if self._writer is not None:
            await self._writer
        await self._in_thread(self._connection.close)
        self._thread.shutdown()

    async def _in_thread(self, work: t.Callable[..., Result], *args: t.Any) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work, *args)

    async def _write_waiting(self) -> None:
        """Commit all that waits, and what has come to wait meanwhile, until nothing does."""
        while self._waiting:
            batch, self._waiting = self._waiting, []
            try:
                stored = await self._in_thread(self._commit, batch)
            except Exception as error:  # noqa: BLE001 - whatever it is, nobody may wait for ever
                outcomes: list[Exception | None] = [error] * len(batch)
            else:
                outcomes = [None if ok else Conflict() for ok in stored]
            for (*_what, future), outcome in zip(batch, outcomes, strict=True):
                if future.done():
                    continue
                if outcome is None:
                    future.set_result(None)
                else:
                    future.set_exception(outcome)
        self._writer = None

    def _commit(self, batch: list[_Swap]) -> list[bool]:
        """Write a batch in one transaction; say for each swap whether its version was the expected one."""
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                stored = [self._write(key, version, sealed) for key, version, sealed, _future in batch]
                self._connection.execute("COMMIT")
            finally:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
        except sqlite3.Error as error:
            raise explain(error, self._path) from None
        self._check_place()
        return stored

    def _check_place(self) -> None:
        """See that the file still stands where others look for it: a removed one can be written to without an error."""
        if _identity(self._path) != self._file:
            raise ledger_error(
                "Ledger.Unavailable",
                f"the file {self._path} was removed or replaced while it was in use",
                "See who did that, put the ledger back from a backup if there is one, and run again.",
            )

    def _write(self, key: Key, version: int, sealed: bytes) -> bool:
        if version == 1:
            done = self._connection.execute(_INSERT, (*key, 1, sealed))
        else:
            done = self._connection.execute(_UPDATE, (version, sealed, *key, version - 1))
        return done.rowcount == 1

    def _read(self, keys: list[Key]) -> dict[Key, Record]:
        found: dict[Key, Record] = {}
        self._check_place()
        try:
            for start in range(0, len(keys), _KEYS_PER_QUERY):
                chunk = keys[start : start + _KEYS_PER_QUERY]
                places = ",".join(["(?, ?, ?)"] * len(chunk))
                query = f"SELECT * FROM records WHERE (provider, region, instance_id) IN (VALUES {places})"  # noqa: S608 - places holds question marks only
                for *parts, version, sealed in self._connection.execute(query, [part for key in chunk for part in key]):
                    key = Key(*parts)
                    found[key] = self._cipher.open(key, version, sealed)
        except sqlite3.Error as error:
            raise explain(error, self._path) from None
        return found


def _identity(path: pathlib.Path) -> tuple[int, int] | None:
    try:
        seen = path.stat()
    except OSError:
        return None
    return seen.st_dev, seen.st_ino


def open_sqlite(
    path: pathlib.Path, lock: KeyLock, *, read_only: bool, create: bool = True
) -> SqliteLedger | NoLedgerYet:
    """Open the file, and make it where it is missing and that is allowed.

    :param read_only: change nothing; a missing file is an empty ledger then.
    :param create: whether to make a missing file; if not, it is an empty ledger as well.
    :raises ConsoleError: it cannot be used; the message says why and what to do.
    """
    try:
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if (read_only or not create) and not (path.exists() and path.stat().st_size):
            return NoLedgerYet(f"sqlite://{path}")
        if not read_only:
            _prepare(path, lock)
        connection = _connect_to_read(path) if read_only else _connect(path, "mode=rw")
    except (OSError, sqlite3.Error) as error:
        raise explain(error, path) from None
    try:
        data_key = _unlock(connection, path, lock, read_only=read_only)
    except (OSError, sqlite3.Error) as error:
        connection.close()
        raise explain(error, path) from None
    except BaseException:
        connection.close()
        raise
    return SqliteLedger(path, connection, Cipher(data_key))


def _connect(path: pathlib.Path, options: str) -> sqlite3.Connection:
    address = f"file:{quote(str(path))}?{options}"
    return sqlite3.connect(address, uri=True, timeout=BUSY, isolation_level=None, check_same_thread=False)


def _connect_to_read(path: pathlib.Path) -> sqlite3.Connection:
    """Open for reading, beside writers too.

    A reader in WAL mode needs files beside the ledger for a moment, and removes them only if it could also write; so it
    is opened for writing and told not to. Where nothing can be written at all, nobody else writes either.
    """
    for options in ("mode=rw", "mode=ro", "mode=ro&immutable=1"):
        if "immutable" in options:
            _check_no_journal(path)
        connection = _connect(path, options)
        try:
            connection.execute("PRAGMA query_only = ON")
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except sqlite3.OperationalError as error:
            connection.close()
            # One that is merely locked is waited for or given up, never read past its journal.
            if not any(mark in str(error) for mark in ("readonly", "unable to open")):
                raise
            failed = error
        else:
            return connection
    raise failed


def _check_no_journal(path: pathlib.Path) -> None:
    """Refuse to read past a journal: what it holds is newer than the file."""
    journal = path.with_name(f"{path.name}-wal")
    if journal.exists() and journal.stat().st_size:
        raise ledger_error(
            "Ledger.ReadOnly",
            f"{path} has a journal that can only be read where files can be written",
            "Copy both files to a writable folder and read them there.",
        )


def _prepare(path: pathlib.Path, lock: KeyLock) -> None:
    """Make folder and file with modes 0700 and 0600, and see that there is room to write."""
    make_private_folder(path.parent)
    if not path.exists():
        _make_new(path, lock)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    # A file without a name, so that nothing of it can be left behind.
    with tempfile.TemporaryFile(dir=path.parent) as file:
        file.write(b"\0" * _HEADROOM)
        file.flush()
        os.fsync(file.fileno())


def _make_new(path: pathlib.Path, lock: KeyLock) -> None:
    """Make the file whole in a folder of its own and then give it its name, so that nobody ever sees it half made."""
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".new-ledger-") as room:
        made = pathlib.Path(room, path.name)
        os.close(os.open(made, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        with contextlib.closing(_connect(made, "mode=rw")) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("BEGIN IMMEDIATE")
            _create(connection, lock)
            connection.execute("COMMIT")
        # Another process may have been faster; where there are no links, the file is made in its place.
        with contextlib.suppress(OSError):
            os.link(made, path)


def _unlock(connection: sqlite3.Connection, path: pathlib.Path, lock: KeyLock, *, read_only: bool) -> bytes:
    """Check that it is a ledger of ours before changing anything, make its tables where it is new, return its key."""
    connection.execute("PRAGMA synchronous = FULL")
    header = _header(connection)
    if header is None and not read_only:
        connection.execute("BEGIN IMMEDIATE")
        if _header(connection) is None:
            _create(connection, lock)
        connection.execute("COMMIT")
        header = _header(connection)
    application, schema, wrapped = header or (0, 0, None)
    if application != APPLICATION_ID:
        raise ledger_error(
            "Ledger.Corrupt", f"{path} is an SQLite file of another program", "Correct vnc_rotation_ledger."
        )
    if schema > SCHEMA:
        raise ledger_error(
            "Ledger.TooNew",
            f"the ledger {path} has schema {schema}, and this release knows {SCHEMA}",
            "Upgrade cloudops.console on this machine.",
        )
    if not isinstance(wrapped, bytes):
        raise ledger_error("Ledger.Corrupt", f"the ledger {path} has lost its key", "Restore it from a backup.")
    data_key = lock.unwrap(wrapped)
    if not read_only:
        connection.execute("PRAGMA journal_mode = WAL")
        _take_the_lock(connection, path)
    return data_key


def _take_the_lock(connection: sqlite3.Connection, path: pathlib.Path) -> None:
    """See that it can be written to, before any cloud is called."""
    if path.stat().st_mode & 0o077:
        path.chmod(0o600)
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("ROLLBACK")


def _header(connection: sqlite3.Connection) -> tuple[int, int, t.Any] | None:
    """Return application id, schema version and wrapped data key; None for a file without any table."""
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    schema = connection.execute("PRAGMA user_version").fetchone()[0]
    if not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        return None
    if application != APPLICATION_ID or schema > SCHEMA:
        return application, schema, None
    has_meta = connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'meta'").fetchone()[0]
    row = connection.execute("SELECT value FROM meta WHERE name = 'data_key'").fetchone() if has_meta else None
    return application, schema, row[0] if row else None


def _create(connection: sqlite3.Connection, lock: KeyLock) -> None:
    for statement in _TABLES.strip().split(";\n"):
        connection.execute(statement)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {SCHEMA}")
    connection.execute("INSERT INTO meta VALUES ('data_key', ?)", (lock.wrap(new_data_key()),))


_SQLITE: tuple[tuple[str, t.Any, str, str], ...] = (
    (
        "locked",
        "Ledger.Locked",
        "another process holds the lock of",
        "Wait for the other run to end; if there is none, look for a process that has the file open.",
    ),
    (
        "disk is full",
        "Ledger.Full",
        "there is no room left on the disk of",
        "Free some space and run again; no password is lost.",
    ),
    (
        "readonly",
        "Ledger.ReadOnly",
        "nothing can be written to",
        "Make the file and its folder writable for this user.",
    ),
    (
        "unable to open",
        "Ledger.ReadOnly",
        "this user cannot open or create",
        "Make the file and its folder readable and writable for this user.",
    ),
    (
        "not a database",
        "Ledger.Corrupt",
        "this is not a ledger:",
        "Correct vnc_rotation_ledger, or restore the file from a backup.",
    ),
    (
        "malformed",
        "Ledger.Corrupt",
        "the file is damaged:",
        "Restore it from a backup; 'sqlite3 FILE .recover' can save what is readable.",
    ),
)
_ERRNO = {
    27: "disk is full",
    28: "disk is full",
    30: "readonly",
    13: "unable to open",
    1: "unable to open",
    20: "unable to open",
    21: "unable to open",
}


def explain(error: OSError | sqlite3.Error, path: pathlib.Path) -> ConsoleError:
    """Turn what the file system or SQLite says into an error with a next step."""
    text = _ERRNO.get(error.errno or 0, "") if isinstance(error, OSError) else str(error)
    for mark, code, reason, advice in _SQLITE:
        if mark in text:
            return ledger_error(code, f"{reason} {path}", advice)
    detail = error.strerror if isinstance(error, OSError) else text
    return ledger_error(
        "Ledger.Unavailable",
        f"the ledger {path} cannot be used: {detail}",
        "See to the disk and run again; no password is lost.",
    )
