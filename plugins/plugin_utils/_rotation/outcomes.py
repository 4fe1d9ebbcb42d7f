# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""The outcomes that a host can have: a closed list, and one table with all that depends on them.

A new outcome is one word of ``Outcome`` and one row of ``_TABLE``; the documentation of its meaning is in the module
vnc_password_rotation.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.operations import WORDS

Outcome = t.Literal[
    "rotated",
    "resumed",
    "fresh",
    "excluded",
    "unsupported",
    "unmapped",
    "rejected",
    "failed",
    "ambiguous",
    "acknowledged",
    "conflict",
    "not_attempted",
]
OUTCOMES: tuple[Outcome, ...] = t.get_args(Outcome)
# How reports set it: warn is a problem that the next run settles by itself, bad one that wants you to act.
Tone = t.Literal["good", "calm", "warn", "bad"]


@dataclass(frozen=True)
class _Row:
    """What depends on an outcome.

    :param meaning: what it says, for reports and documentation; of rotated for a rotation, else see operations.WORDS.
    :param forecast: the same in check mode, where that differs.
    :param done: the run has set a password with it, or in check mode would.
    :param changes: something is or may be different in the cloud.
    :param failure: the attempt counts against max_failures.
    :param left_out: no rotation is about such a host.
    """

    tone: Tone
    meaning: str
    forecast: str = ""
    done: bool = False
    changes: bool = False
    failure: bool = False
    left_out: bool = False


_TABLE: t.Mapping[Outcome, _Row] = {
    "rotated": _Row("good", WORDS["rotate"].meaning[0], done=True, changes=True),
    "resumed": _Row(
        "good",
        "the password that an earlier run left pending was set and recorded",
        "the password that an earlier run left pending would be set and recorded",
        done=True,
        changes=True,
    ),
    "fresh": _Row("calm", "nothing to do: not due, or done already"),
    "excluded": _Row("calm", "left out by console_exclude", left_out=True),
    "unsupported": _Row("calm", "the provider has no VNC password", left_out=True),
    "unmapped": _Row("bad", "no usable instance id or region in the inventory"),
    "rejected": _Row("bad", "the cloud refused for good", failure=True),
    "failed": _Row("bad", "not done; a further run tries again", failure=True),
    "ambiguous": _Row("warn", "perhaps done, the answer was lost; the next run settles it", changes=True, failure=True),
    "acknowledged": _Row(
        "warn", "done, but the ledger could not record it; the next run does", changes=True, failure=True
    ),
    "conflict": _Row("warn", "another run is working on the instance, or has just finished"),
    "not_attempted": _Row("warn", "not started, because the run stopped early"),
}


def _those(has: t.Callable[[_Row], bool]) -> frozenset[Outcome]:
    return frozenset(outcome for outcome in OUTCOMES if has(_TABLE[outcome]))


MEANING: t.Mapping[Outcome, str] = {outcome: row.meaning for outcome, row in _TABLE.items()}
FORECAST: t.Mapping[Outcome, str] = {outcome: row.forecast or row.meaning for outcome, row in _TABLE.items()}
TONES: t.Mapping[Outcome, Tone] = {outcome: row.tone for outcome, row in _TABLE.items()}
# Hosts with these are marked failed.
PROBLEMS = _those(lambda row: row.tone in ("warn", "bad"))
DONE = tuple(outcome for outcome in OUTCOMES if _TABLE[outcome].done)
CHANGES = _those(lambda row: row.changes)
FAILURES = _those(lambda row: row.failure)
LEFT_OUT = _those(lambda row: row.left_out)
