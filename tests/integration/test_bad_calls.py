# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bad input of the modules, and a cloud that refuses: each a clear error with the next step, and nothing changed."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.emulator.client import Emulator
from tests.emulator.fleet import AccessKey, Fleet, make_fleet
from tests.integration import module_calls
from tests.integration.module_calls import Outcome
from tests.integration.playbook_runs import Room, writes

SET = "cloudops.console.vnc_password"
FIND = "cloudops.console.instance_info"
RULE = "exactly six characters"

EXPIRED: AccessKey = {
    "access_key_id": "STS.expired",
    "access_key_secret": "SecretOfTheExpiredKey0123456",
    "security_token": "TokenOfTheExpiredKey01234567",
    "expires_at": 1_700_000_000.0,
}
DISABLED: AccessKey = {
    "access_key_id": "LTAI5tDisabled",
    "access_key_secret": "SecretOfTheDisabledKey012345",
    "inactive": True,
}
# It may read and not write; the other may do nothing.
READER: AccessKey = {
    "access_key_id": "LTAI5tReader",
    "access_key_secret": "SecretOfTheReadersKey0123456",
    "denied": [{"actions": ["ModifyInstanceVncPasswd"]}],
}
NOBODY: AccessKey = {
    "access_key_id": "LTAI5tNobody",
    "access_key_secret": "SecretOfNobodysKey0123456789",
    "denied": [{}],
}


@dataclass(frozen=True)
class Case:
    """One module call that must fail.

    :param changes: to the options of a call that would work; None takes one away.
    :param words: all of them are in the message.
    """

    name: str
    kind: str
    words: Sequence[str]
    changes: Mapping[str, Any] = field(default_factory=dict)
    code: str | None = None
    module: str = SET


@pytest.fixture(scope="module")
def fleet() -> Fleet:
    fleet = make_fleet(24, seed=12, regions=1, accounts=1, not_io_optimized=0.0, stopped=0.0)
    fleet["regions"].append("eu-west-1")
    fleet["accounts"][0]["access_keys"] += copy.deepcopy([EXPIRED, DISABLED, READER, NOBODY])
    return fleet


def access(key: AccessKey, **more: object) -> dict[str, object]:
    """Return the options that name a key, with changes."""
    parts = {
        name: value for name, value in key.items() if name in ("access_key_id", "access_key_secret", "security_token")
    }
    return {**parts, **more}


def good(room: Room) -> dict[str, Any]:
    """Return the options of a call that would work; its passing faults are not tried again."""
    host = room.hosts["web-0001"]
    return {
        "region": host["console_region"],
        "endpoint": host["console_endpoint"],
        "access_key_id": host["console_access_key_id"],
        "access_key_secret": host["console_access_key_secret"],
        "instance_id": host["console_instance_id"],
        "password": "Good12",
        "retries": 0,
    }


def call(room: Room, cases: Sequence[Case]) -> dict[str, Outcome]:
    """Make the calls in this process; return what came of each by the case's name."""
    found = {}
    with module_calls.bare_environment(room.home):
        for case in cases:
            options = {**good(room), **case.changes}
            if case.module == FIND:
                options["instance_ids"] = [options.pop("instance_id")]
                del options["password"]
            found[case.name] = module_calls.call(case.module.rpartition(".")[2], options)
    return found


def judge(outcomes: Mapping[str, Outcome], cases: Sequence[Case]) -> None:
    """Hold every case against what the module said; all that is wrong is shown at once."""
    wrong = []
    for case in cases:
        outcome = outcomes[case.name]
        message = outcome.message
        if not outcome.failed or outcome.changed:
            wrong.append(f"{case.name}: {outcome.text}")
        elif (outcome.kind, outcome.code) != (case.kind, case.code):
            wrong.append(f"{case.name}: {outcome.kind}, {outcome.code}: {message}")
        elif outcome.result["failure"]["message"] != message or missing(message, case.words):
            wrong.append(f"{case.name}: {missing(message, case.words)} not in: {message}")
        elif "Traceback" in outcome.text:
            wrong.append(f"{case.name}: a traceback")
    assert not wrong, "\n".join(wrong)


def missing(message: str, words: Sequence[str]) -> list[str]:
    return [word for word in words if word not in message]


BEFORE_ANY_CALL = [
    *(
        Case(f"password {text}", "invalid", ["password", RULE, why], {"password": text})
        for text, why in {
            "Sh0rt": "5 characters",
            "nodigi": "A-Z",
            "N0UPPER"[:6]: "a-z",
            "Dash-1": "not allowed",
            "Ünïc0d": "not allowed",
        }.items()
    ),
    *(
        Case(f"region {region!r}", "invalid", ["region", "cn-hangzhou."], {"region": region})
        for region in ("cn-hangzhou.evil.example/", "cn-h\nx", "cn-hangzhoü")
    ),
    Case("no region", "invalid", ["region is empty", "Set region"], {"region": None}),
    *(
        Case(f"instance {instance!r}", "invalid", ["instance id", "Set instance_id"], {"instance_id": instance})
        for instance in ("i-1&Action=DeleteInstance", "i-\n1", "i-ü", "")
    ),
    Case("asked for a bent id", "invalid", ["instance id"], {"instance_id": "i-1&x"}, module=FIND),
    Case("plain http", "invalid", ["not encrypted", "allow_plain_http"], {"endpoint": "http://192.0.2.1:9"}),
    Case("endpoint with a user", "invalid", ["endpoint", "https://host"], {"endpoint": "https://a:b@127.0.0.1"}),
    Case("no secret", "invalid", ["access key secret", "both parts"], {"access_key_secret": None}),
    Case("secret with a line break", "invalid", ["credentials"], {"access_key_secret": "abcdef\nx"}),
    Case(
        "no credentials",
        "authentication",
        ["no Alibaba Cloud credentials", "access_key_id", "ALIBABA_CLOUD_ACCESS_KEY_ID"],
        {"access_key_id": None, "access_key_secret": None},
    ),
    Case(
        "no such profile",
        "invalid",
        ["~/.aliyun/config.json", "profile 'nobody'"],
        {"access_key_id": None, "access_key_secret": None, "profile": "nobody"},
    ),
]


@pytest.mark.full
def test_what_is_refused_before_any_call(room: Room, cloud: Emulator) -> None:
    outcomes = call(room, BEFORE_ANY_CALL)
    judge(outcomes, BEFORE_ANY_CALL)
    assert cloud.counters()["calls"] == 0
    said = "".join(outcome.text for outcome in outcomes.values())
    passwords = [str(case.changes["password"]) for case in BEFORE_ANY_CALL if "password" in case.changes]
    assert not [password for password in passwords if password in said]


def test_what_the_cloud_refuses(room: Room, cloud: Emulator) -> None:
    """Each case on an instance of its own, so that faults and states do not meet."""
    names = iter(room.names())
    cases = [
        Case("unknown instance", "not_found", ["i-gone", "Check instance_id"], {"instance_id": "i-gone"}),
        Case("another region", "not_found", ["not known in eu-west-1", "region"], {"region": "eu-west-1"}),
        Case("unknown region", "not_found", ["region"], {"region": "cn-nowhere"}, "InvalidRegionId.NotFound"),
        Case(
            "wrong secret",
            "authentication",
            ["access_key_secret"],
            {"access_key_secret": "x" * 30},
            "SignatureDoesNotMatch",
        ),
        Case(
            "unknown key", "authentication", ["access_key_id"], {"access_key_id": "LTx"}, "InvalidAccessKeyId.NotFound"
        ),
        Case("disabled key", "authentication", ["access_key_id"], access(DISABLED), "InvalidAccessKeyId.Inactive"),
        Case("expired token", "authentication", ["expired"], access(EXPIRED), "InvalidSecurityToken.Expired"),
        Case(
            "no token",
            "authentication",
            ["security_token"],
            access(EXPIRED, security_token=None),
            "MissingSecurityToken",
        ),
        Case(
            "another token",
            "authentication",
            ["token"],
            access(EXPIRED, security_token="x" * 20),
            "InvalidSecurityToken.MismatchWithAccessKey",
        ),
        Case("may not write", "permission", ["ecs:ModifyInstanceVncPasswd"], access(READER), "Forbidden.RAM"),
        Case("may not read", "permission", ["ecs:DescribeInstances"], access(NOBODY), "Forbidden.RAM"),
        Case("nobody there", "network", ["no connection", "endpoint"], {"endpoint": "http://127.0.0.1:9"}),
    ]
    for status, code, word in (
        ("Pending", "IncorrectInstanceStatus", "Running or Stopped"),
        ("Starting", "InstanceNotReady", "try again"),
    ):
        instance = room.instance(next(names))
        cloud.change_instance(instance, status=status)
        cases.append(Case(f"state {status}", "wrong_state", [word, instance], {"instance_id": instance}, code))
    faults: dict[str, tuple[dict[str, Any], str, str | None, str]] = {
        "garbage": ({"kind": "garbage", "when": "before"}, "unexpected_answer", None, "not a JSON object"),
        "truncated": ({"kind": "truncate", "when": "before"}, "network", None, "connection broke"),
        "oversized": ({"kind": "oversized", "when": "before"}, "unexpected_answer", None, "8 MB"),
        "gateway": ({"kind": "html"}, "unexpected_answer", None, "not a JSON object"),
        "reset": ({"kind": "reset"}, "network", None, "connection broke"),
        "fault of the service": ({"kind": "error"}, "unexpected_answer", "InternalError", "again later"),
        "throttled": (
            {"kind": "error", "status": 400, "code": "Throttling.User", "retry_after_ms": 9999},
            "throttled",
            "Throttling.User",
            "requests_per_second",
        ),
        "slow": ({"kind": "delay", "seconds": 2.5}, "timeout", None, "within 1 seconds"),
    }
    for name, (fault, kind, vendor_code, word) in faults.items():
        instance = room.instance(next(names))
        cloud.add_fault(**fault, action="ModifyInstanceVncPasswd", instance_id=instance)
        cases.append(Case(name, kind, [word, instance], {"instance_id": instance, "timeout": 1}, vendor_code))
    for name in ("garbage", "oversized"):
        instance = room.instance(next(names))
        cloud.add_fault(name, action="DescribeInstances", instance_id=instance)
        cases.append(Case(f"{name} on describing", "unexpected_answer", [], {"instance_id": instance}, module=FIND))
    judge(call(room, cases), cases)
    slow = {room.instance(name) for name in room.names() if cloud.instance(room.instance(name))["in_force"]}
    assert len(slow) <= 1, "what was only delayed arrives in the end; nothing else may"


@pytest.mark.full
def test_a_wrong_clock(room: Room, cloud: Emulator) -> None:
    """Asked twice: the module and the rotation say by how much the clock is off; nothing is tried again."""
    cloud.set_clock_offset(3600)
    cases = [
        Case("clock", "authentication", ["clock", "behind", "15 minutes"], {"retries": 3}, "InvalidTimeStamp.Expired")
    ]
    judge(call(room, cases), cases)
    assert cloud.counters()["calls"] == 1
    run = room.rotate(retries=3)
    assert run.rc == 2
    assert set(run.outcomes.values()) == {"not_attempted"}
    assert "clock" in run.rotation["stopped"]
    assert cloud.counters()["calls"] == 2
    assert writes(cloud) == 0


BLOCKER = """
import importlib.abc
import os
import sys


class Blocker(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in os.environ["CONSOLE_HIDDEN"].split():
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return None


sys.meta_path.insert(0, Blocker())
"""


@pytest.mark.parametrize(
    "hidden", [*(pytest.param(one, marks=pytest.mark.full) for one in ("httpx", "pydantic")), "httpx pydantic"]
)
def test_a_library_is_missing(room: Room, cloud: Emulator, hidden: str) -> None:
    """In the module, the action and the lookup: it is named, with the interpreter, before anything else is done."""
    room.write("hiding/sitecustomize.py", BLOCKER)
    room.environ = {"PYTHONPATH": str(room.path / "hiding"), "CONSOLE_HIDDEN": hidden}
    room.keep("web-0001")
    run = room.play(
        json.dumps(
            [
                {
                    "hosts": "localhost",
                    "gather_facts": False,
                    "tasks": [
                        {"name": "module", SET: good(room), "ignore_errors": True},
                        {"name": "action", f"{SET}_rotation": {"hosts": ["web-0001"]}, "ignore_errors": True},
                        {
                            "name": "lookup",
                            "ansible.builtin.debug": {"msg": f"{{{{ lookup('{SET}', 'web-0001') }}}}"},
                            "ignore_errors": True,
                        },
                    ],
                }
            ]
        )
    )
    for task in ("module", "action", "lookup"):
        message = run.one(task)["msg"]
        assert f"({', '.join(hidden.split())})" in message, f"{task}: {message}"
        assert "python" in message.lower()
        assert "Traceback" not in message
    assert cloud.counters()["calls"] == 0
    assert not room.ledger.exists()
