# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""The report as Markdown (with GitHub's tables), for tickets and merge requests. Pure, never fails.

Every value is escaped: none can end a cell, start markup, become a link, mention somebody or carry HTML.
"""

from __future__ import annotations

import functools
import typing as t

from ansible_collections.cloudops.console.plugins.plugin_utils._rotation._report import words
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.result import (
    OUTCOMES,
    FleetResult,
    HostResult,
)

# A backslash becomes an entity, so that it can never undo the escape that follows it.
_ESCAPES = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\\": "&#92;", "@": "&#64;"} | {char: f"\\{char}" for char in "|`*_[]~#!$"}
)
# What the common dialects turn into links by themselves.
_LINKS = (("://", "&#58;//"), ("www.", "www&#46;"))

Column = tuple[str, t.Callable[[HostResult], str]]
_HOST: Column = ("Host", lambda host: host.name)
_OUTCOME: Column = ("Outcome", lambda host: host.outcome)
_PLACE: tuple[Column, ...] = (
    ("Provider", lambda host: host.provider),
    ("Region", lambda host: host.region),
    ("Instance", lambda host: host.instance_id),
)
_STATE: tuple[Column, ...] = (
    ("Status", lambda host: host.status),
    ("Recorded (UTC)", lambda host: words.clock(host.rotated_at)),
)
_SAME: Column = ("Same instance as", lambda host: host.same_as or "")
_MESSAGE: Column = ("What happened, what to do", words.said)
_FAILURE: tuple[Column, ...] = (
    ("Code", lambda host: words.failure(host, "code")),
    ("Request id", lambda host: words.failure(host, "request_id")),
)
_COLUMNS: t.Mapping[words.Key, tuple[Column, ...]] = {
    "reboot": (_HOST, _OUTCOME, *_PLACE, *_STATE, _SAME),
    "problems": (_HOST, _OUTCOME, _MESSAGE, *_FAILURE, *_PLACE, _SAME),
    "at_next_start": (_HOST, _OUTCOME, *_PLACE, *_STATE, _SAME),
    "rest": (_HOST, _OUTCOME, *_PLACE, *_STATE, _SAME, _MESSAGE),
}


def render(result: FleetResult) -> str:
    """Return the report as a text: summary, hosts that need a reboot, problems, at next start, the rest."""
    blocks = [f"# {words.title(result)}", *_banners(result), _facts(result), "## Summary", _summary(result)]
    for section in words.sections(result):
        blocks += _section(section)
    return "\n\n".join(blocks) + "\n"


# Most cells stand in the rows of thousands of hosts.
@functools.lru_cache(maxsize=1024)
def escape(text: str) -> str:
    """Return text on one line, such that Markdown shows it as it is."""
    escaped = words.one_line(text).translate(_ESCAPES)
    for mark, harmless in _LINKS:
        escaped = escaped.replace(mark, harmless)
    return escaped


def _banners(result: FleetResult) -> list[str]:
    banners = ["> **Dry run:** nothing was changed. This is what a real run would do."] if result.check_mode else []
    return banners + ([f"> **Stopped early:** {escape(result.stopped)}"] if result.stopped else [])


def _facts(result: FleetResult) -> str:
    facts = {
        "Run": result.run_id,
        "Started": f"{words.clock(result.started_at)} UTC",
        "Ended": f"{words.clock(result.ended_at)} UTC, after {words.duration(result)}",
        "Ledger": result.ledger,
    }
    return "\n".join(f"- {name}: {escape(text)}" for name, text in facts.items())


def _summary(result: FleetResult) -> str:
    counts = result.summary
    rows = [
        [escape(outcome), str(counts[outcome]), words.meaning(outcome, result)]
        for outcome in OUTCOMES
        if counts[outcome]
    ]
    rows.append(["**total**", f"**{counts['total']}**", ""])
    return _table(["Outcome", "Hosts", "Meaning"], ["---", "---:", "---"], rows)


def _section(section: words.Section) -> list[str]:
    if not section.hosts and not section.nobody:
        return []
    title = f"## {section.title} ({len(section.hosts)})"
    if not section.hosts:
        return [title, section.nobody]
    return [title, *([section.note] if section.note else []), _hosts(section)]


def _hosts(section: words.Section) -> str:
    """Return the table of a section, without the columns that would be empty."""
    cells = [[escape(value(host)) for host in section.hosts] for _title, value in _COLUMNS[section.key]]
    used = [index for index, column in enumerate(cells) if any(column)]
    titles = [_COLUMNS[section.key][index][0] for index in used]
    return _table(titles, ["---"] * len(used), zip(*(cells[index] for index in used), strict=True))


def _table(titles: list[str], rule: list[str], rows: t.Iterable[t.Iterable[str]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in (titles, rule, *rows))
