# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pace, counters, log and the process itself."""

from __future__ import annotations

import http.client
import os
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.emulator.client import ControlError, Emulator, EmulatorError
from tests.emulator.fleet import Fleet, make_fleet
from tests.fidelity.sdk import Place, RawCaller


def test_pace_and_counters(cloud: Emulator, raw: RawCaller, place: Place) -> None:
    cloud.configure(latency=0.2)
    with ThreadPoolExecutor(8) as pool:
        calls = [
            pool.submit(raw.send, raw.headers("DescribeInstances"), {"RegionId": place.region}) for _each in range(8)
        ]
        assert {call.result()[0] for call in calls} == {200}
    (pace,) = cloud.pace()
    assert (pace["account_id"], pace["region"]) == (place.account["account_id"], place.region)
    assert (pace["calls"], pace["max_per_second"], pace["max_in_flight"], pace["in_flight"]) == (8, 8, 8, 0)
    assert cloud.calls("DescribeInstances") == len(cloud.log("DescribeInstances")) == 8
    cloud.clear()
    assert cloud.counters()["calls"] == 0


def test_log_names_faults_and_no_values(cloud: Emulator, raw: RawCaller, place: Place) -> None:
    wanted = place.instances()[0]["instance_id"]
    cloud.add_fault("error", name="storm")
    query = {"RegionId": place.region, "InstanceId": wanted, "VncPassword": "Ecs123"}
    raw.send(raw.headers("ModifyInstanceVncPasswd"), query)
    (row,) = cloud.log()
    assert (row["faults"], row["status"], row["code"]) == (["storm"], 500, "InternalError")
    assert "Ecs123" not in str(row)
    assert "Ecs123" in cloud.secrets()
    assert place.key["access_key_secret"] in cloud.secrets()


def test_reset_restores_the_fleet(cloud: Emulator, place: Place) -> None:
    wanted = place.instances()[0]["instance_id"]
    cloud.change_instance(wanted, in_force="Ecs123", status="Stopped")
    cloud.remove_instance(place.instances()[1]["instance_id"])
    cloud.add_instance({"instance_id": "i-new", "account_id": place.account["account_id"], "region": place.region})
    assert cloud.instance("i-new")["status"] == "Running"
    cloud.reset()
    assert (cloud.instance(wanted)["in_force"], cloud.instance(wanted)["status"]) == ("", "Running")
    assert len(cloud.instances()) == len(place.fleet["instances"])


def test_control_refuses_what_it_does_not_know(cloud: Emulator, place: Place) -> None:
    with pytest.raises(ControlError, match="unknown settings"):
        cloud.configure(lattency=1)
    with pytest.raises(ControlError, match="unknown fields"):
        cloud.change_instance(place.instances()[0]["instance_id"], password="Ecs123")
    with pytest.raises(ControlError, match="status must be"):
        cloud.change_instance(place.instances()[0]["instance_id"], status="Sleeping")
    with pytest.raises(KeyError):
        cloud.instance("i-unknown")


def test_control_is_for_loopback_names_only(cloud: Emulator) -> None:
    connection = http.client.HTTPConnection(cloud.url.partition("://")[2], timeout=10)
    try:
        connection.request("GET", "/_control/secrets", headers={"host": "rebound.example.com"})
        assert connection.getresponse().status == 403
    finally:
        connection.close()


def test_fleet_depends_on_its_arguments_alone() -> None:
    fleet = make_fleet(300, seed=3, stopped=0.1)
    assert fleet == make_fleet(300, seed=3, stopped=0.1)
    assert fleet != make_fleet(300, seed=4, stopped=0.1)
    instances = fleet["instances"]
    assert len({one["instance_id"] for one in instances}) == 300
    assert sum(not one["io_optimized"] for one in instances) == 100
    assert sum(one["status"] == "Stopped" for one in instances) == 30
    assert {(one["account_id"], one["region"]) for one in instances} == {
        (account["account_id"], region) for account in fleet["accounts"] for region in fleet["regions"]
    }


def test_process_ends_on_an_error_inside() -> None:
    pid = 0

    def fail() -> None:
        nonlocal pid
        with Emulator.start(make_fleet(1)) as cloud:
            pid = cloud.pid or 0
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_start_says_why_it_failed() -> None:
    broken: Fleet = {"regions": [], "accounts": [], "instances": [{"instance_id": "i-1"}]}
    with pytest.raises(EmulatorError, match="account_id"), Emulator.start(broken):
        pass


def test_latency_from_the_command_line() -> None:
    fleet = make_fleet(1)
    with Emulator.start(fleet, latency=0.1) as cloud:
        raw = RawCaller(cloud, fleet["accounts"][0]["access_keys"][0])
        began = time.monotonic()
        assert raw.send(raw.headers("DescribeRegions"), {})[0] == 200
        assert time.monotonic() - began >= 0.1
