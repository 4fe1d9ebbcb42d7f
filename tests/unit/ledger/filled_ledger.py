# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""A ledger file with some records, what is done to it, and what it says then."""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import os
import signal
import sqlite3
from collections.abc import Callable, Iterator
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger import record as states
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.maintenance import (
    MaintenanceOptions,
    MaintenanceResult,
    maintain,
)
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.record import EMPTY, InstanceKey, Record

from tests.unit.ledgers_and_runs import NOON, PASSPHRASE, after, lock, opened

NEW = "another passphrase, and a longer one"
COUNT = 40
KEYS = [InstanceKey("alibaba", "cn-hangzhou", f"i-{number:05d}") for number in range(COUNT)]


def staged(candidate: str = "Aaaaa1") -> Record:
    return states.stage(EMPTY, candidate, run_id="r1", now=NOON, lease_until=after(minutes=2))


def promoted(record: Record) -> Record:
    assert record.pending is not None
    return states.promote(
        record,
        record.pending.password,
        acknowledged_at=NOON,
        now=NOON,
        reboot="needed",
        ambiguous=False,
        outcome="rotated",
    )


def password(number: int) -> str:
    return f"Zq{number:03d}K"


async def fill_ledger(path: Path) -> dict[InstanceKey, Record]:
    """Make a ledger whose last record is pending and whose others wait for a reboot."""
    async with opened(path) as ledger:
        records = {key: staged(password(number)) for number, key in enumerate(KEYS)}
        await asyncio.gather(*(ledger.swap(key, record) for key, record in records.items()))
        for key in KEYS[:-1]:
            records[key] = promoted(records[key])
        await asyncio.gather(*(ledger.swap(key, records[key]) for key in KEYS[:-1]))
    return records


def read(path: Path, passphrase: str = PASSPHRASE) -> dict[InstanceKey, Record]:
    async def all_of_them() -> dict[InstanceKey, Record]:
        async with opened(path, passphrase, read_only=True) as ledger:
            return await ledger.read(KEYS)

    return asyncio.run(all_of_them())


def code_of(work: Callable[[], object]) -> str:
    with pytest.raises(ConsoleError) as caught:
        work()
    assert caught.value.advice
    assert NEW not in caught.value.message
    assert PASSPHRASE not in caught.value.message
    return caught.value.code or ""


def outcome_of(work: Callable[[], object]) -> str:
    """The code of its error, or done."""
    try:
        work()
    except ConsoleError as error:
        return str(error.code)
    return "done"


def changed_key(path: Path, old: str = PASSPHRASE, new: str = NEW) -> MaintenanceResult:
    return maintain(path, lock(old), MaintenanceOptions(new=lock(new)))


def bytes_around(path: Path) -> bytes:
    return b"".join(each.read_bytes() for each in sorted(path.parent.iterdir()) if each.is_file())


def journal_size(path: Path) -> int:
    return path.with_name(f"{path.name}-wal").stat().st_size


def write_on(path: Path, ready: Event, stop: Event) -> None:
    """Change every record again and again; all in one batch, so that each commit is one state of all."""

    async def scenario() -> None:
        async with opened(path) as ledger:
            for _turn in range(100_000):
                found = await ledger.read(KEYS)
                claimed = {
                    key: states.claim(record, run_id="w", lease_until=after(minutes=2)) for key, record in found.items()
                }
                await asyncio.gather(*(ledger.swap(key, record) for key, record in claimed.items()))
                ready.set()
                if stop.is_set():
                    return

    asyncio.run(scenario())


@contextlib.contextmanager
def writer(path: Path) -> Iterator[multiprocessing.process.BaseProcess]:
    """Another process that writes all the time."""
    context = multiprocessing.get_context("fork")
    ready, stop = context.Event(), context.Event()
    process = context.Process(target=write_on, args=(path, ready, stop))
    process.start()
    try:
        assert ready.wait(20)
        yield process
    finally:
        stop.set()
        process.join(20)
        if process.is_alive():
            process.kill()


def pending_ledger(path: Path) -> None:
    async def fill() -> None:
        async with opened(path) as ledger:
            await asyncio.gather(*(ledger.swap(key, staged(password(n))) for n, key in enumerate(KEYS)))

    asyncio.run(fill())


async def settle_the_last(path: Path, records: dict[InstanceKey, Record]) -> None:
    async with opened(path) as ledger:
        await ledger.swap(KEYS[-1], promoted(records[KEYS[-1]]))


def data_key(path: Path, passphrase: str) -> bytes:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        wrapped = connection.execute("SELECT value FROM meta WHERE name = 'data_key'").fetchone()[0]
    return lock(passphrase).unwrap(wrapped, "sqlite:///l.db")


def killed_at(path: Path, arrange: Callable[[pytest.MonkeyPatch], None], work: Callable[[Path], object]) -> None:
    """Do the work in a process that kills itself where arrange says."""
    child = os.fork()
    if child == 0:
        try:
            with pytest.MonkeyPatch.context() as patch:
                arrange(patch)
                work(path)
        finally:
            os._exit(0)
    _pid, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), "the point was not reached"


def die(*_args: object, **_more: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)
