# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""One emulator for all these tests, put back to its start before each of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from alibabacloud_ecs20140526.client import Client

from tests.emulator.client import Emulator
from tests.emulator.fleet import Fleet, make_fleet
from tests.fidelity.sdk import Place, RawCaller, sdk_client

_HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def fleet() -> Fleet:
    return make_fleet(240, seed=7, stopped=0.1)


@pytest.fixture(scope="session")
def emulator(fleet: Fleet) -> Iterator[Emulator]:
    with Emulator.start(fleet) as running:
        yield running


@pytest.fixture
def cloud(emulator: Emulator) -> Emulator:
    emulator.reset()
    emulator.configure(restart_seconds=0.0)
    return emulator


@pytest.fixture
def place(fleet: Fleet) -> Place:
    return Place(fleet, fleet["accounts"][0], fleet["regions"][0])


@pytest.fixture
def ecs(cloud: Emulator, place: Place) -> Client:
    return sdk_client(cloud, place.key, place.region)


@pytest.fixture
def raw(cloud: Emulator, place: Place) -> RawCaller:
    return RawCaller(cloud, place.key)
