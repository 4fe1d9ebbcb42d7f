# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter over the artifacts of several jobs, for the collected report."""

from __future__ import annotations

import collections
import re
import typing as t

from ansible.errors import AnsibleFilterError

_NAME = re.compile(r"vnc_rotation_[0-9]{1,18}")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
# The outcomes of what was done; a ledger tells them apart only by the last one.
_DONE = ("rotated", "resumed")


def rotation_collected(artifacts: t.Any, summary: t.Any = None) -> dict[str, t.Any]:
    """Return what several jobs have said of themselves, added up, and where the ledger says something else.

    :param artifacts: name to artifact; those of a forecast and everything that is no artifact do not count.
    :param summary: the counts that the ledger leads to; None: there is nothing to compare with.
    """
    if not isinstance(artifacts, t.Mapping):
        raise AnsibleFilterError("These are no artifacts: it is not a dictionary of names and artifacts.")
    if summary is not None and not isinstance(summary, t.Mapping):
        raise AnsibleFilterError("This is no summary of a rotation: it is not a dictionary.")
    found = {str(name): value for name, value in artifacts.items() if _is_artifact(name, value)}
    counts: collections.Counter[str] = collections.Counter()
    for one in found.values():
        counts.update({str(outcome): count for outcome, count in one["summary"].items() if _is_count(count)})
    return {
        "jobs": sorted(int(name.rpartition("_")[2]) for name in found),
        "since": min((one["started_at"] for one in found.values()), default=None),
        "due_before": max(
            (one["due_before"] for one in found.values() if _is_time(one.get("due_before"))), default=None
        ),
        "summary": dict(counts),
        "stopped": [str(one["stopped"])[:200] for one in found.values() if one.get("stopped")][:5],
        "differences": _differences(counts, summary) if found and summary is not None else [],
    }


def _is_artifact(name: t.Any, value: t.Any) -> bool:
    return (
        bool(_NAME.fullmatch(str(name)))
        and isinstance(value, t.Mapping)
        and not value.get("check_mode")
        and isinstance(value.get("summary"), t.Mapping)
        and _is_time(value.get("started_at"))
    )


def _is_time(value: t.Any) -> bool:
    return isinstance(value, str) and bool(_TIME.fullmatch(value))


def _is_count(value: t.Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _differences(jobs: t.Mapping[str, int], summary: t.Mapping[str, t.Any]) -> list[str]:
    """One sentence for each count that the two do not agree on."""
    said, known = _merged(jobs), _merged({name: count for name, count in summary.items() if _is_count(count)})
    return [
        f"{_WORDS.get(name, name)}: the jobs say {said.get(name, 0)}, the ledger {known.get(name, 0)}"
        for name in dict.fromkeys((*said, *known))
        if said.get(name, 0) != known.get(name, 0)
    ]


_WORDS = {"total": "hosts in all", "done": "rotated or resumed"}


def _merged(counts: t.Mapping[str, int]) -> dict[str, int]:
    """The counts, with those of what was done in one."""
    others = {str(name): count for name, count in counts.items() if name not in _DONE}
    return {"done": sum(counts.get(name, 0) for name in _DONE), **others}


class FilterModule:
    """The filter of this file."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Return it by name."""
        return {"rotation_collected": rotation_collected}
