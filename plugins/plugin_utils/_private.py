# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""Folders that only their owner may look into."""

from __future__ import annotations

import contextlib
import errno
import os
import pathlib


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
