# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every ledger promises, in a file and on a real server."""

from __future__ import annotations

import asyncio
import contextlib
import typing as t
from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger import record as states
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.errors import Conflict
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.record import InstanceKey, Record
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.store import Ledger, store

from tests.unit.ledger.vault_ledger import Vault, keys, staged
from tests.unit.ledgers_and_runs import KEY, NOON, after, opened

Opened = t.Callable[..., contextlib.AbstractAsyncContextManager[Ledger]]


@pytest.fixture(params=["sqlite", "vault"])
def ledgers(request: pytest.FixtureRequest, ledger_path: Path) -> Opened:
    """Opens the same ledger each time, as another process would."""
    if request.param == "sqlite":
        return lambda **more: opened(ledger_path, **more)
    vault: Vault = request.getfixturevalue("vault")
    login = vault.login()
    return lambda **more: vault.opened(login, **more)


def full() -> Record:
    """A record in which nothing is empty."""
    one = states.promote(
        staged(), "Aaaaa1", acknowledged_at=NOON, now=after(seconds=1.5), reboot="needed", ambiguous=True, outcome="r"
    )
    return replace(
        states.promote(
            states.stage(one, "Bbbbb2", run_id="run-2", now=after(minutes=9), lease_until=after(minutes=12)),
            "Bbbbb2",
            acknowledged_at=after(minutes=9, microseconds=123456),
            now=after(minutes=9),
            reboot="needed",
            ambiguous=False,
            outcome="rotated",
        ),
        pending=states.Pending("Ccccc3", after(days=1), "run-3", attempts=2, ambiguous=True),
        version=1,
        lease_until=after(days=1),
    )


async def contended(ledger: Ledger, key: InstanceKey, record: Record) -> bool:
    try:
        await ledger.swap(key, record)
    except Conflict:
        return False
    return True


def test_what_is_stored_is_read_by_another(ledgers: Opened) -> None:
    async def scenario() -> None:
        async with ledgers() as one, ledgers(read_only=True) as other:
            assert await one.read([KEY]) == {}
            await one.swap(KEY, full())
            assert await other.read([KEY, KEY]) == {KEY: full()}
            assert await one.read([]) == {}

    asyncio.run(scenario())


def test_one_version_after_the_other(ledgers: Opened) -> None:
    async def scenario() -> None:
        async with ledgers() as ledger:
            record = staged()
            await ledger.swap(KEY, record)
            for number in range(12):
                record = states.claim(record, run_id=f"run-{number}", lease_until=after(minutes=number))
                await ledger.swap(KEY, record)
            assert await ledger.read([KEY]) == {KEY: record}

    asyncio.run(scenario())


def test_only_the_next_version_is_taken(ledgers: Opened) -> None:
    async def scenario() -> None:
        async with ledgers() as ledger:
            await ledger.swap(KEY, staged())
            for wrong in (staged("Bbbbb2"), replace(staged("Bbbbb2"), version=3)):
                assert not await contended(ledger, KEY, wrong)
            other = keys(1)[0]
            assert not await contended(ledger, other, replace(staged(), version=2))
            assert await ledger.read([KEY, other]) == {KEY: staged()}

    asyncio.run(scenario())


def test_what_others_stored_meanwhile_wins(ledgers: Opened) -> None:
    async def scenario() -> None:
        async with ledgers() as one, ledgers() as other:
            await one.swap(KEY, staged())
            (seen,) = (await other.read([KEY])).values()
            mine = states.claim(staged(), run_id="mine", lease_until=after(minutes=4))
            theirs = states.claim(seen, run_id="theirs", lease_until=after(minutes=4))
            await other.swap(KEY, theirs)
            assert not await contended(one, KEY, mine)
            assert await one.read([KEY]) == {KEY: theirs}
            with pytest.raises(Conflict):
                await store(one, KEY, mine)
            await store(one, KEY, states.claim(theirs, run_id="mine", lease_until=after(minutes=5)))

    asyncio.run(scenario())


def test_a_crowd_at_one_record(ledgers: Opened) -> None:
    """Of many that want the same version, in two ledgers, one gets it."""

    async def scenario() -> None:
        async with ledgers() as one, ledgers() as other:
            tries = [contended(which, KEY, staged(f"Pass{n:02d}")) for n in range(12) for which in (one, other)]
            assert sum(await asyncio.gather(*tries)) == 1
            (stored,) = (await other.read([KEY])).values()
            assert stored.pending is not None
            assert stored.pending.password.startswith("Pass")

    asyncio.run(scenario())


def test_many_at_once(ledgers: Opened) -> None:
    async def scenario() -> None:
        chosen = keys(300)
        async with ledgers() as ledger:
            assert await ledger.read(chosen) == {}
            await asyncio.gather(*(ledger.swap(key, staged(f"Pw{key.instance_id[-4:]}")) for key in chosen[:200]))
        async with ledgers(read_only=True) as ledger:
            found = await ledger.read(chosen)
        assert set(found) == set(chosen[:200])
        for key, record in found.items():
            assert record.passwords == {f"Pw{key.instance_id[-4:]}"}

    asyncio.run(scenario())


def test_reading_alone_writes_nothing(ledgers: Opened) -> None:
    async def scenario() -> None:
        async with ledgers() as ledger:
            await ledger.swap(KEY, staged())
        async with ledgers(read_only=True) as ledger:
            with pytest.raises(ConsoleError) as caught:
                await ledger.swap(KEY, states.claim(staged(), run_id="r", lease_until=after(minutes=9)))
            assert caught.value.code == "Ledger.ReadOnly"
            assert await ledger.read([KEY]) == {KEY: staged()}

    asyncio.run(scenario())
