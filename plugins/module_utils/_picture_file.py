# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""Writes a picture to a file: whole or not at all, for its owner alone unless a mode says otherwise."""

from __future__ import annotations

import contextlib
import hashlib
import os
import pathlib
import re
import stat
import tempfile
import typing as t

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.cloudops.console.plugins.module_utils._console_output import Screenshot
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError, PermissionDenied

_ALL_PERMISSIONS = 0o7777
_SYMBOLS = re.compile(r"[ugoa]*(?:[-+=](?:[rwxXst]*|[ugo]))+")


def check_dest(dest: str) -> None:
    """Raise ConsoleError where no picture can be written to dest, before a call is made for it."""
    if not dest:
        raise ConsoleError("O(dest) is empty", advice="Name a file, or a folder that exists.")
    try:
        _check_place(dest)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise ConsoleError(f"O(dest) cannot be used: {reason}", advice="Choose another O(dest).") from None


def check_permissions(mode: t.Any) -> None:
    """Raise ConsoleError for a mode that Ansible would refuse once the picture has been taken."""
    if mode is None or all(map(_SYMBOLS.fullmatch, str(mode).split(","))):
        return
    try:
        number = mode if isinstance(mode, int) else int(str(mode), 8)
    except ValueError:
        number = -1
    if not 0 <= number <= _ALL_PERMISSIONS:
        raise ConsoleError(
            "O(mode) is neither an octal number of permissions nor symbols for them",
            advice="Use a form such as '0600' or u=rw,g=r.",
        )


def _check_place(dest: str) -> None:
    path = pathlib.Path(dest)
    folder = path if dest.endswith("/") or path.is_dir() else path.parent
    if not folder.is_dir():
        raise ConsoleError(f"O(dest) is in {folder}, which is no folder", advice="Make the folder first.")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise PermissionDenied(
            f"this user may not write into {folder}", advice="Choose another O(dest), or change the folder's mode."
        )
    if folder != path:
        _check_replaceable(path)


def _check_replaceable(path: pathlib.Path) -> None:
    """A link, a pipe or a device is never replaced by a picture."""
    with contextlib.suppress(FileNotFoundError):
        if not stat.S_ISREG(path.lstat().st_mode):
            raise ConsoleError(f"O(dest) is {path}, which is no ordinary file", advice="Choose another O(dest).")


def path_of(dest: str, instance_id: str, picture: Screenshot) -> pathlib.Path:
    """Return the file that dest means: in a folder, the instance's id with the ending of the picture."""
    path = pathlib.Path(dest)
    return path / f"{instance_id}.{picture.format}" if os.path.isdir(dest) else path  # noqa: PTH112 - it never raises


def keep_picture(module: AnsibleModule, path: pathlib.Path, picture: Screenshot) -> dict[str, t.Any]:
    """Write the picture, in check mode only say what would change; return that part of the module's result.

    :raises ConsoleError: it cannot be written; what was there stays.
    """
    try:
        _check_replaceable(path)
        before = path.read_bytes() if path.exists() else None
        changed = _write(module, path, picture.content, before)
    except OSError as error:
        raise ConsoleError(
            f"the screenshot cannot be written to {path}: {error.strerror or type(error).__name__}",
            advice="Check the folder, its mode and the room on its disk, or choose another O(dest).",
        ) from None
    sha256 = hashlib.sha256(picture.content).hexdigest()
    shown = {"path": str(path), "format": picture.format, "size": len(picture.content), "sha256": sha256}
    return {"screenshot": shown, "changed": changed, **(_diff(path, before, picture) if module._diff else {})}


def _write(module: AnsibleModule, path: pathlib.Path, content: bytes, before: bytes | None) -> bool:
    """Return whether anything changed, or would."""
    mode = module.params["mode"]
    if content == before:
        return bool(module.set_mode_if_different(str(path), mode, changed=False))
    if not module.check_mode:
        _replace(module, path, content, mode)
    return True


def _replace(module: AnsibleModule, path: pathlib.Path, content: bytes, mode: t.Any) -> None:
    """The name leads to the new file only when that is complete and has its mode."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    temporary = pathlib.Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        module.set_mode_if_different(name, mode, changed=False)
        temporary.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise


def _diff(path: pathlib.Path, before: bytes | None, picture: Screenshot) -> dict[str, t.Any]:
    """A picture is no text, so size and hash are compared."""
    return {
        "diff": {
            "before_header": str(path),
            "after_header": str(path),
            "before": _told(before),
            "after": _told(picture.content),
        }
    }


def _told(content: bytes | None) -> str:
    return "" if content is None else f"{len(content)} bytes, sha256 {hashlib.sha256(content).hexdigest()}\n"
