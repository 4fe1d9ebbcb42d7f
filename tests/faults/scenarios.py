# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a seed stands for: a rotation that is killed once to three times, what the cloud and others do meanwhile."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.operations import Operation

from tests.faults.points import AT_CLOUD, BY_CLOCK, HOWS, INSIDE, Strike
from tests.faults.run_folder import Driver

# Kinds of faults with their fields; all of them hit ModifyInstanceVncPasswd.
FAULTS: Mapping[str, dict[str, Any]] = {
    "drop_request": {"probability": 0.3},
    "drop_answer": {"probability": 0.3},
    "delay": {"probability": 0.4, "seconds": 0.3},
    "delay beyond the time limit": {"kind": "delay", "probability": 0.1, "seconds": 1.5},
    "delay_answer": {"probability": 0.4, "seconds": 0.3},
    "apply_late": {"probability": 0.3, "seconds": 1.0},
    "apply_late in silence": {"kind": "apply_late", "probability": 0.1, "seconds": 1.5, "close": False},
    "reset": {"probability": 0.3},
    "reset after applying": {"kind": "reset", "when": "after", "probability": 0.3},
    "truncate": {"probability": 0.3},
    "garbage": {"probability": 0.3},
    "garbage before applying": {"kind": "garbage", "when": "before", "probability": 0.3},
    "html": {"probability": 0.3},
    "oversized": {"probability": 0.1},
    "500": {"kind": "error", "probability": 0.3},
    "500 after applying": {"kind": "error", "when": "after", "probability": 0.3},
    "503": {"kind": "error", "status": 503, "code": "ServiceUnavailable", "probability": 0.3},
    "throttling": {"kind": "error", "status": 400, "code": "Throttling.User", "retry_after_ms": 50, "first": 4},
    "InstanceNotReady": {"kind": "error", "status": 403, "code": "InstanceNotReady", "per": "instance", "first": 1},
    "Forbidden.RAM for some": {"kind": "error", "status": 403, "code": "Forbidden.RAM", "probability": 0.2},
    "Forbidden.RAM for all": {"kind": "error", "status": 403, "code": "Forbidden.RAM"},
    "malformed": {"kind": "error", "status": 400, "code": "IncorrectVncPassword.Malformed", "probability": 0.2},
}
# The share of scenarios that run ansible-playbook; the others take the quick way.
PLAYBOOKS = 0.36
CORES = ("main", "main", "core-2.16", "core-2.21")
# What becomes of a run during which the key of the ledger is changed.
Rekey = Literal["", "ends", "killed"]
_ALL_POINTS = (*INSIDE, *AT_CLOUD, *BY_CLOCK)


@dataclass(frozen=True)
class Scenario:
    """One ledger from its first run to its last.

    :param rekey: after the first strike comes a run during which the ledger gets another key; empty for none.

    :param prior: a whole rotation comes before, so that there is something to lose; before a rollback two of them.
    :param operation: of the killed runs; only the first one rolls back, because a second one goes forward again.
    :param strikes: one killed run each, one after the other.
    :param core: the environment of ansible-playbook; the default one where it is not there.
    :param restarts: all running instances are restarted after each kill.
    :param faults: names of FAULTS, in force from the first killed run until the repair.
    """

    seed: int
    driver: Driver
    prior: bool
    strikes: tuple[Strike, ...]
    faults: tuple[str, ...]
    core: str = "main"
    restarts: bool = False
    operation: Operation = "rotate"
    rekey: Rekey = ""

    def __str__(self) -> str:
        kills = " ".join(str(strike) for strike in self.strikes)
        how = self.driver if self.driver == "runner" else f"{self.driver}, {self.core}"
        marks = "" if self.operation == "rotate" else f"{self.operation}, "
        marks += f"{'rotated before, ' if self.prior else ''}{'restarts, ' if self.restarts else ''}"
        marks += f"another key for a run that {'is ' * (self.rekey == 'killed')}{self.rekey}, " if self.rekey else ""
        return f"scenario {self.seed} ({how}): {marks}{kills}{' under ' if self.faults else ''}{', '.join(self.faults)}"


def make_scenario(seed: int, *, busy: bool = False) -> Scenario:
    """The same for the same seed. Points go round, so that no label is left to chance.

    :param busy: three kills in each, for many kills in little time.
    """
    dice = random.Random(f"story {seed}")
    driver: Driver = "playbook" if dice.random() < PLAYBOOKS else "runner"
    kills = max(dice.choice((1, 1, 2, 3)), 3 if busy else 0)
    strikes = [_strike(dice, _ALL_POINTS[(seed + 7 * number) % len(_ALL_POINTS)], driver) for number in range(kills)]
    names = dice.sample(sorted(FAULTS), dice.choice((1, 1, 2))) if dice.random() < 0.6 else []
    prior = strikes[0].point.partition(":")[0] != "create" and dice.random() < 0.5
    core, restarts = dice.choice(CORES), dice.random() < 0.25
    # Dice of its own, so that the rest of each scenario stays as it was.
    turn: Operation = random.Random(f"operation {seed}").choice(("rotate", "reconcile", "rollback"))
    operation = turn if prior else "rotate"
    rekey: Rekey = random.Random(f"key {seed}").choices(("", "ends", "killed"), (3, 1, 1))[0]
    # Where only what is pending is left to do, there may be no call during which the key can be changed.
    busy_then = not prior or operation == "reconcile"
    return Scenario(
        *(seed, driver, prior, tuple(strikes), tuple(names), core, restarts),
        operation=operation,
        rekey=rekey if busy_then else "",
    )


def _strike(dice: random.Random, point: str, driver: Driver) -> Strike:
    how = dice.choices(HOWS, (3, 1, 1))[0] if driver == "playbook" else "whole"
    if point in BY_CLOCK:
        longest = 0.4 if point == "clock:called" else 2.5 if driver == "playbook" else 1.2
        return Strike(point, how=how, seconds=dice.uniform(0.0, longest))
    most = {**INSIDE, **AT_CLOUD}[point]
    return Strike(point, turn=dice.randint(1, most), how=how)
