# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many stories, some at once, each worker with a cloud of its own; and their sums."""

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
from tests.faults.cloud import Cloud, watched
from tests.faults.stories import Story, make_story
from tests.faults.teller import Teller, Told

HOSTS = 30
LATENCY = 0.01


@dataclass(frozen=True)
class Goal:
    """How much is wanted.

    :param kills: at least so many.
    :param playbooks: so many of them at least are of ansible-playbook.
    :param seed: of the first story; the others follow.
    :param seconds: when no further story is begun.
    :param stories: so many stories at most; 0 for as many as it takes.
    :param thorough: also a dry run, and a restart of all instances, at the end of each story.
    """

    kills: int
    playbooks: int
    seed: int = 1
    workers: int = 2
    seconds: float = 1500.0
    stories: int = 0
    thorough: bool = True


def fleet_for_faults() -> Fleet:
    """Two accounts in two regions: a third is not I/O optimized, and some of these are stopped."""
    return make_fleet(HOSTS, seed=5, regions=2, accounts=2, stopped=1 / 6)


class Campaign:
    """Tells stories until the goal is reached."""

    def __init__(self, goal: Goal, say: Callable[[str], None]) -> None:
        self.goal = goal
        self.say = say
        self.total = Told()
        self.stories = 0
        self._lock = threading.Lock()
        self._seeds = itertools.count(goal.seed)
        self._began = time.monotonic()

    def run(self) -> Told:
        with ThreadPoolExecutor(self.goal.workers) as pool:
            for done in [pool.submit(self._work) for _worker in range(self.goal.workers)]:
                done.result()
        return self.total

    def _work(self) -> None:
        folder = Path(tempfile.mkdtemp(prefix="console-faults-"))
        fleet = fleet_for_faults()
        try:
            with starting(fleet, folder) as cloud:
                for story in self._stories():
                    self._tell(story, folder, cloud, fleet)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _stories(self) -> Iterator[Story]:
        """The next seeds, until there are kills enough of both kinds."""
        while True:
            with self._lock:
                enough = self.total.kills >= self.goal.kills and self.total.playbook_kills >= self.goal.playbooks
                late = time.monotonic() - self._began > self.goal.seconds
                seed = next(self._seeds)
                if enough or late or (self.goal.stories and seed >= self.goal.seed + self.goal.stories):
                    return
            yield make_story(seed, busy=not self.goal.thorough)

    def _tell(self, story: Story, folder: Path, cloud: Cloud, fleet: Fleet) -> None:
        path = folder / f"story-{story.seed}"
        began = time.monotonic()
        told = Teller(story, path, cloud, fleet, thorough=self.goal.thorough).tell()
        with self._lock:
            self.total.add(told)
            self.stories += 1
            self.say(f"{story}: {told.kills} kills, {told.runs} runs, {time.monotonic() - began:.1f} s")
            for violation in told.violations:
                self.say(f"  VIOLATION {violation}")
        shutil.rmtree(path, ignore_errors=True)


_start_lock = threading.Lock()


@contextlib.contextmanager
def starting(fleet: Fleet, folder: Path) -> Iterator[Cloud]:
    """A watched cloud; only one at a time is started, because the way to tell it things is the environment."""
    with contextlib.ExitStack() as stack:
        with _start_lock:
            cloud = stack.enter_context(watched(fleet, folder, latency=LATENCY))
        yield cloud


def summary(total: Told, stories: int, seconds: float) -> list[str]:
    """Return lines for people."""
    points = ", ".join(f"{name} {count}" for name, count in sorted(total.points.items()))
    hits = ", ".join(f"{name} {count}" for name, count in sorted(total.hits.items()))
    kills = f"{total.kills} kills ({total.playbook_kills} of ansible-playbook)"
    return [
        f"{kills}, {total.runs} runs, {stories} stories, {seconds:.0f} s",
        f"kills by point: {points or 'none'}",
        f"faults by kind: {hits or 'none'}",
        f"{len(total.violations)} violations",
    ]
