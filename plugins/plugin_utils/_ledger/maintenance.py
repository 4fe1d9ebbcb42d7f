# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""Maintenance of a ledger in a file: look at all of it, give it another key, copy it while it is in use."""

from __future__ import annotations

import contextlib
import errno
import os
import pathlib
import typing as t
from dataclasses import dataclass

from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.module_utils._key_material import expanded
from ansible_collections.cloudops.console.plugins.plugin_utils._files import make_private_folder
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.encryption import VaultSecrets
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.errors import ledger_error
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.record import InstanceKey, Record
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.sqlite import schema
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.sqlite.connection import (
    check_sound,
    closed_on_error,
    connect_to_read,
    transaction,
)
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.sqlite.copying import copy, refuse_to_replace
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.sqlite.errors import as_ledger_error
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.sqlite.opening import check_whole, open_to_read
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.sqlite.rekeying import clean, is_clean, rekey

# Records that cannot be opened and are named; all are counted.
_NAMED = 5
# Where an SQLite file has its application id.
_ID_AT = 68
# Ends of the names of files that SQLite has beside the ledger.
_SIDE_FILES = ("-wal", "-shm", "-journal")


@dataclass(frozen=True)
class MaintenanceOptions:
    """What is to be done.

    :param new: the key that the ledger is to have, None to leave it as it is; its first secret counts.
    :param backup: where to put a copy, None for none.
    :param overwrite: whether a ledger that is there may be replaced.
    :param check_mode: change nothing, say what would be done.
    """

    new: VaultSecrets | None = None
    backup: pathlib.Path | None = None
    overwrite: bool = False
    check_mode: bool = False


@dataclass(frozen=True)
class Health:
    """What was found in a ledger that is sound.

    :param schema: of the file.
    :param clean: False where pages from before a change of the key may be left in it.
    """

    schema: int
    records: int
    pending: int
    reboot_needed: int
    at_next_start: int
    clean: bool


@dataclass(frozen=True)
class MaintenanceResult:
    """What was, or in check mode would be, done; and the ledger as it is now."""

    health: Health
    rekeyed: bool
    backup: pathlib.Path | None


def maintain(path: pathlib.Path, secrets: VaultSecrets, options: MaintenanceOptions) -> MaintenanceResult:
    """Do what the options say: see that all is well, change the key, copy; the copy has the key of afterwards.

    :raises ConsoleError: it could not be done; what was done before stays, and doing all again is harmless.
    """
    _check_there(path)
    target = options.backup and expanded(str(options.backup), os.environ).absolute()
    if target is not None:
        check_target(path, target, overwrite=options.overwrite)
    new = options.new and options.new.first()
    found = _key_in(path)
    rekeying = new is not None and not new.opens(found)
    valid = secrets if new is None or rekeying else new
    health = examine(path, valid)
    if options.check_mode:
        return MaintenanceResult(health, rekeying, target)
    if new is not None and rekeying:
        with as_ledger_error(path):
            rekey(path, secrets, new)
        valid = new
    try:
        if new is not None and (rekeying or not health.clean):
            clean(path, valid)
            health = examine(path, valid)
        if target is not None:
            back_up(path, valid, target, overwrite=options.overwrite)
    except ConsoleError as error:
        # The message must say which key to use from now on.
        raise (error.while_doing("what follows the change of the key, which is done,") if rekeying else error) from None
    return MaintenanceResult(health, rekeying, target)


def _check_there(path: pathlib.Path) -> None:
    with as_ledger_error(path):
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if path.exists() and path.stat().st_size:
            return
    raise ledger_error(
        "Ledger.Missing", f"there is no ledger {path}", "Correct O(ledger), or rotate first; that makes it."
    )


def _key_in(path: pathlib.Path) -> t.Any:
    """Return the wrapped data key, None where the file has none."""
    with as_ledger_error(path), contextlib.closing(connect_to_read(path)) as connection:
        header = schema.header(connection)
        return header.wrapped if header else None


def examine(path: pathlib.Path, secrets: VaultSecrets) -> Health:
    """Look at every page and open every record.

    :raises ConsoleError: the ledger cannot be opened, or is damaged; the message counts and names what is.
    """
    with as_ledger_error(path):
        connection, unlocked = open_to_read(path, secrets)
        with contextlib.closing(connection), transaction(connection, "BEGIN"):
            check_sound(connection, path)
            records: list[Record] = []
            broken: list[InstanceKey] = []
            for key, version, sealed in schema.rows(connection):
                try:
                    records.append(unlocked.cipher.open(key, version, sealed))
                except ConsoleError:
                    broken.append(key)
            cleaned = is_clean(connection)
    if broken:
        names = ", ".join(str(key) for key in broken[:_NAMED]) + (", ..." if len(broken) > _NAMED else "")
        raise ledger_error(
            "Ledger.Corrupt",
            f"{len(broken)} of {len(records) + len(broken)} records of {path} are damaged, or were changed outside of "
            f"this collection: {names}",
            "Restore the ledger from a backup, or rotate these instances into a new ledger.",
        )
    return Health(
        schema=unlocked.schema,
        records=len(records),
        pending=sum(record.pending is not None for record in records),
        reboot_needed=sum(record.reboot == "needed" for record in records),
        at_next_start=sum(record.reboot == "at_next_start" for record in records),
        clean=cleaned,
    )


def back_up(path: pathlib.Path, secrets: VaultSecrets, target: pathlib.Path, *, overwrite: bool) -> None:
    """Copy the ledger as it is at one moment, while others read and write it.

    :param secrets: open the copy, and every record in it, before it gets its name.
    :raises ConsoleError: there is no new copy; what was there is as it was.
    """
    check_target(path, target, overwrite=overwrite)
    with as_ledger_error(path), closed_on_error(connect_to_read(path)) as source:
        source.execute("BEGIN")
        source.execute("SELECT count(*) FROM sqlite_master").fetchone()  # takes the read lock, or says that it cannot
    with contextlib.closing(source), as_ledger_error(target, "backup"):
        make_private_folder(target.parent)
        copy(source, target, lambda made: check_whole(made, secrets), replace=overwrite)


def check_target(path: pathlib.Path, target: pathlib.Path, *, overwrite: bool) -> None:
    """See that a copy may be made at target: nothing else is replaced than another ledger, and that only if it may be.

    :raises ConsoleError: Ledger.Exists, or the place cannot be looked at.
    """
    with as_ledger_error(target, "backup"):
        if target.parent == path.parent and target.name in [f"{path.name}{end}" for end in _SIDE_FILES]:
            raise ledger_error("Ledger.Exists", f"{target} is a name that SQLite uses itself", "Choose another name.")
        if not os.path.lexists(target):
            return
        if target.is_dir() or target.samefile(path) or not _is_ledger(target):
            raise ledger_error(
                "Ledger.Exists", f"{target} is not a copy of a ledger, so it is not replaced", "Choose another name."
            )
    if not overwrite:
        refuse_to_replace(target)


def _is_ledger(path: pathlib.Path) -> bool:
    with path.open("rb") as file:
        head = file.read(_ID_AT + 4)
    return head.startswith(b"SQLite format 3\0") and head[_ID_AT:] == schema.APPLICATION_ID.to_bytes(4, "big")
