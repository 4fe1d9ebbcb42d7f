# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""Tidies the folder of the reports: links to the latest ones, and no more runs than are to be kept.

Only regular files of this user, in that folder, with the name and the beginning of a report are ever removed, and no
link is followed. What could not be done is returned and not raised: by then the reports are written.
"""

from __future__ import annotations

import contextlib
import errno
import os
import pathlib
import re
import secrets
import stat
import typing as t

from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.plugin_utils._files import as_console_error
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.report.writer import FORMATS

# A run is named by its time, or by the job of AWX, whose parts belong together.
_NAME = re.compile(
    r"vnc-rotation-(?P<run>[0-9]{8}T[0-9]{6}Z-[0-9a-f]+|awx-[0-9]+)(-[0-9]+-[0-9a-f]+)?\.(?P<format>json|csv|md|html)"
)
_BEGINNINGS: t.Mapping[str, re.Pattern[bytes]] = {
    "json": re.compile(rb'\{\n  "schema": [0-9]+,\n  "run_id": "'),
    "csv": re.compile(rb"name,outcome,reboot,"),
    "md": re.compile(rb"# VNC password "),
    "html": re.compile(rb"<!DOCTYPE html>\n[^\0]{1,99}\n<meta name=\"generator\" content=\"cloudops\.console\">"),
}
_LONGEST_BEGINNING = 256
_NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.ENOSYS)
_KEEP_ALL = "or set O(report_keep) to 0."


def tidy(report: t.Mapping[str, str], keep: int) -> list[ConsoleError]:
    """Lead the links ``latest.FORMAT`` to the reports, and remove those of older runs; return what went wrong.

    :param report: format to path of the reports that were just written.
    :param keep: of so many runs the reports stay, with this run; 0 keeps all.
    """
    paths = [pathlib.Path(path) for path in report.values()]
    problems = [error for path in paths if (error := _lead_latest_to(path)) is not None]
    if keep and paths:
        problems += _remove_older(paths[0].parent, keep, _run_of(paths[0].name))
    return problems


def latest(folder: str | os.PathLike[str]) -> pathlib.Path | None:
    """Return the link to the latest report, that for people first; None without one."""
    links = (pathlib.Path(folder).absolute() / f"latest.{name}" for name in reversed(FORMATS))
    return next((link for link in links if link.is_symlink() and link.exists()), None)


def _lead_latest_to(path: pathlib.Path) -> ConsoleError | None:
    link = path.with_name(f"latest{path.suffix}")
    if link.exists() and not link.is_symlink():
        return ConsoleError(
            f"{str(link)!r} is not a link, so it does not lead to the latest report",
            code="Report.NoLink",
            advice="Move it to another name; the next report makes the link.",
        )
    temporary = link.with_name(f".{link.name}.{secrets.token_hex(4)}.tmp")
    try:
        with as_console_error(f"making the link {str(link)!r}", "Report", "and the next report makes it."):
            _replace_link(link, temporary, path.name)
    except ConsoleError as error:
        return error
    return None


def _replace_link(link: pathlib.Path, temporary: pathlib.Path, target: str) -> None:
    try:
        temporary.symlink_to(target)
    except OSError as error:
        if error.errno in _NO_LINKS:  # a file system without them
            return
        raise
    try:
        temporary.replace(link)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


def _remove_older(folder: pathlib.Path, keep: int, this_run: str) -> list[ConsoleError]:
    """Remove what is ours, of all but the newest runs, and links that then lead nowhere."""
    failed: list[OSError] = []
    removed = set()
    for path in _older(folder, keep, this_run):
        try:
            if _begins_like_a_report(path):
                path.unlink()
                removed.add(path.name)
        except FileNotFoundError:
            continue  # another run was faster
        except OSError as error:
            failed.append(error)
    _unlink_latest_to(folder, removed)
    return [_could_not_remove(folder, failed)] if failed else []


def _older(folder: pathlib.Path, keep: int, this_run: str) -> list[pathlib.Path]:
    """The reports of all runs but the newest, by name; this run counts as the newest one."""
    runs: dict[str, list[pathlib.Path]] = {}
    times: dict[str, int] = {}
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            run = _run_of(entry.name)
            if run and _is_own_file(entry):
                runs.setdefault(run, []).append(pathlib.Path(entry.path))
                times[run] = max(times.get(run, 0), entry.stat(follow_symlinks=False).st_mtime_ns)
    newest_first = sorted(runs, key=lambda run: (run == this_run, times[run], run), reverse=True)
    return [path for run in newest_first[keep:] for path in sorted(runs[run])]


def _run_of(name: str) -> str:
    found = _NAME.fullmatch(name)
    return found["run"] if found else ""


def _is_own_file(entry: os.DirEntry[str]) -> bool:
    return entry.is_file(follow_symlinks=False) and entry.stat(follow_symlinks=False).st_uid == os.geteuid()


def _begins_like_a_report(path: pathlib.Path) -> bool:
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        beginning = os.read(handle, _LONGEST_BEGINNING) if stat.S_ISREG(os.fstat(handle).st_mode) else b""
    finally:
        os.close(handle)
    return _BEGINNINGS[path.suffix[1:]].match(beginning) is not None


def _unlink_latest_to(folder: pathlib.Path, names: t.Collection[str]) -> None:
    """A format that is no longer written leaves a link behind, once its last report is gone."""
    for link in (folder / f"latest.{name}" for name in FORMATS):
        with contextlib.suppress(OSError):
            if link.is_symlink() and str(link.readlink()) in names:
                link.unlink()


def _could_not_remove(folder: pathlib.Path, failed: t.Sequence[OSError]) -> ConsoleError:
    count = "a report" if len(failed) == 1 else f"{len(failed)} reports"
    try:
        with as_console_error(f"removing {count} of older runs from {str(folder)!r}", "Report", _KEEP_ALL):
            raise failed[0]
    except ConsoleError as error:
        return error
