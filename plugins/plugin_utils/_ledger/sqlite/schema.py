# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""The tables of a ledger, the way from each schema to the next one, and its key.

In every schema, past and future, the application id, the schema number and the table ``meta`` with ``data_key`` stay as
they are: by them a release recognizes a ledger and its key before it knows anything else.
"""

from __future__ import annotations

import pathlib
import sqlite3
import typing as t

from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.encryption import (
    Cipher,
    VaultSecrets,
    new_data_key,
)
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.errors import ledger_error
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.in_force import adopted
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.record import InstanceKey

# "CCLv" in the file's header, so that file(1) and we can tell it from other SQLite files.
APPLICATION_ID = 0x43434C76
SCHEMA = 2

Step = t.Callable[[sqlite3.Connection, Cipher], None]


def _note_what_is_over(connection: sqlite3.Connection, cipher: Cipher) -> None:
    """Records of schema 1 did not say which former passwords are surely not in force any more."""
    for key, version, sealed in rows(connection):
        record = cipher.seal(key, adopted(cipher.open(key, version, sealed)))
        connection.execute(
            "UPDATE records SET sealed = ? WHERE provider = ? AND region = ? AND instance_id = ?", (record, *key)
        )


# From schema n to n + 1. A step works in a transaction of the caller's, and must give the same result wherever it runs:
# it is tried on a copy first, and readers take it in memory.
MIGRATIONS: dict[int, Step] = {1: _note_what_is_over}

_TABLES = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE records (
    provider TEXT NOT NULL, region TEXT NOT NULL, instance_id TEXT NOT NULL,
    version INTEGER NOT NULL, sealed BLOB NOT NULL,
    PRIMARY KEY (provider, region, instance_id)
) WITHOUT ROWID;
"""
COLUMNS = "provider, region, instance_id, version, sealed"
_WRAPPED = "SELECT value FROM meta WHERE name = 'data_key'"


class Unlocked(t.NamedTuple):
    """What opening the data key of a ledger gives.

    :param wrapped: the data key as it is in the file; it is another one after a change of the key.
    :param schema: the file's own, before any step.
    """

    cipher: Cipher
    wrapped: bytes
    schema: int


class Header(t.NamedTuple):
    """By what a ledger is recognized."""

    application: int
    schema: int
    wrapped: t.Any


def create(connection: sqlite3.Connection, secrets: VaultSecrets) -> None:
    """Make an empty ledger with a new data key."""
    for statement in _TABLES.strip().split(";\n"):
        connection.execute(statement)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {SCHEMA}")
    connection.execute("INSERT INTO meta VALUES ('data_key', ?)", (secrets.wrap(new_data_key()),))


def header(connection: sqlite3.Connection) -> Header | None:
    """Return what is in the file; None for one without any table."""
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    schema = connection.execute("PRAGMA user_version").fetchone()[0]
    if not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        return None
    if application != APPLICATION_ID or schema > SCHEMA:
        return Header(application, schema, None)
    has_meta = connection.execute(
        "SELECT count(*) FROM sqlite_master WHERE name = 'meta' AND type = 'table'"
    ).fetchone()[0]
    return Header(application, schema, wrapped(connection) if has_meta else None)


def wrapped(connection: sqlite3.Connection) -> t.Any:
    """Return the wrapped data key as it is in the file now, None where it is gone."""
    row = connection.execute(_WRAPPED).fetchone()
    return row[0] if row else None


def unlock(connection: sqlite3.Connection, path: pathlib.Path, secrets: VaultSecrets) -> Unlocked:
    """See that it is a ledger that this release knows, and open its data key; changes nothing.

    :raises ConsoleError: Ledger.Corrupt, Ledger.TooNew, Ledger.WrongKey.
    """
    application, schema, found = header(connection) or Header(0, 0, None)
    if application != APPLICATION_ID:
        raise ledger_error("Ledger.Corrupt", f"{path} is an SQLite file of another program", "Correct O(ledger).")
    if schema > SCHEMA:
        raise ledger_error(
            "Ledger.TooNew",
            f"the ledger {path} has schema {schema}, and this release knows {SCHEMA}",
            "Upgrade cloudops.console on this machine.",
        )
    if schema < 1 or not isinstance(found, bytes):
        lost = "key" if schema >= 1 else "schema number"
        raise ledger_error("Ledger.Corrupt", f"the ledger {path} has lost its {lost}", "Restore it from a backup.")
    unlocked = Unlocked(Cipher(secrets.unwrap(found, f"sqlite://{path}")), found, schema)
    _check_form(connection, path)
    return unlocked


def _check_form(connection: sqlite3.Connection, path: pathlib.Path) -> None:
    """Refuse views and triggers, which are not ours: reading one can be without end, writing to one without effect."""
    query = "SELECT count(*) FROM sqlite_master WHERE type NOT IN ('table', 'index')"
    if connection.execute(query).fetchone()[0]:
        raise ledger_error(
            "Ledger.Corrupt", f"the ledger {path} was changed by another program", "Restore it from a backup."
        )


def migrate(connection: sqlite3.Connection, unlocked: Unlocked) -> None:
    """Take every step from the ledger's schema to ours, in the transaction of the caller."""
    for number in range(unlocked.schema, SCHEMA):
        MIGRATIONS[number](connection, unlocked.cipher)
    connection.execute(f"PRAGMA user_version = {SCHEMA}")


def rows(connection: sqlite3.Connection) -> list[tuple[InstanceKey, t.Any, t.Any]]:
    """Return key, version and sealed record of everything in a ledger of our schema."""
    found = connection.execute(f"SELECT {COLUMNS} FROM records")  # noqa: S608 - a constant
    return [(InstanceKey(*parts), version, sealed) for *parts, version, sealed in found]
