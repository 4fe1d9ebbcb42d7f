# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""What a result has no room for, in a private file that lives as long as this run of Ansible.

It is in Ansible's own temporary folder, which ``ansible-playbook`` makes for itself and removes at its end. One
host a line, so that a single one is found without reading all. There is no secret in it.
"""

from __future__ import annotations

import json
import pathlib
import re
import typing as t

from ansible import constants
from ansible_collections.cloudops.console.plugins.module_utils._deps import ConfigDict
from ansible_collections.cloudops.console.plugins.module_utils._vendor_model import SilentModel
from ansible_collections.cloudops.console.plugins.plugin_utils._files import as_console_error, write_private
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.result import FleetResult

_ELSEWHERE = "or set ANSIBLE_LOCAL_TEMP to another folder."
_NAME = re.compile(r"vnc-rotation-[A-Za-z0-9._-]{1,160}\.jsonl")


class _Detail(SilentModel):
    """One host as FleetResult.details() has it; what it has nothing to say of is not there."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: str
    outcome: str
    reboot: str
    same_as: str | None = None
    message: str | None = None
    failure: dict[str, t.Any] | None = None
    due: bool | None = None
    pending: bool | None = None
    age_days: int | None = None
    in_force_count: int | None = None
    in_force_complete: bool | None = None
    looked_at: str | None = None


def write_details(fleet: FleetResult, surveyed: bool = False) -> str:
    """Write every host of fleet and return the path.

    :param surveyed: with what a survey says of each host, too.
    :raises ConsoleError: the file cannot be written.
    """
    name = re.sub(r"[^A-Za-z0-9._-]", "_", f"{fleet.run_id}-{fleet.part}")[:140]
    path = _folder() / f"vnc-rotation-{name}.jsonl"
    lines = "".join(f"{json.dumps(host)}\n" for host in fleet.details(surveyed))
    with as_console_error(f"writing what is known of each host to {str(path)!r}", "Details", _ELSEWHERE):
        write_private(path, lines.encode())
    return str(path)


def shortened_text(result: t.Mapping[str, t.Any]) -> str:
    """Say what a result lacks, and where it is."""
    report, named, total = result.get("report") or {}, len(result["hosts"]), result["summary"]["total"]
    what = f"names {named} of {total} hosts" if named < total else "does not contain all of its hosts"
    path = report.get("json") or next(iter(report.values()), None)
    where = f"The report {path} has all of them." if path else "Use --limit to see the others."
    return f"The result {what}, because AWX keeps no event with a larger one. {where} Counts and groups are complete."


def read_details(path: str) -> list[dict[str, t.Any]]:
    """Return every host that was written there.

    :raises OSError: it is gone, or it is no such file.
    :raises ValueError: it contains something else.
    """
    return [_read(line) for line in _content(path).splitlines()]


def find_detail(path: str, name: str) -> dict[str, t.Any] | None:
    """Return one host, None where it was not written; raises as read_details does."""
    content = _content(path)
    start = content.find(f'{{"name": {json.dumps(name)},'.encode())
    if start < 0 or (start and content[start - 1 : start] != b"\n"):
        return None
    return _read(content[start : content.index(b"\n", start)])


def _read(line: bytes) -> dict[str, t.Any]:
    return _Detail.model_validate_json(line).model_dump(exclude_unset=True)


def _folder() -> pathlib.Path:
    """Ansible's temporary folder of this run; its settings are attributes that no type checker sees."""
    return pathlib.Path(str(t.cast("t.Any", constants).DEFAULT_LOCAL_TMP))


def _content(path: str) -> bytes:
    """The file's bytes; only what write_details has named is read."""
    place = pathlib.Path(path)
    if not _NAME.fullmatch(place.name) or place.parent != _folder():
        raise FileNotFoundError(path)
    return place.read_bytes()
