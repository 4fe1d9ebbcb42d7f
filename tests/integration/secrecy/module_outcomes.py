# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every module on every cloud that it knows, and every way in which its call can end."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from tests.emulator.client import Emulator
from tests.emulator.fleet import Fleet
from tests.integration import module_calls
from tests.integration.module_calls import Options

Change = Callable[[Options], Options]

# These are given to modules, and no cloud has them.
WRONG_SECRET = "Wr0ngSecretOfNobody0123456789"
WRONG_PASSWORD = "br0ken-Rule"
NOWHERE = "http://127.0.0.1:9"
# What the clouds never hear is known here.
GIVEN = (WRONG_SECRET, WRONG_PASSWORD)
# Into the home of the test
SCREENSHOT = {"screenshot": True, "output": False, "dest": "~"}


@dataclass(frozen=True)
class Subject:
    """A module on one cloud.

    :param action: the call that its work is about, which faults hit.
    :param more: its own options.
    :param console: whether its result holds what opens a console.
    :param way: what is particular to it, where the module is there more than once.
    """

    module: str
    provider: str
    action: str
    more: Mapping[str, Any] = field(default_factory=dict)
    console: bool = False
    way: str = ""

    @property
    def name(self) -> str:
        return "-".join(filter(None, (self.module, self.provider, self.way)))

    def options(self, cloud: Emulator, fleet: Fleet, number: int) -> Options:
        """Return the options of a call that works, about an instance of its own."""
        instance_id = instances(fleet, self.provider)[number]
        about = {"instance_ids": [instance_id]} if self.module == "instance_info" else {"instance_id": instance_id}
        return module_calls.options(self.provider, cloud, fleet, **{**about, "timeout": 20, **self.more})


def instances(fleet: Fleet, provider: str) -> list[str]:
    return [row["instance_id"] for row in module_calls.instances(provider, fleet)]


SUBJECTS = (
    Subject("vnc_password", "alibaba", "ModifyInstanceVncPasswd", {"password": "Sent01"}),
    Subject("vnc_password", "alibaba", "ModifyInstanceVncPasswd", {"password": "Sent02", "record": True}, way="record"),
    Subject("vnc_url_info", "alibaba", "DescribeInstanceVncUrl", console=True),
    Subject("vnc_url_info", "huawei", "ShowServerRemoteConsole", console=True),
    Subject("vnc_url_info", "openstack", "CreateRemoteConsole", {"validate": True}, console=True),
    Subject("console_output_info", "alibaba", "GetInstanceConsoleOutput"),
    Subject("console_output_info", "huawei", "ShowServerConsoleOutput"),
    Subject("console_output_info", "openstack", "os-getConsoleOutput"),
    Subject("console_output_info", "alibaba", "GetInstanceScreenshot", SCREENSHOT, way="screenshot"),
    Subject("instance_info", "alibaba", "DescribeInstances"),
    Subject("instance_info", "huawei", "ShowServer"),
    Subject("instance_info", "openstack", "ShowServer"),
    Subject("instance_reboot", "alibaba", "RebootInstance", {"wait_timeout": 10}),
    Subject("terminal_session", "alibaba", "StartTerminalSession", {"command_line": "id"}, console=True),
    Subject("terminal_session_info", "alibaba", "DescribeTerminalSessions"),
)


@dataclass(frozen=True)
class Outcome:
    """How a call ends.

    :param kinds: of the failure, any of them; none where the call works, and None for a failure of AnsibleModule's own.
    :param change: to the options of a call that works.
    :param fault: what the cloud does to the call; its message quotes all that was sent.
    """

    name: str
    kinds: tuple[str | None, ...]
    change: Change = lambda options: options
    fault: Mapping[str, Any] | None = None


def _wrong_key(options: Options) -> Options:
    if "auth" in options:
        return {**options, "auth": {**options["auth"], "password": WRONG_SECRET}}
    return {**options, "access_key_secret": WRONG_SECRET}


def _nowhere(options: Options) -> Options:
    if "auth" in options:
        return {**options, "auth": {**options["auth"], "auth_url": f"{NOWHERE}/v3"}}
    return {**options, "endpoint": NOWHERE}


def _bent(options: Options) -> Options:
    """A password that breaks the rule, where there is one; else no time to answer."""
    return {**options, **({"password": WRONG_PASSWORD} if "password" in options else {"timeout": 0})}


OUTCOMES = (
    Outcome("specification", (None,), lambda options: {**options, "retries": "many"}),
    Outcome("validation", ("invalid",), _bent),
    Outcome("authentication", ("authentication",), _wrong_key),
    Outcome("permission", ("permission",), fault={"kind": "error", "status": 403, "code": "Forbidden.RAM"}),
    Outcome(
        "wrong state",
        ("wrong_state", "unexpected_answer", "permission"),
        fault={"kind": "error", "status": 409, "code": "IncorrectInstanceStatus"},
    ),
    Outcome("garbage", ("unexpected_answer",), fault={"kind": "garbage", "when": "after"}),
    Outcome("cut off", ("network",), fault={"kind": "truncate", "when": "after"}),
    Outcome("service error", ("unexpected_answer",), fault={"kind": "error", "status": 503}),
    Outcome("unreachable", ("network",), _nowhere),
    # Last of those with a fault, see prepare()
    Outcome("timeout", ("timeout",), lambda options: {**options, "timeout": 0.7}, {"kind": "delay", "seconds": 2.0}),
    Outcome("success", ()),
)
# Calls that name no instance: their faults strike one after the other.
NAMELESS = ("DescribeTerminalSessions",)


def secrets_of(options: Mapping[str, Any]) -> Iterator[str]:
    """Yield the secrets among the options."""
    for name, value in options.items():
        if name in ("access_key_secret", "security_token", "password", "token"):
            yield str(value)
        elif isinstance(value, dict):
            yield from secrets_of(value)


def prepare(cloud: Emulator, subject: Subject, outcome: Outcome, options: Options) -> None:
    """Add the fault of an outcome; its message is a service's that shows what it got, also as it was in the URL."""
    if outcome.fault is None:
        return
    got = "&".join(f"Value={text}&Quoted={quote(text, safe='')}" for text in secrets_of(options))
    fault: dict[str, Any] = {**outcome.fault, "action": subject.action, "cloud": subject.provider}
    if fault["kind"] == "error":
        fault["message"] = f"The string to sign is: {got}"
    if subject.action not in NAMELESS:
        fault["instance_id"] = options.get("instance_ids") or [options["instance_id"]]
    elif fault["kind"] == "delay":
        # A delay comes with another fault, so it has to wait until all of these have struck
        fault |= {"after": sum(1 for one in OUTCOMES if one.fault) - 1, "first": 1}
    else:
        fault["first"] = 1
    cloud.add_fault(**fault)
