# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""A ledger on a server, as another tool sees it: where it is, who may write to it, what its records are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.emulator.kv.admin import POLICY, Admin
from tests.integration.playbook_runs import Room

PREFIX = "console"


@dataclass(frozen=True)
class Shared:
    """A store on a server, real or emulated.

    :param through: the node that ledgers ask; the administrator's where it is empty.
    """

    admin: Admin
    mount: str
    through: str = ""

    @property
    def address(self) -> str:
        return f"vault+{self.through or self.admin.url}/{self.mount}/{PREFIX}"

    def policy(self, text: str = POLICY) -> str:
        """Make a policy and return its name; the usual one lets a rotation do what it must."""
        return self.admin.make_policy(text.format(mount=self.mount, prefix=PREFIX))

    def token(self, text: str = POLICY, ttl: str = "1h") -> str:
        return self.admin.make_token(self.policy(text), ttl=ttl)

    def variables(self) -> dict[str, str]:
        """What an inventory has to name, with an AppRole of its own."""
        role_id, secret_id = self.admin.make_approle(self.policy())
        return {
            "vnc_rotation_ledger": self.address,
            "vnc_rotation_vault_role_id": role_id,
            "vnc_rotation_vault_secret_id": secret_id,
            "vnc_rotation_vault_ca_cert": self.admin.cafile or "",
        }

    def records(self, room: Room) -> dict[str, dict[str, Any]]:
        """Every host's record."""
        return {name: self.admin.call("GET", self.path(room, name))["data"]["data"] for name in room.hosts}

    def path(self, room: Room, name: str, area: str = "data") -> str:
        """The API path of a host's record."""
        values = room.hosts[name]
        return f"{self.mount}/{area}/{PREFIX}/alibaba/{values['console_region']}/{values['console_instance_id']}"
