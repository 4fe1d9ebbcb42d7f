# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pin every package of every environment again: ``tests/requirements/*.in`` becomes ``*.txt``.

The pins hold for every Python version from the oldest that the environment runs on, with markers where they differ.
"""

from __future__ import annotations

import subprocess
import sys

from tests.tools.environment import ENVIRONMENTS, ROOT, Environment, ensure, minor

HEADER = """\
# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Written by `make pins` from {source}; do not edit.
"""


def compile_pins(compiler: str, environment: Environment) -> None:
    """Write the pinned file of one environment; packages are brought up to date."""
    source = environment.requirements.with_suffix(".in")
    oldest = min(environment.pythons, key=minor)
    command = [compiler, "pip", "compile", "--quiet", "--universal", "--upgrade", "--no-header", "--no-annotate"]
    done = subprocess.run(
        [*command, "--python-version", oldest, str(source.relative_to(ROOT))],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    environment.requirements.write_text(HEADER.format(source=source.name) + done.stdout)


def main() -> int:
    compiler = str(ensure("pins").bin / "uv")
    for environment in ENVIRONMENTS.values():
        if environment.requirements.with_suffix(".in").exists():
            compile_pins(compiler, environment)
    return 0


if __name__ == "__main__":
    sys.exit(main())
