# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""The embedded ledger: one SQLite file of mode 0600 (WAL, synchronous=FULL).

Swaps that wait at the same time are committed together, in the file's own thread: each swap returns only after its
commit is on the disk, so a thousand instances in flight cost some dozens of commits and not thousands, and none of
them reaches the cloud before it is durable.

Another process may change the ledger's key meanwhile. So each read and each commit looks, in its own transaction,
whether the key in the file is still the one that was opened: nothing is ever stored under an old one.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import errno
import os
import pathlib
import sqlite3
import typing as t

from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.encryption import Cipher, VaultSecrets
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.errors import Conflict, ledger_error
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.record import InstanceKey, Record
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.sqlite import schema
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.sqlite.connection import transaction
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.sqlite.errors import as_ledger_error
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.sqlite.opening import (
    check_writable,
    open_to_read,
    open_to_write,
)
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.store import NoLedgerYet

# Seconds for which swaps are gathered before they are committed together: a commit costs most of a millisecond of CPU.
GATHER = 0.002
# Keys in one statement; each takes three of the 999 variables that every SQLite allows, and a row to store five.
_KEYS_PER_QUERY = 300
_ROWS_PER_INSERT = 190

# In this order, so that each key is looked up in the index: with IN, SQLite would read the whole table.
_SELECT = (
    "WITH wanted (a, b, c) AS (VALUES {values}) SELECT {columns} FROM wanted CROSS JOIN records "
    "ON provider = a AND region = b AND instance_id = c"
)
_STORE = "INSERT OR REPLACE INTO records VALUES {values}"

Result = t.TypeVar("Result")


class Swap(t.NamedTuple):
    """A record that waits to be stored, sealed with the cipher of when it came, and the future that waits for it."""

    key: InstanceKey
    record: Record
    cipher: Cipher
    sealed: bytes
    stored: asyncio.Future[None]


class SqliteLedger:
    """A ledger in one file. Made by open_sqlite().

    created says whether opening it has made the file.
    """

    created = False

    def __init__(
        self, path: pathlib.Path, connection: sqlite3.Connection, secrets: VaultSecrets, cipher: Cipher, wrapped: bytes
    ) -> None:
        self.where = f"sqlite://{path}"
        self._path = path
        self._connection = connection
        self._secrets = secrets
        self._cipher = cipher
        self._wrapped = wrapped
        self._file = _identity(path)
        self._thread = concurrent.futures.ThreadPoolExecutor(max_workers=1, thread_name_prefix="ledger")
        self._waiting: list[Swap] = []
        self._writer: asyncio.Task[None] | None = None

    async def read(self, keys: t.Iterable[InstanceKey]) -> dict[InstanceKey, Record]:
        """Return the records of these keys; those without one are absent."""
        return await self._in_thread(self._read, list(keys))

    async def swap(self, key: InstanceKey, record: Record) -> None:
        """Store record durably if the stored version is the one before it; raises Conflict or ConsoleError."""
        cipher = self._cipher
        stored: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(Swap(key, record, cipher, cipher.seal(key, record), stored))
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
            await asyncio.sleep(GATHER)
            batch, self._waiting = self._waiting, []
            try:
                stored = await self._in_thread(self._commit, batch)
            except Exception as error:  # noqa: BLE001 - each swap must end, whatever the error
                outcomes: list[Exception | None] = [error] * len(batch)
            else:
                outcomes = [None if ok else Conflict() for ok in stored]
            for swap, outcome in zip(batch, outcomes, strict=True):
                if swap.stored.done():
                    continue
                if outcome is None:
                    swap.stored.set_result(None)
                else:
                    swap.stored.set_exception(outcome)
        self._writer = None

    def _commit(self, batch: list[Swap]) -> list[bool]:
        """Write a batch in one transaction; say for each swap whether its version was the expected one.

        The transaction keeps all other writers out from its begin, so what is compared stays true until it is stored.
        """
        with as_ledger_error(self._path), transaction(self._connection):
            cipher = self._cipher_of_now()
            stored, rows = self._compared(batch)
            self._store(
                [
                    (*key, swap.record.version, swap.sealed if swap.cipher is cipher else cipher.seal(key, swap.record))
                    for key, swap in rows.items()
                ]
            )
        self._check_file()
        return stored

    def _compared(self, batch: list[Swap]) -> tuple[list[bool], dict[InstanceKey, Swap]]:
        """Say of each swap whether its version comes next, and return the last one that does for each key."""
        keys = {swap.key for swap in batch}
        versions = {InstanceKey(*parts): version for *parts, version in self._select("a, b, c, version", list(keys))}
        stored: list[bool] = []
        rows: dict[InstanceKey, Swap] = {}
        for swap in batch:
            fits = versions.get(swap.key, 0) == swap.record.version - 1
            stored.append(fits)
            if fits:
                versions[swap.key] = swap.record.version
                rows[swap.key] = swap
        return stored, rows

    def _store(self, rows: list[tuple[t.Any, ...]]) -> None:
        """Store rows, in few statements: each gives up the interpreter for a moment, and waits to get it back."""
        for start in range(0, len(rows), _ROWS_PER_INSERT):
            chunk = rows[start : start + _ROWS_PER_INSERT]
            values = ",".join(["(?, ?, ?, ?, ?)"] * len(chunk))
            self._connection.execute(_STORE.format(values=values), [part for row in chunk for part in row])

    def _cipher_of_now(self) -> Cipher:
        """Return what seals the records in the file now; to be asked within the transaction that needs it.

        :raises ConsoleError: the key was changed, and this process does not have the new one.
        """
        wrapped = schema.wrapped(self._connection)
        if wrapped != self._wrapped:
            try:
                self._cipher = Cipher(self._secrets.unwrap(wrapped if isinstance(wrapped, bytes) else b"", self.where))
            except ConsoleError:
                raise ledger_error(
                    "Ledger.WrongKey",
                    f"the key of the ledger {self._path} was changed while it was in use",
                    "Run again with the new key: what is open in the ledger is settled then.",
                ) from None
            self._wrapped = wrapped
        return self._cipher

    def _check_file(self) -> None:
        """See that the file is still where others look for it: a removed one can be written to without an error."""
        if _identity(self._path) != self._file:
            raise ledger_error(
                "Ledger.Unavailable",
                f"the file {self._path} was removed or replaced while it was in use",
                "Find out what did that, put the ledger back from a backup if there is one, and run again.",
            )

    def _read(self, keys: list[InstanceKey]) -> dict[InstanceKey, Record]:
        found: dict[InstanceKey, Record] = {}
        self._check_file()
        with as_ledger_error(self._path), transaction(self._connection, "BEGIN"):
            cipher = self._cipher_of_now()
            for *parts, version, sealed in self._select(schema.COLUMNS, keys):
                key = InstanceKey(*parts)
                found[key] = cipher.open(key, version, sealed)
        return found

    def _select(self, columns: str, keys: t.Sequence[InstanceKey]) -> t.Iterator[tuple[t.Any, ...]]:
        for start in range(0, len(keys), _KEYS_PER_QUERY):
            chunk = keys[start : start + _KEYS_PER_QUERY]
            values = ",".join(["(?, ?, ?)"] * len(chunk))
            query = _SELECT.format(values=values, columns=columns)
            yield from self._connection.execute(query, [part for key in chunk for part in key]).fetchall()


def _identity(path: pathlib.Path) -> tuple[int, int] | None:
    try:
        seen = path.stat()
    except OSError:
        return None
    return seen.st_dev, seen.st_ino


def open_sqlite(
    path: pathlib.Path, secrets: VaultSecrets, *, read_only: bool, create: bool = True
) -> SqliteLedger | NoLedgerYet:
    """Open the file, and make it where it is missing and that is allowed.

    :param read_only: change nothing; a missing file is an empty ledger then.
    :param create: whether to make a missing file; if not, it is an empty ledger as well.
    :raises ConsoleError: it cannot be used; the message says why and what to do.
    """
    with as_ledger_error(path):
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        missing = not (path.exists() and path.stat().st_size)
        if missing and (read_only or not create):
            return NoLedgerYet(f"sqlite://{path}")
        connection, unlocked = (open_to_read if read_only else open_to_write)(path, secrets)
    ledger = SqliteLedger(path, connection, secrets, unlocked.cipher, unlocked.wrapped)
    ledger.created = missing
    return ledger


def prove_writable(path: pathlib.Path) -> None:
    """See that the ledger at path could be written, or made where it is missing, and write nothing.

    :raises ConsoleError: it could not; the message says why and what to do.
    """
    with as_ledger_error(path):
        check_writable(path)
