# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run one of pytest's suites: ``python -m tests.tools.suite SUITE [pytest's arguments]``.

SUITE is unit, fidelity, integration, faults, or bounds: the unit tests of requests, answers and records once more, with
the oldest supported libraries.

The integration suite runs with the default ansible-core. Tests marked ``cores`` run with others too: they find them in
CONSOLE_TEST_CORES, which lists NAME=FOLDER pairs, separated like PATH; FOLDER holds that core's ``ansible-playbook``.
CONSOLE_CORES chooses the others by their environments' names; ``all`` means all supported ones. What cannot run here is
said at the end; in CI a missing Python is a failure.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence

from tests.integration.terminal import sshd
from tests.tools import openbao
from tests.tools.collection import BUILD, link
from tests.tools.environment import CORES, ENVIRONMENTS, ROOT, Environment, NoInterpreterError, ensure, in_ci

REPORTS = BUILD / "reports"
MAIN = ENVIRONMENTS["main"]
# The oldest and the newest release, for make test
OTHER_CORES = ("core-2.16", "core-2.21")
BOUNDS = (
    *(f"unit/http/test_{name}.py" for name in ("answers", "call", "endpoints", "kept_connections", "proxy")),
    *(f"unit/http/test_{name}.py" for name in ("sent_or_not", "wire")),
    "unit/fuzz/test_wire.py",
    "unit/fuzz/test_answers.py",
    "unit/fuzz/test_console_probe.py",
    "unit/ledger/test_record_json.py",
    "unit/ledger/test_vault.py",
    "unit/test_vendor_model.py",
    "unit/test_missing_libraries.py",
)


def cores() -> tuple[list[Environment], list[str]]:
    """Return the environments to test with, the default one first, and why others are missing."""
    found, missing = [MAIN], []
    for name in chosen_cores():
        try:
            found.append(ensure(name))
        except NoInterpreterError as error:
            missing.append(said(error))
    return found, missing


def chosen_cores() -> Sequence[str]:
    """Return the names of the environments to test with beside the default one."""
    chosen = os.environ.get("CONSOLE_CORES")
    if chosen is None:
        return OTHER_CORES
    return CORES if chosen == "all" else chosen.split()


def said(error: NoInterpreterError) -> str:
    """Return the line about what is not run; in CI, end with it."""
    if in_ci():
        raise SystemExit(str(error))
    return f"not run: {error}"


def run_pytest(
    suite: str,
    arguments: list[str],
    extra: dict[str, str],
    *,
    environment: Environment = MAIN,
    paths: Sequence[str] = (),
    through: Sequence[str] = (),
) -> int:
    """Run a suite, or these paths; its counts go to the report of that name. A module that runs others may start it."""
    REPORTS.mkdir(parents=True, exist_ok=True)
    path = os.pathsep.join([str(environment.bin), os.environ.get("PATH", os.defpath)])
    # A home of its own for what Ansible writes when a test imports it
    variables = {"PATH": path, "ANSIBLE_COLLECTIONS_PATH": str(link()), "ANSIBLE_HOME": str(BUILD / "ansible")}
    report = f"--junitxml={REPORTS / suite}.xml"
    chosen = [f"tests/{path}" for path in paths or [suite]]
    command = [str(environment.bin / "python"), "-m", *through, "pytest", *chosen, report, *arguments]
    return subprocess.call(command, cwd=ROOT, env=os.environ | variables | extra)


def main(suite: str, *arguments: str) -> int:
    if reason := openbao.missing():
        print(f"not run: {reason}")
    if suite == "bounds":
        try:
            return run_pytest(suite, list(arguments), {}, environment=ensure(suite), paths=BOUNDS)
        except NoInterpreterError as error:
            print(said(error))
            return 0
    if suite != "integration":
        return run_pytest(suite, list(arguments), {})
    found, missing = cores()
    if sshd.SSHD is None:
        missing.append(f"not run: SSH through terminal sessions, {sshd.MISSING}")
    listed = os.pathsep.join(f"{environment.name}={environment.bin}" for environment in found)
    code = run_pytest(suite, list(arguments), {"CONSOLE_TEST_CORES": listed})
    print("\n".join(missing), end="\n" if missing else "")
    return code


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
