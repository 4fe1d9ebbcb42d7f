# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""All of ``make test``: make the environments, then run the stages two at a time, and add up what pytest counted.

A stage writes to ``.build/logs/STAGE.log`` and gets a line with its time when it ends; one that fails also shows its
log. All stages run in any case. The exit code is 1 if one failed, and the last line is the sum only if none did.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from tests.tools import bundled, openbao
from tests.tools.collection import BUILD
from tests.tools.environment import ENVIRONMENTS, ROOT, MakeError, NoInterpreterError, ensure, in_ci
from tests.tools.suite import OTHER_CORES, REPORTS

LOGS = BUILD / "logs"
WORKERS = 2
# The longest first, so that the last to end is a short one
STAGES = {
    # Its rooms are their own, and it is longer than all the others together
    "integration": ["tests.tools.suite", "integration", "-n", "3", "--dist", "loadfile"],
    "faults": ["tests.tools.suite", "faults"],
    "sanity": ["tests.tools.sanity"],
    "lint": ["tests.tools.lint"],
    "fidelity": ["tests.tools.suite", "fidelity"],
    "bounds": ["tests.tools.suite", "bounds"],
    # Begins when few others are left
    "unit": ["tests.tools.suite", "unit", "-n", "2"],
    "types": ["tests.tools.typecheck"],
}


@dataclass(frozen=True)
class Outcome:
    """How a stage ended; the log is empty if it wrote none."""

    name: str
    passed: bool
    seconds: float
    log: str = ""

    def line(self) -> str:
        return f"{self.name:<14}{'ok' if self.passed else 'FAILED':<8}{self.seconds:5.0f} s"


@dataclass(frozen=True)
class Counts:
    """What pytest counted; an error outside a test counts as a failure."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.passed + other.passed, self.failed + other.failed, self.skipped + other.skipped)


def read_counts(report: Path) -> Counts:
    """Add up the suites of a JUnit report; without a report nothing has been counted."""
    if not report.exists():
        return Counts()
    suites = ElementTree.parse(report).getroot().iter("testsuite")
    return sum((_suite_counts(suite) for suite in suites), Counts())


def _suite_counts(suite: ElementTree.Element) -> Counts:
    tests, failures, errors, skipped = (int(suite.get(key, 0)) for key in ("tests", "failures", "errors", "skipped"))
    return Counts(tests - failures - errors - skipped, failures + errors, skipped)


def run_stage(name: str) -> Outcome:
    """Run one stage in a process of its own."""
    started = time.monotonic()
    log = LOGS / f"{name}.log"
    command = [str(ENVIRONMENTS["main"].bin / "python"), "-u", "-m", *STAGES[name]]
    with log.open("w") as output:
        code = subprocess.call(command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT)
    return Outcome(name, code == 0, time.monotonic() - started, log.read_text(errors="replace"))


def make_environment(name: str) -> str:
    """Return why an environment could not be made, or nothing; a missing Python or program is its suite's to say."""
    try:
        {"bundled": bundled.ensure, "openbao": openbao.ensure}.get(name, lambda: ensure(name))()
    except openbao.NoBinaryError:
        return ""
    except MakeError as error:
        return "" if tolerated(name, error) else str(error)
    return ""


def tolerated(name: str, error: MakeError) -> bool:
    """Whether the suites of this environment only say that its Python is missing."""
    return isinstance(error, NoInterpreterError) and name in ("bounds", *OTHER_CORES) and not in_ci()


def prepare() -> Outcome:
    """Make all environments, two at a time."""
    started = time.monotonic()
    with ThreadPoolExecutor(WORKERS) as pool:
        problems = list(pool.map(make_environment, ["tools", "main", "bundled", "openbao", "bounds", *OTHER_CORES]))
    return Outcome("environments", not any(problems), time.monotonic() - started, "\n".join(filter(None, problems)))


def run_stages(names: Sequence[str], show: Callable[[Outcome], None]) -> list[Outcome]:
    """Run the stages two at a time and show each as it ends; an interrupt starts no more of them."""
    pool = ThreadPoolExecutor(WORKERS)
    pending: set[Future[Outcome]] = {pool.submit(run_stage, name) for name in names}
    outcomes: list[Outcome] = []
    try:
        while pending:
            done, pending = wait(pending, return_when=FIRST_COMPLETED)
            for future in done:
                outcomes.append(future.result())
                show(outcomes[-1])
    finally:
        pool.shutdown(cancel_futures=True)
    return outcomes


def show(outcome: Outcome) -> None:
    if not outcome.passed:
        print(f"\n{outcome.log.rstrip()}\n")
    print(outcome.line(), flush=True)


def summarize(outcomes: list[Outcome], seconds: float) -> int:
    """Print what was not run, what failed, and the sum; return the exit code."""
    print(Outcome("all", all(outcome.passed for outcome in outcomes), seconds).line())
    notes = [line for outcome in outcomes for line in outcome.log.splitlines() if line.startswith("not run: ")]
    counts = sum((read_counts(REPORTS / f"{name}.xml") for name in STAGES), Counts())
    if counts.skipped:
        notes.append(f"{counts.skipped} skipped (see {LOGS.relative_to(ROOT)}/)")
    print("\n".join([*notes, f"{counts.passed} passed, {counts.failed} failed"]))
    failed = [outcome.name for outcome in outcomes if not outcome.passed]
    if not counts.passed:
        print("failed: no test has been counted")
    if failed:
        print(f"failed: {', '.join(failed)}")
    return 1 if failed or counts.failed or not counts.passed else 0


def run_all() -> int:
    """Make the environments and run the stages; return the exit code."""
    started = time.monotonic()
    LOGS.mkdir(parents=True, exist_ok=True)
    for report in REPORTS.glob("*.xml"):
        report.unlink()
    prepared = prepare()
    show(prepared)
    if not prepared.passed:
        print("failed: environments")
        return 1
    outcomes = run_stages(list(STAGES), show)
    return summarize(outcomes, time.monotonic() - started)


def main() -> int:
    try:
        return run_all()
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
