# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gate of the coverage: what passes it, and which files are named."""

from __future__ import annotations

from typing import Any

import pytest

from tests.tools.coverage import SHOWN, judge


def summary(lines: int, branches: int) -> dict[str, int]:
    """Return what coverage says of a hundred lines and a hundred branches."""
    return {"num_statements": 100, "covered_lines": lines, "num_branches": 100, "covered_branches": branches}


def report(lines: int, branches: int, **files: dict[str, int]) -> dict[str, Any]:
    named = files or {"plugins/a.py": summary(lines, branches)}
    return {"totals": summary(lines, branches), "files": {name: {"summary": one} for name, one in named.items()}}


@pytest.mark.parametrize(
    ("lines", "branches", "passes"), [(95, 90, True), (94, 100, False), (100, 89, False), (100, 100, True)]
)
def test_lines_and_branches_must_both_reach_the_gate(lines: int, branches: int, passes: bool) -> None:
    said, passed = judge(report(lines, branches))
    assert passed is passes
    assert said[-1] == "wanted: 95 % of lines and 90 % of branches"


def test_the_lowest_files_are_named_first() -> None:
    files = {f"plugins/{name}.py": summary(100 - number, 100) for number, name in enumerate("abcdefghijkl")}
    files["plugins/branches.py"] = summary(100, 20)
    said, _passed = judge(report(96, 96, **files))
    assert said[0].split() == ["100.0", "%", "of", "lines", "20.0", "%", "of", "branches", "plugins/branches.py"]
    assert said[1].endswith("plugins/l.py")
    assert len(said) == SHOWN + 2


def test_a_report_without_files_does_not_pass() -> None:
    assert not judge({"totals": summary(100, 100), "files": {}})[1]


def test_a_file_without_branches_has_run_all_of_them() -> None:
    empty = {"num_statements": 0, "covered_lines": 0, "num_branches": 0, "covered_branches": 0}
    said, _passed = judge({"totals": empty, "files": {"plugins/__init__.py": {"summary": empty}}})
    assert said[0].split()[:2] == ["100.0", "%"]
