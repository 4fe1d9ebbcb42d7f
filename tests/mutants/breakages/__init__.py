# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every way in which the code is broken on purpose, in the order of the promises."""

from __future__ import annotations

from tests.mutants.breakage import Breakage
from tests.mutants.breakages import brakes, in_force, nothing_lost, secrecy, settled, together, told

FILES = (nothing_lost, settled, in_force, together, brakes, told, secrecy)
BREAKAGES: tuple[Breakage, ...] = tuple(
    sorted((one for file in FILES for one in file.BREAKAGES), key=lambda one: one.number)
)
