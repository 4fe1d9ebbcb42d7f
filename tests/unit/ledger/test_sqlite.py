# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The SQLite ledger as a store: compare-and-swap, durability, two processes, modes, check mode."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import shutil
import sqlite3
import subprocess
import sys
from dataclasses import replace
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger import record as states
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.errors import Conflict
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.record import EMPTY, InstanceKey, Record
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.sqlite.ledger import SqliteLedger
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.store import store

from tests.unit.ledgers_and_runs import KEY, NOON, after, opened, records_of, sqlite_ledger

ROOT = Path(__file__).resolve().parents[3]


def staged(candidate: str = "Aaaaa1", record: Record = EMPTY) -> Record:
    return states.stage(record, candidate, run_id="r1", now=NOON, lease_until=after(minutes=2))


def keys(count: int) -> list[InstanceKey]:
    return [InstanceKey("alibaba", "cn-hangzhou", f"i-{number:05d}") for number in range(count)]


def test_what_was_stored_is_read_back_equal(ledger_path: Path) -> None:
    record = staged()
    for number in range(3):
        record = states.promote(
            record,
            record.pending.password if record.pending else "",
            acknowledged_at=after(seconds=number),
            now=after(seconds=number, microseconds=123456),
            reboot="needed",
            ambiguous=number == 1,
            outcome="rotated",
        )
        record = staged(f"Bbbbb{number}", replace(record, lease_until=None))
    record = replace(record, version=1)

    async def scenario() -> None:
        async with opened(ledger_path) as ledger:
            await ledger.swap(KEY, record)
            assert await ledger.read([KEY, InstanceKey("alibaba", "cn-hangzhou", "i-other")]) == {KEY: record}
        assert await records_of(ledger_path, [KEY]) == {KEY: record}

    asyncio.run(scenario())


def test_only_the_next_version_is_stored(ledger_path: Path) -> None:
    async def scenario() -> None:
        async with opened(ledger_path) as ledger:
            first = staged()
            await ledger.swap(KEY, first)
            second = states.claim(first, run_id="r2", lease_until=after(minutes=3))
            for wrong in (first, staged("Bbbbb1"), replace(second, version=3)):
                with pytest.raises(Conflict):
                    await ledger.swap(KEY, wrong)
            with pytest.raises(Conflict):
                await ledger.swap(InstanceKey("alibaba", "cn-hangzhou", "i-none"), second)
            await ledger.swap(KEY, second)
            with pytest.raises(Conflict):  # a writer that has seen the first one too, and comes later
                await ledger.swap(KEY, states.claim(first, run_id="r3", lease_until=after(minutes=3)))
            assert await ledger.read([KEY]) == {KEY: second}

    asyncio.run(scenario())


def test_of_many_swaps_at_once_one_wins(ledger_path: Path) -> None:
    async def scenario() -> None:
        async with opened(ledger_path) as one, opened(ledger_path) as two:
            candidates = [staged(f"Pass{number:02d}") for number in range(20)]
            ended = await asyncio.gather(
                *((one, two)[number % 2].swap(KEY, record) for number, record in enumerate(candidates)),
                return_exceptions=True,
            )
            assert [end for end in ended if end is not None and not isinstance(end, Conflict)] == []
            (won,) = [record for record, end in zip(candidates, ended, strict=True) if end is None]
            assert (await two.read([KEY]))[KEY] == won

    asyncio.run(scenario())


def test_a_conflict_leaves_the_rest_of_its_batch_alone(ledger_path: Path) -> None:
    async def scenario() -> None:
        async with opened(ledger_path) as ledger:
            taken, *others = keys(40)
            await ledger.swap(taken, staged())
            ended = await asyncio.gather(
                *(ledger.swap(key, staged("Bbbbb1")) for key in (taken, *others)), return_exceptions=True
            )
            assert isinstance(ended[0], Conflict)
            assert ended[1:] == [None] * 39
            assert set(await ledger.read(others)) == set(others)

    asyncio.run(scenario())


def test_many_keys_in_one_read(ledger_path: Path) -> None:
    async def scenario() -> None:
        async with opened(ledger_path) as ledger:
            await asyncio.gather(*(ledger.swap(key, staged()) for key in keys(1000)))
            assert set(await ledger.read(keys(1200))) == set(keys(1000))
            assert await ledger.read([]) == {}

    asyncio.run(scenario())


def test_what_swap_returned_for_is_readable_by_another_process(ledger_path: Path) -> None:
    """I1: asked of a process that has nothing in common with this one but the file."""
    program = (
        "import asyncio, sys\nfrom pathlib import Path\n"
        "from tests.unit.ledgers_and_runs import KEY, records_of\n"
        "async def main():\n"
        "    for line in sys.stdin:\n"
        "        record = (await records_of(Path(sys.argv[1]), [KEY]))[KEY]\n"
        "        print(record.pending.password, record.version, flush=True)\n"
        "asyncio.run(main())\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / ".build" / "collections"), str(ROOT)])}
    with subprocess.Popen(
        [sys.executable, "-c", program, str(ledger_path)],
        env=environment,
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdin is not None
        assert other.stdout is not None

        async def scenario() -> None:
            async with opened(ledger_path) as ledger:
                record = staged()
                for _step in range(5):
                    await ledger.swap(KEY, record)
                    print("?", file=other.stdin, flush=True)
                    assert other.stdout is not None
                    assert other.stdout.readline().split() == ["Aaaaa1", str(record.version)]
                    record = states.claim(record, run_id="r", lease_until=after(minutes=2))

        asyncio.run(scenario())
        other.stdin.close()


def test_what_swap_returned_for_survives_a_kill(ledger_path: Path, tmp_path: Path) -> None:
    """Copied as a crash would leave it, without closing: file, log and all."""

    async def scenario() -> None:
        async with opened(ledger_path) as ledger:
            await asyncio.gather(*(ledger.swap(key, staged()) for key in keys(50)))
            shutil.copytree(ledger_path.parent, tmp_path / "crashed")
        assert len(await records_of(tmp_path / "crashed" / "ledger.db", keys(50))) == 50

    asyncio.run(scenario())


def test_group_commit(ledger_path: Path) -> None:
    """A crowd of swaps shares commits: far fewer transactions than swaps."""

    async def scenario() -> int:
        async with opened(ledger_path) as ledger:
            await ledger.swap(KEY, staged())
            with sqlite3.connect(ledger_path) as other:
                other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            other.close()
            await asyncio.gather(*(ledger.swap(key, staged()) for key in keys(500)))
            return (ledger_path.parent / "ledger.db-wal").stat().st_size

    # a commit of one record writes at least one page of 4 KiB to the log
    assert asyncio.run(scenario()) < 500 * 4096


def test_the_settings_that_make_it_durable(ledger_path: Path) -> None:
    made_one = sqlite_ledger(ledger_path)
    assert isinstance(made_one, SqliteLedger)
    connection = made_one._connection  # durability cannot be seen from outside
    assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    asyncio.run(made_one.close())


def _open_and_swap(path: Path, number: int, barrier: Barrier, answers: Queue[str]) -> None:
    async def scenario() -> str:
        barrier.wait()
        async with opened(path) as ledger:
            try:
                await ledger.swap(KEY, staged(f"Pass{number:02d}"))
            except Conflict:
                return "conflict"
            return f"Pass{number:02d}"

    try:
        answers.put(asyncio.run(scenario()))
    except ConsoleError as error:
        answers.put(f"{error.code}: {error.reason}")


@pytest.mark.parametrize("turn", range(3))
def test_processes_that_make_the_same_ledger_at_once(ledger_path: Path, turn: int) -> None:
    """All of them open it with the same data key, and one wins the record."""
    context = multiprocessing.get_context("fork")
    barrier, answers = context.Barrier(4), context.Queue()
    processes = [context.Process(target=_open_and_swap, args=(ledger_path, n, barrier, answers)) for n in range(4)]
    for process in processes:
        process.start()
    ended = sorted(answers.get(timeout=20) for _each in processes)
    for process in processes:
        process.join(20)
    assert ended[1:] == ["conflict"] * 3, turn
    stored = asyncio.run(records_of(ledger_path, [KEY]))[KEY]
    assert stored.pending is not None
    assert stored.pending.password == ended[0]


def test_modes(ledger_path: Path) -> None:
    umask = os.umask(0)
    try:

        async def scenario() -> None:
            async with opened(ledger_path) as ledger:
                await ledger.swap(KEY, staged())
                modes = {entry.name: entry.stat().st_mode & 0o777 for entry in ledger_path.parent.iterdir()}
                assert modes
                assert set(modes.values()) == {0o600}, modes

        asyncio.run(scenario())
    finally:
        os.umask(umask)
    assert ledger_path.parent.stat().st_mode & 0o777 == 0o700


def test_a_ledger_that_others_can_read_is_closed_to_them(ledger_path: Path) -> None:
    asyncio.run(sqlite_ledger(ledger_path).close())
    ledger_path.chmod(0o644)
    asyncio.run(sqlite_ledger(ledger_path).close())
    assert ledger_path.stat().st_mode & 0o777 == 0o600


def test_nothing_stays_beside_the_file(ledger_path: Path) -> None:
    asyncio.run(sqlite_ledger(ledger_path).close())
    assert [entry.name for entry in ledger_path.parent.iterdir()] == ["ledger.db"]


def test_no_password_in_the_file(ledger_path: Path) -> None:
    async def scenario() -> None:
        async with opened(ledger_path) as ledger:
            await ledger.swap(KEY, staged("Zq7Zq7"))
            for entry in ledger_path.parent.iterdir():
                assert b"Zq7Zq7" not in entry.read_bytes()

    asyncio.run(scenario())


def test_check_mode_does_not_make_a_file(ledger_path: Path) -> None:
    async def scenario() -> None:
        async with opened(ledger_path, read_only=True) as ledger:
            assert await ledger.read([KEY]) == {}
            with pytest.raises(ConsoleError) as caught:
                await ledger.swap(KEY, staged())
            assert caught.value.code == "Ledger.ReadOnly"
            assert str(ledger_path) in ledger.where

    asyncio.run(scenario())
    assert not ledger_path.parent.exists()


def test_check_mode_changes_no_byte(ledger_path: Path) -> None:
    async def fill() -> None:
        async with opened(ledger_path) as ledger:
            await ledger.swap(KEY, staged())

    async def look() -> None:
        async with opened(ledger_path, read_only=True) as ledger:
            assert KEY in await ledger.read([KEY])
            with pytest.raises(ConsoleError) as caught:
                await ledger.swap(KEY, states.claim(staged(), run_id="r", lease_until=after(minutes=9)))
            assert caught.value.code == "Ledger.ReadOnly"

    def state() -> tuple[bytes, int, int]:
        seen = ledger_path.stat()
        return ledger_path.read_bytes(), seen.st_mtime_ns, seen.st_mode

    asyncio.run(fill())
    before = state()
    asyncio.run(look())
    assert state() == before


def test_check_mode_leaves_no_file_beside_the_ledger(ledger_path: Path) -> None:
    """I12: no write anywhere."""
    asyncio.run(sqlite_ledger(ledger_path).close())
    asyncio.run(records_of(ledger_path, [KEY]))
    assert [entry.name for entry in ledger_path.parent.iterdir()] == ["ledger.db"]


def test_a_record_that_cannot_be_written_is_an_error_and_no_standstill(ledger_path: Path) -> None:
    async def scenario() -> None:
        async with opened(ledger_path) as ledger:
            odd = replace(staged(), last_outcome="\udc80")
            (ended,) = await asyncio.gather(asyncio.wait_for(ledger.swap(KEY, odd), 2), return_exceptions=True)
            assert ended is not None
            assert not isinstance(ended, asyncio.TimeoutError)
            await asyncio.wait_for(ledger.swap(KEY, staged()), 2)

    asyncio.run(asyncio.wait_for(scenario(), 6))


class LostAnswers:
    """A ledger whose swaps are stored, or not, and then fail."""

    where = "nowhere"

    def __init__(self, stored: Record | None, *, readable: bool = True) -> None:
        self.stored, self.readable, self.swaps = stored, readable, 0

    async def read(self, _keys: object, /) -> dict[InstanceKey, Record]:
        if not self.readable:
            raise ConsoleError("down", code="Ledger.Unavailable")
        return {KEY: self.stored} if self.stored else {}

    async def swap(self, _key: InstanceKey, _record: Record, /) -> None:
        self.swaps += 1
        raise ConsoleError("the answer was lost", code="Ledger.Unavailable")

    async def close(self) -> None: ...


def test_lost_answer_to_a_swap_that_was_stored() -> None:
    ledger = LostAnswers(staged())
    asyncio.run(store(ledger, KEY, staged()))
    assert ledger.swaps == 1


@pytest.mark.parametrize("found", [None, staged("Bbbbb1")])
def test_lost_answer_to_a_swap_that_was_not_stored(found: Record | None) -> None:
    record = states.claim(staged(), run_id="r", lease_until=after(minutes=9))
    with pytest.raises(ConsoleError, match="lost"):
        asyncio.run(store(LostAnswers(found), KEY, record))


def test_lost_answer_and_another_one_stored() -> None:
    with pytest.raises(Conflict):
        asyncio.run(store(LostAnswers(staged("Bbbbb1")), KEY, staged()))


def test_lost_answer_and_no_second_look() -> None:
    with pytest.raises(ConsoleError, match="lost"):
        asyncio.run(store(LostAnswers(staged(), readable=False), KEY, staged()))
