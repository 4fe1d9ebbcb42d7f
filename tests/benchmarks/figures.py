# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the parts of ``make bench`` share: they return figures, which go to JSON, the page, and its promises."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from typing import Any

from tests.benchmarks.cost import Cost
from tests.tools.collection import link
from tests.tools.environment import ROOT

# Seconds that every call takes.
LATENCY = 0.05
# At once, to a ledger on a server
CALLS = (16, 64, 256)

Figures = dict[str, Any]


def told_by(module: str, *arguments: object) -> Figures:
    """Run one of the programs beside this one and return what it prints."""
    command = [sys.executable, "-m", f"tests.benchmarks.{module}", *map(str, arguments)]
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join((str(link()), str(ROOT)))}
    done = subprocess.run(command, cwd=ROOT, env=environ, stdout=subprocess.PIPE, text=True, check=True)
    found: Figures = json.loads(done.stdout)
    return found


def middle(*costs: Cost) -> Figures:
    """Return the medians of wall and CPU of equal runs, and the most memory of any."""
    return {
        "wall": statistics.median(cost.wall for cost in costs),
        "cpu": statistics.median(cost.cpu for cost in costs),
        "memory": max(cost.memory for cost in costs),
    }
