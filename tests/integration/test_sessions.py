# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""terminal_session and terminal_session_info: the documented rules, retries that start no second session, reasons."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.client import Emulator
from tests.emulator.fleet import Fleet, make_fleet
from tests.integration import module_calls
from tests.integration.module_calls import Options, Outcome
from tests.integration.playbook_runs import writes

START, END, LIST = "StartTerminalSession", "EndTerminalSession", "DescribeTerminalSessions"


pytestmark = pytest.mark.usefixtures("patch")


@pytest.fixture(scope="module")
def fleet() -> Fleet:
    return make_fleet(8, seed=32, regions=1, accounts=1, stopped=0)


def options(cloud: Emulator, fleet: Fleet, **more: Any) -> Options:
    linux = next(one for one in fleet["instances"] if one["os_type"] == "linux")
    return module_calls.alibaba(cloud, fleet, **{"instance_id": linux["instance_id"], **more})


def start(cloud: Emulator, fleet: Fleet, *, check: bool = False, **more: Any) -> Outcome:
    return module_calls.call("terminal_session", options(cloud, fleet, **more), check=check)


def end(cloud: Emulator, fleet: Fleet, session_id: str, *, check: bool = False) -> Outcome:
    given = options(cloud, fleet, instance_id=None, session_id=session_id, state="absent")
    return module_calls.call("terminal_session", given, check=check)


def listed(cloud: Emulator, fleet: Fleet, *, check: bool = False, **more: Any) -> list[Options]:
    outcome = module_calls.call(
        "terminal_session_info", options(cloud, fleet, **{"instance_id": None, **more}), check=check
    )
    assert not outcome.failed, outcome.message
    assert not outcome.changed
    found: list[Options] = outcome.result["sessions"]
    return found


# The rules that are known before the call: the options, and what the message quotes
ENCRYPTED = {"enabled": True}
RULES: list[tuple[Options, str]] = [
    ({"command_line": "id", "port_number": 22}, "command_line excludes port_number and target_server"),
    (
        {"command_line": "id", "target_server": "db", "port_number": 22},
        "command_line excludes port_number and target_server",
    ),
    ({"target_server": "db"}, "target_server needs port_number"),
    ({"encryption_options": ENCRYPTED, "port_number": 22}, "encryption_options exclude port_number and target_server"),
    (
        {"encryption_options": ENCRYPTED, "port_number": 22, "target_server": "db"},
        "encryption_options exclude port_number and target_server",
    ),
    ({"encryption_options": {"kms_key_id": "k-1"}}, "kms_key_id needs mode Kms"),
    ({"encryption_options": {"kms_key_id": "k-1", "mode": "Auto"}}, "kms_key_id needs mode Kms"),
    ({"encryption_options": {"mode": "Kms"}}, "mode Kms needs kms_key_id"),
    ({"encryption_options": {"mode": "Kms", "kms_key_id": ""}}, "mode Kms needs kms_key_id"),
    ({"encryption_options": {"enabled": False, "mode": "Auto"}}, "mode and kms_key_id need enabled"),
    ({"encryption_options": {"enabled": False, "kms_key_id": "k-1"}}, "mode and kms_key_id need enabled"),
    (
        {"encryption_options": {"enabled": False, "mode": "Kms", "kms_key_id": "k-1"}},
        "mode and kms_key_id need enabled",
    ),
    ({"password_name": "pw"}, "password_name needs username"),
    ({"port_number": 0}, "port_number is from 1 to 65535"),
    ({"port_number": 65536}, "port_number is from 1 to 65535"),
    ({"port_number": -1}, "port_number is from 1 to 65535"),
    ({"command_line": "x" * 513}, "command_line has at most 512 characters"),
    ({"target_server": "h" * 129, "port_number": 22}, "target_server has at most 128 characters"),
    ({"password_name": "p" * 256, "username": "admin"}, "password_name has at most 255 characters"),
    ({"client_token": "t" * 65}, "client_token has at most 64 ASCII characters"),
    ({"client_token": "tökeñ"}, "client_token has at most 64 ASCII characters"),
]


@pytest.mark.parametrize(("given", "rule"), RULES, ids=lambda value: value if isinstance(value, str) else "")
@pytest.mark.parametrize("check", [False, True], ids=["run", "check"])
def test_rules(cloud: Emulator, fleet: Fleet, given: Options, rule: str, check: bool) -> None:
    outcome = start(cloud, fleet, check=check, **given)
    assert outcome.kind == "invalid"
    assert rule in outcome.message
    assert "Nothing was sent" in outcome.message
    assert cloud.counters()["calls"] == 0


def test_rules_come_before_credentials(cloud: Emulator, fleet: Fleet) -> None:
    """Nothing is read for a call that will not be made: no file of credentials, and no program of a profile."""
    outcome = start(cloud, fleet, access_key_id=None, access_key_secret=None, target_server="db")
    assert "target_server needs port_number" in outcome.message


def test_encryption_that_is_off_excludes_no_forwarding(cloud: Emulator, fleet: Fleet) -> None:
    started = start(cloud, fleet, encryption_options={"enabled": False}, port_number=22)
    assert not started.failed, started.message


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ({"state": "absent", "instance_id": "i-1"}, "session_id"),
        ({"state": "present", "instance_id": None}, "instance_id"),
        ({"connection_type": "Extranet"}, "connection_type"),
        ({"encryption_options": {"mode": "Own"}}, "mode"),
        ({"provider": "huawei"}, "provider"),
        ({"instance_id": "i-1&Action=StopInstance"}, "instance id"),
    ],
)
def test_what_the_argument_spec_refuses(cloud: Emulator, fleet: Fleet, given: Options, word: str) -> None:
    outcome = start(cloud, fleet, **given)
    assert outcome.failed
    assert word in outcome.message
    assert cloud.counters()["calls"] == 0


def test_limits_that_are_allowed(cloud: Emulator, fleet: Fleet) -> None:
    """The last values before each limit, and every option at least once."""
    allowed: list[Options] = [
        {"port_number": 65535, "target_server": "h" * 128, "connection_type": "Intranet"},
        {"port_number": 1, "client_token": "t" * 64},
        {"command_line": "x" * 512, "username": "ops", "password_name": "p" * 255},
        {"encryption_options": {"mode": "Kms", "kms_key_id": "k-1"}, "command_line": "uptime"},
        {"encryption_options": {"enabled": True, "mode": "Auto"}, "connection_type": "Internet"},
    ]
    for given in allowed:
        outcome = start(cloud, fleet, **given)
        assert not outcome.failed, outcome.message
        assert outcome.result["expires_in"] == 600
    sessions = {one["session_id"]: one for one in listed(cloud, fleet)}
    assert len(sessions) == len(allowed)
    assert [one["port_number"] for one in sessions.values()] == [65535, 1, None, None, None]
    assert [one["username"] for one in sessions.values()] == ["", "", "ops", "", ""]


@pytest.mark.parametrize("fault", ["drop_answer", "truncate", "garbage"])
def test_a_retry_starts_no_second_session(cloud: Emulator, fleet: Fleet, fault: str) -> None:
    cloud.add_fault(fault, action=START, first=1)
    outcome = start(cloud, fleet, retries=1)
    assert not outcome.failed, outcome.message
    assert cloud.calls(START) == 2
    assert [one["session_id"] for one in listed(cloud, fleet)] == [outcome.result["session_id"]]


def test_ones_own_client_token(cloud: Emulator, fleet: Fleet) -> None:
    first, again = (start(cloud, fleet, client_token="job-4711") for _each in range(2))
    assert first.result["session_id"] == again.result["session_id"]
    assert len(listed(cloud, fleet)) == 1
    other = start(cloud, fleet, client_token="job-4711", port_number=22)
    assert (other.kind, other.code) == ("invalid", "IdempotentParameterMismatch")
    assert "client_token" in other.message
    assert start(cloud, fleet).result["session_id"] != start(cloud, fleet).result["session_id"]


def test_check_mode_starts_and_ends_nothing(cloud: Emulator, fleet: Fleet) -> None:
    session_id = start(cloud, fleet).result["session_id"]
    cloud.configure(refuse_writes=True)
    before = writes(cloud)
    outcome = start(cloud, fleet, check=True)
    assert (outcome.failed, outcome.changed) == (False, True)
    assert outcome.result["session_id"] is None
    assert not {"websocket_url", "security_token"} & set(outcome.result)
    assert end(cloud, fleet, session_id, check=True).changed
    assert not end(cloud, fleet, "s-nosuchsession", check=True).changed
    assert writes(cloud) == before


def test_ending_what_has_ended(cloud: Emulator, fleet: Fleet) -> None:
    session_id = start(cloud, fleet).result["session_id"]
    first = end(cloud, fleet, session_id)
    assert (first.failed, first.changed) == (False, True)
    for again in (end(cloud, fleet, session_id), end(cloud, fleet, "s-nosuchsession")):
        assert (again.failed, again.changed, again.result["request_id"]) == (False, False, None)
    (state,) = listed(cloud, fleet, session_id=session_id)
    assert (state["active"], state["connections"][0]["closed_reason"]) == (False, "ClientClosed")
    assert state["connections"][0]["ended_at"].endswith("Z")


def test_an_end_whose_answer_is_lost(cloud: Emulator, fleet: Fleet) -> None:
    session_id = start(cloud, fleet).result["session_id"]
    cloud.add_fault("drop_answer", action=END, first=1)
    given = options(cloud, fleet, instance_id=None, session_id=session_id, state="absent", retries=1)
    outcome = module_calls.call("terminal_session", given)
    assert not outcome.failed, outcome.message
    assert not listed(cloud, fleet, session_id=session_id)[0]["active"]
    # The second try finds the session ended; it was this run that ended it.
    assert outcome.changed


def test_sessions_of_more_than_one_page(cloud: Emulator, fleet: Fleet) -> None:
    """105 sessions on two instances, by two pages; each filter finds its own."""
    ids = [one["instance_id"] for one in fleet["instances"] if one["os_type"] == "linux"][:2]
    started = {instance_id: start(cloud, fleet, instance_id=instance_id).result["session_id"] for instance_id in ids}
    for _each in range(103):
        start(cloud, fleet, instance_id=ids[0])
    cloud.clear()
    for check in (False, True):
        assert len(listed(cloud, fleet, check=check)) == 105
    assert cloud.calls(LIST) == 4
    assert [one["session_id"] for one in listed(cloud, fleet, instance_id=ids[1])] == [started[ids[1]]]
    assert [one["session_id"] for one in listed(cloud, fleet, session_id=started[ids[0]])] == [started[ids[0]]]
    assert listed(cloud, fleet, session_id="s-nosuchsession") == []
    assert writes(cloud) == 0


def test_why_there_is_no_session(cloud: Emulator, fleet: Fleet) -> None:
    instance_id = options(cloud, fleet)["instance_id"]

    cloud.change_instance(instance_id, agent=False)
    outcome = start(cloud, fleet, retries=3)
    assert (outcome.kind, outcome.code) == ("wrong_state", "InvalidInstance.AgentNotOnline")
    assert "Cloud Assistant agent" in outcome.message
    assert cloud.calls(START) == 1
    cloud.change_instance(instance_id, agent=True)

    cloud.change_instance(instance_id, status="Stopped")
    outcome = start(cloud, fleet)
    assert (outcome.kind, outcome.code) == ("wrong_state", "InvalidInstance.NotRunning")
    assert "Start the instance" in outcome.message
    forecast = start(cloud, fleet, instance_id=instance_id, check=True)
    assert (forecast.kind, forecast.code) == ("wrong_state", None)
    assert f"{instance_id} is Stopped" in str(forecast.message)
    cloud.change_instance(instance_id, status="Running")

    cloud.configure(session_manager=False)
    outcome = start(cloud, fleet)
    assert (outcome.kind, outcome.code) == ("wrong_state", "UserBehavior.SessionManagerDisabled")
    assert "Enable Session Manager" in outcome.message
    cloud.configure(session_manager=True)

    code = "InvalidOperation.SecurityGroupRuleDenied"
    cloud.add_fault("error", action=START, status=403, code=code, message="denied by the security group")
    outcome = start(cloud, fleet)
    assert (outcome.kind, outcome.code) == ("wrong_state", code)
    assert "443" in outcome.message
    cloud.clear_faults()

    key = fleet["accounts"][0]["access_keys"][0]["access_key_id"]
    cloud.deny(key, {"actions": [START, LIST]})
    outcome = start(cloud, fleet)
    assert outcome.kind == "permission"
    assert f"ecs:{START}" in outcome.message
    outcome = module_calls.call("terminal_session_info", options(cloud, fleet, instance_id=None))
    assert outcome.kind == "permission"
    assert f"ecs:{LIST}" in outcome.message


def test_windows_users_need_a_password_name(cloud: Emulator, fleet: Fleet) -> None:
    windows = next(one for one in fleet["instances"] if one["os_type"] == "windows")["instance_id"]
    for check in (False, True):
        outcome = start(cloud, fleet, instance_id=windows, username="admin", check=check)
        assert outcome.kind == "invalid"
        assert "on Windows, another username than System needs password_name" in outcome.message
    assert writes(cloud) == 0
    assert not start(cloud, fleet, instance_id=windows, username="admin", password_name="pw").failed
    assert not start(cloud, fleet, instance_id=windows, username="System").failed


def test_nothing_secret_in_failures(cloud: Emulator, fleet: Fleet) -> None:
    """A command line can hold a password: an echo of it is masked, also in the vendor's message."""
    line = "mysql -pSesame0pen"
    cloud.add_fault("error", action=START, status=400, code="InvalidParameter", message=f"bad CommandLine {line}")
    outcome = start(cloud, fleet, command_line=line)
    assert outcome.failed
    assert "Sesame0pen" not in outcome.message
