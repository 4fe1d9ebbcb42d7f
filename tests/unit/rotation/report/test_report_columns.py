# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of columns: one row for each thing that reports say of a host, in all formats."""

from __future__ import annotations

import csv
import io
import json

import pytest
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.report import columns, render
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.report.columns import COLUMNS, Column

from tests.unit.rotation.report.sample_results import fleet, host


def test_each_name_is_there_once() -> None:
    assert len({column.name for column in COLUMNS}) == len(COLUMNS)


def test_what_is_in_small_print_is_below_a_column_of_its_lists() -> None:
    of_name = {column.name: column for column in COLUMNS}
    for column in COLUMNS:
        assert not column.lists or column.title
        if column.under:
            assert column.lists <= of_name[column.under].lists
            assert not of_name[column.under].under


def test_one_row_is_a_column_in_every_format(monkeypatch: pytest.MonkeyPatch) -> None:
    extra = Column("looks", "Looks", lambda host: host.in_force_count, lists=columns.EVERY_LIST)
    monkeypatch.setattr(columns, "COLUMNS", (*COLUMNS, extra))
    result = fleet(host("a", in_force_count=7031), host("b", "failed"))
    assert [each["looks"] for each in json.loads(render(result, "json"))["hosts"]] == [7031, 0]
    rows = list(csv.reader(io.StringIO(render(result, "csv"))))
    assert [row[-1] for row in rows] == ["looks", "7031", "0"]
    assert "| Looks |" in render(result, "md")
    assert "| 7031 |" in render(result, "md")
    assert '<th scope="col">Looks</th>' in render(result, "html")
    assert "<td>7031</td>" in render(result, "html")
