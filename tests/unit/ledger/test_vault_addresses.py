# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Addresses of ledgers on a key/value store, and what the documentation says of them."""

from __future__ import annotations

from typing import get_args

import pytest
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.errors import Code
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.vault.ledger import ServerOptions, open_vault
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.vault.login import VaultCredentials

from tests.openbao.guide import GUIDE


def test_every_code_is_documented() -> None:
    text = GUIDE.read_text(encoding="utf-8")
    assert [code for code in get_args(Code) if f"   * - ``{code}``" not in text] == []


@pytest.mark.parametrize(
    "address",
    [
        "vault+https://",
        "vault+https://host",
        "vault+https://host/secret",
        "vault+https://host/secret/",
        "vault+https://user:hunter2@host/secret/console",
        "vault+https://host/secret/../console",
        "vault+https://host/secret//console",
        "vault+https://host/secret/console?x=1",
        "vault+https://host/secret/con%20sole",
        "vault+https://host:port/secret/console",
        "vault+http://vault.example/secret/console",
    ],
)
def test_what_is_no_address(address: str) -> None:
    with pytest.raises(ConsoleError) as caught:
        open_vault(address, ServerOptions(VaultCredentials(token="t")), read_only=False)
    assert caught.value.code == "Ledger.Address"
    assert "hunter2" not in caught.value.message


def test_addresses() -> None:
    allowed = ServerOptions(VaultCredentials(token="t"), allow_plain_http=True)
    for address in (
        "vault+https://vault.example:8200/secret/console",
        "vault+https://[::1]:8200/secret/a/b",
        "vault+http://127.0.0.1:8200/secret/console",
        "vault+http://vault.example/secret/console",
    ):
        assert open_vault(address, allowed, read_only=False).where == address
    assert (
        open_vault("vault+https://h/secret/console/", allowed, read_only=True).where == "vault+https://h/secret/console"
    )
