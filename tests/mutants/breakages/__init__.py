# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ways in which I1 to I9 and I15 are broken on purpose, in the order of the promises."""

from __future__ import annotations

from tests.mutants.breakage import Breakage
from tests.mutants.breakages import nothing_lost, secrecy, settled, together

FILES = (nothing_lost, settled, together, secrecy)
BREAKAGES: tuple[Breakage, ...] = tuple(
    sorted((one for file in FILES for one in file.BREAKAGES), key=lambda one: one.number)
)
