# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where and how a run is killed. The standard library alone: this is also read inside the run."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

# The environment variable that holds a Strike as JSON, for a run that is to be struck from inside.
VARIABLE = "CONSOLE_FAULTS_STRIKE"

# Reached inside the run, by wrappers around the ledger and the client; each with the most turns that are worth a try.
INSIDE = {
    "create:before": 1,
    "create:within": 1,
    "describe:before": 3,
    "describe:after": 3,
    "stage:before": 4,
    "stage:within": 12,
    "stage:after": 4,
    "call:before": 20,
    "call:after": 20,
    "promote:before": 5,
    "promote:within": 12,
    "promote:after": 5,
    "close:before": 1,
    "report:before": 1,
    "report:within": 4,
}
# Reached at the cloud: the call waits there while the run is killed.
AT_CLOUD = {"cloud:received": 20, "cloud:applied": 20, "cloud:describe": 3}
# Moments by the clock: after the start of the process, and after the first call.
BY_CLOCK = ("clock:start", "clock:called")

# "whole": ansible-playbook and its detached worker; "parent": only ansible-playbook; "worker": only the worker.
HOWS = ("whole", "parent", "worker")
# Stopped there, as by a machine that sleeps, until SIGCONT arrives.
FREEZE = "freeze"
# What a struck ledger does in place of a death: every commit from then on fails, or succeeds without saying so.
FAILURES = ("full", "readonly", "broken", "lost-answer")


@dataclass(frozen=True)
class Strike:
    """What happens to a run.

    :param point: one of the above.
    :param turn: the how manieth time that point is reached, from 1.
    :param how: one of HOWS, FREEZE, or one of FAILURES.
    :param seconds: of a moment by the clock.
    :param mark: a file that is written when it happens, inside the run.
    """

    point: str
    turn: int = 1
    how: str = "whole"
    seconds: float = 0.0
    mark: str = ""

    def to_environment(self) -> dict[str, str]:
        return {VARIABLE: json.dumps(asdict(self))}

    def __str__(self) -> str:
        where = f"+{self.seconds:.3f}s" if self.point in BY_CLOCK else f"#{self.turn}"
        return f"{self.point}{where}/{self.how}"


def from_environment() -> Strike | None:
    text = os.environ.get(VARIABLE)
    return Strike(**json.loads(text)) if text else None


def leave_mark(strike: Strike) -> None:
    """Say that it is happening; on the disk before anything dies."""
    if strike.mark:
        Path(strike.mark).write_text(json.dumps({"pid": os.getpid(), "parent": os.getppid()}), encoding="utf-8")
