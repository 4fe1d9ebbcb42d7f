# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many examples a property test runs: the number it asks for, times CONSOLE_FUZZ (``make fuzz`` sets it).

Every run is the same unless CONSOLE_FUZZ is set: then pytest's ``--hypothesis-seed`` says where to begin, and a failure
prints how to repeat it.
"""

from __future__ import annotations

import os
from pathlib import Path

FACTOR = float(os.environ.get("CONSOLE_FUZZ") or 1)
# A longer run looks where the short one never does.
ALWAYS_ALIKE = FACTOR == 1
# A folder in memory where there is one: thousands of small files are made, and it is not the disk that is tested.
MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None


def examples(number: int) -> int:
    return max(1, round(number * FACTOR))
