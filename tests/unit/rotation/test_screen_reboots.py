# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The line that names the hosts that need a reboot."""

from __future__ import annotations

import datetime as dt

from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.result import FleetResult, HostResult
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.screen import REBOOT_ROOM as ROOM
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.screen import waiting_line

NOW = dt.datetime(2026, 3, 1, 12, tzinfo=dt.timezone.utc)


def line(*hosts: HostResult, check_mode: bool = False) -> str:
    return waiting_line(FleetResult(hosts, "run", NOW, NOW, "sqlite:///ledger.db", check_mode=check_mode))


def test_only_those_that_need_one_are_named() -> None:
    hosts = (
        HostResult("a", "rotated", "needed"),
        HostResult("b", "rotated", "at_next_start"),
        HostResult("c", "fresh", "needed"),
        HostResult("d", "rotated"),
    )
    assert line(*hosts).startswith("need a reboot before their new passwords take effect: a, c; ")
    assert line(hosts[0]).startswith("needs a reboot before its new password takes effect: a; ")
    assert line(*hosts, check_mode=True) == "would need a reboot: a, c"
    assert line(*hosts[3:]) == ""


def test_the_line_does_not_grow_with_the_fleet() -> None:
    said = line(*(HostResult(f"web-{number:05}.example.com", "rotated", "needed") for number in range(10_000)))
    assert len(said) < ROOM + 200
    named = said.count("example.com")
    assert f" and {10_000 - named} more; " in said
