# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""mypy, with the settings of ``pyproject.toml``, over the plugins, the emulated clouds and these tools."""

from __future__ import annotations

import subprocess
import sys

from tests.tools.collection import NAME, link
from tests.tools.environment import ENVIRONMENTS, ROOT

TESTS = (
    "tests/faults",
    "tests/mutants",
    "tests/benchmarks",
    "tests/demo",
    "tests/emulator",
    "tests/fidelity",
    "tests/tools",
)


def main() -> int:
    plugins = link().relative_to(ROOT) / NAME / "plugins"
    folders = [str(plugins), *(name for name in TESTS if any((ROOT / name).rglob("*.py")))]
    return subprocess.call([str(ENVIRONMENTS["main"].bin / "mypy"), *folders], cwd=ROOT)


if __name__ == "__main__":
    sys.exit(main())
