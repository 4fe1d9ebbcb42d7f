# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run one of pytest's suites: ``python -m tests.tools.suite unit|fidelity|integration|faults [pytest's arguments]``.

The integration suite runs with the default ansible-core. Tests marked ``cores`` run with others too: they find them in
CONSOLE_TEST_CORES, which lists NAME=FOLDER pairs, separated like PATH; FOLDER holds that core's ``ansible-playbook``.
CONSOLE_CORES chooses the others by their environments' names. What cannot run here is said at the end.
"""

from __future__ import annotations

import os
import subprocess
import sys

from tests.tools.collection import BUILD, link
from tests.tools.environment import ENVIRONMENTS, ROOT, Environment, NoInterpreterError, ensure

REPORTS = BUILD / "reports"
MAIN = ENVIRONMENTS["main"]
OTHER_CORES = "core-2.16 core-newest"


def cores() -> tuple[list[Environment], list[str]]:
    """Return the environments to test with, the default one first, and why others are missing."""
    found, missing = [MAIN], []
    for name in os.environ.get("CONSOLE_CORES", OTHER_CORES).split():
        try:
            found.append(ensure(name))
        except NoInterpreterError as error:
            missing.append(f"not run: {error}")
    return found, missing


def run_pytest(suite: str, arguments: list[str], extra: dict[str, str]) -> int:
    """Run a suite in the default environment; its counts go to the report of that name."""
    REPORTS.mkdir(parents=True, exist_ok=True)
    path = os.pathsep.join([str(MAIN.bin), os.environ.get("PATH", os.defpath)])
    # A home of its own for what Ansible writes when a test imports it
    variables = {"PATH": path, "ANSIBLE_COLLECTIONS_PATH": str(link()), "ANSIBLE_HOME": str(BUILD / "ansible")}
    report = f"--junitxml={REPORTS / suite}.xml"
    command = [str(MAIN.bin / "python"), "-m", "pytest", f"tests/{suite}", report, *arguments]
    return subprocess.call(command, cwd=ROOT, env=os.environ | variables | extra)


def main(suite: str, *arguments: str) -> int:
    if suite != "integration":
        return run_pytest(suite, list(arguments), {})
    found, missing = cores()
    listed = os.pathsep.join(f"{environment.name}={environment.bin}" for environment in found)
    code = run_pytest(suite, list(arguments), {"CONSOLE_TEST_CORES": listed})
    print("\n".join(missing), end="\n" if missing else "")
    return code


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
