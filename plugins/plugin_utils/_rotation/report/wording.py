# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""What the reports for people share: the order of the hosts, the words, times and durations. Pure, never fails.

A host is in every list whose question it answers: one that failed and also needs a reboot is in both lists, so
that the length of each list equals the count in the summary. Hosts in no other list are in ``rest``.
"""

from __future__ import annotations

import datetime as dt
import typing as t
from dataclasses import dataclass

from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.operations import WORDS
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.outcomes import (
    FAILURES,
    FORECAST,
    MEANING,
    OUTCOMES,
    Outcome,
)
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.result import FleetResult, HostResult

Key = t.Literal["reboot", "problems", "at_next_start", "rest"]

_TITLES: t.Mapping[Key, tuple[str, str]] = {
    "reboot": ("Need a reboot", "Would need a reboot"),
    "problems": ("Problems", "Problems"),
    "at_next_start": ("Take effect at their next start", "Would take effect at their next start"),
    "rest": ("Everything else", "Everything else"),
}
_NOTES: t.Mapping[Key, tuple[str, str]] = {
    "reboot": (
        (
            "The password is in force only after a restart through the cloud's console or API; until then, the "
            "previous one opens the console. The next run notices the restart."
        ),
        "After a real run, the previous password would open the console of these hosts until they are restarted.",
    ),
    "problems": (
        "Each message ends with the next step. No password is lost: every one that was ever sent is in the ledger.",
        "A real run would have these problems, too. Each message ends with the next step.",
    ),
    "at_next_start": (
        "These instances are stopped. There is nothing to do: the password of each takes effect at its next start.",
        "These instances are stopped: the password of each would take effect at its next start.",
    ),
    "rest": ("", ""),
}
_EMPTY: t.Mapping[Key, tuple[str, str]] = {
    "reboot": ("No host needs a reboot.", "No host would need a reboot."),
    "problems": ("No host has a problem.", "No host has a problem."),
}


@dataclass(frozen=True)
class Section:
    """One list of a report.

    :param note: what the list means and what to do about it; empty where there is nothing to say.
    :param empty: the text shown where the list is empty; where it is empty too, the list is left out.
    """

    key: Key
    title: str
    note: str
    empty: str
    hosts: tuple[HostResult, ...]


def sections(result: FleetResult) -> tuple[Section, ...]:
    """Return the four lists in reading order; each may be empty."""
    lists: dict[Key, list[HostResult]] = {
        "reboot": [host for host in result.hosts if host.reboot == "needed"],
        "problems": sorted(result.problems, key=_urgency),
        "at_next_start": [host for host in result.hosts if host.reboot == "at_next_start"],
        "rest": [host for host in result.hosts if host.reboot == "none" and not host.is_problem],
    }
    mode = int(result.check_mode)
    return tuple(
        Section(key, _TITLES[key][mode], _NOTES[key][mode], _EMPTY.get(key, ("", ""))[mode], tuple(hosts))
        for key, hosts in lists.items()
    )


def _urgency(host: HostResult) -> tuple[bool, int]:
    """What was tried and failed comes before what was never tried: of the latter there can be thousands."""
    return host.outcome not in FAILURES, OUTCOMES.index(host.outcome)


def title(result: FleetResult) -> str:
    """Return what the report is about."""
    return WORDS[result.operation].title


def meaning(outcome: Outcome, result: FleetResult) -> str:
    """Return what outcome says in this run; in check mode as a forecast."""
    if outcome == "rotated":
        return WORDS[result.operation].meaning[result.check_mode]
    return (FORECAST if result.check_mode else MEANING)[outcome]


def card(result: FleetResult) -> str:
    """Return the title of the figure that says how many hosts the run was about."""
    return WORDS[result.operation].card[result.check_mode]


def failure(host: HostResult, part: str) -> str:
    """Return one part of the host's failure as a text, empty without a failure."""
    value = (host.failure or {}).get(part)
    return "" if value is None else str(value)


def said(host: HostResult) -> str:
    """Return the message about host: its own, else that of its failure."""
    return host.message or failure(host, "message")


def utc(moment: dt.datetime) -> dt.datetime:
    """Return moment in UTC; one without a zone is taken for UTC."""
    if moment.tzinfo is dt.timezone.utc:
        return moment
    return moment.replace(tzinfo=dt.timezone.utc) if moment.tzinfo is None else moment.astimezone(dt.timezone.utc)


def clock(moment: dt.datetime | None) -> str:
    """Return moment as ``2026-03-01 12:00:03`` in UTC, empty for None."""
    return "" if moment is None else utc(moment).isoformat(sep=" ", timespec="seconds")[:19]


def duration(result: FleetResult) -> str:
    """Return how long the run took, as ``8.2 s``, ``4 min 05 s`` or ``1 h 02 min``."""
    seconds = max(0.0, (utc(result.ended_at) - utc(result.started_at)).total_seconds())
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"


def visible(text: str, keep: str = "") -> str:
    """Return text with every character that does not show (controls, direction marks, half surrogates) escaped.

    :param keep: such characters that stay as they are.
    """
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() or char in keep else ascii(char)[1:-1] for char in text)


def one_line(text: str) -> str:
    """Return text on one line, with what does not show escaped."""
    return text if text.isprintable() else visible(" ".join(text.split()))
