# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""instance_reboot: what it waits for, and that nothing is ever restarted twice."""

from __future__ import annotations

import datetime as dt
import time
from typing import Any

import pytest
from ansible_collections.cloudops.console.plugins.module_utils import _restart

from tests.emulator.client import Emulator
from tests.emulator.fleet import Fleet, make_fleet
from tests.integration import module_calls
from tests.integration.module_calls import Options, Outcome
from tests.integration.playbook_runs import writes

REBOOT = "RebootInstance"


@pytest.fixture(scope="module")
def fleet() -> Fleet:
    return make_fleet(4, seed=33, regions=1, accounts=1, stopped=0)


@pytest.fixture(autouse=True)
def _short_pauses(patch: pytest.MonkeyPatch) -> None:
    """The pause between two looks; seconds are long here."""
    patch.setattr(_restart, "INTERVAL", 0.05)


@pytest.fixture
def instance_id(cloud: Emulator, fleet: Fleet) -> str:
    cloud.configure(restart_seconds=0.3)
    return fleet["instances"][0]["instance_id"]


def reboot(cloud: Emulator, fleet: Fleet, *, check: bool = False, **more: Any) -> Outcome:
    given = {"instance_id": fleet["instances"][0]["instance_id"], "wait_timeout": 5, "retries": 3, **more}
    return module_calls.call("instance_reboot", module_calls.alibaba(cloud, fleet, **given), check=check)


def test_it_waits_for_the_new_start(cloud: Emulator, fleet: Fleet, instance_id: str) -> None:
    before = cloud.instance(instance_id)
    outcome = reboot(cloud, fleet)
    after = cloud.instance(instance_id)
    assert (outcome.failed, outcome.changed, outcome.result["status"]) == (False, True, "Running")
    assert after["starts"] == before["starts"] + 1
    assert outcome.result["started_at"] == after["start_time"].replace("Z", ":00Z")
    assert outcome.result["started_at"] > before["start_time"]
    assert cloud.calls(REBOOT) == 1
    # Again, within the same minute: the state that it leaves is the sign then
    again = reboot(cloud, fleet, force_stop=True)
    assert (again.failed, again.changed) == (False, True), again.message
    assert cloud.instance(instance_id)["starts"] == before["starts"] + 2
    assert cloud.calls(REBOOT) == 2


def test_a_waiting_password_comes_into_force(cloud: Emulator, fleet: Fleet, instance_id: str) -> None:
    cloud.change_instance(instance_id, io_optimized=False, waiting="Wait01", in_force="0ldOne")
    assert not reboot(cloud, fleet).failed
    found = cloud.instance(instance_id)
    assert (found["in_force"], found["waiting"]) == ("Wait01", None)


def test_without_waiting(cloud: Emulator, fleet: Fleet, instance_id: str) -> None:
    before = cloud.instance(instance_id)["start_time"]
    outcome = reboot(cloud, fleet, wait_timeout=0)
    assert (outcome.failed, outcome.changed) == (False, True)
    assert outcome.result["started_at"] == before.replace("Z", ":00Z")
    assert cloud.calls("DescribeInstances") == 1


@pytest.mark.parametrize("check", [False, True], ids=["run", "check"])
@pytest.mark.parametrize("status", ["Stopped", "Starting", "Stopping", "Pending"])
def test_what_does_not_run_is_not_restarted(
    cloud: Emulator, fleet: Fleet, instance_id: str, status: str, check: bool
) -> None:
    cloud.change_instance(instance_id, status=status)
    outcome = reboot(cloud, fleet, check=check)
    assert (outcome.failed, outcome.kind) == (True, "wrong_state")
    assert status in outcome.message
    assert "Start it instead" in outcome.message
    assert cloud.calls(REBOOT) == 0


def test_check_mode_asks_for_a_dry_run(cloud: Emulator, fleet: Fleet, instance_id: str) -> None:
    before = cloud.instance(instance_id)
    outcome = reboot(cloud, fleet, check=True)
    assert (outcome.failed, outcome.changed) == (False, True), outcome.message
    assert outcome.result["request_id"]
    assert cloud.calls(REBOOT) == 1
    assert cloud.instance(instance_id) == before
    cloud.configure(refuse_writes=True)
    counted = writes(cloud)
    assert not reboot(cloud, fleet, check=True).failed
    assert writes(cloud) == counted, "a dry run is no write"


@pytest.mark.usefixtures("instance_id")
def test_check_mode_finds_a_missing_permission(cloud: Emulator, fleet: Fleet) -> None:
    cloud.deny(fleet["accounts"][0]["access_keys"][0]["access_key_id"], {"actions": [REBOOT]})
    for check in (True, False):
        outcome = reboot(cloud, fleet, check=check)
        assert (outcome.kind, outcome.code) == ("permission", "Forbidden.RAM")
        assert f"ecs:{REBOOT}" in outcome.message
    assert cloud.calls(REBOOT) == 2


@pytest.mark.parametrize("fault", ["drop_answer", "truncate", "garbage", "reset", "html", "delay_answer"])
def test_a_lost_answer_is_never_followed_by_a_second_restart(
    cloud: Emulator, fleet: Fleet, instance_id: str, fault: str
) -> None:
    """It was carried out; what is seen decides. A reset comes before anything is done, so nothing starts anew."""
    applied = fault not in ("reset", "html")
    before = cloud.instance(instance_id)["starts"]
    more: Options = {"timeout": 0.5} if fault == "delay_answer" else {}
    cloud.add_fault(fault, action=REBOOT, seconds=1.0)
    outcome = reboot(cloud, fleet, wait_timeout=2 if applied else 1, **more)
    assert cloud.calls(REBOOT) == 1
    assert cloud.instance(instance_id)["starts"] == before + int(applied)
    if applied:
        assert (outcome.failed, outcome.changed, outcome.result["request_id"]) == (False, True, None), outcome.message
    else:
        assert (outcome.failed, outcome.kind) == (True, "timeout")
        assert "answer to the restart was lost" in outcome.message


@pytest.mark.usefixtures("instance_id")
def test_a_lost_answer_without_waiting(cloud: Emulator, fleet: Fleet) -> None:
    cloud.add_fault("drop_answer", action=REBOOT)
    outcome = reboot(cloud, fleet, wait_timeout=0)
    assert outcome.failed
    assert cloud.calls(REBOOT) == 1


def test_throttling_is_waited_out(cloud: Emulator, fleet: Fleet, instance_id: str) -> None:
    """Nothing was looked at, so the request may be sent again."""
    cloud.add_fault("error", action=REBOOT, first=1, status=400, code="Throttling.User", retry_after_ms=50)
    before = cloud.instance(instance_id)["starts"]
    assert not reboot(cloud, fleet).failed
    assert cloud.calls(REBOOT) == 2
    assert cloud.instance(instance_id)["starts"] == before + 1


@pytest.mark.usefixtures("instance_id")
def test_no_new_start_in_time(cloud: Emulator, fleet: Fleet) -> None:
    cloud.configure(restart_seconds=60)
    outcome = reboot(cloud, fleet, wait_timeout=1)
    assert outcome.kind == "timeout"
    for words in ("within 1 seconds", "Starting", "was accepted", "before restarting it again"):
        assert words in outcome.message
    assert cloud.calls(REBOOT) == 1


@pytest.mark.usefixtures("instance_id")
def test_a_look_that_fails_while_waiting(cloud: Emulator, fleet: Fleet) -> None:
    """The restart was accepted: one failed look is no reason to give up, and none to restart again."""
    cloud.add_fault("error", action="DescribeInstances", after=1, first=2, status=503, code="ServiceUnavailable")
    outcome = reboot(cloud, fleet, retries=0)
    assert (outcome.failed, outcome.changed) == (False, True), outcome.message
    assert cloud.calls(REBOOT) == 1


@pytest.mark.usefixtures("instance_id")
def test_after_waits_for_the_next_minute(cloud: Emulator, fleet: Fleet, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(_restart, "MOST_TO_WAIT", 0.5)
    now = dt.datetime.now(dt.timezone.utc)
    started = time.monotonic()
    later = (now + dt.timedelta(minutes=5)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert not reboot(cloud, fleet, after=later, wait_timeout=0).failed
    assert 0.5 <= time.monotonic() - started < 3, "no longer than that, whatever the moment"
    cloud.reset()
    started = time.monotonic()
    assert not reboot(cloud, fleet, after="2026-01-02T03:04:05Z", wait_timeout=0).failed
    assert time.monotonic() - started < 0.5, "that minute is long over"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"after": "yesterday"}, ("after", "2026-01-02T03:04:05Z")),
        ({"after": "2026-01-02 03:04:05"}, ("after",)),
        ({"wait_timeout": -1}, ("wait_timeout", "3600")),
        ({"wait_timeout": 3601}, ("wait_timeout", "3600")),
        ({"instance_id": "i-1&x=y"}, ("instance id",)),
        ({"instance_id": ""}, ("instance id is empty",)),
    ],
)
def test_bad_options(cloud: Emulator, fleet: Fleet, given: Options, words: tuple[str, ...]) -> None:
    for check in (False, True):
        outcome = reboot(cloud, fleet, check=check, **given)
        assert outcome.kind == "invalid"
        assert [word for word in words if word not in outcome.message] == []
    assert cloud.counters()["calls"] == 0


def test_locked_and_unknown_instances(cloud: Emulator, fleet: Fleet, instance_id: str) -> None:
    cloud.change_instance(instance_id, operation_locks=["security"])
    outcome = reboot(cloud, fleet)
    assert (outcome.kind, outcome.code) == ("wrong_state", "InstanceLockedForSecurity")
    assert reboot(cloud, fleet, instance_id="i-gone").kind == "not_found"
    for provider in ("huawei", "openstack"):
        assert "provider" in reboot(cloud, fleet, provider=provider).message
