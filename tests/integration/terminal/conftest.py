# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small fleet whose terminal sessions lead to ports of this machine."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.emulator.client import Emulator
from tests.emulator.fleet import Fleet, make_fleet
from tests.integration import module_calls
from tests.integration.playbook_runs import Room
from tests.integration.terminal.proxied import UNLIMITED
from tests.integration.terminal.reach import Reach
from tests.integration.terminal.sshd import MISSING, SSHD, Sshd, serving


@pytest.fixture(scope="module")
def fleet() -> Fleet:
    return make_fleet(24, seed=16, regions=1, accounts=1, windows=0, stopped=0)


@pytest.fixture
def cloud(emulator: Emulator) -> Emulator:
    emulator.reset()
    emulator.serve_sessions(session_pace=UNLIMITED)
    return emulator


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A home without credentials, and an environment without them."""
    with module_calls.bare_environment(tmp_path):
        yield tmp_path


@pytest.fixture(scope="session")
def sshd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    """A real server; a test that needs it and has none is skipped, and says so."""
    if SSHD is None:
        pytest.skip(MISSING)
    with serving(tmp_path_factory.mktemp("sshd")) as server:
        yield server


@pytest.fixture
def reach(room: Room, cloud: Emulator, sshd: Sshd) -> Iterator[Reach]:
    found = Reach(room, cloud, sshd)
    yield found
    shutil.rmtree(found.short, ignore_errors=True)


@pytest.fixture
def _no_session_is_left_open(cloud: Emulator, reach: Reach) -> Iterator[None]:
    yield
    reach.let_go()
    assert [one["session_id"] for one in cloud.sessions() if not one["ended"]] == []
