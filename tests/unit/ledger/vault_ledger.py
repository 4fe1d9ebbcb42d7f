# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ledgers on a server, real or emulated: the store they are in, how tests open and fill them, and what they refuse."""

from __future__ import annotations

import asyncio
import contextlib
import typing as t
from dataclasses import dataclass
from typing import Any

import pytest
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.module_utils._http import Policy
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger import record as states
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.record import EMPTY, InstanceKey, Record
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.store import Ledger
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.vault.ledger import ServerOptions, open_vault
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.vault.login import VaultCredentials

from tests.emulator.kv.admin import POLICY, READER, Admin
from tests.unit.ledgers_and_runs import KEY, NOON, after

PREFIX = "console/vnc"
# Gives up before an answer that a fault holds back
IMPATIENT = Policy(timeout=0.5, retries=0)
# For a real server on a busy machine.
PATIENT = Policy(timeout=10.0, retries=2)
WRITE = "WriteData"


@dataclass(frozen=True)
class Vault:
    """A store of its own for one test.

    :param through: the node that ledgers ask; the administrator's where it is empty.
    """

    admin: Admin
    mount: str
    through: str = ""

    @property
    def url(self) -> str:
        return self.through or self.admin.url

    @property
    def address(self) -> str:
        return f"vault+{self.url}/{self.mount}/{PREFIX}"

    def path(self, key: InstanceKey, area: str = "data") -> str:
        return "/".join((self.mount, area, PREFIX, *key))

    def login(self, policy: str = POLICY, **parts: t.Any) -> VaultCredentials:
        """A token with no more than a ledger needs."""
        name = self.admin.make_policy(policy.format(mount=self.mount, prefix=PREFIX))
        return self.given(token=self.admin.make_token(name, **parts))

    def reader(self) -> VaultCredentials:
        return self.login(READER)

    def approle(self, policy: str = POLICY, **parts: t.Any) -> VaultCredentials:
        name = self.admin.make_policy(policy.format(mount=self.mount, prefix=PREFIX))
        role_id, secret_id = self.admin.make_approle(name, **parts)
        return self.given(role_id=role_id, secret_id=secret_id)

    def given(self, **ids: str) -> VaultCredentials:
        """These, with what is needed to reach the server."""
        return VaultCredentials(namespace=self.admin.namespace, ca_cert=self.admin.cafile or "", **ids)

    @contextlib.asynccontextmanager
    async def opened(
        self, login: VaultCredentials | None = None, *, policy: Policy = PATIENT, read_only: bool = False
    ) -> t.AsyncIterator[Ledger]:
        access = ServerOptions(login or self.login(), policy)
        ledger: Ledger = open_vault(self.address, access, read_only=read_only)
        try:
            yield ledger
        finally:
            await ledger.close()

    def data(self, key: InstanceKey) -> dict[str, t.Any]:
        """What stands at a record's path, as another tool reads it."""
        return dict(self.admin.call("GET", self.path(key))["data"])


def staged(password: str = "Aaaaa1", run_id: str = "run-1") -> Record:
    return states.stage(EMPTY, password, run_id=run_id, now=NOON, lease_until=after(minutes=3))


def keys(count: int) -> list[InstanceKey]:
    return [InstanceKey("alibaba", f"cn-{number % 3}", f"i-{number:05d}") for number in range(count)]


def claimed(record: Record, run_id: str = "run-2") -> Record:
    return states.claim(record, run_id=run_id, lease_until=after(minutes=9))


def fill(vault: Vault, *chosen: InstanceKey, record: Record | None = None) -> None:
    async def scenario() -> None:
        async with vault.opened() as ledger:
            for key in chosen or (KEY,):
                await ledger.swap(key, record or staged())

    asyncio.run(scenario())


def refusal(vault: Vault, login: VaultCredentials | None = None, **more: Any) -> ConsoleError:
    """What reading says."""

    async def scenario() -> None:
        async with vault.opened(login, **more) as ledger:
            await ledger.read([KEY])

    with pytest.raises(ConsoleError) as caught:
        asyncio.run(scenario())
    assert "hvs." not in caught.value.message
    return caught.value


def reading_fails(ledger: Ledger) -> ConsoleError:
    """What reading a ledger says that no fixture has made; it is closed after."""

    async def scenario() -> None:
        try:
            await ledger.read([KEY])
        finally:
            await ledger.close()

    with pytest.raises(ConsoleError) as caught:
        asyncio.run(scenario())
    return caught.value
