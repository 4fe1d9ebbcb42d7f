# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""How large what AWX keeps of a run can become, and that up to 5,000 hosts it is whole.

AWX counts the characters of a result as Python writes it, and empties one with more than 700,000 of them.
"""

from __future__ import annotations

import datetime as dt
import json
import typing as t
from pathlib import Path

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.cloudops.console.plugins.filter.rotation import (
    rotation_artifact,
    rotation_groups,
    rotation_message,
    rotation_pages,
)
from ansible_collections.cloudops.console.plugins.plugin_utils import _actions
from ansible_collections.cloudops.console.plugins.plugin_utils._actions import FleetAction
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.details import (
    find_detail,
    read_details,
    shortened_text,
    write_details,
)
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.report import render
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.result import FleetResult, HostResult
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.screen import difference

LIMIT = 700_000
NOW = dt.datetime(2026, 3, 1, 12, tzinfo=dt.timezone.utc)
FAILURE = {"kind": "permission", "code": "Forbidden.RAM", "message": "x" * 900, "request_id": "x" * 36, "status": 403}


def fleet(count: int, name: str) -> FleetResult:
    hosts = tuple(
        HostResult(name.format(number), "failed", "needed", message=f"Number {number}. {'ü' * 300}", failure=FAILURE)
        if number % 2
        else HostResult(name.format(number), "rotated", "needed")
        for number in range(count)
    )
    return FleetResult(hosts, "awx-1", NOW, NOW, "sqlite:///ledger.db", part="2-ab", stopped="é" * 5000)


@pytest.mark.parametrize("name", ["web-{:05d}", "web-{:05d}." + "h" * 240, "wéb-{:05d}." + "ü" * 200])
def test_sizes(name: str) -> None:
    whole = fleet(10_000, name)
    small = whole.to_result({})
    assert small["shortened"]
    assert (small["problems_total"], small["reboot_needed_total"]) == (5_000, 10_000)
    assert len(small["hosts"]) <= 5_000
    # Only the rotation itself has a diff
    for result in ({**small, "diff": difference(whole)}, whole.to_survey(), whole.to_collected()):
        assert len(str(result)) < LIMIT
        assert 10 < len(result["problems"]) <= 200
        assert len(result["reboot_needed"]) > 10
    assert len(json.dumps(rotation_artifact(whole.to_result({}), 123456))) < 4096
    small["details"] = write_details(whole)
    groups = rotation_groups(small, "problems", reboot_ok=True)
    assert {host["name"] for host in groups} == {host.name for host in whole.hosts}
    pages = rotation_pages(groups)
    assert [host for page in pages for host in page] == groups
    for page in pages:
        task = [{"item": host, "add_host": host, "label": host["name"], "more": "x" * 300} for host in page]
        assert len(json.dumps(task)) < 100_000
    assert rotation_message(small, name.format(9_999)).startswith("Number 9999. ")
    assert rotation_message(small, name.format(9_998)) == "rotated"
    assert rotation_message(small, "stranger") == "done or not due"


def usual(count: int, name: str) -> FleetResult:
    """A third waits for a restart, every fifteenth has failed."""
    hosts = (
        HostResult(name.format(number), "failed", message=f"Number {number}.", failure=FAILURE)
        if number % 15 == 0
        else HostResult(name.format(number), "rotated", "none" if number % 3 else "needed", rotated_at=NOW)
        for number in range(count)
    )
    return FleetResult(tuple(hosts), "awx-1", NOW, NOW, "sqlite:///ledger.db")


@pytest.mark.parametrize("name", ["web-{:05d}", "web-{:05d}.production.example.com", "wéb-{:05d}.prödüction.example"])
@pytest.mark.parametrize("count", [290, 5_000])
def test_up_to_5000_hosts_every_one_is_named(count: int, name: str) -> None:
    whole = usual(count, name)
    for result in ({**whole.to_result({}), "diff": difference(whole)}, whole.to_survey(), whole.to_collected()):
        assert list(result["hosts"]) == [host.name for host in whole.hosts]
        assert list(result["problems"]) == [host.name for host in whole.problems][: len(result["problems"])]
        assert result["problems_total"] == len(whole.problems)
        assert len(str(result)) < LIMIT
    for result in (whole.to_result({}), whole.to_collected()):
        assert not result["shortened"]
        assert result["reboot_needed"] == whole.reboot_needed
        assert len(result["problems"]) == min(200, len(whole.problems))
    survey = whole.to_survey()
    assert survey["shortened"] is (count == 5_000 and len(name) > 20)
    more = set() if survey["shortened"] else {"due", "age_days", "in_force_count"}
    assert set(survey["hosts"][name.format(1)]) == {"outcome", "reboot", *more}


def surveyed(count: int, name: str, rotated: bool = True) -> FleetResult:
    """A tenth waits for a restart, and 25 hosts could not be looked at."""

    def host(number: int) -> HostResult:
        if number % (count // 25) == 1:
            return HostResult(
                name.format(number), "failed", message="x" * 200, failure={**FAILURE, "message": "x" * 200}
            )
        if not rotated:
            return HostResult(name.format(number), "rotated", looked_at=NOW)
        reboot: t.Literal["none", "needed"] = "none" if number % 10 else "needed"
        known: dict[str, t.Any] = {"in_force_count": 2 - bool(number % 10), "in_force_complete": True}
        return HostResult(name.format(number), "fresh", reboot, rotated_at=NOW, looked_at=NOW, **known)

    return FleetResult(tuple(map(host, range(count))), "r", NOW, NOW + dt.timedelta(days=12), "l")


@pytest.mark.parametrize("rotated", [True, False])
@pytest.mark.parametrize(
    ("count", "name"),
    [(5_000, "web-{:05d}.production.example.com"), (3_500, "web-{:05d}.production.example.com." + "h" * 31)],
)
def test_a_survey_of_so_many_hosts_is_whole(count: int, name: str, rotated: bool) -> None:
    """5,000 with names of 32 characters, 3,500 with names of 64; also before the first rotation."""
    whole = surveyed(count, name, rotated)
    survey = whole.to_survey()
    assert (survey["shortened"], survey["looked_at"]) == (False, "2026-03-01T12:00:00Z")
    assert (list(survey["hosts"]), survey["reboot_needed"]) == ([one.name for one in whole.hosts], whole.reboot_needed)
    assert len(survey["problems"]) == 25
    assert len(str(survey)) < LIMIT
    usual = {"outcome": "fresh", "reboot": "none", "due": False, "age_days": 12, "in_force_count": 1}
    new = {"outcome": "rotated", "reboot": "none", "due": True, "age_days": None, "in_force_count": 0}
    assert survey["hosts"][name.format(2)] == (usual if rotated else new)


@pytest.mark.parametrize(
    ("host", "told"),
    [
        (HostResult("a", "resumed", looked_at=NOW), {"due": True, "pending": True}),
        (HostResult("a", "fresh", in_force_count=1, looked_at=NOW), {"in_force_complete": False}),
        (HostResult("a", "fresh"), {"looked_at": None}),
        (HostResult("a", "fresh", looked_at=NOW - dt.timedelta(hours=1)), {"looked_at": "2026-03-01T11:00:00Z"}),
    ],
)
def test_what_is_not_so_for_most_hosts_is_said_of_each(host: HostResult, told: dict[str, t.Any]) -> None:
    others = HostResult("b", "fresh", in_force_count=1, in_force_complete=True, looked_at=NOW)
    hosts = FleetResult((host, others), "r", NOW, NOW, "l").to_survey()["hosts"]
    usual = {"outcome": host.outcome, "reboot": "none", "due": False, "age_days": None}
    assert hosts["a"] == {**usual, "in_force_count": host.in_force_count, **told}
    assert set(hosts["b"]) == {"outcome", "reboot", "due", "age_days", "in_force_count"}


def test_names_of_hosts_to_restart_come_before_what_else_is_told() -> None:
    """Without room for all, ages and counts go first, for every host."""
    whole = usual(5_000, "web-{:05d}.production.example.com")
    survey = whole.to_survey()
    assert [name for name, host in survey["hosts"].items() if host["reboot"] == "needed"] == whole.reboot_needed
    assert survey["reboot_needed"] == whole.reboot_needed
    assert survey["shortened"]


def test_names_of_75_characters_still_fit() -> None:
    whole = usual(5_000, "web-{:05d}." + "h" * 65)
    assert len(whole.to_result({})["hosts"]) == 5_000


def test_a_survey_names_every_host_before_it_says_more_of_some() -> None:
    """Long names leave no room for ages; outcome and reboot are what a play cannot do without."""
    whole = usual(5_000, "web-{:05d}." + "h" * 50)
    survey = whole.to_survey()
    assert survey["shortened"]
    assert len(survey["hosts"]) == 5_000
    assert all(set(host) == {"outcome", "reboot"} for host in survey["hosts"].values())


def test_one_host_more_is_one_too_many() -> None:
    """Those with something to do are named first, still in the order of the inventory; the report has all."""
    hosts = (*usual(5_000, "web-{:05d}").hosts, HostResult("last", "failed", message="m", failure=FAILURE))
    whole = FleetResult(hosts, "r", NOW, NOW, "l")
    result = whole.to_result({})
    assert result["shortened"]
    assert len(result["hosts"]) == 5_000
    assert list(result["hosts"])[-1] == "last"
    assert list(result["hosts"]) == [host.name for host in hosts if host.name in result["hosts"]]
    assert [host["name"] for host in json.loads(render(whole, "json"))["hosts"]] == [host.name for host in hosts]


def test_the_201st_problem_is_told_by_the_file_beside() -> None:
    whole = fleet(1_000, "web-{}")
    small = whole.to_result({})
    assert not small["shortened"]
    assert (len(small["problems"]), small["problems_total"]) == (200, 500)
    with pytest.raises(AnsibleFilterError, match="does not contain all"):
        rotation_message(small, "web-999")
    small["details"] = write_details(whole)
    assert rotation_message(small, "web-999").startswith("Number 999. ")
    assert rotation_message(small, "web-998") == "rotated"
    assert len(rotation_groups(small, "problems")) == 1_000


def test_a_message_looks_at_no_other_host() -> None:
    """Each host of a play asks for its own: with a look at all, 5,000 hosts would be looked at 5,000 times."""

    class Watched(dict[str, t.Any]):
        def values(self) -> t.Any:
            raise AssertionError("it looks at all hosts")

        __iter__ = keys = items = values

    small = usual(5_000, "web-{}").to_result({})
    small["hosts"] = Watched(small["hosts"])
    assert rotation_message(small, "web-1") == "rotated"
    assert rotation_message(small, "web-15") == "Number 15."


@pytest.mark.parametrize(
    ("report", "where"),
    [
        ({"html": "/r/a.html", "json": "/r/a.json"}, "The report /r/a.json has all of them."),
        ({"csv": "/r/a.csv"}, "The report /r/a.csv has all of them."),
        ({}, "Use --limit to see the others."),
    ],
)
def test_what_a_shortened_result_says(report: dict[str, str], where: str) -> None:
    said = shortened_text(usual(6_000, "web-{}").to_result(report))
    assert said.startswith("The result names 5000 of 6000 hosts, because AWX")
    assert where in said


def test_an_action_warns_of_a_shortened_result(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(_actions.display, "warning", told.append)
    nothing: t.Any = None
    action = FleetAction(*[nothing] * 6)
    for count, warnings in ((5_000, 0), (5_001, 1)):
        whole = usual(count, "web-{}")
        action.with_details(whole, whole.to_result({"json": "/r/a.json"}))
        assert len(told) == warnings
    assert told[0].startswith("The result names 5000 of 5001 hosts, because AWX")
    assert "The report /r/a.json has all of them." in told[0]


def test_a_small_fleet_is_whole() -> None:
    small = fleet(4, "web-{}").to_result({})
    assert (small["shortened"], small["details"]) == (False, None)
    assert len(small["hosts"]) == len(small["reboot_needed"]) == 4
    assert len(small["problems"]) == 2
    assert len(rotation_pages(rotation_groups(small))) == 1
    assert rotation_pages([]) == []


def test_details_are_read_as_they_were_written() -> None:
    hosts = (
        HostResult("a", "rotated"),
        HostResult("b", "failed", "needed", message="m", failure=FAILURE),
        HostResult("c", "rotated", same_as="a"),
        HostResult("d", "resumed", message="A candidate came first."),
    )
    whole = FleetResult(hosts, "run-1", NOW, NOW, "sqlite:///ledger.db")
    path = write_details(whole)
    assert read_details(path) == list(whole.details())
    assert [find_detail(path, name) for name in "abcde"] == [*whole.details(), None]


def test_details_of_a_survey_have_what_it_says_of_each_host() -> None:
    whole = surveyed(6_000, "web-{}")
    survey = whole.to_survey()
    assert "due" not in survey["hosts"]["web-2"]
    found = {host["name"]: host for host in read_details(write_details(whole, surveyed=True))}
    assert len(found) == 6_000
    usual = {"outcome": "fresh", "reboot": "none", "due": False, "age_days": 12, "in_force_count": 1}
    assert found["web-2"] == {"name": "web-2", **usual}
    assert (found["web-1"]["message"], found["web-1"]["looked_at"]) == ("x" * 200, None)
    survey["details"] = write_details(whole, surveyed=True)
    assert len([host for host in rotation_groups(survey) if "vnc_reboot_needed" in host["groups"]]) == 600


def test_details_that_something_else_has_changed() -> None:
    whole = fleet(6_000, "web-{}")
    path = Path(write_details(whole))
    path.write_bytes(path.read_bytes().replace(b'"outcome"', b'"more": 1, "outcome"', 1))
    with pytest.raises(AnsibleFilterError, match=r"cannot be read \(ValidationError\)"):
        rotation_groups({**whole.to_result({}), "details": str(path)})


def test_a_result_whose_rest_is_gone_says_so() -> None:
    small = fleet(6_000, "web-{}").to_result({})
    for details in (None, "/etc/hostname", "vnc-rotation-gone.jsonl", 7):
        with pytest.raises(AnsibleFilterError, match="ansible-playbook"):
            rotation_groups({**small, "details": details})
