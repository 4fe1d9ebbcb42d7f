# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines during work that leaves an event loop no time: reading variables, writing reports."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation import progress
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.inventory import read_host_vars
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.progress import LOOKING, Lines
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.report import FORMATS, write_reports

from tests.unit.rotation.report.sample_results import fleet


class Clock:
    """Advances by ``step`` seconds with each look at it."""

    def __init__(self, step: float) -> None:
        self.time, self.step = 0.0, step

    def monotonic(self) -> float:
        self.time += self.step
        return self.time


class HostVars:
    def __contains__(self, name: str) -> bool:
        return True

    def raw_get(self, name: str) -> dict[str, str]:
        return {"console_instance_id": name}


class Templar:
    """Not asked to resolve anything, because no variable here holds a template."""

    available_variables: object = None

    def copy_with_new_env(self, *, available_variables: object) -> Templar:
        assert available_variables == {}
        return self

    def is_possibly_template(self, data: object) -> bool:
        return data is None

    def template(self, variable: object) -> object:
        raise AssertionError(variable)


def lines_of(monkeypatch: pytest.MonkeyPatch, step: float) -> tuple[Lines, list[str]]:
    said: list[str] = []
    monkeypatch.setattr(progress, "time", Clock(step))
    return Lines(said.append), said


def test_a_long_silence_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    lines, said = lines_of(monkeypatch, 1.0)
    for number in range(20):
        lines.still(str(number))
    # A look for each, and one more where a line is printed
    assert said == ["3", "7", "11", "15", "19"]
    assert LOOKING == 4.0


def test_a_line_begins_a_new_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    lines, said = lines_of(monkeypatch, 1.0)
    for _each in range(20):
        lines.say("said")
        lines.still("still")
    assert "still" not in said


def test_reading_many_hosts_says_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    lines, said = lines_of(monkeypatch, 1.0)
    found = read_host_vars([f"host-{number}" for number in range(1000)], HostVars(), Templar(), lines.still)
    assert len(found) == 1000
    assert said == [f"read the variables of {part} of 1000 hosts" for part in (300, 700)]


def test_few_hosts_are_read_in_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    lines, said = lines_of(monkeypatch, 0.1)
    read_host_vars([f"host-{number}" for number in range(1000)], HostVars(), Templar(), lines.still)
    assert said == []


def test_slow_reports_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    lines, said = lines_of(monkeypatch, LOOKING)
    write_reports(fleet(), tmp_path, FORMATS, lines.still)
    assert said == [f"writing the report in the format {name}" for name in FORMATS]
