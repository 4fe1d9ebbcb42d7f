# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the control endpoint sees of Alibaba's state, and what it may change there without a signed call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from ..fleet import InstanceData
from .state import STATUSES, Instance, State, instance_from_json

_INSTANCE_FIELDS = frozenset(
    (
        "name",
        "os_type",
        "status",
        "io_optimized",
        "started_at",
        "tags",
        "operation_locks",
        "agent",
        "in_force",
        "waiting",
        "console_output",
        "screenshot",
        "vpc_id",
        "private_ips",
        "public_ips",
        "elastic_ip",
    )
)
_CONSOLE_LIFE = 15.0
_KEY_FIELDS = frozenset(("secret", "security_token", "expires_at", "inactive", "denied"))


def instances(state: State, ids: Sequence[str]) -> list[dict[str, object]]:
    """All instances, or those of ``ids`` that exist; passwords as they stand at this moment."""
    chosen = [state.instances[one] for one in ids if one in state.instances] if ids else state.instances.values()
    history: dict[str, list[dict[str, object]]] = {}
    for row in state.received:
        history.setdefault(row.instance_id, []).append(asdict(row))
    return [_show(state, instance, history.get(instance.instance_id, [])) for instance in chosen]


def _show(state: State, instance: Instance, history: list[dict[str, object]]) -> dict[str, object]:
    instance.settle(state.clock)
    return {
        "instance_id": instance.instance_id,
        "account_id": instance.account_id,
        "region": instance.region,
        "name": instance.name,
        "os_type": instance.os_type,
        "status": instance.status,
        "io_optimized": instance.io_optimized,
        "started_at": instance.started_at,
        "start_time": instance.start_time,
        "starts": instance.starts,
        "tags": instance.tags,
        "operation_locks": instance.operation_locks,
        "agent": instance.agent,
        "in_force": instance.in_force,
        "waiting": instance.waiting,
        "received": history,
    }


def add(state: State, data: InstanceData) -> dict[str, object]:
    instance = instance_from_json(data)
    state.add_instance(instance)
    return _show(state, instance, [])


def change(state: State, instance_id: str, changes: Mapping[str, Any]) -> dict[str, object] | None:
    """None when there is no such instance."""
    instance = state.instances.get(instance_id)
    if instance is None:
        return None
    _refuse_unknown(changes, _INSTANCE_FIELDS)
    if changes.get("status", "Running") not in STATUSES:
        raise ValueError(f"status must be one of {', '.join(STATUSES)}")
    instance.settle(state.clock)
    if "status" in changes:
        instance.due_status = None
    for name, value in changes.items():
        setattr(instance, name, value)
    return _show(state, instance, [])


def restart(state: State, instance_ids: Sequence[str] | None, started_at: float | None) -> int:
    """Start these instances anew (None: every running one) at once; a waiting password comes into force."""
    if instance_ids is None:
        chosen = [one for one in state.instances.values() if one.status == "Running"]
    else:
        chosen = [state.instances[one] for one in instance_ids]
    for instance in chosen:
        instance.boot(state.clock.now() if started_at is None else started_at)
    return len(chosen)


def change_key(state: State, access_key_id: str, changes: Mapping[str, Any]) -> dict[str, object] | None:
    """None when there is no such key."""
    key = state.keys.get(access_key_id)
    if key is None:
        return None
    _refuse_unknown(changes, _KEY_FIELDS)
    for name, value in changes.items():
        setattr(key, name, value)
    state.add_key(key)
    return asdict(key)


def _refuse_unknown(changes: Mapping[str, Any], known: frozenset[str]) -> None:
    if unknown := set(changes) - known:
        raise ValueError(f"unknown fields: {', '.join(sorted(unknown))}")


def opens_console(state: State, token: str) -> bool:
    """Whether the token of a VncUrl still leads to a running instance."""
    instance_id, issued_at = state.consoles.get(token, ("", 0.0))
    instance = state.instances.get(instance_id)
    return instance is not None and instance.status == "Running" and state.clock.now() < issued_at + _CONSOLE_LIFE


def received(state: State) -> list[dict[str, object]]:
    return [asdict(row) for row in state.received]


def secrets(state: State) -> list[str]:
    """Every secret key, token and VNC password that this emulator ever knew or received."""
    known = set(state.secrets)
    known.update(row.password for row in state.received)
    known.update(word for one in state.instances.values() for word in (one.in_force, one.waiting) if word)
    return sorted(known - {""})
