# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""No test waits here, and no credentials of a user are found."""

from __future__ import annotations

import os

import pytest
from ansible_collections.cloudops.console.plugins.module_utils import _http, _rate_limit


@pytest.fixture(autouse=True)
def _bare_and_impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith(("HUAWEICLOUD_", "HC_", "OS_", "ALIBABA_CLOUD_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("ALIBABA_CLOUD_ECS_METADATA_DISABLED", "true")
    for module in (_http, _rate_limit):
        monkeypatch.setattr(module, "LONGEST_PAUSE", 0.01)
    monkeypatch.setattr(_http, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(_rate_limit, "SLOWEST", 0.02)
