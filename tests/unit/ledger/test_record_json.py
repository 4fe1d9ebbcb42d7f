# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The form of a record in every ledger: bytes of earlier releases are read, and today's are the same.

The files in ``data/written/``, of schema 1, and ``data/written-2/`` are never made anew: whatever reads records,
it must read these, and it must write those of the last schema.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import typing as t
from pathlib import Path

import pytest
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.in_force import adopted
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.record import Former, Pending, Record
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.record_json import from_json, to_json
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.vault import document
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.vault.document import from_document, to_document

from tests.unit.ledger.older_records import FOLDER, RECORDS, RECORDS_2, SECOND, STORED, STORED_2
from tests.unit.ledgers_and_runs import NOON, records_of

LINES, LINES_2 = ((folder / "records.jsonl").read_bytes().splitlines() for folder in (FOLDER, SECOND))
DOCUMENTS, DOCUMENTS_2 = (
    (folder / "documents.jsonl").read_text(encoding="ascii").splitlines() for folder in (FOLDER, SECOND)
)
TIME = "2026-01-01T12:00:30Z"
PENDING = {"password": "Aaaaa1", "staged_at": TIME, "run_id": "r"}
FORMER = {"password": "Aaaaa1", "acknowledged_at": None, "retired_at": TIME}


def read(**parts: t.Any) -> Record | None:
    return from_json(json.dumps({"version": 1, **parts}).encode())


@pytest.mark.parametrize(("line", "record"), [*zip(LINES, RECORDS, strict=True)])
def test_records_of_schema_1(line: bytes, record: Record) -> None:
    assert from_json(line) == record


@pytest.mark.parametrize(("line", "record"), [*zip(LINES_2, RECORDS_2, strict=True)])
def test_written_records(line: bytes, record: Record) -> None:
    assert from_json(line) == record
    assert to_json(record) == line


@pytest.mark.parametrize(("line", "key"), [*zip(DOCUMENTS, STORED, strict=True)])
def test_documents_of_schema_1(line: str, key: t.Any) -> None:
    """They are brought up to date as they are read, and the next change writes them as those of today."""
    assert from_document(key, json.loads(line)) == adopted(STORED[key])
    assert json.loads(line)["schema"] == 1


@pytest.mark.parametrize(("line", "key"), [*zip(DOCUMENTS_2, STORED_2, strict=True)])
def test_written_documents(line: str, key: t.Any) -> None:
    assert from_document(key, json.loads(line)) == STORED_2[key]
    assert json.dumps(to_document(key, STORED_2[key])) == line


def test_a_release_of_schema_1_refuses_a_document_of_today(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would lose what it does not know."""
    monkeypatch.setattr(document, "SCHEMA", 1)
    key = next(iter(STORED_2))
    with pytest.raises(ConsoleError) as caught:
        from_document(key, json.loads(DOCUMENTS_2[0]))
    assert caught.value.code == "Ledger.TooNew"


def test_a_ledger_of_schema_1(ledger_path: Path) -> None:
    ledger_path.parent.mkdir()
    shutil.copy(FOLDER / "ledger.db", ledger_path)
    assert asyncio.run(records_of(ledger_path, STORED)) == {key: adopted(record) for key, record in STORED.items()}


def test_a_written_ledger(ledger_path: Path) -> None:
    ledger_path.parent.mkdir()
    shutil.copy(SECOND / "ledger.db", ledger_path)
    assert asyncio.run(records_of(ledger_path, STORED_2)) == STORED_2


def test_what_is_left_out_has_its_default() -> None:
    assert read() == Record(1)
    assert read(pending=PENDING) == Record(1, pending=Pending("Aaaaa1", NOON, "r"))
    assert read(history=[FORMER]) == Record(1, history=(Former("Aaaaa1", None, NOON),))


@pytest.mark.parametrize(
    "parts",
    [
        {"version": "1"},
        {"version": 1.0},
        {"version": True},
        {"version": None},
        {"current": 1},
        {"rotated_at": 1},
        {"rotated_at": "2026-01-01"},
        {"rotated_at": "2026-01-01T23:59:60Z"},
        {"reboot": "perhaps"},
        {"history": None},
        {"history": {}},
        {"history": [["Aaaaa1", None, TIME]]},
        {"history": [{**FORMER, "more": 1}]},
        {"history": [{**FORMER, "maybe": "true"}]},
        {"pending": {**PENDING, "in_flight": 1}},
        {"pending": {**PENDING, "attempts": "1"}},
        {"pending": {**PENDING, "more": 1}},
        {"pending": {"password": "Aaaaa1"}},
        {"more": 1},
    ],
    ids=str,
)
def test_what_is_no_record(parts: dict[str, t.Any]) -> None:
    assert read(**parts) is None


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"null",
        b"[1]",
        b"{}",
        b'{"version":1',
        b'{"version":1}x',
        b'{"version":NaN}',
        b'{"version":1,"current":"\\ud800"}',
        b'{"version":1,"current":"\xff"}',
        b"\xef\xbb\xbf" + b'{"version":1}',
        b'{"version":1}'.decode().encode("utf-16"),
        b'{"version":' + b"9" * 5000 + b"}",
        b'{"version":1,"history":' + b"[" * 100_000,
    ],
    ids=lambda text: ascii(text)[:30],
)
def test_what_is_no_json_of_a_record(text: bytes) -> None:
    assert from_json(text) is None


def test_a_text_that_cannot_be_written() -> None:
    with pytest.raises(ValueError, match="surrogates"):
        to_json(Record(1, current="\ud800"))


def test_no_part_shows_what_it_holds() -> None:
    """A traceback that shows values shows these."""
    parts: tuple[object, ...] = (Record(1, "Aaaaa1"), Pending("Aaaaa1", NOON, "r"), Former("Aaaaa1", None, NOON))
    assert [f"{part} {part!r}" for part in parts] == ["<Record> <Record>", "<Pending> <Pending>", "<Former> <Former>"]
