# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""Lines that say how far a run is: one at the start, then one every few seconds at most, then the total."""

from __future__ import annotations

import asyncio
import time
import typing as t

Say = t.Callable[[str], None]

# Seconds between two lines while something happens.
INTERVAL = 2.0
# The same while instances are only looked at, which is over sooner in most runs.
LOOKING = 4.0


class Lines:
    """Prints lines, and knows how long none was printed, for work that leaves an event loop no time.

    :param print_line: prints one line at once.
    """

    def __init__(self, print_line: Say) -> None:
        self._print = print_line
        self._last = time.monotonic()

    def say(self, line: str) -> None:
        """Print a line."""
        self._last = time.monotonic()
        self._print(line)

    def still(self, line: str) -> None:
        """Print a line where none was printed for some seconds."""
        if time.monotonic() - self._last >= LOOKING:
            self.say(line)


class Progress:
    """Counts results and prints from a task of its own, so that a silent cloud is seen too.

    :param say: prints one line at once, also from ansible's worker process.
    :param doing: the text before the numbers.
    """

    def __init__(self, say: Say, total: int, doing: str = "", interval: float = INTERVAL) -> None:
        self._say = say
        self._total = total
        self._doing = doing
        self._interval = interval
        self._done = 0
        self._problems = 0
        self._notes: t.Callable[[], str] | None = None
        self._started = time.monotonic()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Progress:
        self._task = asyncio.create_task(self._print())
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def note_with(self, notes: t.Callable[[], str]) -> None:
        """Set what is added to each line, for example that the cloud throttles."""
        self._notes = notes

    def done(self, *, problem: bool) -> None:
        """Count one instance."""
        self._done += 1
        self._problems += problem

    async def _print(self) -> None:
        while True:
            await asyncio.sleep(self._interval)
            self._say(self._line())

    def _line(self) -> str:
        elapsed = time.monotonic() - self._started
        rate = self._done / elapsed if elapsed else 0.0
        parts = [f"{self._doing}{self._done} of {self._total} instances", f"{rate:.0f} a second"]
        if rate and self._done < self._total:
            parts.append(f"about {(self._total - self._done) / rate:.0f} s to go")
        if self._problems:
            parts.append(f"{self._problems} with a problem")
        note = self._notes() if self._notes is not None else ""
        return ", ".join([*parts, *([note] if note else [])])
