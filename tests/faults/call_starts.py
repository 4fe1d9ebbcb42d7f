# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Notes when each call of this process had its turn, by the clock that its rate limiter reads.

Where requests arrive, a busy machine has already pushed some together that were started apart.
"""

from __future__ import annotations

import time
from collections import defaultdict
from typing import Any

from ansible_collections.cloudops.console.plugins.module_utils import _rate_limit


class Clock:
    """The monotonic clock, and what it said last."""

    def __init__(self) -> None:
        self.said = 0.0

    def __call__(self) -> float:
        self.said = time.monotonic()
        return self.said


def record() -> dict[int, list[float]]:
    """Watch every rate limiter of this process from now on; return the list of turns of each."""
    turns: dict[int, list[float]] = defaultdict(list)
    limiter: Any = _rate_limit.RateLimiter
    begin, wait = limiter.__init__, limiter._wait

    def new_begin(self: Any, *args: Any, **more: Any) -> None:
        begin(self, *args, **{"now": Clock(), **more})

    async def new_wait(self: Any, until: float) -> bool:
        admitted: bool = await wait(self, until)
        if admitted:
            turns[id(self)].append(self._now.said)
        return admitted

    limiter.__init__, limiter._wait = new_begin, new_wait
    return turns
