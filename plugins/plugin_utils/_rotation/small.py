# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""As much of a list as there is room for, and what is said of the rest. Pure."""

from __future__ import annotations

import json
import typing as t

T = t.TypeVar("T")


def size(value: t.Any) -> int:
    """Return how many bytes value takes as JSON, at most: other characters than ASCII count as they are escaped."""
    return len(json.dumps(value, default=str))


def length(value: t.Any) -> int:
    """Return how many characters value takes as Python writes it, which is what AWX counts."""
    return len(repr(value))


def fitting(values: t.Mapping[str, T], room: int, measure: t.Callable[[t.Any], int] = size) -> dict[str, T]:
    """Return the entries from the front that take no more than room, by measure."""
    found: dict[str, T] = {}
    for name, value in values.items():
        # with ": " and ", "
        room -= measure(name) + measure(value) + 4
        if room < 0:
            break
        found[name] = value
    return found


def names_fitting(names: t.Iterable[str], room: int) -> list[str]:
    """Return the names from the front that take no more than so many characters."""
    found: list[str] = []
    for name in names:
        # with ", "
        room -= length(name) + 2
        if room < 0:
            break
        found.append(name)
    return found


def shortened_text(result: t.Mapping[str, t.Any]) -> str:
    """Say what a result lacks, and where it is."""
    report, named, total = result.get("report") or {}, len(result["hosts"]), result["summary"]["total"]
    what = f"names {named} of {total} hosts" if named < total else "does not tell all of its hosts"
    path = report.get("json") or next(iter(report.values()), None)
    where = f"The report {path} has all of them." if path else "Use --limit to see the others."
    return f"The result {what}, because AWX keeps no event with a larger one. {where} Counts and groups are complete."
