# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""A list of hosts as an HTML table that turns into cards on a phone. Pure, never fails.

On a narrow screen each cell is labelled by the style sheet and not by markup: at 10,000 hosts that halves the page.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ansible_collections.cloudops.console.plugins.plugin_utils._rotation._report import words
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation._report.html_escape import escape, tone
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.result import HostResult

# A longer list opens folded: a browser then lays it out only when somebody wants to see it.
FOLD = 1000
# The style of narrow screens; the labels of all tables go into it.
PHONE = "@media screen and (max-width:52rem){{{}}}"

Cell = t.Callable[[HostResult], str]


@dataclass(frozen=True)
class Column:
    """One column.

    :param key: its class in the style sheet.
    :param cell: makes the inner HTML; empty where the host has nothing to show.
    """

    key: str
    title: str
    cell: Cell


def _small(text: str) -> str:
    return f"<small>{escape(text)}</small>" if text else ""


def _host(host: HostResult) -> str:
    return escape(host.name) + _small(f"same instance as {host.same_as}" if host.same_as else "")


def _outcome(host: HostResult) -> str:
    return f'<span class="tag {tone(host.outcome)}">{host.outcome}</span>'


def _problem(host: HostResult) -> str:
    return _outcome(host) + ("<small>reboot needed</small>" if host.reboot == "needed" else "")


def _message(host: HostResult) -> str:
    marks = {"code": words.failure(host, "code"), "request id": words.failure(host, "request_id")}
    shown = "".join(f"<span>{name} <code>{escape(text)}</code></span> " for name, text in marks.items() if text)
    return escape(words.said(host)) + (f"<small>{shown.rstrip()}</small>" if shown else "")


def _instance(host: HostResult) -> str:
    return f"<code>{escape(host.instance_id)}</code>" if host.instance_id else ""


def _region(host: HostResult) -> str:
    return escape(host.region) + _small(host.provider) if host.region else escape(host.provider)


def _status(host: HostResult) -> str:
    return escape(host.status) + ("<small>not I/O optimized</small>" if host.io_optimized is False else "")


_HOST = Column("host", "Host", _host)
_PLACE = (Column("instance", "Instance", _instance), Column("region", "Region", _region))
_STATE = (
    Column("state", "Status", _status),
    Column("recorded", "Recorded (UTC)", lambda host: words.clock(host.rotated_at)),
)
_USUAL = (_HOST, Column("outcome", "Outcome", _outcome), *_PLACE, *_STATE)
_NOTE = Column("note", "Note", lambda host: escape(words.said(host)))
_COLUMNS: t.Mapping[words.Key, tuple[Column, ...]] = {
    "reboot": _USUAL,
    "problems": (
        _HOST,
        Column("outcome", "Outcome", _problem),
        Column("message", "What happened, what to do", _message),
        *_PLACE,
    ),
    "at_next_start": _USUAL,
    "rest": (*_USUAL, _NOTE),
}


def _row(cells: t.Sequence[str]) -> str:
    rest = "".join(f"<td>{cell}</td>" for cell in cells[1:])
    return f'<tr><th scope="row">{cells[0]}</th>{rest}</tr>'


class Table:
    """The table of one section, without the columns that would be empty."""

    def __init__(self, section: words.Section) -> None:
        self._section = section
        every = _COLUMNS[section.key]
        cells = [[column.cell(host) for host in section.hosts] for column in every]
        used = [index for index, column in enumerate(cells) if any(column)]
        self._columns = [every[index] for index in used]
        self._rows = list(zip(*(cells[index] for index in used), strict=True))

    def phone_labels(self) -> str:
        """Return the style that labels the cells on a narrow screen; the host's name needs no label."""
        return "".join(
            f'#{self._section.key} td:nth-child({index}):not(:empty)::before{{content:"{column.title}"}}'
            for index, column in enumerate(self._columns, start=1)
            if index > 1
        )

    def render(self) -> str:
        """Return the table, folded where it is a long one."""
        widths = "".join(f'<col class="{column.key}">' for column in self._columns)
        titles = "".join(f'<th scope="col">{column.title}</th>' for column in self._columns)
        rows = "\n".join(_row(cells) for cells in self._rows)
        table = (
            f"<table><caption>{self._section.title}</caption><colgroup>{widths}</colgroup>"
            f"<thead><tr>{titles}</tr></thead><tbody>\n{rows}\n</tbody></table>"
        )
        count = len(self._section.hosts)
        return table if count <= FOLD else f"<details><summary>Show {count:,} hosts</summary>{table}</details>"
