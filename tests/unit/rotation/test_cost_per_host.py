# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one host costs in a run: calls of Python functions, which are the same on every machine, idle or not.

The run is the real one from the hosts' variables to the reports, with a ledger in a file and an emulated cloud in
another process; only the thread that works is counted. How long it takes is measured by ``make bench``.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import sys
import typing as t
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.cloudops.console.plugins.module_utils._http import Policy
from ansible_collections.cloudops.console.plugins.module_utils._models import Access
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.sqlite.ledger import open_sqlite
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.limits import MaxFailures
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.plan import RotationOptions
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.report import FORMATS, write_reports
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.run import RunOptions, rotate_fleet
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.targets import HostVars

from tests.benchmarks.bench_folder import Cloud, cloud_of
from tests.unit.rotation.gated_runs import Lock

FEW, MANY = 150, 600


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with cloud_of(MANY, 0.0) as running:
        yield running


def order(cloud: Cloud, hosts: int) -> RunOptions:
    access = {
        "console_region": cloud.region,
        "console_endpoint": cloud.url,
        "console_access_key_id": cloud.key[0],
        "console_access_key_secret": cloud.key[1],
    }
    return RunOptions(
        hosts=[HostVars(one, {**access, "console_instance_id": one}) for one in cloud.ids(hosts)],
        defaults=Access(provider="alibaba", allow_plain_http=True),
        rotation=RotationOptions(dt.timedelta(days=30)),
        run_id="run",
        policy=Policy(),
        max_failures=MaxFailures(0),
        concurrency=64,
    )


def counted(work: t.Callable[[], object]) -> int:
    """Return how many functions work has called."""
    count = 0

    def see(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(see)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count


def calls_of(cloud: Cloud, folder: Path, hosts: int) -> tuple[int, int]:
    """Calls of a run that rotates all, and of the one after it, where nothing is due."""

    async def run() -> None:
        ledger = open_sqlite(folder / f"{hosts}.db", Lock("a"), read_only=False)
        fleet = await rotate_fleet(order(cloud, hosts), ledger, lambda _line: None)
        await ledger.close()
        outcomes.append({host.outcome for host in fleet.hosts})
        write_reports(fleet, str(folder / "reports"), FORMATS)

    outcomes: list[set[str]] = []
    found = counted(lambda: asyncio.run(run())), counted(lambda: asyncio.run(run()))
    assert outcomes == [{"rotated"}, {"fresh"}]
    return found


def test_calls_per_host(cloud: Cloud, tmp_path: Path) -> None:
    """One host more costs as much in a larger fleet as in a small one."""
    calls_of(cloud, tmp_path, 10)  # what is loaded or made once
    few, some, many = (calls_of(cloud, tmp_path, hosts) for hosts in (FEW, 3 * FEW, MANY))
    each = [(rest - first) / (MANY - FEW) for rest, first in zip(many, few, strict=True)]
    early = [(rest - first) / (2 * FEW) for rest, first in zip(some, few, strict=True)]
    assert each[0] < 1.15 * early[0]
    assert each[1] < 1.15 * early[1]
