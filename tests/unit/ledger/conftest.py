# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""One OpenBao for all tests that want it, a store of its own on it for each; and a file with records."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.record import InstanceKey, Record

from tests.openbao.audit import Audit
from tests.openbao.cluster import running
from tests.openbao.node import Node
from tests.tools.openbao import missing
from tests.unit.ledger.filled_ledger import fill_ledger
from tests.unit.ledger.vault_ledger import Vault


@pytest.fixture(scope="session")
def openbao(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """A real server."""
    if reason := missing():
        pytest.skip(f"not run: {reason}")
    with running(tmp_path_factory.mktemp("openbao")) as cluster:
        yield cluster.nodes[0]


@pytest.fixture
def vault(openbao: Node) -> Iterator[Vault]:
    """A store of its own on it, which takes no write without check-and-set."""
    mount = openbao.admin.make_mount(cas_required=True)
    yield Vault(openbao.admin, mount)
    openbao.admin.remove_mount(mount)


@pytest.fixture
def audit(vault: Vault, openbao: Node) -> Audit:  # noqa: ARG001 - made first
    """What the real server is asked during the test."""
    return Audit(openbao.audit)


@pytest.fixture
def records(ledger_path: Path) -> dict[InstanceKey, Record]:
    """The content of the ledger of the test."""
    return asyncio.run(fill_ledger(ledger_path))
