# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rotations that cannot go well: options out of range, hosts that are refused, and when a run stops by itself."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.emulator.client import Emulator
from tests.integration.playbook_runs import ROTATION, Room, in_force_or_waiting, writes

OPTIONS: list[tuple[str, Any, str]] = [
    *(("max_age", value, "30d") for value in ("thirty", "30", "-1d", "1.5d", "30 days", "", "d", "30dd")),
    ("max_age", "999999999w", "max_age"),
    *(("max_failures", value, "10%") for value in ("ten", "-1", "101%", "10 %", "", "1.5", "%")),
    *(("concurrency", value, "1 to 1024") for value in (0, -1, 1025)),
    ("concurrency", "many", "int"),
    ("canary", -1, "0 to"),
    ("canary", "one", "int"),
    *(("requests_per_second", value, "0 to") for value in (-1, "nan", "inf", 10_001)),
    ("timeout", 0, "0.1"),
    ("timeout", 601, "600"),
    ("retries", -1, "0 to 20"),
    ("retries", 21, "0 to 20"),
    ("report_formats", ["pdf"], "json"),
    ("provider", "azure", "alibaba"),
    *(
        ("ledger", value, "sqlite:///")
        for value in ("redis://host/0", "sqlite://relative/path.db", "sqlite:///", "/just/a/path", "http://host")
    ),
    ("ledger_vault_id", "nobody", "--vault-id"),
    ("no_such_option", 1, "no_such_option"),
]


def test_options_out_of_range(room: Room, cloud: Emulator) -> None:
    """Each is named with what would be right, before the cloud or the ledger is touched."""
    room.keep("web-0001")
    usual = {"hosts": ["web-0001"], "ledger": f"sqlite://{room.ledger}", "ledger_key": room.ledger_key}
    tasks = []
    for number, (name, value, _hint) in enumerate(OPTIONS):
        options = {**usual, name: value}
        if name == "ledger_vault_id":
            del options["ledger_key"]
        tasks.append({"name": str(number), ROTATION: options, "ignore_errors": True, "check_mode": number % 2 == 0})
    run = room.play(json.dumps([{"hosts": "localhost", "gather_facts": False, "tasks": tasks}]))
    wrong = []
    for number, (name, value, hint) in enumerate(OPTIONS):
        (event,) = run.of(str(number))
        message = str(event.result.get("msg"))
        named = name.partition("_")[0] in message.lower()
        if event.event != "ignored" or not named or hint not in message or "Traceback" in json.dumps(event.result):
            wrong.append(f"{name}={value!r}: {event.event}: {message}")
    assert not wrong, "\n".join(wrong)
    assert cloud.counters()["calls"] == 0
    assert not room.ledger.exists()


def test_the_hosts_that_are_refused(room: Room, cloud: Emulator) -> None:
    """Every host meets something else; the message says what, and a second run repairs what can be repaired."""
    hosts = room.names(status="Running")
    right = hosts.pop()
    faults: dict[str, tuple[dict[str, Any], str, str, str | None]] = {
        "garbage": ({"kind": "garbage"}, "ambiguous", "unexpected_answer", None),
        "truncate": ({"kind": "truncate"}, "ambiguous", "network", None),
        "oversized": ({"kind": "oversized"}, "ambiguous", "unexpected_answer", None),
        "answer lost": ({"kind": "drop_answer"}, "ambiguous", "network", None),
        "server error": ({"kind": "error", "status": 500}, "ambiguous", "unexpected_answer", "InternalError"),
        "too slow": ({"kind": "delay", "seconds": 4}, "ambiguous", "timeout", None),
        "not allowed": (
            {"kind": "error", "status": 403, "code": "Forbidden.RAM"},
            "rejected",
            "permission",
            "Forbidden.RAM",
        ),
        "state": (
            {"kind": "error", "status": 403, "code": "IncorrectInstanceStatus"},
            "failed",
            "wrong_state",
            "IncorrectInstanceStatus",
        ),
        "not ready": (
            {"kind": "error", "status": 403, "code": "InstanceNotReady"},
            "failed",
            "wrong_state",
            "InstanceNotReady",
        ),
    }
    named = dict(zip(faults, hosts, strict=False))
    for fault, name in named.items():
        cloud.add_fault(**faults[fault][0], action="ModifyInstanceVncPasswd", instance_id=room.instance(name))
    room.keep(*named.values(), right)
    room.hosts["gone"] = {**room.hosts[right], "console_instance_id": "i-gone"}
    room.hosts["elsewhere"] = {
        **room.hosts[right],
        "console_region": next(one for one in room.fleet["regions"] if one != room.hosts[right]["console_region"]),
    }
    run = room.rotate(canary=0, max_failures="100%", timeout=1.5)
    wanted = {name: faults[fault][1] for fault, name in named.items()}
    assert run.outcomes == {**wanted, right: "rotated", "gone": "rejected", "elsewhere": "rejected"}
    problems = run.rotation["problems"]
    for fault, name in named.items():
        _rule, _outcome, kind, code = faults[fault]
        assert (problems[name]["failure"]["kind"], problems[name]["failure"]["code"]) == (kind, code), fault
        assert room.instance(name) in problems[name]["message"]
        assert problems[name]["failure"]["request_id"] or code is None
    assert "ecs:ModifyInstanceVncPasswd" in problems[named["not allowed"]]["message"]
    for name, instance in (("gone", "i-gone"), ("elsewhere", room.instance(right))):
        assert problems[name]["failure"]["kind"] == "not_found"
        assert f"{instance} is not known in {room.hosts[name]['console_region']}" in problems[name]["message"]
        assert "console_instance_id" in problems[name]["message"]
    assert run.failed_hosts == set(problems)

    cloud.clear_faults()
    for name in ("gone", "elsewhere"):
        del room.hosts[name]
    sent = {row["instance_id"]: row["password"] for row in cloud.received()}
    again = room.rotate()
    assert again.rc == 0
    assert again.outcomes == {
        **{name: "rotated" if fault == "not allowed" else "resumed" for fault, name in named.items()},
        right: "fresh",
    }
    names = list(room.hosts)
    answers = room.play(
        """
        - hosts: localhost
          gather_facts: false
          tasks:
            - name: passwords
              ansible.builtin.debug:
                msg: "{{ dict(names | zip(query('cloudops.console.vnc_password', *names))) }}"
        """,
        names=names,
    ).one("passwords")["msg"]
    there = in_force_or_waiting(cloud)
    assert answers == {name: there[room.instance(name)] for name in names}
    kept = {name for name in names if answers[name] == sent[room.instance(name)]}
    assert kept == set(names) - {named["not allowed"]}, "what was in doubt was sent again, not replaced"


def test_a_report_folder_that_cannot_be_written_to(room: Room, cloud: Emulator) -> None:
    """Found out before the first change."""
    run = room.rotate(report_dir="/proc/1/reports")
    assert run.rc == 2
    assert run.rotation["failure"]["code"].startswith("Report.")
    assert "/proc/1/reports" in run.rotation["msg"]
    assert "vnc_rotation_report_dir" in run.rotation["msg"]
    assert cloud.counters()["calls"] == 0


def test_a_wrong_key_of_one_host_is_its_own_matter(room: Room) -> None:
    """Three hosts of one account and region, one with a secret that is wrong: first in the inventory, then last."""
    key = room.hosts["web-0001"]["console_access_key_id"]
    region = room.hosts["web-0001"]["console_region"]
    found = room.names(region=region)
    alike = [name for name in found if room.hosts[name]["console_access_key_id"] == key][:3]
    room.keep(*alike)
    secret = room.hosts[alike[0]]["console_access_key_secret"]
    for wrong in (alike[0], alike[-1]):
        for name in alike:
            room.hosts[name]["console_access_key_secret"] = "WrongSecretOfThisKey" if name == wrong else secret
        run = room.rotate(canary=0, max_failures="100%", force=True)
        assert run.outcomes == {name: "not_attempted" if name == wrong else "rotated" for name in alike}
        assert run.rotation["problems"][wrong]["failure"]["code"] == "SignatureDoesNotMatch"


@pytest.mark.parametrize("canary", [pytest.param(1, marks=pytest.mark.full), 4])
def test_a_canary_that_fails_stops_the_run(room: Room, cloud: Emulator, canary: int) -> None:
    cloud.add_fault("error", status=403, code="Forbidden.RAM", action="ModifyInstanceVncPasswd")
    run = room.rotate(canary=canary, max_failures="100%")
    assert run.rc == 2
    assert len(cloud.received()) == canary
    assert sorted(set(run.outcomes.values())) == ["not_attempted", "rejected"]
    assert list(run.outcomes.values()).count("rejected") == canary
    assert "the canary" in run.rotation["stopped"]
    message = next(each["message"] for each in run.rotation["problems"].values() if each["outcome"] == "not_attempted")
    assert "the canary" in message
    assert "run again" in message
    assert "stopped early" in run.stderr


def test_a_canary_that_is_not_ready_is_replaced(room: Room, cloud: Emulator) -> None:
    first = next(iter(room.hosts))
    cloud.change_instance(room.instance(first), status="Pending")
    run = room.rotate(canary=1)
    assert {name for name, outcome in run.outcomes.items() if outcome != "rotated"} == {first}
    assert run.outcomes[first] == "failed"
    assert run.rotation["stopped"] is None


@pytest.mark.parametrize(
    ("limit", "failures"),
    [(2, 3), pytest.param("0", 1, marks=pytest.mark.full), pytest.param("25%", 3, marks=pytest.mark.full)],
)
def test_too_many_failures_stop_the_run(room: Room, cloud: Emulator, limit: object, failures: int) -> None:
    """One after the other in one region of one account, so that the count is exact: of eight hosts."""
    key = room.hosts["web-0001"]["console_access_key_id"]
    other = make_hosts_alike(room, key)
    cloud.add_fault("error", status=500, action="ModifyInstanceVncPasswd")
    run = room.rotate(canary=0, max_failures=limit, concurrency=1)
    outcomes = list(run.outcomes.values())
    assert len(other) == 8
    assert outcomes.count("ambiguous") == failures
    assert outcomes.count("not_attempted") == 8 - failures
    assert len(cloud.received()) == failures
    assert "max_failures" in run.rotation["stopped"]


def make_hosts_alike(room: Room, key: str) -> list[str]:
    """Leave eight hosts of one account, all in one region."""
    alike = [name for name, host in room.hosts.items() if host["console_access_key_id"] == key]
    region = room.hosts[alike[0]]["console_region"]
    for name in alike[:8]:
        instance = room.instance(name)
        data = next(one for one in room.fleet["instances"] if one["instance_id"] == instance)
        if data["region"] != region:
            room.cloud.remove_instance(instance)
            room.cloud.add_instance({**data, "region": region})
        room.hosts[name]["console_region"] = region
    room.keep(*alike[:8])
    return alike[:8]


def test_refused_credentials_stop_their_account_alone(room: Room, cloud: Emulator) -> None:
    """Refused when looked at: no host of that account is started. Refused later: at most one for each region more."""
    first, second = (account["access_keys"][0]["access_key_id"] for account in room.fleet["accounts"])
    of = {
        key: [name for name, host in room.hosts.items() if host["console_access_key_id"] == key]
        for key in (first, second)
    }
    cloud.change_key(first, inactive=True)
    run = room.rotate(canary=0)
    assert {run.outcomes[name] for name in of[first]} == {"not_attempted"}
    assert {run.outcomes[name] for name in of[second]} == {"rotated"}
    assert run.failed_hosts == set(of[first])
    assert {run.rotation["problems"][name]["failure"]["code"] for name in of[first]} == {"InvalidAccessKeyId.Inactive"}
    assert run.rotation["stopped"]

    cloud.change_key(first, inactive=False)
    mine = next(
        account["account_id"]
        for account in room.fleet["accounts"]
        if account["access_keys"][0]["access_key_id"] == first
    )
    cloud.add_fault(
        "error", status=404, code="InvalidAccessKeyId.NotFound", action="ModifyInstanceVncPasswd", account_id=mine
    )
    before = writes(cloud)
    run = room.rotate(canary=0, max_failures="100%", concurrency=1, force=True)
    assert {run.outcomes[name] for name in of[second]} == {"rotated"}
    outcomes = [run.outcomes[name] for name in of[first]]
    assert outcomes.count("failed") <= 3
    assert outcomes.count("failed") + outcomes.count("not_attempted") == len(outcomes)
    assert writes(cloud) - before == len(of[second]) + outcomes.count("failed")
    assert "credentials were refused" in run.rotation["stopped"]


def test_describing_fails_as_a_whole(room: Room, cloud: Emulator) -> None:
    """One region's answers are garbage: its hosts are failed with what to do, the others are rotated."""
    cloud.add_fault("garbage", action="DescribeInstances", region="cn-shanghai")
    run = room.rotate()
    there = {name for name, host in room.hosts.items() if host["console_region"] == "cn-shanghai"}
    assert {name for name, outcome in run.outcomes.items() if outcome == "failed"} == there
    assert {name for name, outcome in run.outcomes.items() if outcome == "rotated"} == set(room.hosts) - there
    for name in there:
        assert run.rotation["problems"][name]["failure"]["kind"] == "unexpected_answer"
    regions = {row["region"] for row in cloud.received()}
    assert "cn-shanghai" not in regions
