# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""One emulator for all, with the fleet of each module and as at its start before each test; a room for each test.

CONSOLE_TEST_CORES lists releases of ansible-core, the default one first. Tests run with that one. Those marked
``cores`` run with all others, the oldest and the newest, and in a full run with all of them.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.emulator.client import Emulator
from tests.emulator.fixtures import emulator, one_emulator
from tests.emulator.fleet import Fleet, make_fleet
from tests.emulator.kv.admin import Admin
from tests.emulator.kv.client import KvServer
from tests.integration.ledger_server import Shared
from tests.integration.module_calls import bare_environment
from tests.integration.package import Package, build
from tests.integration.playbook_runs import Core, Room
from tests.integration.secrecy.evidence import talk
from tests.integration.secrecy.process_watcher import Watcher
from tests.openbao.audit import Audit
from tests.openbao.cluster import running
from tests.openbao.node import Node
from tests.tools.openbao import missing

__all__ = ["emulator", "one_emulator"]

# Whether what make test leaves out for its time is run, too.
FULL = bool(os.environ.get("CONSOLE_FULL"))


def cores() -> list[Core]:
    """Return the releases to test with, the default one first."""
    listed = os.environ.get("CONSOLE_TEST_CORES", "").split(os.pathsep)
    pairs = [entry.partition("=") for entry in listed if entry]
    return [Core(name, Path(folder)) for name, _sign, folder in pairs] or [Core("main", Path(sys.executable).parent)]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "core" in metafunc.fixturenames:
        mark = metafunc.definition.get_closest_marker("cores")
        chosen = _chosen(cores(), mark)
        metafunc.parametrize("core", chosen, ids=[core.name for core in chosen])


def _chosen(listed: list[Core], mark: pytest.Mark | None) -> list[Core]:
    """Return the releases for a test: the mark's full is for a full run only, its default adds the default release."""
    if mark is None or (mark.kwargs.get("full") and not FULL):
        return listed[:1]
    return listed if FULL or mark.kwargs.get("default") else listed[1:] or listed


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what only the full run has."""
    out = [one for one in items if not FULL and "integration" in one.path.parts and one.get_closest_marker("full")]
    if out:
        items[:] = [item for item in items if item not in out]
        config.hook.pytest_deselected(items=out)


@pytest.fixture(scope="module")
def fleet() -> Fleet:
    """Return 24 instances: 12 in each of two accounts, 8 not I/O optimized, 3 stopped."""
    return make_fleet(24, seed=11, stopped=1 / 8)


@pytest.fixture
def cloud(emulator: Emulator) -> Emulator:
    emulator.reset()
    return emulator


@pytest.fixture(scope="session")
def one_server() -> Iterator[KvServer]:
    with KvServer.start_kv() as server:
        yield server


@pytest.fixture
def server(one_server: KvServer) -> KvServer:
    """A server for ledgers that misbehaves on demand."""
    one_server.reset()
    return one_server


@pytest.fixture
def emulated(server: KvServer) -> Shared:
    """Its store: for a ledger whose server misbehaves."""
    return Shared(Admin(server.url, server.root_token), "secret")


@pytest.fixture(scope="session")
def openbao(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """A real server for ledgers."""
    if reason := missing():
        pytest.skip(f"not run: {reason}")
    with running(tmp_path_factory.mktemp("openbao")) as cluster:
        yield cluster.nodes[0]


@pytest.fixture
def shared(openbao: Node) -> Shared:
    """A store of its own on it, which takes no write without check-and-set."""
    return Shared(openbao.admin, openbao.admin.make_mount(cas_required=True))


@pytest.fixture
def audit(shared: Shared, openbao: Node) -> Audit:  # noqa: ARG001 - made first
    """What the real server is asked during the test."""
    return Audit(openbao.audit)


@pytest.fixture
def room(tmp_path: Path, core: Core, cloud: Emulator, fleet: Fleet) -> Room:
    return Room(tmp_path / "room", core, cloud, fleet)


@pytest.fixture
def patch(tmp_path: Path) -> Iterator[pytest.MonkeyPatch]:
    """For modules in this process: none of this machine's credentials, proxies and files."""
    with bare_environment(tmp_path) as patch:
        yield patch


@pytest.fixture
def watcher(room: Room) -> Iterator[Watcher]:
    """Watches the room's runs, which say, log and keep everything; temporary files have short paths for the sockets."""
    with tempfile.TemporaryDirectory(prefix="c-") as folder:
        yield talk(room, Path(folder))


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> Package:
    return build(tmp_path_factory.mktemp("package"))
