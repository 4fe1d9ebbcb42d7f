# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""Folders and files that only their owner may look into."""

from __future__ import annotations

import contextlib
import errno
import os
import pathlib
import pwd
import tempfile
import typing as t

from ansible_collections.cloudops.console.plugins.module_utils._errors import (
    ConsoleError,
    PermissionDenied,
    UnexpectedAnswer,
)


def user_name(uid: int | None = None) -> str:
    """Return the name of a user, by default of the one that runs this; the number of one without a name."""
    number = os.geteuid() if uid is None else uid
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


def make_private_folder(path: pathlib.Path) -> None:
    """Make path where it is missing, and its missing parents, each with mode 0700; what is there stays as it is.

    :raises OSError: it cannot be made, or something other than a folder is there.
    """
    for missing in reversed([folder for folder in (path, *path.parents) if not folder.is_dir()]):
        with contextlib.suppress(FileExistsError):
            missing.mkdir(mode=0o700)
            missing.chmod(0o700)  # a umask can take bits away
        if not missing.is_dir():  # another process may have made it meanwhile
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))


def write_private(path: pathlib.Path, content: bytes) -> None:
    """Write a file of mode 0600, whatever the umask, and bring it to the disk: whole, or what was there stays.

    :raises OSError: it cannot be written; nothing is left behind.
    """
    write_private_parts(path, (content,))


def write_private_parts(path: pathlib.Path, parts: t.Iterable[bytes]) -> None:
    """Do the same with a content that comes in parts; what they raise ends it, too."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    temporary = pathlib.Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            os.fchmod(file.fileno(), 0o600)
            file.writelines(parts)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
    sync_folder(path.parent)


def sync_folder(folder: pathlib.Path) -> None:
    """Bring a new name to the disk; some network file systems cannot, and the file is still there."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


# What the system says: the end of our code, reason, first half of the advice.
_DENIED = ("Denied", "this user may not write there", "Change its owner or mode")
_FULL = ("Full", "there is no room left", "Free some space on that disk")
_NO_FOLDER = ("NotAFolder", "it is not a folder", "Move the file that is in its way")
_CAUSES: t.Mapping[int, tuple[str, str, str]] = {
    errno.EACCES: _DENIED,
    errno.EPERM: _DENIED,
    errno.EROFS: ("ReadOnly", "the file system is read-only", "Mount it for writing"),
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _FULL,
    errno.ENOTDIR: _NO_FOLDER,
    errno.EEXIST: _NO_FOLDER,
}
_CLASSES: t.Mapping[str, type[ConsoleError]] = {
    "Denied": PermissionDenied,
    "ReadOnly": PermissionDenied,
    "Full": UnexpectedAnswer,
    "Unwritable": UnexpectedAnswer,
}


@contextlib.contextmanager
def as_console_error(doing: str, area: str, elsewhere: str) -> t.Iterator[None]:
    """Turn what the system says about a path into what an operator can act on.

    :param area: the first part of the code, such as ``Report``.
    :param elsewhere: the second half of the advice, how to write to another place.
    """
    try:
        yield
    except OSError as error:
        unknown = ("Unwritable", error.strerror or "the system gives no reason", "Fix this")
        name, reason, advice = _CAUSES.get(error.errno or 0, unknown)
        wrong = _CLASSES.get(name, ConsoleError)(reason, code=f"{area}.{name}", advice=f"{advice}, {elsewhere}")
        raise wrong.while_doing(doing) from error
    except (RuntimeError, ValueError):  # the home folder of an unknown user, a zero byte
        wrong = ConsoleError("the path cannot be one", code=f"{area}.NotAFolder", advice=f"Correct it, {elsewhere}")
        raise wrong.while_doing(doing) from None
