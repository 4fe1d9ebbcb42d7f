# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report as JSON: complete, in UTC, and such that slices of a run can be merged."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import typing as t

import pytest
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.report import render
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.result import HostResult

from tests.unit.rotation.report.sample_results import DENIED, HOSTILE, START, copies, fleet, host, mixed


def parsed(*arguments: t.Any, **fields: t.Any) -> dict[str, t.Any]:
    document: dict[str, t.Any] = json.loads(render(fleet(*arguments, **fields), "json"))
    return document


def test_holds_every_field_of_every_host_in_inventory_order() -> None:
    result = mixed()
    document = json.loads(render(result, "json"))
    assert document["schema"] == 1
    assert [each["name"] for each in document["hosts"]] == [each.name for each in result.hosts]
    fields = {field.name for field in dataclasses.fields(HostResult)}
    assert all(set(each) == fields for each in document["hosts"])


def test_times_are_utc_whatever_the_zone() -> None:
    east = dt.timezone(dt.timedelta(hours=8))
    document = parsed(host("a", rotated_at=dt.datetime(2026, 3, 1, 20, 0, tzinfo=east)), started_at=START)
    assert document["started_at"] == "2026-03-01T12:00:03.250Z"
    assert document["hosts"][0]["rotated_at"] == "2026-03-01T12:00:00.000Z"


def test_unknown_is_null_and_a_failure_has_its_five_parts() -> None:
    document = parsed(host("a"), host("b", "rejected", failure={**DENIED, "stray": "x"}))
    bare, denied = document["hosts"]
    assert bare["failure"] is bare["io_optimized"] is bare["rotated_at"] is bare["same_as"] is None
    assert denied["failure"] == DENIED


def test_the_sums_match() -> None:
    document = json.loads(render(mixed(), "json"))
    counts = dict(document["summary"])
    assert counts.pop("total") == sum(counts.values()) == len(document["hosts"])
    assert document["reboot_needed"] == ["waiting", "both", "twin"]


def test_an_empty_slice_is_a_document_like_the_others() -> None:
    document = parsed()
    assert document["hosts"] == []
    assert document["summary"]["total"] == 0
    assert set(document) == set(parsed(host("a")))


def test_slices_merge_into_the_whole() -> None:
    result = mixed()
    parts = (dataclasses.replace(result, hosts=hosts) for hosts in (result.hosts[:5], result.hosts[5:]))
    whole, *slices = (json.loads(render(each, "json")) for each in (result, *parts))
    assert whole["hosts"] == [each for document in slices for each in document["hosts"]]
    assert whole["reboot_needed"] == [name for document in slices for name in document["reboot_needed"]]
    for outcome, count in whole["summary"].items():
        assert count == sum(document["summary"][outcome] for document in slices)


def test_each_host_stands_on_a_line_of_its_own() -> None:
    lines = [line for line in render(copies(50), "json").splitlines() if '"instance_id"' in line]
    assert len(lines) == 50


@pytest.mark.parametrize("text", HOSTILE)
def test_every_text_survives_unchanged(text: str) -> None:
    document = parsed(host(text, message=text))
    assert document["hosts"][0]["name"] == document["hosts"][0]["message"] == text
