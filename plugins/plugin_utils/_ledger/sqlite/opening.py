# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""Opens a ledger's file: makes it where it is missing, unlocks it, brings it up to date."""

from __future__ import annotations

import contextlib
import errno
import os
import pathlib
import shutil
import sqlite3
import tempfile

from ansible_collections.cloudops.console.plugins.plugin_utils._files import make_private_folder
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.encryption import VaultSecrets
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.sqlite import schema
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.sqlite.connection import (
    check_sound,
    closed_on_error,
    connect,
    connect_to_read,
    transaction,
)
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.sqlite.copying import copy
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.sqlite.schema import Unlocked

# Bytes that must be free beside the file before anything is sent to a cloud.
_HEADROOM = 256 * 1024


def open_to_read(path: pathlib.Path, secrets: VaultSecrets) -> tuple[sqlite3.Connection, Unlocked]:
    """Open a ledger and change nothing; one of an older schema is brought up to date in memory.

    :raises ConsoleError, OSError, sqlite3.Error: it cannot be used.
    """
    with closed_on_error(connect_to_read(path)) as connection, transaction(connection, "BEGIN"):
        unlocked = schema.unlock(connection, path, secrets)
        if unlocked.schema == schema.SCHEMA:
            return connection, unlocked
        memory = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        connection.backup(memory)
    connection.close()
    with closed_on_error(memory):
        with transaction(memory):
            schema.migrate(memory, unlocked)
        memory.execute("PRAGMA query_only = ON")
    return memory, unlocked


def open_to_write(path: pathlib.Path, secrets: VaultSecrets) -> tuple[sqlite3.Connection, Unlocked]:
    """Open a ledger, make it where it is missing, and see that it can be written to.

    :raises ConsoleError, OSError, sqlite3.Error: it cannot be used; what was there is as it was.
    """
    _prepare(path, secrets)
    with closed_on_error(connect(path)) as connection:
        connection.execute("PRAGMA synchronous = FULL")
        if schema.header(connection) is None:
            with transaction(connection):
                if schema.header(connection) is None:
                    schema.create(connection, secrets)
        # That it is a ledger of ours is certain before anything is changed.
        unlocked = schema.unlock(connection, path, secrets)
        connection.execute("PRAGMA journal_mode = WAL")
        _take_the_lock(connection, path)
        if unlocked.schema < schema.SCHEMA:
            unlocked = _bring_up_to_date(connection, path, secrets)
        return connection, unlocked


def beside(path: pathlib.Path, number: int) -> pathlib.Path:
    """Return the name of the copy that is made before a ledger leaves schema number."""
    return path.with_name(f"{path.name}.schema-{number}")


def _bring_up_to_date(connection: sqlite3.Connection, path: pathlib.Path, secrets: VaultSecrets) -> Unlocked:
    """Take all steps in one transaction, with a copy of what was there made under its lock."""
    with transaction(connection):
        unlocked = schema.unlock(connection, path, secrets)
        # Another process may have been faster.
        if unlocked.schema < schema.SCHEMA:
            with contextlib.closing(connect_to_read(path)) as source:
                copy(source, beside(path, unlocked.schema), lambda made: check_whole(made, secrets), replace=True)
            schema.migrate(connection, unlocked)
    return schema.unlock(connection, path, secrets)


def check_whole(path: pathlib.Path, secrets: VaultSecrets) -> None:
    """See that the file is sound, and that each of its records opens.

    :raises ConsoleError, OSError, sqlite3.Error: something is wrong.
    """
    connection, unlocked = open_to_read(path, secrets)
    with contextlib.closing(connection):
        check_sound(connection, path)
        for key, version, sealed in schema.rows(connection):
            unlocked.cipher.open(key, version, sealed)


def check_writable(path: pathlib.Path) -> None:
    """See that a ledger could be written, or made where it is missing, and write nothing.

    :raises OSError, sqlite3.Error: it could not.
    """
    folder = next(parent for parent in path.parents if parent.exists())
    if not folder.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
    _check_access(folder, os.W_OK | os.X_OK)
    if shutil.disk_usage(folder).free < _HEADROOM:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    if path.exists():
        _check_access(path, os.R_OK | os.W_OK)
        with contextlib.closing(connect(path)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")


def _check_access(path: pathlib.Path, mode: int) -> None:
    if not os.access(path, mode):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))


def _prepare(path: pathlib.Path, secrets: VaultSecrets) -> None:
    """Make folder and file with modes 0700 and 0600, and see that there is room to write."""
    make_private_folder(path.parent)
    if not path.exists():
        _make_new(path, secrets)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    # A file without a name, so that nothing of it can be left behind.
    with tempfile.TemporaryFile(dir=path.parent) as file:
        file.write(b"\0" * _HEADROOM)
        file.flush()
        os.fsync(file.fileno())


def _make_new(path: pathlib.Path, secrets: VaultSecrets) -> None:
    """Make the file whole in a folder of its own and then give it its name, so that it is never seen half made."""
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".new-ledger-") as room:
        made = pathlib.Path(room, path.name)
        os.close(os.open(made, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        with contextlib.closing(connect(made)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            with transaction(connection):
                schema.create(connection, secrets)
        # Another process may have been faster; without hard links, the caller makes the file at its final path.
        with contextlib.suppress(OSError):
            os.link(made, path)


def _take_the_lock(connection: sqlite3.Connection, path: pathlib.Path) -> None:
    """See that it can be written to, before any cloud is called."""
    if path.stat().st_mode & 0o077:
        path.chmod(0o600)
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("ROLLBACK")
