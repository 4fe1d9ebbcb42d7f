# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""What a run can be about, and how that is called: new passwords, the recorded ones again, or former ones. Pure.

All three take the same way (stage, set, promote) and have the same outcomes; ``rotated`` is the aim of all
of them, and its meaning for each is here.
"""

from __future__ import annotations

import datetime as dt
import typing as t
from dataclasses import dataclass

from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError

Operation = t.Literal["rotate", "reconcile", "rollback"]
OPERATIONS: tuple[Operation, ...] = t.get_args(Operation)
# The value of rollback_to that names no moment.
PREVIOUS = "previous"


def counted(number: int, singular: str) -> str:
    """Return such as ``1 host`` and ``2 hosts``."""
    return f"{number} {singular}" if number == 1 else f"{number} {singular}s"


@dataclass(frozen=True)
class Words:
    """How an operation is called; pairs are what was done and, in check mode, what would be done.

    :param title: of a report.
    :param headline: with the number of hosts done, and of all as ``counted`` writes it.
    :param to_do: with the number of instances.
    :param done: of one host, in the diff.
    :param meaning: of the outcome rotated.
    """

    title: str
    headline: tuple[str, str]
    to_do: str
    done: str
    card: tuple[str, str]
    meaning: tuple[str, str]


WORDS: t.Mapping[Operation, Words] = {
    "rotate": Words(
        title="VNC password rotation",
        headline=("rotated {} of {}", "would rotate {} of {}"),
        to_do="{} of them due",
        done="rotated",
        card=("Rotated", "Would rotate"),
        meaning=("a new password was set and recorded", "a new password would be set and recorded"),
    ),
    "reconcile": Words(
        title="VNC password reconciliation",
        headline=(
            "set the recorded password of {} of {} again",
            "would set the recorded password of {} of {} again",
        ),
        to_do="{} of them to set again",
        done="set again",
        card=("Set again", "Would set again"),
        meaning=("the recorded password was set again", "the recorded password would be set again"),
    ),
    "rollback": Words(
        title="VNC password rollback",
        headline=("rolled back {} of {}", "would roll back {} of {}"),
        to_do="{} of them to roll back",
        done="rolled back",
        card=("Rolled back", "Would roll back"),
        meaning=("a former password was set and is the current one", "a former password would be set"),
    ),
}


def parse_rollback_to(text: str, now: dt.datetime) -> dt.datetime | None:
    """Read ``previous`` (None), or a moment in ISO 8601 with its zone.

    :raises ConsoleError: it is neither, or the moment has not come yet.
    """
    word = text.strip()
    if word.lower() == PREVIOUS:
        return None
    moment = parse_moment(word)
    if moment is None:
        raise ConsoleError(
            f"O(rollback_to) {text!r} is neither {PREVIOUS} nor a time in UTC",
            advice=f"Use {PREVIOUS}, or a time such as 2026-01-02T03:04:05Z.",
        )
    if moment > now:
        raise ConsoleError(
            f"O(rollback_to) {text!r} lies in the future",
            advice="Give the time at which the wanted passwords were current.",
        )
    return moment


def parse_moment(text: str) -> dt.datetime | None:
    """Read a time in ISO 8601 with its zone; None where it is something else."""
    word = text.strip()
    try:
        moment = dt.datetime.fromisoformat(word[:-1] + "+00:00" if word[-1:] in ("Z", "z") else word)
    except ValueError:
        return None
    return None if moment.tzinfo is None else moment
