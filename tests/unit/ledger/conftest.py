# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server for each module that wants one, a store of its own on it for each test; and a file with records."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.record import InstanceKey, Record

from tests.emulator.kv.admin import Admin, served
from tests.emulator.kv.client import KvServer
from tests.unit.ledger.filled_ledger import fill_ledger
from tests.unit.ledger.kv import Vault


@pytest.fixture(scope="module")
def served_kv() -> Iterator[tuple[Admin, KvServer | None]]:
    with ExitStack() as stack:
        yield stack.enter_context(served())


@pytest.fixture
def vault(served_kv: tuple[Admin, KvServer | None]) -> Iterator[Vault]:
    """On the real server of the environment where there is one."""
    admin, server = served_kv
    if server is not None:
        server.reset()
    mount = admin.make_mount()
    yield Vault(admin, mount)
    if server is None:
        admin.remove_mount(mount)


@pytest.fixture
def server(served_kv: tuple[Admin, KvServer | None], vault: Vault) -> KvServer:  # noqa: ARG001 - made first
    """The emulated one, which can be made to misbehave."""
    emulated = served_kv[1]
    if emulated is None:
        pytest.skip("a real server does not misbehave on request")
    emulated.clear()
    return emulated


@pytest.fixture
def records(ledger_path: Path) -> dict[InstanceKey, Record]:
    """What stands in the ledger of the test."""
    return asyncio.run(fill_ledger(ledger_path))
