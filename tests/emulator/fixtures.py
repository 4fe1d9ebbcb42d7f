# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures of pytest's for suites that share one emulator; each suite has its own ``fleet``."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.emulator.client import Emulator
from tests.emulator.fleet import Fleet


@pytest.fixture(scope="session")
def one_emulator() -> Iterator[Emulator]:
    with Emulator.start() as running:
        yield running


@pytest.fixture(scope="module")
def emulator(one_emulator: Emulator, fleet: Fleet) -> Emulator:
    """The one that is running, with the fleet of this module: a process for each would take most of a second."""
    one_emulator.load(fleet)
    return one_emulator
