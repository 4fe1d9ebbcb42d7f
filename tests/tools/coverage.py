# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measure how much of ``plugins/`` the unit and integration tests run, and name the files with the lowest shares.

Workers of pytest, playbooks and their forks are measured, too; a module that Ansible sends as a package is not, so the
tests that call its ``main()`` in their own process count. The suites' failures are not judged here: measuring is slow
and loads libraries that some tests do not expect, and ``make test`` runs the same tests without it.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.tools.collection import BUILD
from tests.tools.environment import ENVIRONMENTS, ROOT
from tests.tools.suite import run_pytest

WORK = BUILD / "coverage"
COVERAGE = (str(ENVIRONMENTS["main"].bin / "python"), "-m", "coverage")
SUITES = ("unit", "integration")
# The least per cent of all lines and of all branches
LINES, BRANCHES = 95.0, 90.0
SHOWN = 10
# pytest ends with 0 or 1 when it has run to its end
RAN = (0, 1)


@dataclass(frozen=True)
class Share:
    """How much of a file, or of all files, has been run."""

    name: str
    lines: int
    lines_run: int
    branches: int
    branches_run: int

    @property
    def of_lines(self) -> float:
        return _per_cent(self.lines_run, self.lines)

    @property
    def of_branches(self) -> float:
        return _per_cent(self.branches_run, self.branches)

    def line(self) -> str:
        return f"{self.of_lines:6.1f} % of lines  {self.of_branches:6.1f} % of branches  {self.name}"


def _per_cent(part: int, whole: int) -> float:
    return 100.0 * part / whole if whole else 100.0


def share(name: str, summary: Mapping[str, Any]) -> Share:
    """Read one summary of coverage's JSON report."""
    counts = (summary[key] for key in ("num_statements", "covered_lines", "num_branches", "covered_branches"))
    return Share(name, *map(int, counts))


def judge(report: Mapping[str, Any]) -> tuple[list[str], bool]:
    """Return what to print about coverage's JSON report, and whether it reaches the gate."""
    files = [share(name, data["summary"]) for name, data in report["files"].items()]
    total = share("plugins/", report["totals"])
    lowest = sorted(files, key=lambda one: (min(one.of_lines, one.of_branches), one.name))[:SHOWN]
    passed = bool(files) and total.of_lines >= LINES and total.of_branches >= BRANCHES
    wanted = f"wanted: {LINES:g} % of lines and {BRANCHES:g} % of branches"
    return [*(one.line() for one in lowest), total.line(), wanted], passed


def measure() -> bool:
    """Run the suites under coverage; return whether each ran to its end."""
    shutil.rmtree(WORK, ignore_errors=True)
    WORK.mkdir(parents=True)
    # The same code runs with each release of ansible-core: once is enough
    extra = {"CONSOLE_TEST_CORES": ""}
    through = ("coverage", "run", "-m")
    codes = [run_pytest(suite, ["-q", "-n", "2", "--dist", "loadfile"], extra, through=through) for suite in SUITES]
    return all(code in RAN for code in codes)


def read() -> dict[str, Any]:
    """Add up what all processes have written. One that was killed may have left a broken file, which is left out."""
    output = WORK / "report.json"
    for arguments in (["combine", "--quiet"], ["json", "--quiet", "-o", str(output)], ["html", "--quiet"]):
        subprocess.run([*COVERAGE, *arguments], cwd=ROOT, check=True, stderr=subprocess.DEVNULL)
    report: dict[str, Any] = json.loads(output.read_text(encoding="utf-8"))
    return report


def main() -> int:
    complete = measure()
    lines, passed = judge(read())
    print("\n".join([*lines, f"every line: {Path(WORK.relative_to(ROOT), 'html', 'index.html')}"]))
    return 0 if complete and passed else 1


if __name__ == "__main__":
    sys.exit(main())
