# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""Writes reports: each file whole or not at all, readable by its owner only, whatever the umask.

Each is written part by part to a temporary file in the same folder, brought to the disk and renamed, so that 100,000
hosts need no more memory than ten. A file that stood there before is replaced in one step, or stays as it was. Every
failure is a ConsoleError with a code ``Report.*``; reports that were complete by then stay.
"""

from __future__ import annotations

import contextlib
import os
import pathlib
import re
import tempfile
import typing as t

from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.plugin_utils._files import (
    as_console_error,
    make_private_folder,
    write_private_parts,
)
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.report import as_csv, as_json, pages
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.result import FleetResult

_FORMATS: t.Mapping[str, t.Callable[[FleetResult], t.Iterator[str]]] = {
    "json": as_json.parts,
    "csv": as_csv.parts,
    "md": pages.markdown_parts,
    "html": pages.html_parts,
}
FORMATS: tuple[str, ...] = tuple(_FORMATS)
_ELSEWHERE = "or set O(report_dir) to another folder."


def write_reports(
    result: FleetResult,
    folder: str | os.PathLike[str],
    formats: t.Iterable[str] = FORMATS,
    still: t.Callable[[str], object] | None = None,
) -> dict[str, str]:
    """Write ``vnc-rotation-<run_id>[-<part>].<format>`` for each format; return the format and the path of each.

    :param still: called before each of them; prints a line if it takes long.
    :raises ConsoleError: a format is unknown, or a file cannot be written.
    """
    wanted = _checked(formats)
    place = prepare(folder) if wanted else pathlib.Path()
    stem = f"vnc-rotation-{_file_part('-'.join(filter(None, (result.run_id, result.part))))}"
    paths = {}
    for name in wanted:
        if still is not None:
            still(f"writing the report in the format {name}")
        path = place / f"{stem}.{name}"
        with _explained(f"writing the report {str(path)!r}"):
            write_private_parts(path, (part.encode() for part in _FORMATS[name](result)))
        paths[name] = str(path)
    return paths


def render(result: FleetResult, name: str) -> str:
    """Return the report of that format as a text.

    :raises ConsoleError: the format is unknown.
    """
    (known,) = _checked([name])
    return "".join(_FORMATS[known](result))


def _checked(formats: t.Iterable[str]) -> list[str]:
    """Return formats without repetition, in the order given.

    :raises ConsoleError: one of them is unknown.
    """
    wanted = list(dict.fromkeys(formats))
    unknown = [name for name in wanted if name not in _FORMATS]
    if unknown:
        raise ConsoleError(
            f"there is no report format {unknown[0]!r}",
            code="Report.Format",
            advice=f"Set O(report_formats) to some of {', '.join(FORMATS)}.",
        )
    return wanted


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
    """Return run_id as part of a file name."""
    return re.sub(r"[^A-Za-z0-9._-]", "_", run_id)[:100]


def _explained(doing: str) -> contextlib.AbstractContextManager[None]:
    return as_console_error(doing, "Report", _ELSEWHERE)
