# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""When a run stops by itself (I10): a canary first, a limit on failures, credentials that are refused. Pure state."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ansible_collections.cloudops.console.plugins.module_utils._errors import (
    AuthenticationError,
    ConsoleError,
    NotFound,
    WrongState,
)
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.errors import is_of_ledger

_COUNT = re.compile(r"(\d{1,9})(%?)\Z")


@dataclass(frozen=True)
class MaxFailures:
    """A number of hosts, or a share of those that are due."""

    number: int
    percent: bool = False

    def allowed(self, due: int) -> int:
        """How many of due hosts may fail without stopping the run; a share is rounded up."""
        return -(-due * self.number // 100) if self.percent else self.number


def parse_max_failures(text: str) -> MaxFailures:
    """Read ``5`` or ``10%``.

    :raises ConsoleError: it is something else, or more than 100 %.
    """
    match = _COUNT.match(text.strip())
    if match and (not match[2] or int(match[1]) <= 100):
        return MaxFailures(int(match[1]), bool(match[2]))
    raise ConsoleError(
        f"O(max_failures) {text[:64]!r} is neither a count nor a share",
        advice="Use a count such as 5, or a share such as 10%.",
    )


class CircuitBreaker:
    """Knows whether new hosts may be started, and why not.

    :param due: hosts that the run is to write to.
    :param limit: more failures than this stop it.
    """

    def __init__(self, due: int, limit: MaxFailures) -> None:
        self._allowed = limit.allowed(due)
        self._text = f"{limit.number} %" if limit.percent else str(limit.number)
        self._due = due
        self._failures = 0
        self._identities: dict[str, str] = {}
        self.reason: str | None = None

    def blocks(self, identity: str) -> str | None:
        """Return why no new host of this account may be started, or None."""
        return self.reason or self._identities.get(identity)

    def stop(self, reason: str) -> None:
        """Start nothing any more; the first reason stays."""
        self.reason = self.reason or reason

    def failed(self, identity: str, error: ConsoleError | None) -> None:
        """Count a failure; stop the account or the run where it would hit the others too."""
        self._failures += 1
        if isinstance(error, AuthenticationError) and not is_of_ledger(error):
            self._identities.setdefault(identity, f"the credentials were refused ({error.code or error.reason})")
        if self._failures > self._allowed:
            allowed = f"{self._text}, that is {self._allowed}" if "%" in self._text else self._text
            self.stop(f"{self._failures} of {self._due} due hosts failed, and O(max_failures) is {allowed}")

    def reasons(self) -> str | None:
        """All that stopped anything, for the result; None where nothing did."""
        found = [self.reason] if self.reason else sorted(set(self._identities.values()))
        return "; ".join(found) or None


def speaks_for_others(error: ConsoleError | None) -> bool:
    """Whether a canary's failure says something about the fleet; a missing or unready instance does not."""
    return not isinstance(error, (NotFound, WrongState))
