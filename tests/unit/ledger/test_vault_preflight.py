# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the preflight says of a ledger on a server; it asks as a rotation would, and writes nothing."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.record import InstanceKey
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.store import Ledger
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.vault.ledger import ServerOptions, open_vault
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.vault.login import VaultCredentials
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.preflight.controller import check_ledger
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.preflight.findings import Finding

from tests.emulator.kv.admin import RefusedError
from tests.unit.ledger.vault_ledger import PREFIX, Vault, fill, keys
from tests.unit.ledgers_and_runs import KEY, QUICK


def checked(vault: Vault, login: VaultCredentials | None = None, chosen: Sequence[InstanceKey] = (KEY,)) -> Finding:
    @contextlib.asynccontextmanager
    async def opener() -> AsyncIterator[tuple[Ledger, Path | None]]:
        ledger = open_vault(vault.address, ServerOptions(login or vault.login(), QUICK), read_only=False)
        yield ledger, None
        await ledger.close()

    return asyncio.run(check_ledger(opener, chosen))


def bare(vault: Vault, rights: str) -> VaultCredentials:
    """A token that may not ask what it may do."""
    name = vault.admin.make_policy(f'path "{vault.mount}/data/{PREFIX}/*" {{ capabilities = [{rights}] }}')
    return vault.given(token=vault.admin.make_token(name, no_default_policy=True))


def test_one_that_can_be_written(vault: Vault) -> None:
    fill(vault)
    finding = checked(vault, chosen=keys(3))
    assert (finding.state, "records of 0 of 3 instances" in finding.message) == ("ok", True)
    assert "records of 1 of 1 instance" in checked(vault).message
    for key in keys(3):
        with pytest.raises(RefusedError):
            vault.data(key)


def test_one_of_which_that_is_not_known(vault: Vault) -> None:
    finding = checked(vault, bare(vault, '"create", "read", "update"'))
    assert finding.state == "unchecked"
    assert "sys/capabilities-self" in finding.next_step


def test_one_that_is_only_read_here(vault: Vault) -> None:
    finding = checked(vault, vault.reader())
    assert finding.state == "problem"
    assert "create and update" in finding.message


def test_without_a_host_nothing_is_asked(vault: Vault) -> None:
    assert checked(vault, vault.given(token="hvs.nobody"), ()).state == "unchecked"
