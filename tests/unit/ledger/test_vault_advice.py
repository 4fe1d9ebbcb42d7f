# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every command that a message or the guide prints is run against a real server; mounts have a slash in their path."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger import record as states
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.record import InstanceKey, Record
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.vault.ledger import ServerOptions, open_vault
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.vault.login import VaultCredentials

from tests.emulator.kv.admin import RefusedError
from tests.openbao import guide
from tests.openbao.cluster import running
from tests.openbao.node import Node
from tests.tools.openbao import missing
from tests.unit.ledger.vault_ledger import Vault, claimed, fill, refusal, staged
from tests.unit.ledgers_and_runs import KEY, NOON, QUICK


def commands(error: ConsoleError) -> list[str]:
    """Return the commands that its message prints."""
    found = re.findall(r"'(vault [^']+)'", error.message)
    assert found, error.message
    return found


def records(vault: Vault) -> dict[InstanceKey, Record]:
    async def scenario() -> dict[InstanceKey, Record]:
        async with vault.opened() as ledger:
            return await ledger.read([KEY])

    return asyncio.run(scenario())


def acknowledged(record: Record) -> Record:
    return states.promote(
        record, "Aaaaa1", acknowledged_at=NOON, now=NOON, reboot="none", ambiguous=False, outcome="rotated"
    )


def filled_twice(vault: Vault) -> None:
    fill(vault)
    fill(vault, KEY, record=claimed(staged()))


def test_a_deleted_record_comes_back(vault: Vault, openbao: Node) -> None:
    filled_twice(vault)
    vault.admin.call("DELETE", vault.path(KEY))
    back, _for_good = commands(refusal(vault))
    openbao.command(back)
    assert records(vault) == {KEY: claimed(staged())}


def test_a_record_is_given_up(vault: Vault, openbao: Node) -> None:
    fill(vault)
    vault.admin.call("DELETE", vault.path(KEY))
    openbao.command(commands(refusal(vault))[-1])
    assert records(vault) == {}


@pytest.mark.parametrize("how", ["destroyed", "corrupt"])
def test_an_older_version_comes_back(vault: Vault, openbao: Node, how: str) -> None:
    filled_twice(vault)
    if how == "destroyed":
        vault.admin.call("POST", vault.path(KEY, "destroy"), {"versions": [2]})
    else:
        vault.admin.call("POST", vault.path(KEY), {"data": {"password": "x"}, "options": {"cas": 2}})
    look, back = commands(refusal(vault))[:2]
    assert "Version 1" in openbao.command(look)
    openbao.command(back.replace("NUMBER", "1"))
    assert records(vault) == {KEY: staged()}


def test_a_mount_is_made(vault: Vault, openbao: Node) -> None:
    root = vault.given(token=vault.admin.token)
    nowhere = Vault(vault.admin, "team/elsewhere")
    (make,) = commands(refusal(nowhere, root))
    openbao.command(make.replace("MOUNT", nowhere.mount))
    with pytest.raises(RefusedError):
        nowhere.data(KEY)
    fill(nowhere)
    assert nowhere.data(KEY)["metadata"]["version"] == 1
    vault.admin.remove_mount(nowhere.mount)


def test_a_sealed_server_is_unsealed(vault: Vault, openbao: Node) -> None:
    login = vault.login()
    openbao.seal()
    try:
        (unseal,) = commands(refusal(vault, login))
        openbao.command(f"{unseal} {openbao.unseal_key}")
        openbao.wait("serves", openbao.serves)
    finally:
        openbao.unseal()
    assert records(vault) == {}


def test_the_guide_from_nothing_to_a_record_and_back(tmp_path: Path) -> None:
    """What it prints, in its order, word for word; a person's path is put in where it has dots."""
    if reason := missing():
        pytest.skip(f"not run: {reason}")
    (tmp_path / "console-rotation.hcl").write_text(guide.policy().format(mount="secret", prefix="console"))
    with running(tmp_path / "openbao") as cluster:
        node = cluster.nodes[0]
        role_id, secret_id = [node.command(line, tmp_path) for line in guide.commands(guide.SETUP)][-2:]
        login = VaultCredentials(role_id=role_id, secret_id=secret_id, ca_cert=cluster.ca)
        vault = Vault(node.admin, "secret")

        async def scenario() -> None:
            address = f"vault+{node.url}/secret/console"
            ledger = open_vault(address, ServerOptions(login, QUICK), read_only=False)
            record = staged()
            for _version in range(3):
                await ledger.swap(KEY, record)
                record = claimed(record)
            await ledger.swap(KEY, acknowledged(claimed(claimed(staged()))))
            await ledger.close()

        asyncio.run(scenario())
        path = f"console/{'/'.join(KEY)}"
        undelete, look, back, for_good = (
            line.replace("console/alibaba/cn-hangzhou/i-bp1...", path) for line in guide.commands(guide.REPAIR)
        )
        assert path in undelete
        assert node.command(guide.reading().replace("console/alibaba/cn-hangzhou/i-bp1...", path)).strip() == "Aaaaa1"
        vault.admin.call("DELETE", f"secret/data/{path}")
        node.command(undelete)
        assert vault.admin.call("GET", f"secret/data/{path}")["data"]["metadata"]["version"] == 4
        assert "Version 4" in node.command(look)
        node.command(back)
        assert vault.admin.call("GET", f"secret/data/{path}")["data"]["data"]["version"] == 3
        node.command(for_good)
        with pytest.raises(RefusedError):
            vault.admin.call("GET", f"secret/data/{path}")
