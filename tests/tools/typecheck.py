# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""mypy, with the settings of ``pyproject.toml``, over the plugins and all that tests them."""

from __future__ import annotations

import subprocess
import sys

from tests.tools.collection import NAME, link
from tests.tools.environment import ENVIRONMENTS, ROOT


def main() -> int:
    plugins = link().relative_to(ROOT) / NAME / "plugins"
    return subprocess.call([str(ENVIRONMENTS["main"].bin / "mypy"), str(plugins), "tests"], cwd=ROOT)


if __name__ == "__main__":
    sys.exit(main())
