# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a scenario against the cloud, and holds what came of it against the contract."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.operations import Operation

from tests.emulator.fleet import Fleet
from tests.faults import checks
from tests.faults.leftovers import left_behind
from tests.faults.points import AT_CLOUD, BY_CLOCK, Strike
from tests.faults.process import Started
from tests.faults.run_folder import IMPATIENT, OPTIONS, RunFolder
from tests.faults.scenarios import FAULTS, Scenario
from tests.faults.watched_cloud import Cloud

# Seconds after which a point that is not reached is given up, and the run ends by itself.
_PATIENCE = 30.0
_HOLD = 0.8
# As long as a key takes to be changed on a busy machine.
_HOLD_FOR_KEY = 3.0
_REPAIRS = 4


@dataclass
class Tally:
    """What came of one scenario, or of many."""

    kills: int = 0
    runs: int = 0
    playbook_kills: int = 0
    points: Counter[str] = field(default_factory=Counter)
    hits: Counter[str] = field(default_factory=Counter)
    violations: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        self.kills += other.kills
        self.runs += other.runs
        self.playbook_kills += other.playbook_kills
        self.points += other.points
        self.hits += other.hits
        self.violations += other.violations


class ScenarioRun:
    """One scenario at a time."""

    def __init__(self, scenario: Scenario, path: Path, cloud: Cloud, fleet: Fleet, *, thorough: bool = True) -> None:
        self.scenario = scenario
        self.thorough = thorough
        self.run_folder = RunFolder(path, cloud, fleet, core=scenario.core)
        self.cloud = cloud
        self.tally = Tally()
        self._before = 0

    def run(self) -> Tally:
        """Kill, look, repair, look again; the violations contain all that is wrong."""
        try:
            self._run()
        except Exception as problem:  # noqa: BLE001 - whatever it is, the other scenarios run
            self.note([f"{type(problem).__name__}: {problem}"])
        finally:
            for run in self.run_folder.runs:
                run.kill("whole")
                run.process.wait()
        self.tally.runs = len(self.run_folder.runs)
        return self.tally

    def note(self, violations: list[str]) -> None:
        self.tally.violations += [f"{violation} [{self.scenario}]" for violation in violations]

    def _run(self) -> None:
        scenario, run_folder = self.scenario, self.run_folder
        for number in range(scenario.prior + (scenario.operation == "rollback")):
            self.note(checks.complete(run_folder.run("runner", force=number > 0).result, run_folder.hosts))
        self._before = len(run_folder.runs)
        faults = {self._add_fault(number, name): name for number, name in enumerate(scenario.faults)}
        for strike in scenario.strikes:
            self._strike(strike)
            if strike is scenario.strikes[0] and scenario.rekey:
                self._run_with_another_key()
            if scenario.restarts:
                self.cloud.restart()
            self.note(checks.nothing_is_lost(run_folder))
        for fault in self.cloud.faults():
            if fault["id"] in faults:
                self.tally.hits[faults[fault["id"]]] += fault["hits"]
        self.cloud.clear_faults()
        forecast = self._forecast() if self.thorough else {}
        self._repair(forecast)
        self._judge()
        self._run_once_more()
        if self.thorough:
            self._restart()
        self.note(left_behind(run_folder))

    def _add_fault(self, number: int, name: str) -> int:
        rule = {"kind": name, "action": checks.SET, "seed": self.scenario.seed + number, **FAULTS[name]}
        return self.cloud.add_fault(rule.pop("kind"), **rule)

    def _strike(self, strike: Strike) -> None:
        """One run that is killed; force with the first, so that there is something to do on a rotated fleet.

        Recorded passwords are set again by each run, but a second rollback would go forward.
        """
        inside = strike.point not in BY_CLOCK and strike.point not in AT_CLOUD
        first = self.scenario.prior and len(self.run_folder.runs) == self._before
        operation = self.scenario.operation if first else self._operation_of_later_runs()
        hold = self._hold(strike) if strike.point in AT_CLOUD else None
        patience = IMPATIENT if self.scenario.faults else {}
        killed = strike if inside else None
        run = self.run_folder.start(self.scenario.driver, killed, force=first, operation=operation, **patience)
        if strike.point in BY_CLOCK:
            self._kill_by_clock(run, strike)
        elif hold is not None:
            self._kill_when_held(run, strike, hold)
        run.wait()
        if hold is not None:
            self.cloud.remove_fault(hold)
        if run.killed:
            self._count_kill(f"{strike.point}/{strike.how}")
        else:
            self.note(checks.complete(run.result, self.run_folder.hosts))

    def _operation_of_later_runs(self) -> Operation:
        return "reconcile" if self.scenario.operation == "reconcile" else "rotate"

    def _count_kill(self, point: str) -> None:
        self.tally.kills += 1
        self.tally.playbook_kills += self.scenario.driver == "playbook"
        self.tally.points[point] += 1

    def _run_with_another_key(self) -> None:
        """The key is changed while the cloud holds a call back; the run has the old one only.

        That nothing is stored under it shows as soon as all records are read with the new one.
        """
        # A worker that outlived its parent must not be who is held: this run would begin with a key that holds no more
        for earlier in self.run_folder.runs:
            earlier.wait_for_orphans()
        hold = self.cloud.add_fault("delay", name="key", action=checks.SET, after=2, first=1, seconds=_HOLD_FOR_KEY)
        patience = IMPATIENT if self.scenario.faults else {}
        run = self.run_folder.start(self.scenario.driver, operation=self._operation_of_later_runs(), **patience)
        held = self._wait_until_held(run, hold)
        if self.run_folder.ledger.exists():
            self.run_folder.change_key()
            self.tally.hits["another key under way" if held else "another key"] += 1
        if self.scenario.rekey == "killed":
            run.kill("whole")
        run.wait()
        self.cloud.remove_fault(hold)
        if run.killed:
            self._count_kill("rekey/whole")
        else:
            self.note(checks.complete(run.result, self.run_folder.hosts))
        self.note(checks.nothing_is_lost(self.run_folder))

    def _hold(self, strike: Strike) -> int:
        kind = "delay_answer" if strike.point == "cloud:applied" else "delay"
        action = "DescribeInstances" if strike.point == "cloud:describe" else checks.SET
        return self.cloud.add_fault(kind, name="hold", action=action, after=strike.turn - 1, first=1, seconds=_HOLD)

    def _kill_when_held(self, run: Started, strike: Strike, hold: int) -> None:
        if self._wait_until_held(run, hold):
            run.kill(strike.how)

    def _wait_until_held(self, run: Started, hold: int) -> bool:
        end = time.monotonic() + _PATIENCE
        while time.monotonic() < end and run.process.poll() is None:
            if any(fault["id"] == hold and fault["hits"] for fault in self.cloud.faults()):
                return True
            time.sleep(0.005)
        return False

    def _kill_by_clock(self, run: Started, strike: Strike) -> None:
        if strike.point == "clock:called":
            before, end = self.cloud.counters()["calls"], time.monotonic() + _PATIENCE
            while self.cloud.counters()["calls"] == before and time.monotonic() < end and run.process.poll() is None:
                time.sleep(0.005)
        time.sleep(strike.seconds)
        run.kill(strike.how)

    def _forecast(self) -> dict[str, Any]:
        """I12: a dry run over what the kills have left writes nothing; nothing to compare while a worker lives on."""
        if any(run.alive for run in self.run_folder.runs) or self.cloud.health()["background"]:
            return {}
        before, writes = self.run_folder.records(), self.cloud.counters()["writes"]
        result = self.run_folder.run("runner", check=True).result
        if self.cloud.counters()["writes"] != writes or self.run_folder.records() != before:
            self.note(["I12: a dry run writes"])
        return result

    def _repair(self, forecast: dict[str, Any]) -> None:
        """Run until nothing is pending: while a worker lives on, and then without any."""
        run_folder = self.run_folder
        for number in range(_REPAIRS):
            run = run_folder.run(self.scenario.driver if number == 0 else "runner")
            result = run.result
            if not result:
                self.note([f"{run.name} has no result: {run.text[-300:]}"])
            if number == 0 and forecast and forecast.get("hosts") != result.get("hosts"):
                self.note([f"I12: the dry run foretold {forecast.get('summary')}, and it was {result.get('summary')}"])
            self.note(checks.complete(result, run_folder.hosts))
            self.note(checks.nothing_is_lost(run_folder))
            for earlier in run_folder.runs:
                earlier.wait_for_orphans()
            self.cloud.wait_until_quiet()
            self.note(checks.nothing_is_lost(run_folder))
            if not any(record.pending for record in run_folder.records().values()) and not _due(result):
                return
        self.note([f"the repair does not end: {run_folder.runs[-1].result.get('summary')}"])

    def _judge(self) -> None:
        scenario, run_folder = self.scenario, self.run_folder
        self.note(checks.written_ahead(run_folder))
        self.note(checks.rejected_for_good(run_folder))
        self.note(checks.one_candidate_at_a_time(run_folder))
        self.note(checks.well_made(run_folder))
        self.note(checks.settled(run_folder, cautious=scenario.restarts))
        alone = all(strike.how == "whole" for strike in scenario.strikes)
        if not scenario.faults:
            # Each instance was due once before the kills, where there was a rotation before, and once with them.
            self.note(checks.candidates(run_folder, 1 if scenario.operation == "reconcile" else 1 + scenario.prior))
        if not scenario.faults and alone:
            held = bool(scenario.rekey) or any(strike.point in AT_CLOUD for strike in scenario.strikes)
            # A run that ends for want of the new key leaves as much open as one that is killed.
            cut_short = self.tally.kills + (scenario.rekey == "ends")
            self.note(checks.few_writes(run_folder, cut_short, OPTIONS["retries"] + 1 if held else 1))

    def _run_once_more(self) -> None:
        """I11, I12: nothing is due, so neither a dry run nor a real one writes anything anywhere."""
        before, writes = self.run_folder.records(), self.cloud.counters()["writes"]
        for check in (True, False) if self.thorough else (False,):
            result = self.run_folder.run("runner", check=check).result
            if (
                self.cloud.counters()["writes"] != writes
                or self.run_folder.records() != before
                or result.get("changed")
            ):
                self.note([f"I11: a second run writes: {result.get('summary')}"])

    def _restart(self) -> None:
        """I6: a restart puts the waiting password into force; the next run says so and sends nothing."""
        before, writes = self.run_folder.records(), self.cloud.counters()["writes"]
        self.cloud.restart(started_at=time.time() + 120)
        self.run_folder.run("runner")
        after = self.run_folder.records()
        if self.cloud.counters()["writes"] != writes:
            self.note(["I6: the run after a restart writes to the cloud"])
        for view in self.cloud.instances():
            name = view["instance_id"]
            if name in after and view["starts"] and after[name].reboot != "none":
                self.note([f"I6 {name}: the restart was not noted"])
            if name in after and (name not in before or after[name].passwords != before[name].passwords):
                self.note([f"I6 {name}: noting a restart changed the passwords"])
        self.note(checks.nothing_is_lost(self.run_folder))


def _due(result: dict[str, Any]) -> bool:
    """Whether a further run has something to do: all that failed, except what a lease holds back."""
    summary = result.get("summary", {})
    return any(summary.get(name) for name in ("failed", "ambiguous", "acknowledged", "not_attempted", "rejected"))
