# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls of vnc_url_info that work, and a look at those that fail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.emulator.client import Emulator
from tests.emulator.fleet import Fleet
from tests.integration import module_calls
from tests.integration.module_calls import Options, Outcome

CLOUDS = ("alibaba", "huawei", "openstack")
NOVA_ACTIONS = ("CreateRemoteConsole", "NovaCreateRemoteConsole", "ShowServerRemoteConsole", "DescribeInstanceVncUrl")


def options(provider: str, cloud: Emulator, fleet: Fleet, **more: Any) -> Options:
    """Return the options of a call that works, for the first instance of that cloud."""
    return module_calls.options(provider, cloud, fleet, **{"instance_id": first(provider, fleet), **more})


def first(provider: str, fleet: Fleet) -> str:
    return module_calls.instances(provider, fleet)[0]["instance_id"]


def ask(given: Mapping[str, Any], *, check: bool = False) -> Outcome:
    return module_calls.call("vnc_url_info", given, check=check)


def asked_for_consoles(cloud: Emulator) -> int:
    return sum(cloud.calls(action) for action in NOVA_ACTIONS)


@dataclass(frozen=True)
class Case:
    """One call that fails, and how; ``sent`` is how many calls for a console the cloud saw."""

    name: str
    kind: str
    words: tuple[str, ...]
    provider: str = "openstack"
    changes: Options = field(default_factory=dict)
    code: str | None = None
    sent: int = 0


def hold(case: Case, outcome: Outcome, cloud: Emulator) -> None:
    assert (outcome.failed, outcome.kind, outcome.code) == (True, case.kind, case.code), outcome.message
    missing = [word for word in case.words if word not in outcome.message]
    assert not missing, f"{missing} not in: {outcome.message}"
    assert asked_for_consoles(cloud) == case.sent
    assert set(outcome.result["failure"]) == {"kind", "code", "message", "request_id", "status"}
    assert outcome.result["failure"]["message"] == outcome.message
    assert outcome.result["request_id"] == outcome.result["failure"]["request_id"]
    for secret in cloud.secrets():
        assert secret not in outcome.text
    assert "vnc_url" not in outcome.result
