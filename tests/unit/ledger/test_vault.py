# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records on a key/value store of a real server: what is stored, what others change, and what it costs."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.errors import Conflict
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.store import store

from tests.openbao.audit import Audit
from tests.unit.ledger.vault_ledger import Vault, claimed, fill, keys, refusal, staged
from tests.unit.ledgers_and_runs import KEY


def test_what_other_tools_read(vault: Vault) -> None:
    fill(vault)
    data = vault.data(KEY)
    assert data["metadata"]["version"] == 1
    assert data["data"] == {
        "schema": 2,
        "instance": "alibaba/cn-hangzhou/i-0001",
        "version": 1,
        "current": None,
        "acknowledged_at": None,
        "rotated_at": None,
        "pending": {
            "password": "Aaaaa1",
            "staged_at": "2026-01-01T12:00:30Z",
            "run_id": "run-1",
            "attempts": 1,
            "in_flight": True,
            "ambiguous": False,
        },
        "history": [],
        "reboot": "none",
        "lease_until": "2026-01-01T12:03:30Z",
        "last_outcome": None,
        "staged_at": None,
        "doubted_at": None,
        "unknown_before": True,
    }


def test_the_stores_numbers_may_be_other_ones(vault: Vault) -> None:
    """Rolled back by hand, written by another tool, begun anew: the next write goes by what was read."""
    path = vault.path(KEY)

    async def scenario() -> None:
        async with vault.opened() as ledger:
            await ledger.swap(KEY, staged())
            document = vault.data(KEY)["data"]
            for number in (1, 2):
                vault.admin.call("POST", path, {"data": document, "options": {"cas": number}})
            with pytest.raises(Conflict):
                await ledger.swap(KEY, claimed(staged()))
            assert await ledger.read([KEY]) == {KEY: staged()}
            await ledger.swap(KEY, claimed(staged()))
            assert vault.data(KEY)["metadata"]["version"] == 4
            vault.admin.call("DELETE", vault.path(KEY, "metadata"))
            assert await ledger.read([KEY]) == {}
            await ledger.swap(KEY, staged("Bbbbb2"))
            assert vault.data(KEY)["metadata"]["version"] == 1

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("damage", "code"),
    [
        (lambda data: {**data, "version": "many"}, "Ledger.Corrupt"),
        (lambda data: {**data, "colour": "blue"}, "Ledger.Corrupt"),
        (lambda data: {**data, "version": 0}, "Ledger.Corrupt"),
        (lambda data: {**data, "instance": "alibaba/cn-hangzhou/i-0002"}, "Ledger.Corrupt"),
        (lambda _data: {"password": "Aaaaa1"}, "Ledger.Corrupt"),
        (lambda data: {**data, "schema": 3}, "Ledger.TooNew"),
    ],
)
def test_documents_that_are_no_records(vault: Vault, damage: Any, code: str) -> None:
    fill(vault)
    document = damage(vault.data(KEY)["data"])
    vault.admin.call("POST", vault.path(KEY), {"data": document, "options": {"cas": 1}})
    error = refusal(vault)
    assert error.code == code
    assert "Aaaaa1" not in error.message
    assert str(KEY) in error.message


@pytest.mark.parametrize(
    ("area", "word"), [("delete", "vault kv undelete -versions=2"), ("destroy", "vault kv rollback -version=")]
)
def test_a_record_that_was_deleted_is_not_none(vault: Vault, area: str, word: str) -> None:
    fill(vault)
    asyncio.run(_second(vault))
    vault.admin.call("POST", vault.path(KEY, area), {"versions": [2]})
    for read_only in (False, True):
        error = refusal(vault, read_only=read_only)
        assert error.code == "Ledger.Deleted"
        assert word in error.message

    async def overwrite() -> None:
        async with vault.opened() as ledger:
            with pytest.raises(ConsoleError):
                await store(ledger, KEY, staged("Bbbbb2"))

    asyncio.run(overwrite())
    if area == "delete":
        vault.admin.call("POST", vault.path(KEY, "undelete"), {"versions": [2]})
        assert vault.data(KEY)["data"]["version"] == 2


async def _second(vault: Vault) -> None:
    async with vault.opened() as ledger:
        await ledger.swap(KEY, claimed(staged()))


def test_records_that_would_vanish(vault: Vault) -> None:
    """By the mount's settings, seen where they may be read; else by the server's answer to the write."""
    fill(vault)
    vault.admin.call("POST", f"{vault.mount}/config", {"delete_version_after": "1h"})
    error = refusal(vault)
    assert error.code == "Ledger.Expiring"
    assert "1h0m0s" in error.message
    blind = vault.login('path "{mount}/data/{prefix}/*" {{ capabilities = ["create", "read", "update"] }}')
    other = keys(1)[0]

    async def scenario() -> None:
        async with vault.opened(blind) as ledger:
            assert await ledger.read([KEY, other]) == {KEY: staged()}
            with pytest.raises(ConsoleError) as caught:
                await store(ledger, other, staged())
            assert caught.value.code == "Ledger.Expiring"
        async with vault.opened(read_only=True) as ledger:
            assert other in await ledger.read([other])

    asyncio.run(scenario())


def test_reading_a_fleet(vault: Vault, audit: Audit) -> None:
    """Names are listed first, so that an empty ledger costs some calls and not thousands."""
    chosen = keys(900)

    async def scenario() -> None:
        async with vault.opened() as ledger:
            assert await ledger.read(chosen) == {}
            await asyncio.gather(*(ledger.swap(key, staged()) for key in chosen[:90]))
            assert audit.count("read", "/data/") == 0
            assert len(await ledger.read(chosen)) == 90

    asyncio.run(scenario())
    assert audit.count("read", "/data/") == 90
