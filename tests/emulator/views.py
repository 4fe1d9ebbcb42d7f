# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shapes of what the control endpoint shows."""

from __future__ import annotations

from typing import TypedDict


class ReceivedPassword(TypedDict):
    """A VNC password that reached the cloud. Times are seconds since 1970 by the real clock."""

    number: int
    time: float
    account_id: str
    access_key_id: str
    region: str
    instance_id: str
    password: str
    outcome: str
    applied_at: float | None


class InstanceView(TypedDict):
    """An instance as the cloud sees it."""

    instance_id: str
    account_id: str
    region: str
    name: str
    os_type: str
    status: str
    io_optimized: bool
    started_at: float | None
    start_time: str
    starts: int
    tags: dict[str, str]
    operation_locks: list[str]
    agent: bool
    in_force: str
    waiting: str | None
    received: list[ReceivedPassword]


class ServerView(TypedDict):
    """A server of Huawei or OpenStack as its cloud sees it; times are seconds since 1970."""

    cloud: str
    instance_id: str
    project_id: str
    region: str
    name: str
    os_type: str
    status: str
    vm_state: str
    task_state: str | None
    tags: list[str]
    metadata: dict[str, str]
    created_at: float
    launched_at: float | None
    locked: bool
    placed: bool
    host_down: bool
    consoles: list[str] | None


class ConsoleView(TypedDict):
    """A console URL that Huawei or OpenStack gave out; times are of the emulator's clock."""

    cloud: str
    instance_id: str
    type: str
    url: str
    token: str
    issued_at: float
    expires_at: float
    opened: int


class PaceView(TypedDict):
    """How fast one (account, region) was called at most."""

    account_id: str
    region: str
    calls: int
    max_per_second: int
    max_in_flight: int
    in_flight: int


class ActionCounters(TypedDict):
    """What became of the calls of one action."""

    cloud: str
    account_id: str
    region: str
    action: str
    calls: int
    writes: int
    ok: int
    unanswered: int
    errors: dict[str, int]


class Counters(TypedDict):
    """Totals, and one row for each (cloud, account, region, action)."""

    calls: int
    writes: int
    ok: int
    refused_writes: int
    by_action: list[ActionCounters]
