# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""Folders that only their owner may look into, and one process at a time in them."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import pathlib
import time
import typing as t


def make_private_folder(path: pathlib.Path) -> None:
    """Make path where it is missing, and its missing parents, each with mode 0700; what is there stays as it is.

    :raises OSError: it cannot be made, or something else stands in its place.
    """
    for missing in reversed([folder for folder in (path, *path.parents) if not folder.is_dir()]):
        with contextlib.suppress(FileExistsError):
            missing.mkdir(mode=0o700)
            missing.chmod(0o700)  # a umask can take bits away
        if not missing.is_dir():  # somebody else may have made it meanwhile
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))


@contextlib.contextmanager
def alone_in(folder: pathlib.Path, seconds: float) -> t.Iterator[None]:
    """Keep other processes that ask for the same out of the folder meanwhile, where the file system has such locks.

    :raises TimeoutError: another process did not leave within that many seconds.
    """
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        _lock(handle, time.monotonic() + seconds)
        yield
    finally:
        os.close(handle)


def _lock(handle: int, deadline: float) -> None:
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise TimeoutError(errno.ETIMEDOUT, os.strerror(errno.ETIMEDOUT)) from None
            time.sleep(0.01)
        except OSError:
            return
        else:
            return
