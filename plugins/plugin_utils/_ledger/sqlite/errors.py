# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""What the file system and SQLite say, as errors with a code and a next step."""

from __future__ import annotations

import contextlib
import errno
import os
import pathlib
import sqlite3
import typing as t

from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.plugin_utils._files import user_name
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.errors import Code, ledger_error

# What SQLite says, or what _ERRNO calls it: the code, the reason and the next step.
_CAUSES: tuple[tuple[str, Code, str, str], ...] = (
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
        "Correct O({option}), or make the file and its folder readable and writable for this user.",
    ),
    (
        "is a folder",
        "Ledger.Address",
        "a ledger is a file, and this is a folder:",
        "Set O({option}) to a file, for example one in this folder.",
    ),
    (
        "below a file",
        "Ledger.Address",
        "a part of this path is a file and not a folder:",
        "Correct O({option}), or move the file that is in its way.",
    ),
    (
        "not a database",
        "Ledger.Corrupt",
        "this is not a ledger:",
        "Correct O({option}), or restore the file from a backup.",
    ),
    (
        "no such",
        "Ledger.Corrupt",
        "the file was changed by another program:",
        "Restore it from a backup.",
    ),
    (
        "malformed",
        "Ledger.Corrupt",
        "the file is damaged:",
        "Restore it from a backup; 'sqlite3 FILE .recover' can save what is readable.",
    ),
)
_ERRNO: t.Mapping[int, str] = {
    errno.EFBIG: "disk is full",
    errno.ENOSPC: "disk is full",
    errno.EDQUOT: "disk is full",
    errno.EROFS: "readonly",
    errno.EACCES: "unable to open",
    errno.EPERM: "unable to open",
    errno.ENOTDIR: "below a file",
    errno.EISDIR: "is a folder",
}


def _ledger_error_of(error: OSError | sqlite3.Error, path: pathlib.Path, option: str) -> ConsoleError:
    text = _ERRNO.get(error.errno or 0, "") if isinstance(error, OSError) else str(error)
    for mark, code, reason, advice in _CAUSES:
        if mark in text:
            denied = code == "Ledger.ReadOnly" and getattr(error, "errno", None) != errno.EROFS
            another = _for_another_user(path) if denied else ""
            return ledger_error(code, f"{reason} {path}", another or advice.format(option=option))
    detail = error.strerror if isinstance(error, OSError) else text
    return ledger_error(
        "Ledger.Unavailable",
        f"the ledger {path} cannot be used: {detail}",
        "Check the path, permissions and free space, then run again; no password is lost.",
    )


def _for_another_user(path: pathlib.Path) -> str:
    """Return the next step where it is not the user's own file or folder that cannot be used, else an empty text."""
    found, owner = _first_found(path)
    me = user_name()
    if owner == os.geteuid():
        return ""
    if found not in (path, path.parent):
        return f"Make the folder {path.parent} for this user: sudo install -d -m 0700 -o {me} {path.parent}"
    return (
        f"{found} belongs to the user {user_name(owner)}, and a ledger in a file is for its owner alone. Run as that "
        f"user, or give file and folder to the user {me}; several users can share one in HashiCorp Vault or OpenBao."
    )


def _first_found(path: pathlib.Path) -> tuple[pathlib.Path, int]:
    """Return path, or the nearest folder above it that can be seen, with the number of its owner."""
    for one in (path, *path.parents):
        with contextlib.suppress(OSError):
            return one, one.stat().st_uid
    return path, os.geteuid()


@contextlib.contextmanager
def as_ledger_error(path: pathlib.Path, option: str = "ledger") -> t.Iterator[None]:
    """Raise what the file system and SQLite say about path as an error with a code and a next step.

    :param option: the one that gives path.
    """
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        raise _ledger_error_of(error, path, option) from None
