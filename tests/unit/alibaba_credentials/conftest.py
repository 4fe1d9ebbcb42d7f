# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""A home without files, and a server, for each test that wants one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.cloudops.console.plugins.module_utils._alibaba.credentials import sources

from tests.unit.alibaba_credentials.credential_sources import Home, Served, serve


@pytest.fixture(autouse=True)
def _no_real_metadata(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever machine this runs on, its own metadata service is never asked."""
    monkeypatch.setattr(sources, "METADATA_SERVICE", "http://127.0.0.1:9")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A machine that is no ECS instance."""
    return Home(tmp_path, {"ALIBABA_CLOUD_ECS_METADATA_DISABLED": "true"})


@pytest.fixture
def served() -> Iterator[Served]:
    with serve() as running:
        yield running


@pytest.fixture
def ecs(home: Home, served: Served, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A machine whose metadata service is the server."""
    monkeypatch.setattr(sources, "METADATA_SERVICE", served.url)
    home.env.clear()
    return home
