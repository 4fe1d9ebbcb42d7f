# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""Escaping for HTML, and the tones of the outcomes. Pure, never fails."""

from __future__ import annotations

import functools
import html
import typing as t

from ansible_collections.cloudops.console.plugins.plugin_utils._rotation._report import words
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.result import OUTCOMES, PROBLEMS, Outcome

Tone = t.Literal["good", "calm", "warn", "bad"]

_GOOD: frozenset[Outcome] = frozenset({"rotated", "resumed"})
# The next run settles these by itself; the other problems want somebody to act.
_PASSING: frozenset[Outcome] = frozenset({"ambiguous", "acknowledged", "conflict", "not_attempted"})


# Most cells stand in the rows of thousands of hosts.
@functools.lru_cache(maxsize=1024)
def escape(text: str) -> str:
    """Return text as it can stand in an element or in a quoted attribute: on one line, nothing hidden in it."""
    return html.escape(words.one_line(text), quote=True)


def _tone(outcome: Outcome) -> Tone:
    if outcome in _GOOD:
        return "good"
    if outcome in _PASSING:
        return "warn"
    return "bad" if outcome in PROBLEMS else "calm"


_TONES: t.Mapping[Outcome, Tone] = {outcome: _tone(outcome) for outcome in OUTCOMES}


def tone(outcome: Outcome) -> Tone:
    """Return the tone in which outcome is shown."""
    return _TONES[outcome]
