# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""Copies a ledger that others may be writing to: whole or not at all, and not before the copy was seen to be good."""

from __future__ import annotations

import contextlib
import errno
import os
import pathlib
import sqlite3
import tempfile
import typing as t

from ansible_collections.cloudops.console.plugins.plugin_utils._files import sync_folder
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.errors import ledger_error
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.sqlite.connection import connect

# What file systems without hard links answer.
_NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK)


def copy(
    source: sqlite3.Connection, target: pathlib.Path, check: t.Callable[[pathlib.Path], None], *, replace: bool
) -> None:
    """Copy what source sees to a file of mode 0600; it is complete without files beside it.

    :param check: looks at the copy before it gets its name, and raises where it is not good.
    :param replace: whether a file that is there may be replaced; it is, in one step.
    :raises ConsoleError, OSError, sqlite3.Error: there is no new file; what was there is as it was.
    """
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".new-ledger-") as room:
        made = pathlib.Path(room, target.name)
        handle = os.open(made, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            os.fchmod(handle, 0o600)  # a umask can take bits away
            with contextlib.closing(connect(made)) as copied:
                source.backup(copied)
                copied.execute("PRAGMA journal_mode = DELETE")
            os.fsync(handle)
        finally:
            os.close(handle)
        check(made)
        _give_name(made, target, replace=replace)
    sync_folder(target.parent)


def refuse_to_replace(target: pathlib.Path) -> None:
    """Raise Ledger.Exists: nothing was changed."""
    raise ledger_error(
        "Ledger.Exists", f"there is a file {target} already", "Choose another name, or set O(backup_overwrite) to true."
    )


def _give_name(made: pathlib.Path, target: pathlib.Path, *, replace: bool) -> None:
    if replace:
        made.replace(target)
        return
    try:
        os.link(made, target)
    except FileExistsError:
        refuse_to_replace(target)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        if target.exists():
            refuse_to_replace(target)
        made.rename(target)
