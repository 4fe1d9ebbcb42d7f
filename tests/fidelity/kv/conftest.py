# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""A store for each test, on the real server of VAULT_ADDR and VAULT_TOKEN where they are set."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import hvac
import pytest

from tests.emulator.kv.admin import Admin, served
from tests.emulator.kv.client import KvServer


@pytest.fixture(scope="session")
def served_kv() -> Iterator[tuple[Admin, KvServer | None]]:
    with ExitStack() as stack:
        yield stack.enter_context(served())


@pytest.fixture
def admin(served_kv: tuple[Admin, KvServer | None]) -> Admin:
    return served_kv[0]


@pytest.fixture
def emulated(served_kv: tuple[Admin, KvServer | None]) -> Iterator[KvServer]:
    """Only the emulated one can be sealed or hurried."""
    server = served_kv[1]
    if server is None:
        pytest.skip("for the emulated server only")
    yield server
    server.reset()


@pytest.fixture
def mount(admin: Admin) -> Iterator[str]:
    name = admin.make_mount()
    yield name
    admin.remove_mount(name)


@pytest.fixture
def client(admin: Admin) -> hvac.Client:
    return hvac.Client(url=admin.url, token=admin.token)
