# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the collected report says of an instance, from its record and a moment."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from ansible_collections.cloudops.console.plugins.filter.rotation import rotation_collected
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.module_utils._models import Access
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.record import EMPTY, InstanceKey, Pending, Record
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.outcomes import Outcome
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.plan import Decision
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.since import outcome_since, parse_since
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.targets import Target

NOW = dt.datetime(2026, 3, 1, 12, tzinfo=dt.timezone.utc)
SINCE = NOW - dt.timedelta(hours=1)
OLD, NEW = SINCE - dt.timedelta(days=40), SINCE + dt.timedelta(minutes=1)
KNOWN = Record(1, current="aaaaa1", rotated_at=OLD, acknowledged_at=OLD, last_outcome="rotated")
STAGED = Pending("bbbbb2", NEW, "r")


def outcome(record: Record, planned: Outcome) -> tuple[str, bool]:
    """What is reported, and whether a message goes with it."""
    target = Target(("web",), InstanceKey("alibaba", "cn-hangzhou", "i-1"), Access())
    ending = outcome_since(Decision(target, planned, record), SINCE)
    return ending.outcome, ending.error is not None


@pytest.mark.parametrize(
    ("record", "planned", "expected"),
    [
        (replace(KNOWN, rotated_at=NEW), "fresh", ("rotated", False)),
        (replace(KNOWN, rotated_at=SINCE), "fresh", ("rotated", False)),
        (replace(KNOWN, rotated_at=NEW, last_outcome="resumed"), "fresh", ("resumed", False)),
        # set again: the age stays
        (replace(KNOWN, acknowledged_at=NEW), "rotated", ("rotated", False)),
        (KNOWN, "fresh", ("fresh", False)),
        (KNOWN, "rotated", ("not_attempted", True)),
        (EMPTY, "rotated", ("not_attempted", True)),
        (replace(KNOWN, last_outcome="rejected"), "rotated", ("rejected", True)),
        (replace(KNOWN, last_outcome="rejected"), "fresh", ("fresh", False)),
        # killed between the two writes
        (replace(KNOWN, pending=STAGED), "resumed", ("ambiguous", True)),
        (
            replace(KNOWN, pending=replace(STAGED, in_flight=False)),
            "resumed",
            ("failed", True),
        ),
        # rotated since, and tried again since
        (replace(KNOWN, rotated_at=NEW, pending=STAGED), "resumed", ("ambiguous", True)),
    ],
)
def test_outcomes(record: Record, planned: Outcome, expected: tuple[str, bool]) -> None:
    assert outcome(record, planned) == expected


def test_since() -> None:
    assert parse_since("1h", NOW) == SINCE
    assert parse_since("2026-03-01T11:00:00Z", NOW) == SINCE
    for text in ("yesterday", "2026-03-01T11:00:00", "2026-03-02T00:00:00Z", "999999999w", ""):
        with pytest.raises(ConsoleError, match="since"):
            parse_since(text, NOW)


def artifact(count: int, started: str, **more: object) -> dict[str, object]:
    return {"summary": {"rotated": count, "total": count}, "started_at": started, "due_before": started, **more}


def test_jobs_are_added_up() -> None:
    jobs = {
        "vnc_rotation_41": artifact(9, "2026-01-01T00:00:00Z", check_mode=True),
        "vnc_rotation_43": artifact(5, "2026-01-01T01:00:00Z"),
        "vnc_rotation_42": artifact(4, "2026-01-01T02:00:00Z", stopped="the ledger failed"),
        "vnc_rotation_result": artifact(7, "2025-01-01T00:00:00Z"),
        "vnc_rotation_44": "no artifact",
    }
    found = rotation_collected(jobs, {"rotated": 8, "resumed": 4, "fresh": 0, "total": 12})
    assert found["jobs"] == [42, 43]
    assert (found["since"], found["due_before"]) == ("2026-01-01T01:00:00Z", "2026-01-01T02:00:00Z")
    assert found["summary"] == {"rotated": 9, "total": 9}
    assert found["stopped"] == ["the ledger failed"]
    assert found["differences"] == [
        "rotated or resumed: the jobs say 9, the ledger 12",
        "hosts in all: the jobs say 9, the ledger 12",
    ]
    assert rotation_collected(jobs, {"rotated": 9, "total": 9})["differences"] == []
    assert rotation_collected({})["since"] is None
