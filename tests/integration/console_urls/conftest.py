# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Six instances on each cloud, and none of this machine's credentials."""

from __future__ import annotations

import pytest

from tests.emulator.fleet import Fleet, make_fleet


@pytest.fixture(scope="module")
def fleet() -> Fleet:
    return make_fleet(6, seed=31, regions=1, accounts=1, stopped=0, huawei=6, openstack=6)


@pytest.fixture(autouse=True)
def _bare(patch: pytest.MonkeyPatch) -> None: ...
