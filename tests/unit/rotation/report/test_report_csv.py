# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report as CSV: stable columns, a row per host, nothing that a spreadsheet runs."""

from __future__ import annotations

import csv
import io

import pytest
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.report import render
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.result import FleetResult

from tests.unit.rotation.report.sample_results import DENIED, HOSTILE, START, fleet, host, mixed

HEADER = (
    "name,outcome,reboot,provider,region,instance_id,status,io_optimized,rotated_at,same_as,message,"
    "failure_kind,failure_code,failure_status,failure_request_id,run_id,check_mode"
)


def rows(result: FleetResult) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(render(result, "csv"), newline=""), strict=True))


def test_the_header_is_stable_even_without_a_host() -> None:
    assert render(fleet(), "csv") == f"{HEADER}\n"


def test_one_row_per_host_in_inventory_order() -> None:
    assert [row["name"] for row in rows(mixed())] == [each.name for each in mixed().hosts]


def test_a_row_has_the_values_of_its_host() -> None:
    failed = host("a", "rejected", "needed", io_optimized=False, rotated_at=START, failure=DENIED, same_as="b")
    (row,) = rows(fleet(failed, check_mode=True))
    assert row["message"] == DENIED["message"]
    assert (row["failure_code"], row["failure_status"]) == ("Forbidden.RAM", "403")
    assert (row["io_optimized"], row["rotated_at"], row["check_mode"]) == ("false", "2026-03-01T12:00:03Z", "true")
    assert (row["outcome"], row["reboot"], row["same_as"]) == ("rejected", "needed", "b")


def test_unknown_is_empty() -> None:
    (row,) = rows(fleet(host("a")))
    assert {row[name] for name in ("io_optimized", "rotated_at", "same_as", "message", "failure_code")} == {""}


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t", "\r", "\n", " =", "\uff1d", "\uff0b", "\uff0d", "\uff20"])
def test_no_cell_starts_like_a_formula(first: str) -> None:
    text = f"{first}cmd()"
    (row,) = rows(fleet(host(text, "rejected", message=text, failure={**DENIED, "code": text}, status=text)))
    assert {row["name"], row["message"], row["failure_code"], row["status"]} == {"'" + text.replace("\r", "\\r")}


@pytest.mark.parametrize("text", ["web-1", "a=b", "i-1", "'quoted"])
def test_harmless_cells_stay_as_they_are(text: str) -> None:
    assert rows(fleet(host(text)))[0]["name"] == text


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_breaks_out_of_its_cell(text: str) -> None:
    found = rows(fleet(host(text, message=text), host("next")))
    assert [row["outcome"] for row in found] == ["rotated", "rotated"]
    assert found[0]["name"] == found[0]["message"]
    assert found[1]["name"] == "next"


def test_what_does_not_show_is_escaped() -> None:
    assert rows(fleet(host("a\x00b\udc80\u202ec")))[0]["name"] == "a\\x00b\\udc80\\u202ec"
