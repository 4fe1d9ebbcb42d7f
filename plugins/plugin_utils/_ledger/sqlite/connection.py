# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""Connections to a ledger's file, for writing and for reading, and the transactions on them."""

from __future__ import annotations

import contextlib
import os
import pathlib
import sqlite3
import typing as t
from urllib.parse import quote

from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.errors import ledger_error

# Seconds to wait for another process that holds the write lock.
BUSY = 10.0


def connect(path: pathlib.Path, options: str = "mode=rw") -> sqlite3.Connection:
    """Open an existing file; nothing of it is read yet."""
    address = f"file:{quote(os.fsencode(path))}?{options}"
    return sqlite3.connect(address, uri=True, timeout=BUSY, isolation_level=None, check_same_thread=False)


def connect_to_read(path: pathlib.Path) -> sqlite3.Connection:
    """Open for reading, beside writers too.

    A reader in WAL mode needs files beside the ledger for a moment, and removes them only if it could also write; so it
    is opened for writing and told not to. Where nothing can be written at all, no other process writes either.
    """
    for options in ("mode=rw", "mode=ro", "mode=ro&immutable=1"):
        if "immutable" in options:
            _check_no_journal(path)
        connection = connect(path, options)
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


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection, begin: str = "BEGIN IMMEDIATE") -> t.Iterator[None]:
    """Commit what is done inside, or nothing of it. With BEGIN alone, everything inside sees one state of the file."""
    connection.execute(begin)
    try:
        yield
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


@contextlib.contextmanager
def closed_on_error(connection: sqlite3.Connection) -> t.Iterator[sqlite3.Connection]:
    """Close the connection if what is done with it fails."""
    try:
        yield connection
    except BaseException:
        connection.close()
        raise


def check_sound(connection: sqlite3.Connection, path: pathlib.Path) -> None:
    """Let SQLite look at every page.

    :raises ConsoleError: Ledger.Corrupt, something is wrong.
    """
    found = [str(row[0]) for row in connection.execute("PRAGMA integrity_check(20)")]
    if found != ["ok"]:
        raise ledger_error(
            "Ledger.Corrupt",
            f"the file is damaged: {path} ({len(found)} faults, the first one: {found[0][:200]})",
            "Restore it from a backup; 'sqlite3 FILE .recover' can save what is readable.",
        )
