# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The programs of the Makefile start as it starts them: with the repository as the folder, and no path of Python."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from tests.tools.environment import ROOT

PROGRAMS = sorted(set(re.findall(r"-m (tests\.\w+) ", (ROOT / "Makefile").read_text())))
PREPARED = ("PYTHONPATH", "ANSIBLE_COLLECTIONS_PATH")


def test_the_programs_are_found() -> None:
    assert {"tests.demo", "tests.faults", "tests.benchmarks", "tests.mutants"} <= set(PROGRAMS)


@pytest.mark.parametrize("program", PROGRAMS)
def test_it_starts(program: str) -> None:
    environ = {name: value for name, value in os.environ.items() if name not in PREPARED}
    command = [sys.executable, "-m", program, "--help"]
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "usage: " in done.stdout
