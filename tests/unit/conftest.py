# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""One emulator for all, with the fleet of each module, put back before each test; property tests run alike."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.emulator.client import Emulator
from tests.emulator.fixtures import emulator, one_emulator
from tests.emulator.fleet import Fleet, make_fleet
from tests.unit.example_counts import ALWAYS_ALIKE

__all__ = ["emulator", "one_emulator"]

settings.register_profile(
    "unit",
    deadline=None,
    derandomize=ALWAYS_ALIKE,
    database=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("unit")


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """No credentials, no proxy and no files of the user that runs the tests."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    for part in ("ACCESS_KEY_ID", "ACCESS_KEY_SECRET", "SECURITY_TOKEN", "PROFILE", "CLI_PROFILE_DISABLED"):
        monkeypatch.delenv(f"ALIBABA_CLOUD_{part}", raising=False)
    for name in ("ADDR", "TOKEN", "ROLE_ID", "SECRET_ID", "NAMESPACE", "CACERT"):
        monkeypatch.delenv(f"VAULT_{name}", raising=False)
    # the metadata service of a cloud machine is no place for a test to ask
    monkeypatch.setenv("ALIBABA_CLOUD_ECS_METADATA_DISABLED", "true")
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path_factory.mktemp("home")))


@pytest.fixture(scope="session")
def fleet() -> Fleet:
    return make_fleet(240, seed=11, stopped=0.1)


@pytest.fixture
def cloud(emulator: Emulator) -> Emulator:
    emulator.reset()
    emulator.configure(restart_seconds=0.0)
    return emulator


@pytest.fixture
def ledger_path(tmp_path: Path) -> Path:
    return tmp_path / "kept" / "ledger.db"
