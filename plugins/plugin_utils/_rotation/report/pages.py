# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""The reports for people, as one HTML file and as Markdown. Pure, except for reading the folder ``templates`` once.

No template can forget to escape: all that a template shows goes through ``_shown``. The HTML file loads nothing. Its
content security policy forbids everything but its own style and the one script whose hash it names; without JavaScript
only sorting and filtering are missing.
"""

from __future__ import annotations

import base64
import collections
import functools
import hashlib
import pathlib
import typing as t
from dataclasses import dataclass

import jinja2
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.outcomes import OUTCOMES, TONES
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.report import wording
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.report.columns import Column, columns_for
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.result import FleetResult
from markupsafe import Markup

# A longer list opens folded: a browser then lays it out only when it is to be seen.
FOLD = 1000
# Causes that are counted above the problems; those beyond are rare ones.
MOST_CAUSES = 8
TEMPLATES = pathlib.Path(__file__).parent / "templates"

# Jinja2 hands over a text for each value; so many of them are written at once.
_BUFFERED = 2000
# What means something in Markdown. A backslash becomes an entity, so that it can never undo the escape that follows it.
_ESCAPES = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\\": "&#92;", "@": "&#64;"} | {char: f"\\{char}" for char in "|`*_[]~#!$"}
)
# What the common dialects turn into links by themselves.
_LINKS = (("://", "&#58;//"), ("www.", "www&#46;"))


def html_parts(result: FleetResult) -> t.Iterator[str]:
    """Return the page: summary, hosts that need a reboot, problems, at next start, the rest."""
    style, script = _file("report.css"), _file("report.js")
    done = sum(result.summary[outcome] for outcome in result.achieved)
    more = {"fold": FOLD, "done": done, "style": style, "script": script, "hash": _hash(script)}
    return _parts("report.html.j2", result, **more)


def markdown_parts(result: FleetResult) -> t.Iterator[str]:
    """Return the same for tickets and merge requests, with GitHub's tables."""
    return _parts("report.md.j2", result)


@functools.lru_cache(maxsize=1024)  # most cells are those of thousands of hosts
def escape_markdown(text: str) -> str:
    """Return text on one line, such that Markdown shows it as it is."""
    escaped = wording.one_line(text).translate(_ESCAPES)
    for mark, harmless in _LINKS:
        escaped = escaped.replace(mark, harmless)
    return escaped


# Columns that have a cell of their own in HTML, each with those that are below it in small print.
Cells = list[tuple[Column, list[Column]]]


@dataclass(frozen=True)
class Table:
    """One list with what its template needs.

    :param columns: those that are not empty.
    """

    section: wording.Section
    columns: tuple[Column, ...]

    @property
    def cells(self) -> Cells:
        """The columns as HTML shows them."""
        return [
            (column, [other for other in self.columns if other.under == column.name])
            for column in self.columns
            if not column.under
        ]

    def rows(self, cells: Cells) -> t.Iterator[list[tuple[Column, str, list[tuple[Column, str]]]]]:
        """Each host's cells: their column, their text, and the small print below it."""
        for host in self.section.hosts:
            yield [
                (column, column.shown(host), [(each, text) for each in small if (text := each.note(host))])
                for column, small in cells
            ]

    def lines(self) -> t.Iterator[list[str]]:
        """Each host's texts, without small print."""
        for host in self.section.hosts:
            yield [column.shown(host) for column in self.columns]

    @property
    def causes(self) -> list[tuple[str, int]]:
        """The most frequent codes among the problems: a thousand hosts often have one cause."""
        if self.section.key != "problems" or len(self.section.hosts) < 2:
            return []
        codes = collections.Counter(filter(None, (wording.failure(host, "code") for host in self.section.hosts)))
        return codes.most_common(MOST_CAUSES)


def _parts(template: str, result: FleetResult, **more: t.Any) -> t.Iterator[str]:
    tables = [Table(section, columns_for(section.key, section.hosts)) for section in wording.sections(result)]
    stream = _environment().get_template(template).stream(run=result, tables=tables, counts=result.summary, **more)
    stream.enable_buffering(_BUFFERED)
    return stream


@functools.cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=jinja2.select_autoescape(["html.j2"]),
        finalize=_shown,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals |= {"outcomes": OUTCOMES, "tones": TONES, "words": wording}
    return environment


@jinja2.pass_eval_context
def _shown(context: jinja2.nodes.EvalContext, value: object) -> str:
    """Return what a template shows for value; in HTML, Jinja2 escapes it afterwards."""
    if isinstance(value, Markup):
        return value
    return wording.one_line(str(value)) if context.autoescape else escape_markdown(str(value))


@functools.cache
def _file(name: str) -> Markup:
    """A file of ours, which the page contains unchanged."""
    return Markup((TEMPLATES / name).read_text(encoding="utf-8"))  # noqa: S704 - it has no value from outside


def _hash(script: str) -> str:
    """Return how a policy names a script; the script must be between its tags unchanged."""
    return f"sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}"
