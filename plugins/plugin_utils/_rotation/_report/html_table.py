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

    :param width: its share, compared with the other columns.
    :param cell: makes the inner HTML; empty where the host has nothing to show.
    :param label: what precedes a cell on a narrow screen; the cell has the full width where it is empty.
    """

    title: str
    width: int
    cell: Cell
    label: str


def _small(text: str) -> str:
    return f"<small>{escape(text)}</small>" if text else ""


def _host(host: HostResult) -> str:
    return escape(host.name) + _small(f"same instance as {host.same_as}" if host.same_as else "")


def _outcome(host: HostResult) -> str:
    return f'<span class="tag {tone(host.outcome)}">{host.outcome}</span>'


def _problem(host: HostResult) -> str:
    return _outcome(host) + ("<small>reboot needed</small>" if host.reboot == "needed" else "")


def _message(host: HostResult) -> str:
    """The message, and below it the code and the request id where it does not name them itself."""
    message = words.said(host)
    marks = {"code": words.failure(host, "code"), "request id": words.failure(host, "request_id")}
    missing = {name: text for name, text in marks.items() if text and text not in message}
    shown = " ".join(f"<span>{name} <code>{escape(text)}</code></span>" for name, text in missing.items())
    return escape(message) + (f"<small>{shown}</small>" if shown else "")


def _instance(host: HostResult) -> str:
    return f"<code>{escape(host.instance_id)}</code>" if host.instance_id else ""


def _region(host: HostResult) -> str:
    return escape(host.region) + _small(host.provider) if host.region else escape(host.provider)


def _status(host: HostResult) -> str:
    return escape(host.status) + ("<small>not I/O optimized</small>" if host.io_optimized is False else "")


def _column(title: str, width: int, cell: Cell) -> Column:
    return Column(title, width, cell, label=title)


_HOST = Column("Host", 23, _host, label="")
_OUTCOME = _column("Outcome", 14, _outcome)
_PLACE = (_column("Instance", 21, _instance), _column("Region", 13, _region))
_STATE = (
    _column("Status", 12, _status),
    _column("Recorded (UTC)", 15, lambda host: words.clock(host.rotated_at)),
)
_MESSAGE = Column("What happened, what to do", 45, _message, label="")
_NOTE = Column("Note", 20, _message, label="")
_COLUMNS: t.Mapping[words.Key, tuple[Column, ...]] = {
    "reboot": (_HOST, _OUTCOME, *_PLACE, *_STATE),
    "problems": (_HOST, _column("Outcome", 14, _problem), _MESSAGE, *_PLACE),
    "at_next_start": (_HOST, _OUTCOME, *_PLACE, *_STATE),
    "rest": (_HOST, _OUTCOME, *_PLACE, *_STATE, _NOTE),
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
        cells = [(f"#{self._section.key} td:nth-child({index})", column) for index, column in self._numbered()]
        return "".join(
            f'{cell}:not(:empty)::before{{content:"{column.label}"}}' if column.label else f"{cell}{{display:block}}"
            for cell, column in cells
        )

    def _numbered(self) -> list[tuple[int, Column]]:
        """The columns after that of the name, with their numbers in the style sheet."""
        return list(enumerate(self._columns, start=1))[1:]

    def render(self) -> str:
        """Return the table, folded where it is a long one."""
        total = sum(column.width for column in self._columns)
        widths = "".join(f'<col style="width:{100 * column.width / total:.1f}%">' for column in self._columns)
        titles = "".join(f'<th scope="col">{column.title}</th>' for column in self._columns)
        rows = "\n".join(_row(cells) for cells in self._rows)
        inner = (
            f"<caption>{self._section.title}</caption><colgroup>{widths}</colgroup>"
            f"<thead><tr>{titles}</tr></thead><tbody>\n{rows}\n</tbody>"
        )
        count = len(self._section.hosts)
        if count <= FOLD:
            return f"<table>{inner}</table>"
        grid = " ".join(f"minmax(0,{column.width}fr)" for column in self._columns)
        table = f'<table class="long" style="--widths:{grid}">{inner}</table>'
        return f"<details><summary>Show {count:,} hosts</summary>{table}</details>"
