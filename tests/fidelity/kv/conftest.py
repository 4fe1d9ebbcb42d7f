# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The emulated server and a real one, each asked the same; a store for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import hvac
import pytest

from tests.emulator.kv.admin import Admin
from tests.emulator.kv.client import KvServer
from tests.openbao.cluster import running
from tests.tools.openbao import missing


@pytest.fixture(scope="session")
def one_emulated() -> Iterator[KvServer]:
    with KvServer.start_kv() as server:
        yield server


@pytest.fixture(scope="session")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Admin]:
    if reason := missing():
        pytest.skip(f"not run: {reason}")
    with running(tmp_path_factory.mktemp("openbao")) as cluster:
        yield cluster.admin


@pytest.fixture(params=["emulated", "real"])
def admin(request: pytest.FixtureRequest) -> Iterator[Admin]:
    if request.param == "real":
        yield request.getfixturevalue("real")
        return
    server: KvServer = request.getfixturevalue("one_emulated")
    yield Admin(server.url, server.root_token)
    server.reset()


@pytest.fixture
def mount(admin: Admin) -> Iterator[str]:
    name = admin.make_mount()
    yield name
    admin.remove_mount(name)


@pytest.fixture
def client(admin: Admin) -> hvac.Client:
    return connect(admin)


def connect(admin: Admin, token: str | None = None, namespace: str | None = None) -> hvac.Client:
    """Return the client of a token, the administrator's unless another one is named."""
    verify = admin.cafile or True
    return hvac.Client(url=admin.url, token=admin.token if token is None else token, namespace=namespace, verify=verify)


@pytest.fixture
def fresh_emulated(one_emulated: KvServer) -> Admin:
    """A server on which nothing has been done."""
    one_emulated.reset()
    return Admin(one_emulated.url, one_emulated.root_token)


@pytest.fixture
def fresh_real(tmp_path: Path) -> Iterator[Admin]:
    if reason := missing():
        pytest.skip(f"not run: {reason}")
    with running(tmp_path / "openbao") as cluster:
        yield cluster.admin
