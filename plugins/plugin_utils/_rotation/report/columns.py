# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""What a report says of a host: one row of COLUMNS for each thing, for all formats. Pure, never fails.

A new column is one new row at the end of COLUMNS. The order of the rows is that of the CSV, where columns may only be
added at the end. People read the rows with ``first`` before the others.
"""

from __future__ import annotations

import datetime as dt
import typing as t
from dataclasses import dataclass

from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.report import wording
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.report.wording import Key
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.result import FleetResult, HostResult

JSON, CSV = "json", "csv"
EVERY_LIST: frozenset[Key] = frozenset(t.get_args(Key))
PROBLEMS: frozenset[Key] = frozenset({"problems"})
# Where the state of the instance matters more than what went wrong
STATE: frozenset[Key] = EVERY_LIST - PROBLEMS
FAILURE_PARTS = ("kind", "code", "message", "request_id", "status")


@dataclass(frozen=True)
class Column:
    """One thing that reports say of a host.

    :param name: its name in JSON and CSV, and the attribute of the host where ``get`` is not given.
    :param title: its title in Markdown and HTML.
    :param get: returns the value, None where it is unknown.
    :param formats: which of JSON and CSV have it.
    :param of_run: it is a value of the run and not of the host.
    :param lists: which lists of the reports for people have it.
    :param first: people read it before the others.
    :param words: returns what people read; empty where there is nothing to say.
    :param look: how HTML sets it.
    :param width: its share of the width in HTML, compared with the other columns.
    :param under: the column in whose cells HTML shows it, in small print.
    :param label: what precedes it there.
    :param small: returns what HTML shows there, where that is less than what people read elsewhere.
    """

    name: str
    title: str = ""
    get: t.Callable[[t.Any], t.Any] | None = None
    formats: frozenset[str] = frozenset({JSON, CSV})
    of_run: bool = False
    lists: frozenset[Key] = frozenset()
    first: bool = False
    words: t.Callable[[HostResult], str] | None = None
    look: t.Literal["", "code", "tag", "prose"] = ""
    width: int = 12
    under: str = ""
    label: str = ""
    small: t.Callable[[HostResult], str] | None = None

    def value(self, host: HostResult | FleetResult) -> t.Any:
        """Return what JSON has."""
        return getattr(host, self.name) if self.get is None else self.get(host)

    def shown(self, host: HostResult) -> str:
        """Return what people read."""
        return for_people(self.value(host)) if self.words is None else self.words(host)

    def note(self, host: HostResult) -> str:
        """Return what HTML shows in small print."""
        return self.shown(host) if self.small is None else self.small(host)


def for_people(value: t.Any) -> str:
    """Return a value as people read it."""
    if value is None:
        return ""
    return wording.clock(value) if isinstance(value, dt.datetime) else str(value)


def for_programs(value: t.Any) -> str:
    """Return a value as text for programs: times in ISO 8601 in UTC, true and false, empty for what is unknown."""
    if isinstance(value, dt.datetime):
        return f"{wording.clock(value).replace(' ', 'T')}Z"
    if isinstance(value, bool):
        return "true" if value else "false"
    return for_people(value)


def _failure(host: HostResult) -> dict[str, t.Any] | None:
    return None if host.failure is None else {name: host.failure.get(name) for name in FAILURE_PARTS}


def _part(name: str) -> t.Callable[[HostResult], str]:
    return lambda host: wording.failure(host, name)


def _unsaid(name: str) -> t.Callable[[HostResult], str]:
    """A part of the failure, where the message does not contain it already."""

    def unsaid(host: HostResult) -> str:
        part = wording.failure(host, name)
        return "" if part in wording.said(host) else part

    return unsaid


def _reboot(host: HostResult) -> str:
    return "needs a reboot" if host.reboot == "needed" else ""


def _not_optimized(host: HostResult) -> str:
    return "not I/O optimized" if host.io_optimized is False else ""


_JSON, _CSV = frozenset({JSON}), frozenset({CSV})

COLUMNS: tuple[Column, ...] = (
    Column("name", "Host", lists=EVERY_LIST, first=True, width=23),
    Column("outcome", "Outcome", lists=EVERY_LIST, first=True, look="tag", width=14),
    Column("reboot", "Reboot", lists=PROBLEMS, words=_reboot, under="outcome"),
    Column("provider", "Provider", lists=EVERY_LIST, under="region"),
    Column("region", "Region", lists=EVERY_LIST, width=13),
    Column("instance_id", "Instance", lists=EVERY_LIST, look="code", width=21),
    Column("status", "Status", lists=STATE),
    Column("io_optimized", "I/O", lists=STATE, words=_not_optimized, under="status"),
    Column("rotated_at", "Recorded (UTC)", lists=STATE, width=15),
    Column("rotated_before", formats=_JSON),
    Column("same_as", "Same instance as", lists=EVERY_LIST, under="name", label="same instance as"),
    Column(
        "message",
        "What happened, what to do",
        get=wording.said,
        lists=frozenset({"problems", "rest"}),
        first=True,
        look="prose",
        width=45,
    ),
    Column("failure", get=_failure, formats=_JSON),
    Column("failure_kind", get=_part("kind"), formats=_CSV),
    Column(
        "failure_code",
        "Code",
        get=_part("code"),
        formats=_CSV,
        lists=PROBLEMS,
        first=True,
        look="code",
        under="message",
        label="code",
        small=_unsaid("code"),
    ),
    Column("failure_status", get=_part("status"), formats=_CSV),
    Column(
        "failure_request_id",
        "Request id",
        get=_part("request_id"),
        formats=_CSV,
        lists=PROBLEMS,
        first=True,
        look="code",
        under="message",
        label="request id",
        small=_unsaid("request_id"),
    ),
    Column("run_id", formats=_CSV, of_run=True),
    Column("check_mode", formats=_CSV, of_run=True),
    Column("in_force_count", formats=_JSON),
    Column("in_force_complete", formats=_JSON),
    Column("looked_at", formats=_JSON),
)


def columns_of(name: str) -> tuple[Column, ...]:
    """Return the columns of JSON or CSV."""
    return tuple(column for column in COLUMNS if name in column.formats)


def columns_for(key: Key, hosts: t.Sequence[HostResult]) -> tuple[Column, ...]:
    """Return the columns of a list for people in their order, without those that would be empty."""
    every = sorted((column for column in COLUMNS if key in column.lists), key=lambda column: not column.first)
    return tuple(column for column in every if any(map(column.shown, hosts)))
