# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The instance that tests of one attempt set a password of, and the order to do so."""

from __future__ import annotations

import pytest
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.run import RunOptions

from tests.emulator.client import Emulator
from tests.emulator.fleet import Fleet, InstanceData
from tests.unit.ledgers_and_runs import host_of, pick, run_options


@pytest.fixture
def instance(fleet: Fleet) -> InstanceData:
    return pick(fleet, io_optimized=True, status="Running")[0]


@pytest.fixture
def wanted(cloud: Emulator, fleet: Fleet, instance: InstanceData) -> RunOptions:
    return run_options(cloud, [host_of(instance, fleet, "web")])
