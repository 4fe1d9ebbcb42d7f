# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""What was found, one thing at a time, and how it is reported. Pure."""

from __future__ import annotations

import dataclasses
import typing as t
from dataclasses import dataclass

from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.module_utils._naming import rendered
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.operations import counted

State = t.Literal["ok", "unchecked", "problem"]
# In the order in which they are told: what matters most is read last, above the prompt.
STATES: tuple[State, ...] = t.get_args(State)
_WORDS: t.Mapping[State, str] = {"ok": "ok", "unchecked": "not checked", "problem": "problem"}

# Names in one text; the rest is counted.
MOST_NAMES = 5
# Names of a finding in a result.
MOST_WHERE = 100
# Findings of a result; so many places differ only where something is wrong with the inventory as a whole.
MOST_FINDINGS = 200


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    :param subject: what, such as ``ledger``.
    :param state: unchecked is what cannot be known without doing it, or before something else is fixed.
    :param message: what was found, a sentence or two.
    :param next_step: what to do, empty where there is nothing to do, or the message says it.
    :param where: regions, or hosts where it is a problem, for which it was found; empty where it holds for all.
    """

    subject: str
    state: State
    message: str
    next_step: str = ""
    where: tuple[str, ...] = ()

    @property
    def line(self) -> str:
        """The finding on one line."""
        subject = f"{self.subject} ({named(self.where)})" if self.where else self.subject
        return rendered(f"{_WORDS[self.state]}: {subject}: {self.message} {self.next_step}".rstrip())

    def to_result(self) -> dict[str, t.Any]:
        """Return the form for playbooks."""
        texts = {"message": rendered(self.message), "next_step": rendered(self.next_step)}
        return {**dataclasses.asdict(self), **texts, "where": list(self.where[:MOST_WHERE])}


def from_error(subject: str, error: ConsoleError, where: t.Sequence[str] = ()) -> Finding:
    """Return the problem that an error is; its advice is the next step."""
    message = error.message.removesuffix(rendered(error.advice)).rstrip()
    return Finding(subject, "problem", message, error.advice, tuple(where))


def named(names: t.Sequence[str]) -> str:
    """Return the first names, and how many more there are."""
    rest = len(names) - MOST_NAMES
    return ", ".join([*names[:MOST_NAMES], *([f"and {rest} more"] if rest > 0 else [])])


def merged(findings: t.Iterable[Finding]) -> list[Finding]:
    """Make one of those that differ only in where, and sort by state; within one, the order stays."""
    places: dict[Finding, dict[str, None]] = {}
    for finding in findings:
        places.setdefault(dataclasses.replace(finding, where=()), {}).update(dict.fromkeys(finding.where))
    found = [dataclasses.replace(finding, where=tuple(where)) for finding, where in places.items()]
    return sorted(found, key=lambda finding: STATES.index(finding.state))


def to_result(findings: t.Iterable[Finding]) -> dict[str, t.Any]:
    """Return the result: it has failed where there is a problem, and never changed anything."""
    found = merged(findings)
    counts = {state: sum(finding.state == state for finding in found) for state in STATES}
    told = found[-MOST_FINDINGS:]
    left_out = [f"{len(found) - len(told)} more are not shown"] if len(told) < len(found) else []
    wrong = [finding.line for finding in told if finding.state == "problem"]
    total = f"{counted(counts['problem'], 'problem')}, {counts['ok']} ok, {counts['unchecked']} cannot be checked."
    return {
        "changed": False,
        "failed": bool(wrong),
        "msg": "\n".join([total, *wrong]),
        "summary": counts,
        "findings": [finding.to_result() for finding in told],
        "lines": [*left_out, *(finding.line for finding in told)],
    }
