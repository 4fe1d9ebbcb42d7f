# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stops a run by itself, and how little it has touched by then (I10); the next run does the rest."""

from __future__ import annotations

from typing import Any

import pytest

from tests.faults import checks
from tests.faults.run_folder import RunFolder
from tests.faults.watched_cloud import Cloud

FULL = pytest.mark.full
REFUSALS: dict[str, dict[str, Any]] = {
    "credentials": {"status": 404, "code": "InvalidAccessKeyId.NotFound"},
    "signature": {"status": 400, "code": "SignatureDoesNotMatch"},
    "clock": {"status": 400, "code": "InvalidTimeStamp.Expired"},
    "token": {"status": 400, "code": "InvalidSecurityToken.Expired"},
    "permission": {"status": 403, "code": "Forbidden.RAM"},
}


def repair(run_folder: RunFolder, *, writes: int = 1) -> None:
    run_folder.cloud.clear_faults()
    again = run_folder.run("runner")
    assert {host["outcome"] for host in again.result["hosts"].values()} <= {"rotated", "resumed", "fresh"}
    assert not checks.settled(run_folder)
    assert not checks.candidates(run_folder, writes)


@pytest.mark.parametrize(
    "what", [pytest.param(name, marks=[] if name in ("credentials", "permission") else FULL) for name in REFUSALS]
)
@pytest.mark.parametrize("canary", [1, pytest.param(3, marks=FULL)])
def test_what_is_refused_for_all_stops_within_the_canary(
    run_folder: RunFolder, cloud: Cloud, what: str, canary: int
) -> None:
    cloud.add_fault("error", action=checks.SET, **REFUSALS[what])
    run = run_folder.run("runner", canary=canary)
    assert not checks.complete(run.result, run_folder.hosts)
    touched = {row["instance_id"] for row in cloud.received()}
    assert 1 <= len(touched) <= canary
    assert run.result["summary"]["not_attempted"] >= len(run_folder.hosts) - 2 * canary
    assert run.process.returncode == 2
    repair(run_folder, writes=2)


@pytest.mark.parametrize(
    "change", [pytest.param({"secret": "not-the-secret-of-this-key"}, marks=FULL), {"inactive": True}]
)
def test_keys_that_are_refused_send_no_password(run_folder: RunFolder, cloud: Cloud, change: dict[str, Any]) -> None:
    for account in run_folder.fleet["accounts"]:
        cloud.change_key(account["access_keys"][0]["access_key_id"], **change)
    run = run_folder.run("runner")
    assert not cloud.received()
    assert run.result["summary"]["not_attempted"] == len(run_folder.hosts)
    assert not run_folder.records()


@FULL
def test_too_many_failures_stop_the_run(run_folder: RunFolder, cloud: Cloud) -> None:
    """Those in flight finish; the canary does not see what comes later."""
    cloud.add_fault("error", action=checks.SET, status=403, code="Forbidden.RAM", after=3)
    run = run_folder.run("runner", max_failures="10%", concurrency=2)
    failed = run.result["summary"]["rejected"]
    due, workers = len(run_folder.fleet["instances"]), 2 * len(run_folder.cloud.pace())
    assert due // 10 < failed <= due // 10 + workers
    assert not checks.rejected_for_good(run_folder)
    repair(run_folder, writes=2)
