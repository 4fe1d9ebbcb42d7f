# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Accounts, keys and instances, and what happens to a VNC password when an instance starts."""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..clock import Clock, iso_minutes
from ..fleet import FIRST_START, Denial, Fleet, InstanceData

STATUSES = ("Pending", "Running", "Starting", "Stopping", "Stopped")


@dataclass
class Key:
    """An access key; with a security token it came from STS."""

    access_key_id: str
    secret: str
    account_id: str
    security_token: str | None = None
    expires_at: float | None = None
    inactive: bool = False
    denied: list[Denial] = field(default_factory=list)

    def denies(self, action: str, instance_ids: Iterable[str]) -> bool:
        for rule in self.denied:
            instances = rule.get("instances") or []
            if rule.get("actions") and action not in rule["actions"]:
                continue
            if not instances or not set(instances).isdisjoint(instance_ids):
                return True
        return False


@dataclass
class Received:
    """One VNC password that reached the cloud. ``outcome`` starts as ``received``; see README.md for the others."""

    number: int
    time: float
    account_id: str
    access_key_id: str
    region: str
    instance_id: str
    password: str
    outcome: str = "received"
    applied_at: float | None = None


@dataclass
class Session:
    """One terminal session; it may reach several instances."""

    session_id: str
    token: str
    account_id: str
    region: str
    instance_ids: tuple[str, ...]
    params: Mapping[str, str]
    created_at: float
    ended_at: float | None = None
    closed_reason: str = ""


@dataclass
class Instance:
    """``waiting`` is the VNC password that the next start puts in force; only one waits, the last.

    ``console_output`` and ``screenshot`` are Base64; empty: a usual one.
    """

    instance_id: str
    account_id: str
    region: str
    name: str
    os_type: str
    status: str
    io_optimized: bool
    started_at: float | None
    created_at: float
    tags: dict[str, str]
    operation_locks: list[str]
    agent: bool
    in_force: str
    waiting: str | None
    vpc_id: str = ""
    private_ips: list[str] = field(default_factory=list)
    public_ips: list[str] = field(default_factory=list)
    elastic_ip: str = ""
    due_status: str | None = None
    due_at: float = 0.0
    starts: int = 0
    console_output: str = ""
    screenshot: str = ""
    screenshot_at: float = 0.0

    def settle(self, clock: Clock) -> None:
        """Finish a restart, start or stop whose time has come, as if it had happened exactly then."""
        if self.due_status is None or clock.real() < self.due_at:
            return
        target, self.due_status = self.due_status, None
        if target == "Running":
            self.boot(self.due_at + clock.offset)
        else:
            self.status = target

    def move(self, through: str, to: str, due_at: float) -> None:
        self.status, self.due_status, self.due_at = through, to, due_at

    def boot(self, at: float) -> None:
        self.status, self.due_status, self.started_at = "Running", None, at
        self.starts += 1
        if self.waiting is not None:
            self.in_force, self.waiting = self.waiting, None

    def take_password(self, password: str) -> str:
        """``in_force`` or ``waiting``, where the password went."""
        if self.io_optimized:
            self.in_force, self.waiting = password, None
            return "in_force"
        self.waiting = password
        return "waiting"

    @property
    def start_time(self) -> str:
        return "" if self.started_at is None else iso_minutes(self.started_at)


class State:
    """All that one Alibaba emulator holds."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.load({"regions": [], "accounts": [], "instances": []})

    def load(self, fleet: Fleet) -> None:
        self.fleet = fleet
        self.regions = list(fleet["regions"])
        self.accounts = {account["account_id"]: account for account in fleet["accounts"]}
        self.keys: dict[str, Key] = {}
        self.instances: dict[str, Instance] = {}
        self.places: dict[tuple[str, str], list[str]] = {}
        self.received: list[Received] = []
        self.sessions: list[Session] = []
        self.nonces: dict[tuple[str, str], float] = {}
        self.secrets: set[str] = set()
        self.consoles: dict[str, tuple[str, float]] = {}
        for account in fleet["accounts"]:
            for data in account.get("access_keys", []):
                self.add_key(_key(account["account_id"], dict(data)))
        for instance in fleet["instances"]:
            self.add_instance(instance_from_json(instance))

    def add_key(self, key: Key) -> None:
        self.keys[key.access_key_id] = key
        self.secrets.add(key.secret)
        if key.security_token:
            self.secrets.add(key.security_token)

    def add_instance(self, instance: Instance) -> None:
        if instance.status not in STATUSES:
            raise ValueError(f"{instance.instance_id}: status must be one of {', '.join(STATUSES)}")
        if instance.instance_id in self.instances:
            raise ValueError(f"{instance.instance_id} stands twice in the fleet")
        self.instances[instance.instance_id] = instance
        insort(self.places.setdefault((instance.account_id, instance.region), []), instance.instance_id)

    def remove_instance(self, instance_id: str) -> bool:
        instance = self.instances.pop(instance_id, None)
        if instance is not None:
            self.places[instance.account_id, instance.region].remove(instance_id)
        return instance is not None

    def find(self, account_id: str, region: str, instance_id: str) -> Instance | None:
        """Return the instance as it is now. An empty region, as of calls that have none, stands for all of them."""
        instance = self.instances.get(instance_id)
        if instance is None or instance.account_id != account_id or region not in ("", instance.region):
            return None
        instance.settle(self.clock)
        return instance

    def listing(self, account_id: str, region: str) -> list[Instance]:
        """Every instance of one account in one region, by id."""
        found = [self.instances[instance_id] for instance_id in self.places.get((account_id, region), [])]
        for instance in found:
            instance.settle(self.clock)
        return found


def _key(account_id: str, data: dict[str, Any]) -> Key:
    secret = data.pop("access_key_secret")
    return Key(secret=secret, account_id=account_id, **data)


def instance_from_json(data: InstanceData) -> Instance:
    return Instance(
        instance_id=data["instance_id"],
        account_id=data["account_id"],
        region=data["region"],
        name=data.get("name", data["instance_id"]),
        os_type=data.get("os_type", "linux"),
        status=data.get("status", "Running"),
        io_optimized=data.get("io_optimized", True),
        started_at=data.get("started_at", FIRST_START),
        created_at=data.get("created_at", FIRST_START),
        tags=dict(data.get("tags", {})),
        operation_locks=list(data.get("operation_locks", [])),
        agent=data.get("agent", True),
        in_force=data.get("vnc_password", ""),
        waiting=data.get("vnc_waiting"),
        vpc_id=data.get("vpc_id", ""),
        private_ips=list(data.get("private_ips", [])),
        public_ips=list(data.get("public_ips", [])),
        elastic_ip=data.get("elastic_ip", ""),
    )
