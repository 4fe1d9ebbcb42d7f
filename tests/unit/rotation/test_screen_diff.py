# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""What --diff shows of a run."""

from __future__ import annotations

import datetime as dt

import pytest
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.result import FleetResult, HostResult
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.screen import MOST_CHANGES, difference

NOW = dt.datetime(2026, 3, 1, 12, tzinfo=dt.timezone.utc)


def shown(*hosts: HostResult) -> dict[str, str]:
    return difference(FleetResult(hosts, "run", NOW, NOW + dt.timedelta(hours=1), "sqlite:///ledger.db"))


@pytest.mark.parametrize(
    ("age", "text"),
    [
        (dt.timedelta(days=41), "41 days old, of 2026-01-19T12:00:00Z"),
        (dt.timedelta(days=1, hours=5), "1 day old, of 2026-02-28T07:00:00Z"),
        (dt.timedelta(hours=23), "less than a day old, of 2026-02-28T13:00:00Z"),
    ],
)
def test_the_age_before(age: dt.timedelta, text: str) -> None:
    found = shown(HostResult("web-01", "rotated", "at_next_start", rotated_before=NOW - age, rotated_at=NOW))
    assert found["before"] == f"web-01:\n  {text}\n"
    assert found["after"] == "web-01:\n  rotated, takes effect at its next start\n"


def test_hosts_without_a_change_are_left_out() -> None:
    found = shown(HostResult("fresh", "fresh", rotated_before=NOW), HostResult("new", "ambiguous"))
    assert found["before"] == "new:\n  no password in the ledger\n"
    assert found["after"] == "new:\n  ambiguous\n"


def test_only_the_first_of_many_are_shown() -> None:
    found = shown(*(HostResult(f"host-{number}", "rotated") for number in range(MOST_CHANGES + 5)))
    assert found["after"].endswith("... and 5 more\n")
    assert "host-0:" in found["before"]
