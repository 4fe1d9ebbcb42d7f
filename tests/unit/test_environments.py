# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said while a virtual environment is made, which ones tests run with, and what a missing Python means."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tools import environment, stages, suite


def test_it_says_what_takes_its_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    said: list[str] = []

    def stop(_command: list[str]) -> str:
        said.append(capsys.readouterr().out)
        raise environment.MakeError("enough")

    monkeypatch.setattr(environment, "VENVS", tmp_path)
    monkeypatch.setattr(environment, "_run", stop)
    with pytest.raises(environment.MakeError, match="enough"):
        environment.ensure("main")
    assert "making .venv/main" in said[0]


@pytest.mark.parametrize("chosen", [None, "", "all", "core-2.18 core-2.22"])
def test_which_releases_are_tested_with(chosen: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CONSOLE_CORES", raising=False)
    if chosen is not None:
        monkeypatch.setenv("CONSOLE_CORES", chosen)
    wanted = {None: suite.OTHER_CORES, "all": environment.CORES}.get(chosen, tuple((chosen or "").split()))
    assert tuple(suite.chosen_cores()) == wanted


def test_a_missing_python_is_said_and_in_ci_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    error = environment.NoInterpreterError("ansible-core 2.22 candidate needs Python 3.13, none found")
    monkeypatch.delenv("CI", raising=False)
    assert suite.said(error) == f"not run: {error}"
    assert stages.tolerated("core-2.16", error)
    assert not stages.tolerated("main", error)
    monkeypatch.setenv("CI", "true")
    with pytest.raises(SystemExit, match=r"needs Python 3\.13"):
        suite.said(error)
    assert not stages.tolerated("core-2.16", error)
