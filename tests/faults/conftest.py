# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""A watched cloud for each module of tests, and a folder with a ledger and an inventory for each test."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.emulator.fleet import Fleet
from tests.faults.campaign import LATENCY, fleet_for_faults
from tests.faults.leftovers import left_behind
from tests.faults.run_folder import RunFolder
from tests.faults.watched_cloud import Cloud, watched


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "full: only in the full run (environment variable CONSOLE_FAULTS=full)")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    left = [item for item in items if "faults" in item.path.parts and item.get_closest_marker("full")]
    if os.environ.get("CONSOLE_FAULTS") != "full" and left:
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if item not in left]


@pytest.fixture(scope="module")
def fleet() -> Fleet:
    return fleet_for_faults()


@pytest.fixture(scope="module")
def cloud(fleet: Fleet, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    with watched(fleet, tmp_path_factory.mktemp("cloud"), latency=LATENCY) as running:
        yield running


@pytest.fixture
def run_folder(tmp_path: Path, cloud: Cloud, fleet: Fleet) -> Iterator[RunFolder]:
    """Nothing of it is left running, and whatever a test does, no secret may be left behind (I15)."""
    one = RunFolder(tmp_path / "runs", cloud, fleet)
    yield one
    for run in one.runs:
        run.kill("whole")
        run.process.wait()
        run.wait_for_orphans()
    assert not left_behind(one)
