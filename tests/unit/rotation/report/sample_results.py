# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Results of runs, as the reports get them."""

from __future__ import annotations

import dataclasses
import datetime as dt
import typing as t

from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.outcomes import OUTCOMES
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.result import FleetResult, HostResult

START = dt.datetime(2026, 3, 1, 12, 0, 3, 250_000, tzinfo=dt.timezone.utc)
DENIED = {
    "kind": "permission",
    "code": "Forbidden.RAM",
    "message": "Not allowed. Grant ecs:ModifyInstanceVncPasswd.",
    "request_id": "473469C7-AA6F",
    "status": 403,
}


def host(name: str, outcome: t.Any = "rotated", reboot: t.Any = "none", **fields: t.Any) -> HostResult:
    place: dict[str, t.Any] = {"provider": "alibaba", "region": "cn-hangzhou", "instance_id": f"i-{name}"}
    return HostResult(name, outcome, reboot, **{**place, **fields})


def fleet(*hosts: HostResult, **fields: t.Any) -> FleetResult:
    run: dict[str, t.Any] = {
        "run_id": "20260301T120003Z-7f3a",
        "started_at": START,
        "ended_at": START + dt.timedelta(seconds=8.2),
        "ledger": "sqlite:///home/ops/ledger.db",
    }
    return FleetResult(hosts, **{**run, **fields})


def mixed(**fields: t.Any) -> FleetResult:
    """Every outcome once, and every reboot state; a host with a problem that also needs a reboot."""
    every = [host(f"every-{outcome}", outcome) for outcome in OUTCOMES]
    return fleet(
        host("calm", "fresh", status="Running", io_optimized=True, rotated_at=START - dt.timedelta(days=3)),
        *every,
        host("sleeper", reboot="at_next_start", status="Stopped", io_optimized=False, rotated_at=START),
        host("denied", "rejected", message=DENIED["message"], failure=DENIED),
        host("waiting", reboot="needed", status="Running", io_optimized=False, rotated_at=START),
        host("both", "acknowledged", "needed", message="Set, not recorded. Run again.", failure=None),
        host("twin", reboot="needed", instance_id="i-waiting", same_as="waiting"),
        **fields,
    )


def copies(count: int) -> FleetResult:
    """A large fleet of everything."""
    hosts = mixed().hosts
    many = (hosts[number % len(hosts)] for number in range(count))
    return fleet(*(dataclasses.replace(each, name=f"{each.name}-{number}") for number, each in enumerate(many)))


# What an inventory variable or a vendor's answer can hold.
HOSTILE = (
    "<script>alert(1)</script>",
    "</style><img src=x onerror=alert(1)>",
    "\"' onmouseover='x' &amp; &lt;b&gt;",
    "=cmd()|'/c calc'!A1,\"x\"",
    "a | b \\| c ` **d** _e_ [f](javascript:g) # h",
    "one\ntwo\r\n## three\n| four |",
    "see https://example.com/ or www.example.com, @everyone",
    "bell\x07 nul\x00 escape\x1b[31m \u202egnp.exe half\udc80 \u2028line",
)
