# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many scenarios, some at once, each worker with a cloud of its own; and their sums."""

from __future__ import annotations

import contextlib
import itertools
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.emulator.fleet import Fleet, make_fleet
from tests.faults.scenario_run import ScenarioRun, Tally
from tests.faults.scenarios import Scenario, make_scenario
from tests.faults.watched_cloud import Cloud, watched

HOSTS = 30
LATENCY = 0.01


@dataclass(frozen=True)
class Goal:
    """How much is wanted.

    :param kills: at least so many.
    :param playbooks: so many of them at least are of ansible-playbook.
    :param seed: of the first scenario; the others follow.
    :param seconds: when no further scenario is begun.
    :param scenarios: so many scenarios at most; 0 for as many as it takes.
    :param thorough: also a dry run, and a restart of all instances, at the end of each scenario.
    """

    kills: int
    playbooks: int
    seed: int = 1
    workers: int = 2
    seconds: float = 1500.0
    scenarios: int = 0
    thorough: bool = True


def fleet_for_faults() -> Fleet:
    """Two accounts in two regions: a third is not I/O optimized, and some of these are stopped."""
    return make_fleet(HOSTS, seed=5, regions=2, accounts=2, stopped=1 / 6)


class Campaign:
    """Runs scenarios until the goal is reached."""

    def __init__(self, goal: Goal, say: Callable[[str], None]) -> None:
        self.goal = goal
        self.say = say
        self.total = Tally()
        self.scenarios = 0
        self._lock = threading.Lock()
        self._seeds = itertools.count(goal.seed)
        self._began = time.monotonic()

    def run(self) -> Tally:
        with ThreadPoolExecutor(self.goal.workers) as pool:
            for done in [pool.submit(self._work) for _worker in range(self.goal.workers)]:
                done.result()
        return self.total

    def _work(self) -> None:
        folder = Path(tempfile.mkdtemp(prefix="console-faults-"))
        fleet = fleet_for_faults()
        try:
            with starting(fleet, folder) as cloud:
                for scenario in self._stories():
                    self._tell(scenario, folder, cloud, fleet)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _stories(self) -> Iterator[Scenario]:
        """The next seeds, until there are kills enough of both kinds."""
        while True:
            with self._lock:
                enough = self.total.kills >= self.goal.kills and self.total.playbook_kills >= self.goal.playbooks
                late = time.monotonic() - self._began > self.goal.seconds
                seed = next(self._seeds)
                if enough or late or (self.goal.scenarios and seed >= self.goal.seed + self.goal.scenarios):
                    return
            yield make_scenario(seed, busy=not self.goal.thorough)

    def _tell(self, scenario: Scenario, folder: Path, cloud: Cloud, fleet: Fleet) -> None:
        path = folder / f"scenario-{scenario.seed}"
        began = time.monotonic()
        tally = ScenarioRun(scenario, path, cloud, fleet, thorough=self.goal.thorough).run()
        with self._lock:
            self.total.add(tally)
            self.scenarios += 1
            self.say(f"{scenario}: {tally.kills} kills, {tally.runs} runs, {time.monotonic() - began:.1f} s")
            for violation in tally.violations:
                self.say(f"  VIOLATION {violation}")
        shutil.rmtree(path, ignore_errors=True)


_start_lock = threading.Lock()


@contextlib.contextmanager
def starting(fleet: Fleet, folder: Path) -> Iterator[Cloud]:
    """A watched cloud; only one at a time is started, because it is configured by the environment."""
    with contextlib.ExitStack() as stack:
        with _start_lock:
            cloud = stack.enter_context(watched(fleet, folder, latency=LATENCY))
        yield cloud


def summary(total: Tally, scenarios: int, seconds: float) -> list[str]:
    """Return lines for people."""
    points = ", ".join(f"{name} {count}" for name, count in sorted(total.points.items()))
    hits = ", ".join(f"{name} {count}" for name, count in sorted(total.hits.items()))
    kills = f"{total.kills} kills ({total.playbook_kills} of ansible-playbook)"
    return [
        f"{kills}, {total.runs} runs, {scenarios} scenarios, {seconds:.0f} s",
        f"kills by point: {points or 'none'}",
        f"faults by kind: {hits or 'none'}",
        f"{len(total.violations)} violations",
    ]
