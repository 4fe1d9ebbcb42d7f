# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The records that ``data/written/`` holds, as they were when its files were made."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.record import (
    EMPTY,
    Former,
    InstanceKey,
    Pending,
    Record,
)

from tests.unit.ledgers_and_runs import NOON, after

# One record a line, one document of the key/value store a line, and a ledger file with PASSPHRASE as its key. Those of
# schema 1 know nothing of what is over.
DATA = Path(__file__).resolve().parent / "data"
FOLDER, SECOND = DATA / "written", DATA / "written-2"

_EARLIER = dt.datetime(2025, 12, 31, 23, 59, 59, 999999, tzinfo=dt.timezone.utc)
_ELSEWHERE = dt.datetime(2026, 1, 1, 14, 0, 30, 120000, tzinfo=dt.timezone(dt.timedelta(hours=2)))

_HISTORY = (
    Former("Old001", None, _EARLIER, maybe=True),
    Former("Old002", _EARLIER, NOON),
    Former("Old003", after(microseconds=1), after(seconds=1, microseconds=120_000)),
)
_SETTLED = Pending("Pend01", after(minutes=5), "run-2", 3, in_flight=False, ambiguous=True)

RECORDS = (
    EMPTY,
    Record(1),
    Record(1, pending=Pending("Aaaaa1", NOON, "run-1"), lease_until=after(minutes=2)),
    Record(2, "Aaaaa1", NOON, NOON, last_outcome="rotated"),
    Record(2, "Aaaaa1", after(microseconds=7), after(seconds=1), reboot="needed", last_outcome="rotated"),
    Record(2, "Aaaaa1", NOON, NOON, reboot="at_next_start", last_outcome="rotated"),
    Record(2, "Aaaaa1", NOON, NOON, history=_HISTORY[:1], last_outcome="ambiguous"),
    Record(3, "Bbbbb2", after(hours=1), after(hours=1), _SETTLED, _HISTORY, "needed", after(hours=2), "ambiguous"),
    Record(3, "Bbbbb2", _ELSEWHERE, _ELSEWHERE, last_outcome="resumed"),
    Record(1, pending=Pending("Ä€\U0001f511z9", NOON, "Lauf-ß", 1, in_flight=False), last_outcome="größer"),
    Record(1, pending=Pending('q"\\/\n\t\x00\x7f', NOON, "\u2028"), last_outcome="<&>"),
    Record(2**53 + 1, "Aaaaa1", dt.datetime.max.replace(tzinfo=dt.timezone.utc), None),
    Record(4, "Ccccc3", NOON, NOON, history=tuple(Former(f"Hh{n:03d}x", NOON, after(days=n)) for n in range(12))),
)

_OVER = Former("Old001", NOON, after(days=1), staged_at=_EARLIER, confirmed_at=NOON, over=True)
_OPEN = Former("Old002", after(days=1), after(days=2), staged_at=NOON, confirmed_at=after(days=1))
_DOUBTED = Former("Old003", None, after(days=3), maybe=True, staged_at=after(days=2))

RECORDS_2 = (
    *RECORDS,
    Record(2, "Aaaaa1", NOON, NOON, last_outcome="rotated", staged_at=_EARLIER, doubted_at=NOON, unknown_before=False),
    Record(3, "Bbbbb2", NOON, NOON, _SETTLED, (_OVER, _OPEN, _DOUBTED), "needed", None, "ambiguous", NOON, NOON, False),
)


def stored(records: tuple[Record, ...]) -> dict[InstanceKey, Record]:
    """What a store can hold of them: its records begin with version 1, and each is changed one step at a time."""
    return {
        InstanceKey("alibaba", "cn-hangzhou", f"i-{number:04d}"): record
        for number, record in enumerate(records)
        if 0 < record.version < 10
    }


STORED, STORED_2 = stored(RECORDS), stored(RECORDS_2)
