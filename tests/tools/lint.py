# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that reads the sources without running them: style, documentation, changelog, licences, packaging.

All checks run, each prints its name, its result and its time, and one that fails also prints what it said.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.tools.collection import BUILD, snapshot
from tests.tools.environment import ENVIRONMENTS, ROOT

MAIN = ENVIRONMENTS["main"].bin
TOOLS = ENVIRONMENTS["tools"].bin
WORK = BUILD / "lint"


@dataclass(frozen=True)
class Check:
    """A command, the folder it runs in, and what its output must satisfy beside an exit code of 0."""

    title: str
    command: list[str]
    cwd: Path
    acceptable: Callable[[str], bool] = lambda _: True


def importable(output: str) -> bool:
    """Galaxy's importer exits 0 on most complaints; each is a line of its own."""
    return not any(line.startswith(("WARNING", "ERROR")) for line in output.splitlines())


def checks(home: Path) -> list[Check]:
    """Return the checks of the checkout, then those of its copy, which lies where Ansible's tools look for it."""
    ruff = str(MAIN / "ruff")
    docs = ["lint-collection-docs", "--plugin-docs", "--validate-collection-refs=self", "."]
    packages = WORK / "packages"
    return [
        Check("ruff check", [ruff, "check", "--quiet"], ROOT),
        Check("ruff format", [ruff, "format", "--check", "--quiet"], ROOT),
        Check("english", [str(MAIN / "python"), "-m", "tests.tools.english"], ROOT),
        Check("reuse", [_tool("reuse"), "lint", "--quiet"], home),
        Check("antsibull-changelog", [_tool("antsibull-changelog"), "lint"], home),
        Check("antsibull-docs", [_tool("antsibull-docs"), *docs], home),
        Check("ansible-lint", [_tool("ansible-lint"), "--offline", "--profile", "production", "--strict", "-q"], home),
        Check(
            "collection build", [_tool("ansible-galaxy"), "collection", "build", "--output-path", str(packages)], home
        ),
        Check(
            "galaxy-importer",
            ["sh", "-c", f"'{TOOLS}/python' -m galaxy_importer.main cloudops-console-*.tar.gz"],
            packages,
            importable,
        ),
        Check("ansible-builder", [_tool("ansible-builder"), "introspect", str(WORK)], home),
    ]


def _tool(name: str) -> str:
    return str(TOOLS / name)


def run(check: Check) -> bool:
    """Run one check and print its line; return whether it passed."""
    started = time.monotonic()
    done = subprocess.run(
        check.command,
        cwd=check.cwd,
        env=_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    passed = done.returncode == 0 and check.acceptable(done.stdout)
    print(f"{check.title:<20} {'ok' if passed else 'FAILED':<7}{time.monotonic() - started:5.1f} s", flush=True)
    if not passed:
        print(done.stdout or f"exit code {done.returncode}, no output", flush=True)
    return passed


def _environment() -> dict[str, str]:
    """Return what the tools need: each other on the PATH, the copy as the collection, nothing of the user's."""
    path = os.pathsep.join([str(TOOLS), os.environ.get("PATH", os.defpath)])
    return os.environ | {
        "PATH": path,
        "HOME": str(WORK / "home"),
        "ANSIBLE_COLLECTIONS_PATH": str(WORK),
        "ANSIBLE_HOME": str(WORK / "ansible"),
        "GALAXY_IMPORTER_CHECK_REQUIRED_TAGS": "true",
        # It would be the same once more, with the same profile
        "GALAXY_IMPORTER_RUN_ANSIBLE_LINT": "false",
        "NO_COLOR": "1",
    }


def main() -> int:
    shutil.rmtree(WORK, ignore_errors=True)
    home = snapshot(WORK)
    for folder in ("home", "packages"):
        (WORK / folder).mkdir()
    results = [run(check) for check in checks(home)]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
