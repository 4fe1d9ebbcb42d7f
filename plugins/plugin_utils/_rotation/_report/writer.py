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
import os
import pathlib
import re
import tempfile
import typing as t

from ansible_collections.cloudops.console.plugins.plugin_utils._private import (
    explained,
    make_private_folder,
    write_private,
)
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation._report import formats as registry
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.result import FleetResult

_ELSEWHERE = "or set report_dir (vnc_rotation_report_dir of the role) to another folder."


def write_reports(
    result: FleetResult,
    folder: str | os.PathLike[str],
    formats: t.Iterable[str] = registry.FORMATS,
    still: t.Callable[[str], object] | None = None,
) -> dict[str, str]:
    """Write ``vnc-rotation-<run_id>[-<part>].<format>`` for each format; return the format and the path of each.

    :param still: is told before each of them, and prints that where it takes long.
    :raises ConsoleError: a format is unknown, or a file cannot be written.
    """
    wanted = registry.check(formats)
    place = prepare(folder) if wanted else pathlib.Path()
    stem = f"vnc-rotation-{_file_part('-'.join(filter(None, (result.run_id, result.part))))}"
    paths = {}
    for name in wanted:
        if still is not None:
            still(f"writing the report in the format {name}")
        path, content = place / f"{stem}.{name}", registry.render(result, name).encode()
        with _explained(f"writing the report {str(path)!r}"):
            write_private(path, content)
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


def _explained(doing: str) -> contextlib.AbstractContextManager[None]:
    return explained(doing, "Report", _ELSEWHERE)
