# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a server refuses, one that is in trouble, and what is no answer of it."""

from __future__ import annotations

import asyncio
import dataclasses
import time

import pytest
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.module_utils._http import Policy
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.record import InstanceKey, Record
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.store import store
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.vault.ledger import ServerOptions, open_vault
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.vault.login import VaultCredentials, login_from

from tests.emulator.kv.admin import RefusedError
from tests.openbao.node import Node
from tests.unit.ledger.vault_ledger import PREFIX, Vault, fill, keys, reading_fails, refusal, staged
from tests.unit.ledgers_and_runs import KEY, ONCE, QUICK


def test_a_token_that_may_only_read(vault: Vault) -> None:
    """The run stops before it reads anything, and a lookup does not."""
    fill(vault)
    error = refusal(vault, vault.reader())
    assert (error.code, error.kind) == ("Ledger.Denied", "ledger")
    assert "create and update" in error.message
    assert vault.path(KEY) in error.message

    async def look() -> dict[InstanceKey, Record]:
        async with vault.opened(vault.reader(), read_only=True) as ledger:
            return await ledger.read([KEY])

    assert asyncio.run(look()) == {KEY: staged()}


def test_a_token_that_may_not_ask_what_it_may(vault: Vault) -> None:
    """Without the default policy the answers about records tell; the record that could not be made is said."""
    name = vault.admin.make_policy(
        f'path "{vault.mount}/data/{PREFIX}/*" {{ capabilities = ["create", "read", "update"] }}'
    )
    bare = vault.given(token=vault.admin.make_token(name, no_default_policy=True))

    async def scenario() -> None:
        async with vault.opened(bare) as ledger:
            chosen = keys(90)
            assert await ledger.read(chosen) == {}
            await ledger.swap(chosen[0], staged())
            assert await ledger.read(chosen) == {chosen[0]: staged()}

    asyncio.run(scenario())
    blind = vault.admin.make_policy(f'path "{vault.mount}/data/{PREFIX}/*" {{ capabilities = ["read"] }}')
    token = vault.given(token=vault.admin.make_token(blind, no_default_policy=True))

    async def denied() -> None:
        async with vault.opened(token) as ledger:
            await store(ledger, KEY, staged())

    with pytest.raises(ConsoleError) as caught:
        asyncio.run(denied())
    assert caught.value.code == "Ledger.Denied"


def test_another_kind_of_mount(vault: Vault) -> None:
    """Version 1 takes any write without check-and-set: it must not be taken for the real thing."""
    plain = Vault(vault.admin, vault.admin.make_mount(version="1"))
    assert refusal(plain).code == "Ledger.WrongMount"
    root = vault.given(token=vault.admin.token)
    missing = refusal(Vault(vault.admin, "no-such-mount"), root)
    assert missing.code == "Ledger.WrongMount"
    assert "vault secrets enable" in missing.message
    assert refusal(Vault(vault.admin, "no-such-mount"), vault.login()).code == "Ledger.Denied"


def test_a_mount_of_one_segment(vault: Vault) -> None:
    """As the others have several: the server says where the store ends and the prefix begins."""
    plain = Vault(vault.admin, vault.admin.make_mount("plain"))
    fill(plain)
    assert plain.data(KEY)["metadata"]["version"] == 1
    vault.admin.remove_mount(plain.mount)


def test_an_address_without_a_prefix(vault: Vault) -> None:
    address = vault.address.removesuffix(f"/{PREFIX}")
    bare = open_vault(address, ServerOptions(vault.login(), QUICK), read_only=False)
    assert reading_fails(bare).code == "Ledger.WrongMount"


def test_a_namespace(vault: Vault) -> None:
    vault.admin.call("POST", "sys/namespaces/team-a", {})
    inside = dataclasses.replace(vault.admin, namespace="team-a")
    own = Vault(inside, inside.make_mount("kv"))
    fill(own)
    assert own.data(KEY)["data"]["version"] == 1
    with pytest.raises(RefusedError):
        vault.admin.call("GET", own.path(KEY))
    outside = refusal(own, dataclasses.replace(own.login(), namespace=""))
    assert outside.code == "Ledger.Denied"
    assert "namespace" in outside.message


def test_a_sealed_server(vault: Vault, openbao: Node) -> None:
    login = vault.login()
    openbao.seal()
    try:
        error = refusal(vault, login)
    finally:
        openbao.unseal()
    assert error.code == "Ledger.Sealed"
    assert "unseal" in error.message


def test_a_rate_limit_is_waited_out(vault: Vault) -> None:
    login, quota = vault.login(), "sys/quotas/rate-limit/narrow"

    async def scenario() -> None:
        chosen = keys(60)
        async with vault.opened(login, policy=Policy(timeout=5, retries=1)) as ledger:
            await ledger.read(chosen[:1])
            vault.admin.call("POST", quota, {"rate": 30, "path": f"{vault.mount}/", "interval": "1s"})
            started = time.monotonic()
            await asyncio.gather(*(ledger.swap(key, staged()) for key in chosen))
            assert time.monotonic() - started > 0.9
            vault.admin.call("DELETE", quota)
            assert len(await ledger.read(chosen)) == 60

    asyncio.run(scenario())


def test_a_server_that_is_not_there() -> None:
    ledger = open_vault(
        "vault+http://127.0.0.1:9/secret/console", ServerOptions(VaultCredentials(token="t"), ONCE), read_only=False
    )
    error = reading_fails(ledger)
    assert error.code == "Ledger.Unavailable"
    assert "127.0.0.1:9" in error.message


@pytest.mark.parametrize(
    ("options", "source"),
    [({}, "VAULT_CACERT names"), ({"vault_ca_cert": "/no/such/file.pem"}, "vault_ca_cert names")],
)
def test_a_certificate_file_that_is_none(options: dict[str, str], source: str) -> None:
    """The message names what names the file."""
    login = login_from({"vault_token": "t", **options}, {"VAULT_CACERT": "/no/such/file.pem"})
    access = ServerOptions(login, ONCE)
    ledger = open_vault("vault+https://127.0.0.1:9/secret/console", access, read_only=False)
    error = reading_fails(ledger)
    assert error.code == "Ledger.Unavailable"
    assert "/no/such/file.pem" in error.message
    assert f"{source} /no/such/file.pem" in error.message
