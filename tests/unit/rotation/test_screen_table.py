# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""How hosts stand, as lines for people: what the role's entry point status shows."""

from __future__ import annotations

import datetime as dt
import typing as t

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.cloudops.console.plugins.filter.rotation import rotation_table
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.details import write_details
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.result import FleetResult, HostResult

NOW = dt.datetime(2026, 3, 1, 12, tzinfo=dt.timezone.utc)
LIMIT = 700_000
UNKNOWN = "A ? under MAY OPEN IT is the password from before the first rotation, which the ledger does not have."
KNOWN: dict[str, t.Any] = {
    "rotated_at": NOW - dt.timedelta(days=12),
    "in_force_count": 1,
    "in_force_complete": True,
    "looked_at": NOW,
}
FAILURE = {"kind": "permission", "code": "Forbidden.RAM", "message": "m", "request_id": "r", "status": 403}


def survey(*hosts: HostResult, stopped: str | None = None) -> dict[str, t.Any]:
    whole = FleetResult(hosts, "run", NOW, NOW, "sqlite:///ledger.db", stopped=stopped)
    result = whole.to_survey()
    return {**result, "details": write_details(whole, surveyed=True)}


def fresh(name: str, **more: t.Any) -> HostResult:
    return HostResult(name, "fresh", **{**KNOWN, **more})


def test_every_host_with_something_to_do_comes_before_the_others() -> None:
    lines = rotation_table(
        survey(
            HostResult("left-out", "excluded"),
            HostResult("nova", "unsupported"),
            fresh("fine"),
            fresh("stopped", reboot="at_next_start", in_force_count=2),
            HostResult("never", "rotated", looked_at=NOW),
            HostResult("begun", "resumed", **{**KNOWN, "in_force_count": 2}),
            fresh("slow", reboot="needed", in_force_complete=False, rotated_at=NOW - dt.timedelta(days=1)),
            fresh("twin", reboot="needed", same_as="slow"),
            HostResult("gone", "rejected", message="i-1 is not known.\nCheck it.", failure=FAILURE, **KNOWN),
            HostResult("nowhere", "unmapped", message="It has no console_region."),
        )
    )
    assert lines == [
        "HOST      AGE      DUE  MAY OPEN IT  REBOOT                          NOTE",
        "gone      12 days  -    1            -                               rejected",
        "nowhere   -        -    -            -                               unmapped",
        "slow      1 day    no   1 + ?        needs a reboot",
        "twin      12 days  no   1            needs a reboot                  the same instance as slow",
        "never     -        yes  ?            -",
        "begun     12 days  yes  2            -                               a candidate is pending",
        "stopped   12 days  no   2            takes effect at its next start",
        "fine      12 days  no   1            -",
        "left-out  -        -    -            -                               left out by console_exclude",
        "nova      -        -    -            -                               the provider has no VNC password",
        "",
        UNKNOWN,
        "gone: i-1 is not known. Check it.",
        "nowhere: It has no console_region.",
        "10 hosts: 2 with a problem, 2 need a reboot, 1 takes effect at its next start, 2 are due.",
    ]


def test_a_fleet_without_anything_to_do_has_no_more_to_say() -> None:
    assert rotation_table(survey(fresh("web-1"), fresh("web-10"))) == [
        "HOST    AGE      DUE  MAY OPEN IT  REBOOT",
        "web-1   12 days  no   1            -",
        "web-10  12 days  no   1            -",
        "",
        "2 hosts: nothing to do.",
    ]
    assert rotation_table(survey(fresh("web-1")))[-1] == "1 host: nothing to do."


def test_one_reason_is_told_once() -> None:
    hosts = [HostResult(f"web-{n}", "failed", message="The key is refused.", failure=FAILURE) for n in range(240)]
    lines = rotation_table(survey(*hosts))
    assert len(lines) == 1 + 240 + 1 + 1 + 2
    assert [line for line in lines if "refused" in line] == ["web-0, web-1, web-2 and 237 more: The key is refused."]


@pytest.mark.parametrize("count", [5_000, 6_000])
@pytest.mark.parametrize("name", ["web-{}", "web-{}." + "h" * 60])
def test_the_first_of_a_large_fleet_are_shown_and_where_the_others_are(count: int, name: str) -> None:
    """Those with something to do are among them, however the result was shortened."""
    hosts = [fresh(name.format(number)) for number in range(count - 2)]
    last = [
        fresh(name.format("slow"), reboot="needed", in_force_count=2),
        HostResult(name.format("gone"), "rejected", message="i-1 is not known.", failure=FAILURE),
    ]
    rest = f"These are the first 4 of {count} hosts, those with something to do before the others. "
    rest += f"To see others, use --limit HOSTS; to see more, -e vnc_rotation_status_rows={count}."
    lines = rotation_table(survey(*hosts, *last), 4)
    assert [line.split() for line in lines[1:5]] == [
        [name.format("gone"), "-", "-", "?", "-", "rejected"],
        [name.format("slow"), "12", "days", "no", "2", "needs", "a", "reboot"],
        [name.format("0"), "12", "days", "no", "1", "-"],
        [name.format("1"), "12", "days", "no", "1", "-"],
    ]
    assert lines[5:] == [
        "",
        UNKNOWN,
        f"{name.format('gone')}: i-1 is not known.",
        f"{count} hosts: 1 with a problem, 1 needs a reboot.",
        rest,
    ]


@pytest.mark.parametrize("broken", [0, 5_000])
def test_all_of_them_are_as_many_as_there_is_room_for(broken: int) -> None:
    hosts = [
        HostResult(f"web-{number}.{'h' * 120}", "failed", message=f"Number {number}. {'x' * 300}", failure=FAILURE)
        if number < broken
        else fresh(f"web-{number}.{'h' * 120}")
        for number in range(5_000)
    ]
    lines = rotation_table(survey(*hosts), 0)
    assert 500_000 < len(str(lines)) < LIMIT
    shown = lines.index("") - 1
    assert 2_500 < shown < 5_000
    assert lines[-1].startswith(f"These are the first {shown} of 5000 hosts")
    assert any(line.startswith("... and ") for line in lines) is bool(broken)


def test_a_problem_that_the_result_has_no_room_for_is_told() -> None:
    hosts = [HostResult(f"web-{n}", "failed", message=f"Number {n}.", failure=FAILURE) for n in range(201)]
    result = survey(*hosts)
    assert len(result["problems"]) == 200
    assert "web-200: Number 200." in rotation_table(result)


def test_a_survey_that_stopped_early_says_why() -> None:
    assert rotation_table(survey(fresh("a"), stopped="the ledger failed: no space"))[-1] == (
        "Stopped early: the ledger failed: no space"
    )


def test_a_long_name_moves_no_other_row() -> None:
    lines = rotation_table(survey(fresh("a"), fresh("b" * 200)))
    assert lines[1] == f"a{' ' * 63}  12 days  no   1            -"


@pytest.mark.parametrize("rows", [-1, 1.5, "many", "", None, True, [5]])
def test_a_number_of_rows_that_is_none_is_refused(rows: t.Any) -> None:
    with pytest.raises(AnsibleFilterError, match="is no number of rows: give a whole number, or 0 for all hosts"):
        rotation_table(survey(fresh("a")), rows)


def test_a_result_without_ages_has_dashes() -> None:
    """That of a rotation, for one."""
    result = FleetResult((fresh("a"),), "run", NOW, NOW, "l").to_result({})
    assert rotation_table(result)[1] == "a     -    -    -            -"


def test_something_else_is_refused() -> None:
    with pytest.raises(AnsibleFilterError, match="This is not a result"):
        rotation_table({"hosts": {}})
