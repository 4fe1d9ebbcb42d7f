# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ledgers on an emulated server: the store they are in, and how tests open them."""

from __future__ import annotations

import contextlib
import typing as t
from dataclasses import dataclass

from ansible_collections.cloudops.console.plugins.module_utils._http import Policy
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger._kv.ledger import Access, open_kv
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger._kv.login import Login
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.base import Ledger
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.record import Key

from tests.emulator.kv.admin import POLICY, READER, Admin
from tests.unit.kit import QUICK

PREFIX = "console/vnc"


@dataclass(frozen=True)
class Vault:
    """A store of its own for one test."""

    admin: Admin
    mount: str

    @property
    def address(self) -> str:
        return f"vault+{self.admin.url}/{self.mount}/{PREFIX}"

    def path(self, key: Key, area: str = "data") -> str:
        return "/".join((self.mount, area, PREFIX, *key))

    def login(self, policy: str = POLICY, **parts: t.Any) -> Login:
        """A token with no more than a ledger needs."""
        name = self.admin.make_policy(policy.format(mount=self.mount, prefix=PREFIX))
        return Login(token=self.admin.make_token(name, **parts), namespace=self.admin.namespace)

    def reader(self) -> Login:
        return self.login(READER)

    def approle(self, policy: str = POLICY, **parts: t.Any) -> Login:
        name = self.admin.make_policy(policy.format(mount=self.mount, prefix=PREFIX))
        role_id, secret_id = self.admin.make_approle(name, **parts)
        return Login(role_id=role_id, secret_id=secret_id, namespace=self.admin.namespace)

    @contextlib.asynccontextmanager
    async def opened(
        self, login: Login | None = None, *, policy: Policy = QUICK, read_only: bool = False
    ) -> t.AsyncIterator[Ledger]:
        access = Access(login or self.login(), policy)
        ledger: Ledger = open_kv(self.address, access, read_only=read_only)
        try:
            yield ledger
        finally:
            await ledger.close()

    def data(self, key: Key) -> dict[str, t.Any]:
        """What stands at a record's path, as another tool reads it."""
        return dict(self.admin.call("GET", self.path(key))["data"])
