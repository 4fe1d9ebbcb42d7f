# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Logins to a key/value store: which one is used, when it is renewed, and when it ends."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import Any

import pytest
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.vault.ledger import (
    ServerOptions,
    VaultLedger,
    open_vault,
)
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.vault.login import VaultCredentials, login_from

from tests.openbao.audit import Audit
from tests.openbao.node import Node
from tests.unit.ledger.vault_ledger import Vault, claimed, refusal, staged
from tests.unit.ledgers_and_runs import KEY


def test_a_token_is_renewed_in_use(vault: Vault, audit: Audit) -> None:
    login = vault.login(ttl="6s")

    async def scenario() -> None:
        async with vault.opened(login) as ledger:
            await ledger.swap(KEY, staged())
            await asyncio.sleep(7)
            await ledger.swap(KEY, claimed(staged()))

    asyncio.run(scenario())
    assert audit.count("update", "auth/token/renew-self") >= 1
    assert audit.count("update", "auth/token/revoke-self") == 0


def test_a_token_that_cannot_be_renewed_ends(vault: Vault, audit: Audit) -> None:
    login = vault.login(ttl="2s", renewable=False)

    async def scenario() -> None:
        async with vault.opened(login) as ledger:
            await ledger.swap(KEY, staged())
            await asyncio.sleep(2.5)
            with pytest.raises(ConsoleError) as caught:
                await ledger.swap(KEY, claimed(staged()))
            assert caught.value.code == "Ledger.Token"
            assert "AppRole" in caught.value.message

    asyncio.run(scenario())
    assert audit.count("update", "auth/token/renew-self") == 0


def test_a_token_that_is_revoked(vault: Vault) -> None:
    login = vault.login()

    async def scenario() -> None:
        async with vault.opened(login) as ledger:
            await ledger.swap(KEY, staged())
            vault.admin.call("POST", "auth/token/revoke", {"token": login.token})
            with pytest.raises(ConsoleError) as caught:
                await ledger.swap(KEY, claimed(staged()))
            assert caught.value.code == "Ledger.Token"
            assert "revoked" in caught.value.message

    asyncio.run(scenario())


def test_an_approle_logs_in_again_and_says_goodbye(vault: Vault, audit: Audit) -> None:
    """At the last end of its token, and when it is revoked."""
    login = vault.approle(token_ttl="4s", token_max_ttl="6s")

    async def scenario() -> None:
        async with vault.opened(login) as ledger:
            await ledger.swap(KEY, staged())
            await asyncio.sleep(7)
            await ledger.swap(KEY, claimed(staged()))
            logins = audit.count("update", "auth/approle/login")
            assert isinstance(ledger, VaultLedger)
            assert ledger._session is not None
            session = ledger._session._token  # no other object may know it
            vault.admin.call("POST", "auth/token/revoke", {"token": session})
            await ledger.swap(KEY, claimed(claimed(staged())))
            assert audit.count("update", "auth/approle/login") == logins + 1

    asyncio.run(scenario())
    assert audit.count("update", "auth/approle/login") >= 3
    assert audit.count("update", "auth/token/revoke-self") == 1


def test_goodbye_does_not_fail_the_run(vault: Vault, openbao: Node) -> None:
    login = vault.approle()

    async def scenario() -> None:
        async with vault.opened(login) as ledger:
            await ledger.swap(KEY, staged())
            openbao.seal()

    try:
        asyncio.run(scenario())
    finally:
        openbao.unseal()


@pytest.mark.parametrize("part", ["role_id", "secret_id", "token"])
def test_wrong_logins(vault: Vault, part: str) -> None:
    good = vault.login() if part == "token" else vault.approle()
    error = refusal(vault, dataclasses.replace(good, **{part: "wrong-one"}))
    assert error.code == "Ledger.Token"
    assert error.kind == "ledger"
    assert not [secret for secret in good.secrets if secret and secret in error.message]


def test_no_login_at_all() -> None:
    with pytest.raises(ConsoleError) as caught:
        open_vault("vault+https://vault.example:8200/secret/console", ServerOptions(), read_only=False)
    assert caught.value.code == "Ledger.NoLogin"
    assert "VAULT_ROLE_ID" in caught.value.message


ENV = {"VAULT_TOKEN": "env-token", "VAULT_ROLE_ID": "env-role", "VAULT_SECRET_ID": "env-secret"}


@pytest.mark.parametrize(
    ("options", "environ", "expected"),
    [
        ({"vault_token": "t"}, ENV, VaultCredentials(token="t")),
        ({"vault_role_id": "r"}, ENV, VaultCredentials(role_id="r", secret_id="env-secret")),
        ({"vault_role_id": "r", "vault_secret_id": "s"}, {}, VaultCredentials(role_id="r", secret_id="s")),
        ({"vault_token": "", "vault_role_id": None}, ENV, VaultCredentials(token="env-token")),
        ({}, {**ENV, "VAULT_TOKEN": ""}, VaultCredentials(role_id="env-role", secret_id="env-secret")),
        ({"vault_namespace": "a/"}, {"VAULT_NAMESPACE": "b"}, VaultCredentials(namespace="a")),
        (
            {},
            {"VAULT_NAMESPACE": "b", "VAULT_CACERT": "/ca.pem"},
            VaultCredentials(namespace="b", ca_cert="/ca.pem", ca_cert_source="VAULT_CACERT"),
        ),
    ],
)
def test_which_login(options: dict[str, Any], environ: dict[str, str], expected: VaultCredentials) -> None:
    assert login_from(options, environ) == expected


def test_no_secret_in_any_repr() -> None:
    login = VaultCredentials("the-token", "the-role", "the-secret")
    assert "the-" not in repr(ServerOptions(login))
