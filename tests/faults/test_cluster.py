# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rotations through a standby of a cluster, with and without its leader killed on the way."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.through_standby import campaign
from tests.tools.openbao import missing

RUNS = [4, pytest.param(40, marks=pytest.mark.full)]


@pytest.mark.skipif(bool(missing()), reason=f"not run: {missing()}")
@pytest.mark.parametrize("runs", RUNS)
def test_no_conflict_and_no_loss(tmp_path: Path, runs: int) -> None:
    total = campaign(tmp_path, runs)
    assert total.violations == 0, total.line()
    assert total.kills == runs // 2
