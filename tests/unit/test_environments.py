# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said while a virtual environment is made: something before it begins, and nothing when it is there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tools import environment


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
