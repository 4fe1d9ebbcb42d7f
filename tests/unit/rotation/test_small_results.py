# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""How large what AWX keeps of a run can become: 10,000 hosts, all of them with something to say, and long names."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.cloudops.console.plugins.filter.rotation import (
    rotation_artifact,
    rotation_groups,
    rotation_message,
    rotation_pages,
)
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.details import (
    find_detail,
    read_details,
    write_details,
)
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.result import FleetResult, HostResult

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
    small["stopped"] = small["msg"] = ""
    assert len(json.dumps(small)) < 30_000
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


def test_details_that_something_else_has_changed() -> None:
    whole = fleet(5_000, "web-{}")
    path = Path(write_details(whole))
    path.write_bytes(path.read_bytes().replace(b'"outcome"', b'"more": 1, "outcome"', 1))
    with pytest.raises(AnsibleFilterError, match=r"cannot be read \(ValidationError\)"):
        rotation_groups({**whole.to_result({}), "details": str(path)})


def test_a_result_whose_rest_is_gone_says_so() -> None:
    small = fleet(5_000, "web-{}").to_result({})
    for details in (None, "/etc/hostname", "vnc-rotation-gone.jsonl", 7):
        with pytest.raises(AnsibleFilterError, match="ansible-playbook"):
            rotation_groups({**small, "details": details})
