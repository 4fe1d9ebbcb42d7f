# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""Writes reports: each file whole or not at all, readable by its owner only, whatever the umask.

Everything is rendered in memory, written to a temporary file in the same folder, brought to the disk and renamed. A
file that stood there before is replaced in one step, or stays as it was. Every failure is a ConsoleError with a code
``Report.*``; reports that were complete by then stay.
"""

from __future__ import annotations

import contextlib
import errno
import os
import pathlib
import re
import tempfile
import typing as t

from ansible_collections.cloudops.console.plugins.module_utils._errors import (
    ConsoleError,
    PermissionDenied,
    UnexpectedAnswer,
)
from ansible_collections.cloudops.console.plugins.plugin_utils._private import make_private_folder
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation._report import formats as registry
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.result import FleetResult

_ELSEWHERE = "or set report_dir (vnc_rotation_report_dir of the role) to another folder."
_DENIED = ("Report.Denied", "this user may not write there", f"Change its owner or mode, {_ELSEWHERE}")
_FULL = ("Report.Full", "there is no room left", f"Make room on that disk, {_ELSEWHERE}")
_NO_FOLDER = ("Report.NotAFolder", "it is not a folder", f"Move what stands in its way, {_ELSEWHERE}")
_CAUSES: t.Mapping[int, tuple[str, str, str]] = {
    errno.EACCES: _DENIED,
    errno.EPERM: _DENIED,
    errno.EROFS: ("Report.ReadOnly", "the file system is read-only", f"Mount it for writing, {_ELSEWHERE}"),
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _FULL,
    errno.ENOTDIR: _NO_FOLDER,
    errno.EEXIST: _NO_FOLDER,
}
_CLASSES: t.Mapping[str, type[ConsoleError]] = {
    "Report.Denied": PermissionDenied,
    "Report.ReadOnly": PermissionDenied,
    "Report.Full": UnexpectedAnswer,
    "Report.Unwritable": UnexpectedAnswer,
}


def write_reports(
    result: FleetResult, folder: str | os.PathLike[str], formats: t.Iterable[str] = registry.FORMATS
) -> dict[str, str]:
    """Write ``vnc-rotation-<run_id>.<format>`` for each format; return the format and the path of each.

    :raises ConsoleError: a format is unknown, or a file cannot be written.
    """
    wanted = registry.check(formats)
    place = prepare(folder) if wanted else pathlib.Path()
    stem = f"vnc-rotation-{_file_part(result.run_id)}"
    paths = {}
    for name in wanted:
        path, content = place / f"{stem}.{name}", registry.render(result, name).encode()
        with _explained(f"writing the report {str(path)!r}"):
            _write(path, content)
        paths[name] = str(path)
    return paths


def prepare(folder: str | os.PathLike[str]) -> pathlib.Path:
    """Make folder where it is missing, mode 0700, its missing parents too; return its absolute path.

    A run calls this before its first change, so that a folder that cannot be written to costs nothing.

    :raises ConsoleError: it cannot be made, or not be written to.
    """
    with _explained(f"preparing the report folder {str(folder)!r}"):
        place = pathlib.Path(folder).expanduser().absolute()
        make_private_folder(place)
        # Raises what keeps us from writing; nothing of it is left behind, not even a name.
        with tempfile.TemporaryFile(dir=place):
            return place


def _file_part(run_id: str) -> str:
    """Return run_id as it can stand in a file name."""
    return re.sub(r"[^A-Za-z0-9._-]", "_", run_id)[:100]


def _write(path: pathlib.Path, content: bytes) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    temporary = pathlib.Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            os.fchmod(file.fileno(), 0o600)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: pathlib.Path) -> None:
    """Bring the new name to the disk; some network file systems cannot, and the report stands all the same."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@contextlib.contextmanager
def _explained(doing: str) -> t.Iterator[None]:
    """Turn what the system says into what an operator can act on."""
    try:
        yield
    except OSError as error:
        unknown = ("Report.Unwritable", error.strerror or "the system gives no reason", f"Mend that, {_ELSEWHERE}")
        code, reason, advice = _CAUSES.get(error.errno or 0, unknown)
        raise _CLASSES.get(code, ConsoleError)(reason, code=code, advice=advice).while_doing(doing) from error
    except (RuntimeError, ValueError):  # the home folder of nobody, a zero byte
        wrong = ConsoleError("the path cannot be one", code="Report.NotAFolder", advice=f"Correct it, {_ELSEWHERE}")
        raise wrong.while_doing(doing) from None
