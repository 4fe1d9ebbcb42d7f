# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""A ledger on a server, as another tool sees it: where it is, who may write to it, what its records are."""

from __future__ import annotations

from typing import Any

from tests.emulator.kv.admin import POLICY, Admin
from tests.integration.playbook_runs import Room

MOUNT = "secret"
PREFIX = "console"


def address(url: str) -> str:
    return f"vault+{url}/{MOUNT}/{PREFIX}"


def policy(admin: Admin, text: str = POLICY) -> str:
    """Make a policy and return its name; the usual one lets a rotation do what it must."""
    return admin.make_policy(text.format(mount=MOUNT, prefix=PREFIX))


def records(admin: Admin, room: Room) -> dict[str, dict[str, Any]]:
    """Every host's record."""
    found = {}
    for name, values in room.hosts.items():
        path = f"{MOUNT}/data/{PREFIX}/alibaba/{values['console_region']}/{values['console_instance_id']}"
        found[name] = admin.call("GET", path)["data"]["data"]
    return found
