# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each fault does to a client, and to the instance, what it says."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from http.client import IncompleteRead, RemoteDisconnected

import pytest

from tests.emulator.client import ControlError, Emulator
from tests.fidelity.sdk import Place, RawCaller

ACTION = "ModifyInstanceVncPasswd"
Change = Callable[[str], tuple[int, bytes]]


@pytest.fixture
def wanted(place: Place) -> str:
    return place.instances(io_optimized=True)[0]["instance_id"]


@pytest.fixture
def change(raw: RawCaller, place: Place, wanted: str) -> Change:
    def send(password: str) -> tuple[int, bytes]:
        query = {"RegionId": place.region, "InstanceId": wanted, "VncPassword": password}
        return raw.send(raw.headers(ACTION), query)

    return send


@pytest.mark.parametrize(
    ("kind", "when", "error", "applied"),
    [
        ("drop_request", None, RemoteDisconnected, False),
        ("drop_answer", None, RemoteDisconnected, True),
        ("reset", None, ConnectionResetError, False),
        ("reset", "after", ConnectionResetError, True),
        ("truncate", None, IncompleteRead, True),
        ("truncate", "before", IncompleteRead, False),
    ],
)
def test_broken_connection(
    cloud: Emulator, change: Change, wanted: str, kind: str, when: str | None, error: type[Exception], applied: bool
) -> None:
    cloud.add_fault(kind, action=ACTION, first=1, when=when)
    with pytest.raises(error):
        change("Ecs123")
    assert cloud.instance(wanted)["in_force"] == ("Ecs123" if applied else "")
    (row,) = cloud.received()
    assert (row["password"], row["outcome"]) == ("Ecs123", "in_force" if applied else "received")
    assert change("Ecs456")[0] == 200
    assert cloud.instance(wanted)["in_force"] == "Ecs456"


@pytest.mark.parametrize(
    ("kind", "status", "start", "applied"),
    [("garbage", 200, b"\x00", True), ("html", 502, b"<!DOCTYPE", False), ("oversized", 200, b'{"RequestId"', True)],
)
def test_strange_answer(
    cloud: Emulator, change: Change, wanted: str, kind: str, status: int, start: bytes, applied: bool
) -> None:
    cloud.add_fault(kind, action=ACTION)
    answer = change("Ecs123")
    assert answer[0] == status
    assert answer[1].startswith(start)
    assert (len(answer[1]) > 8 * 1024 * 1024) == (kind == "oversized")
    assert cloud.instance(wanted)["in_force"] == ("Ecs123" if applied else "")


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (500, "InternalError"),
        (503, "ServiceUnavailable"),
        (400, "Throttling.Api"),
        (403, "InstanceNotReady"),
        (403, "Forbidden.RAM"),
    ],
)
@pytest.mark.parametrize("when", ["before", "after"])
def test_error_answer(cloud: Emulator, change: Change, wanted: str, status: int, code: str, when: str) -> None:
    cloud.add_fault("error", action=ACTION, status=status, code=code, message="So it is.", when=when)
    answer = change("Ecs123")
    assert (answer[0], json.loads(answer[1])["Code"]) == (status, code)
    assert cloud.instance(wanted)["in_force"] == ("Ecs123" if when == "after" else "")


@pytest.mark.parametrize(("kind", "applied_first"), [("delay", False), ("delay_answer", True)])
def test_delay(cloud: Emulator, change: Change, wanted: str, kind: str, applied_first: bool) -> None:
    cloud.add_fault(kind, action=ACTION, seconds=0.6)
    sender = threading.Thread(target=change, args=("Ecs123",))
    began = time.monotonic()
    sender.start()
    while not cloud.received():
        time.sleep(0.01)
    early = cloud.instance(wanted)["in_force"]
    sender.join()
    assert time.monotonic() - began >= 0.6
    assert (early == "Ecs123") is applied_first
    assert cloud.instance(wanted)["in_force"] == "Ecs123"


@pytest.mark.parametrize("close", [True, False])
def test_apply_late(cloud: Emulator, change: Change, wanted: str, close: bool) -> None:
    cloud.add_fault("apply_late", action=ACTION, seconds=0.4, close=close, first=1)
    began = time.monotonic()
    with pytest.raises(RemoteDisconnected):
        change("Ecs123")
    assert (time.monotonic() - began >= 0.4) is not close
    change("Ecs456")
    while cloud.health()["background"]:
        time.sleep(0.01)
    # a change that comes late wins over one made meanwhile
    assert cloud.instance(wanted)["in_force"] == ("Ecs123" if close else "Ecs456")


def test_late_change_outlives_its_client(cloud: Emulator, raw: RawCaller, place: Place, wanted: str) -> None:
    cloud.add_fault("delay", action=ACTION, seconds=0.3)
    query = {"RegionId": place.region, "InstanceId": wanted, "VncPassword": "Ecs123"}
    sender = threading.Thread(target=raw.send_and_leave, args=(raw.headers(ACTION), query))
    sender.start()
    sender.join()
    while not cloud.instance(wanted)["in_force"]:
        time.sleep(0.01)
    assert cloud.received()[0]["outcome"] == "in_force"


def test_which_calls_are_hit(cloud: Emulator, change: Change, wanted: str) -> None:
    cloud.add_fault("error", action=ACTION, instance_id="i-another")
    cloud.add_fault("error", action=["RebootInstance", ACTION], instance_id=[wanted], after=1, first=2)
    assert [change("Ecs123")[0] for _each in range(5)] == [200, 500, 500, 200, 200]
    assert [fault["hits"] for fault in cloud.faults()] == [0, 2]


def test_probability_depends_on_the_seed_alone(cloud: Emulator, change: Change) -> None:
    def pattern(seed: int) -> list[int]:
        cloud.clear_faults()
        cloud.add_fault("error", action=ACTION, probability=0.5, seed=seed)
        return [change("Ecs123")[0] for _each in range(30)]

    first = pattern(1)
    assert pattern(1) == first
    assert pattern(2) != first
    assert {200, 500} == set(first)


def test_over_after_a_while(cloud: Emulator, change: Change) -> None:
    cloud.add_fault("error", action=ACTION, status=403, code="InstanceNotReady", lasts=0.2)
    assert change("Ecs123")[0] == 403
    time.sleep(0.25)
    assert change("Ecs123")[0] == 200


def test_removed_fault(cloud: Emulator, change: Change) -> None:
    number = cloud.add_fault("error")
    cloud.remove_fault(number)
    assert change("Ecs123")[0] == 200
    with pytest.raises(ControlError, match="not found"):
        cloud.remove_fault(number)


@pytest.mark.parametrize(
    "rule", [{"kind": "earthquake"}, {"kind": "error", "acton": ACTION}, {"kind": "reset", "when": 3}]
)
def test_mistyped_fault_is_refused(cloud: Emulator, rule: dict[str, object]) -> None:
    rest = {name: value for name, value in rule.items() if name != "kind"}
    with pytest.raises(ControlError, match="ValueError"):
        cloud.add_fault(str(rule["kind"]), **rest)
