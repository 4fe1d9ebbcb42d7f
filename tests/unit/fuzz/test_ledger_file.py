# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""A file that is no ledger, or was one: opened and read, it gives its records or an error of ours, and never others."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import tempfile
import typing as t
from pathlib import Path

import pytest
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.encryption import VaultSecrets
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.errors import Conflict
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.open import LedgerOptions, open_ledger
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.record import EMPTY, InstanceKey, Record, stage
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.sqlite.ledger import open_sqlite
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.store import NoLedgerYet
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.example_counts import MEMORY, examples
from tests.unit.fuzz.hostile_values import SECRET, outcome, texts
from tests.unit.ledgers_and_runs import KEY, NOON, after, lock, opened

RECORD = stage(EMPTY, SECRET, run_id="r", now=NOON, lease_until=after(minutes=3))
OTHER = InstanceKey("alibaba", "cn-hangzhou", "i-0002")


class Unchanging(VaultSecrets):
    """The usual key; what it opened once it need not open again, because that is slow by intent."""

    _opened: t.ClassVar[dict[bytes, bytes]] = {}

    def unwrap(self, vault_text: bytes, where: str) -> bytes:
        if vault_text not in self._opened:
            self._opened[vault_text] = super().unwrap(vault_text, where)
        return self._opened[vault_text]


def usual() -> VaultSecrets:
    return Unchanging([*lock()._secrets], "the passphrase ledger_key")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The bytes of a ledger of two records."""
    path = tmp_path_factory.mktemp("whole") / "ledger.db"

    async def fill() -> None:
        async with opened(path) as ledger:
            await ledger.swap(KEY, RECORD)
            await ledger.swap(OTHER, RECORD)

    asyncio.run(fill())
    return path.read_bytes()


async def use(path: Path, *, read_only: bool) -> list[Record | ConsoleError | None]:
    """Open, read, write and read again, as a run does; what each record is, or the error instead."""
    ledger = open_sqlite(path, usual(), read_only=read_only)
    found: list[Record | ConsoleError | None] = []
    try:
        for key in (KEY, OTHER):
            try:
                found.append((await ledger.read([key])).get(key))
            except ConsoleError as error:
                found.append(error)
        if not read_only and not isinstance(ledger, NoLedgerYet):
            with contextlib.suppress(Conflict):
                await ledger.swap(InstanceKey("alibaba", "cn-hangzhou", "i-0003"), RECORD)
    finally:
        await ledger.close()
    return found


def check(content: bytes, *, read_only: bool, change: t.Callable[[sqlite3.Connection], object] | None = None) -> None:
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        path = Path(folder, "ledger.db")
        path.write_bytes(content)
        if change is not None:
            with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
                change(connection)
        found = outcome(lambda: asyncio.run(use(path, read_only=read_only)))
    for record in found if isinstance(found, list) else []:
        # A record is the one that was stored, or none: no file can make up a password.
        assert record is None or isinstance(record, ConsoleError) or record == RECORD


@settings(max_examples=examples(30))
@given(
    content=st.one_of(st.binary(max_size=400), st.binary(max_size=100).map(lambda junk: b"SQLite format 3\0" + junk))
)
@pytest.mark.parametrize("read_only", [True, False])
def test_any_bytes(content: bytes, read_only: bool) -> None:
    check(content, read_only=read_only)


@settings(max_examples=examples(30))
@given(data=st.data(), read_only=st.booleans())
def test_flipped_and_cut(whole: bytes, data: st.DataObject, read_only: bool) -> None:
    content = bytearray(whole)
    for _turn in range(data.draw(st.integers(0, 4), label="flips")):
        # most of a small database is empty, so that headers of file and pages are aimed at
        place = data.draw(st.one_of(st.integers(0, 120), st.integers(0, len(content) - 1)), label="place")
        content[place] ^= data.draw(st.integers(1, 255), label="bits")
    end = data.draw(st.one_of(st.just(len(content)), st.integers(0, len(content))), label="end")
    check(bytes(content[:end]), read_only=read_only)


_cells: st.SearchStrategy[t.Any] = st.one_of(
    st.none(),
    st.binary(max_size=60),
    texts.map(lambda text: text.encode("utf-8", "replace").decode()),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(),
    st.sampled_from(
        (b"$ANSIBLE_VAULT", b"$ANSIBLE_VAULT;1.1;AES256\nzz", b"$ANSIBLE_VAULT;1.2;AES256;x\n3132\n", b"\xff" * 99)
    ),
    st.integers(0, 2**20).map(lambda size: b"\0" * size),
)


@settings(max_examples=examples(50))
@given(
    value=_cells,
    version=_cells,
    sealed=_cells,
    schema=st.sampled_from((0, 1, 1, 1, 2, 2**31 - 1, -1)),
    which=st.integers(0, 3),
)
def test_hostile_rows(whole: bytes, value: t.Any, version: t.Any, sealed: t.Any, schema: int, which: int) -> None:
    """The data key, a version, a sealed record or the schema's number is something else."""

    def change(connection: sqlite3.Connection) -> None:
        with contextlib.suppress(sqlite3.IntegrityError):
            if which == 0:
                connection.execute("UPDATE meta SET value = ?", (value,))
            elif which == 1:
                connection.execute("UPDATE records SET version = ? WHERE instance_id = ?", (version, KEY.instance_id))
            elif which == 2:
                connection.execute("UPDATE records SET sealed = ? WHERE instance_id = ?", (sealed, KEY.instance_id))
            connection.execute(f"PRAGMA user_version = {schema}")

    check(whole, read_only=bool(schema % 2), change=change)


_ENDLESS = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT {} FROM n"
_COLUMNS = "'alibaba' AS provider, 'cn-hangzhou' AS region, 'i-0001' AS instance_id, x AS version, x AS sealed"
OTHER_FORMS = (
    "DROP TABLE records",
    "DROP TABLE meta",
    "DELETE FROM meta",
    "ALTER TABLE records ADD COLUMN more TEXT",
    "ALTER TABLE records RENAME COLUMN sealed TO other",
    "ALTER TABLE meta RENAME COLUMN value TO other",
    "ALTER TABLE records RENAME TO others",
    "CREATE TABLE more (x)",
    f"DROP TABLE records; CREATE VIEW records AS {_ENDLESS.format(_COLUMNS)} WHERE x < 0",
    f"DROP TABLE meta; CREATE VIEW meta AS {_ENDLESS.format('x AS name, x AS value')} WHERE x < 0",
    "CREATE TRIGGER deaf BEFORE INSERT ON records BEGIN SELECT RAISE(IGNORE); END",
    "CREATE TRIGGER loud BEFORE INSERT ON records BEGIN SELECT RAISE(ABORT, 'no'); END",
    "DROP TABLE records; CREATE TABLE records (provider, region, instance_id, version, sealed)",
    "DROP TABLE records; CREATE TABLE records (a)",
    "UPDATE records SET provider = x'00ff' WHERE instance_id = 'i-0001'",
    "PRAGMA application_id = 0",
    "PRAGMA application_id = 0; DROP TABLE meta; DROP TABLE records; VACUUM",
)


@pytest.mark.parametrize("read_only", [True, False])
@pytest.mark.parametrize("statements", OTHER_FORMS)
def test_other_forms(whole: bytes, statements: str, read_only: bool) -> None:
    """A database of the right key, and of another form; a view in place of a table could be without end."""
    check(whole, read_only=read_only, change=lambda connection: connection.executescript(statements))


@settings(max_examples=examples(30))
@given(address=st.one_of(texts, st.builds("sqlite://{}{}".format, st.sampled_from(("/", "", "~", "/~/", "//")), texts)))
def test_any_address(address: str) -> None:
    """Read only, so that nothing is made; what is not there is an empty ledger."""
    ledger = outcome(lambda: open_ledger(LedgerOptions(address or "x", key="k"), [], read_only=True))
    if isinstance(ledger, ConsoleError):
        assert ledger.code
    else:
        assert ledger.where.isprintable()
        asyncio.run(ledger.close())
