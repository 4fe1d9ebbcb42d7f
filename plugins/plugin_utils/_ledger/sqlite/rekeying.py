# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""Gives a ledger another key.

The data key is a new one, so that the old secret and an old copy do not open later copies. All records are
sealed anew in one transaction: a ledger has the old key or the new one, never both. Afterwards what the old key sealed
is taken out of the file, too; until that has succeeded, a note in the ledger says that it is still to be done.
"""

from __future__ import annotations

import contextlib
import pathlib
import sqlite3

from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.encryption import (
    Cipher,
    VaultSecrets,
    new_data_key,
)
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.sqlite import schema
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.sqlite.connection import transaction
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.sqlite.opening import open_to_write

_SEAL = "UPDATE records SET sealed = ? WHERE provider = ? AND region = ? AND instance_id = ? AND version = ?"
# Is in meta while the file may hold pages from before the last change of the key.
_TO_CLEAN = "old_pages"


def rekey(path: pathlib.Path, old: VaultSecrets, new: VaultSecrets) -> None:
    """Seal every record under a new data key, and wrap that with the first secret of new.

    :raises ConsoleError, OSError, sqlite3.Error: the ledger has the key that it had.
    """
    connection, _unlocked = open_to_write(path, old)
    with contextlib.closing(connection), transaction(connection):
        # No other process writes from here on, so this is the key that counts.
        unlocked = schema.unlock(connection, path, old)
        data_key = new_data_key()
        cipher = Cipher(data_key)
        for key, version, sealed in schema.rows(connection):
            record = unlocked.cipher.open(key, version, sealed)
            connection.execute(_SEAL, (cipher.seal(key, record), *key, version))
        connection.execute("UPDATE meta SET value = ? WHERE name = 'data_key'", (new.wrap(data_key),))
        connection.execute("INSERT OR REPLACE INTO meta VALUES (?, x'01')", (_TO_CLEAN,))
        _see_that_it_opens(connection, path, new)


def _see_that_it_opens(connection: sqlite3.Connection, path: pathlib.Path, new: VaultSecrets) -> None:
    """Read all back before it counts; raise Ledger.Corrupt where something does not open."""
    unlocked = schema.unlock(connection, path, new.first())
    for key, version, sealed in schema.rows(connection):
        unlocked.cipher.open(key, version, sealed)


def is_clean(connection: sqlite3.Connection) -> bool:
    """Whether nothing of before the last change of the key is known to be left."""
    found = connection.execute("SELECT count(*) FROM meta WHERE name = ?", (_TO_CLEAN,)).fetchone()
    return not found[0]


def clean(path: pathlib.Path, secrets: VaultSecrets) -> bool:
    """Write the file anew without what was deleted, and empty its journal; return whether that was possible.

    It is not while another process reads or writes for longer than we wait, or without room for a second copy. Nothing
    is lost then, and it can be done later.
    """
    try:
        connection, _unlocked = open_to_write(path, secrets)
        with contextlib.closing(connection):
            return is_clean(connection) or _written_anew(connection)
    except (ConsoleError, OSError, sqlite3.Error):
        return False


def _written_anew(connection: sqlite3.Connection) -> bool:
    connection.execute("PRAGMA secure_delete = ON")
    connection.execute("PRAGMA temp_store = MEMORY")
    connection.execute("VACUUM")
    if not _journal_is_empty(connection):
        return False
    connection.execute("DELETE FROM meta WHERE name = ?", (_TO_CLEAN,))
    return True


def _journal_is_empty(connection: sqlite3.Connection) -> bool:
    """Bring all into the file and cut the journal to nothing; False where a reader is in the way."""
    busy: int = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    return busy == 0
