# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Servers of the clouds that are built on Nova, and their states."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from .server_fleet import FIRST_LAUNCH, ServerData, ServerDenial

# What users see, and the two states behind it. With a task that stands nowhere here, vm_state alone decides.
_STATES: dict[str, tuple[str, str | None]] = {
    "ACTIVE": ("active", None),
    "SHUTOFF": ("stopped", None),
    "PAUSED": ("paused", None),
    "SUSPENDED": ("suspended", None),
    "RESCUE": ("rescued", None),
    "SHELVED": ("shelved", None),
    "SHELVED_OFFLOADED": ("shelved_offloaded", None),
    "ERROR": ("error", None),
    "DELETED": ("deleted", None),
    "SOFT_DELETED": ("soft-delete", None),
    "VERIFY_RESIZE": ("resized", None),
    "REVERT_RESIZE": ("resized", "resize_reverting"),
    "BUILD": ("building", "spawning"),
    "REBOOT": ("active", "rebooting"),
    "HARD_REBOOT": ("active", "rebooting_hard"),
    "MIGRATING": ("active", "migrating"),
    "REBUILD": ("active", "rebuilding"),
    "RESIZE": ("active", "resize_migrating"),
    "UNKNOWN": ("unknown", None),
}
STATUSES = tuple(_STATES)
_BY_BOTH = {states: status for status, states in _STATES.items()}
_BY_VM_STATE = {vm_state: status for status, (vm_state, _task) in reversed(_STATES.items())}
_POWER = {"active": 1, "paused": 3, "rescued": 1, "resized": 1, "error": 1, "building": 0, "deleted": 0, "unknown": 0}
_SHUT_DOWN = 4
_WITH_SCREEN = frozenset({"active", "paused", "rescued", "resized", "error"})
_CHANGEABLE = frozenset(
    (
        *("name", "os_type", "updated_at", "vm_state", "task_state", "tags", "metadata", "launched_at"),
        *("locked", "placed", "host_down", "consoles", "serial_console", "console_log"),
        *("vpc_id", "private_ips", "floating_ips"),
    )
)


@dataclass
class Server:
    """``status`` follows from ``vm_state`` and ``task_state``, as in Nova.

    ``console_log`` None: its host keeps none.
    """

    instance_id: str
    project_id: str
    region: str
    name: str
    os_type: str
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
    serial_console: bool = False
    updated_at: float = 0.0
    flavor: str = "1"
    console_log: str | None = "[  OK  ] Started OpenSSH server daemon.\n\nlogin: "
    vpc_id: str = ""
    private_ips: list[str] = field(default_factory=list)
    floating_ips: list[str] = field(default_factory=list)

    @property
    def status(self) -> str:
        return _BY_BOTH.get((self.vm_state, self.task_state)) or _BY_VM_STATE.get(self.vm_state, "UNKNOWN")

    @property
    def power_state(self) -> int:
        return _POWER.get(self.vm_state, _SHUT_DOWN) if self.has_host else 0

    @property
    def has_host(self) -> bool:
        return self.placed and self.vm_state != "shelved_offloaded"

    @property
    def has_screen(self) -> bool:
        """Whether a console that was given out really shows something."""
        return self.has_host and not self.host_down and self.vm_state in _WITH_SCREEN

    def last_lines(self, length: int) -> str:
        """The end of the console log; -1: all of it."""
        log = self.console_log or ""
        return log if length < 0 else "".join(log.splitlines(keepends=True)[-length:] if length else [])

    def addresses(self, network: str) -> dict[str, list[dict[str, object]]]:
        """As Nova shows them, all in one network."""
        both = [(one, "fixed") for one in self.private_ips] + [(one, "floating") for one in self.floating_ips]
        mac = f"fa:16:3e:{self.instance_id[:2]}:{self.instance_id[2:4]}:{self.instance_id[4:6]}"
        shown: list[dict[str, object]] = [
            {"addr": address, "version": 4, "OS-EXT-IPS:type": kind, "OS-EXT-IPS-MAC:mac_addr": mac}
            for address, kind in both
        ]
        return {network: shown} if shown else {}

    def move(self, status: str) -> None:
        if status not in _STATES:
            raise ValueError(f"{self.instance_id}: status must be one of {', '.join(STATUSES)}")
        self.vm_state, self.task_state = _STATES[status]

    def to_json(self, cloud: str) -> dict[str, object]:
        return {
            "cloud": cloud,
            "instance_id": self.instance_id,
            "project_id": self.project_id,
            "region": self.region,
            "name": self.name,
            "os_type": self.os_type,
            "status": self.status,
            "vm_state": self.vm_state,
            "task_state": self.task_state,
            "tags": self.tags,
            "metadata": self.metadata,
            "created_at": self.created_at,
            "launched_at": self.launched_at,
            "locked": self.locked,
            "placed": self.placed,
            "host_down": self.host_down,
            "consoles": self.consoles,
        }


class ServerBook:
    """The servers of one cloud."""

    def __init__(self, cloud: str) -> None:
        self.cloud = cloud
        self.servers: dict[str, Server] = {}

    def load(self, rows: Iterable[ServerData]) -> None:
        self.servers = {}
        for row in rows:
            self.add(row)

    def add(self, data: ServerData) -> Server:
        server = server_from_json(data)
        if server.instance_id in self.servers:
            raise ValueError(f"{server.instance_id} stands twice in the fleet")
        self.servers[server.instance_id] = server
        return server

    def find(self, project_id: str | None, instance_id: str) -> Server | None:
        """``project_id`` None: in any project."""
        server = self.servers.get(instance_id)
        return server if server is not None and project_id in (None, server.project_id) else None

    def listing(self, project_id: str | None) -> list[Server]:
        """Newest first, as Nova does without ``sort_key``."""
        found = [one for one in self.servers.values() if project_id in (None, one.project_id)]
        return sorted(found, key=lambda one: (one.created_at, one.instance_id), reverse=True)

    def change(self, instance_id: str, changes: Mapping[str, Any]) -> Server | None:
        """None when there is no such server. ``status`` comes first, so that a ``task_state`` beside it stands."""
        server = self.servers.get(instance_id)
        if server is None:
            return None
        rest = {name: value for name, value in changes.items() if name != "status"}
        if unknown := set(rest) - _CHANGEABLE:
            raise ValueError(f"unknown fields: {', '.join(sorted(unknown))}")
        if "status" in changes:
            server.move(changes["status"])
        for name, value in rest.items():
            setattr(server, name, value)
        return server


def server_from_json(data: ServerData) -> Server:
    created = data.get("created_at", FIRST_LAUNCH)
    server = Server(
        instance_id=data["instance_id"],
        project_id=data["project_id"],
        region=data.get("region", ""),
        name=data.get("name", data["instance_id"]),
        os_type=data.get("os_type", "linux"),
        vm_state="active",
        task_state=None,
        tags=list(data.get("tags", [])),
        metadata=dict(data.get("metadata", {})),
        created_at=created,
        launched_at=data.get("launched_at", created),
        locked=data.get("locked", False),
        placed=data.get("placed", True),
        host_down=data.get("host_down", False),
        consoles=data.get("consoles"),
        updated_at=data.get("updated_at", created),
        flavor=data.get("flavor", "1"),
        vpc_id=data.get("vpc_id", ""),
        private_ips=list(data.get("private_ips", [])),
        floating_ips=list(data.get("floating_ips", [])),
    )
    server.move(data.get("status", "ACTIVE"))
    server.vm_state = data.get("vm_state", server.vm_state)
    server.task_state = data.get("task_state", server.task_state)
    return server


def denial_of(rules: Iterable[ServerDenial], action: str, instance_ids: Iterable[str]) -> ServerDenial | None:
    """Return the first rule that denies the action on one of these instances."""
    wanted = set(instance_ids)
    for rule in rules:
        if rule.get("actions") and action not in rule["actions"]:
            continue
        instances = rule.get("instances") or []
        if not instances or not wanted.isdisjoint(instances):
            return rule
    return None


class _Token(Protocol):
    expires_at: float
    revoked: bool


def end_all(tokens: Collection[_Token], *, expire: bool) -> int:
    """Revoke every token, or end its time."""
    for token in tokens:
        if expire:
            token.expires_at = 0.0
        else:
            token.revoked = True
    return len(tokens)


def change_fields(one: object, changes: Mapping[str, Any], known: frozenset[str]) -> None:
    if unknown := set(changes) - known:
        raise ValueError(f"unknown fields: {', '.join(sorted(unknown))}")
    for name, value in changes.items():
        setattr(one, name, value)
