# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cluster of three nodes, asked through one that is not the active node, and while another one becomes that."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.module_utils._http import Policy
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.errors import Conflict
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.record import InstanceKey
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.store import Ledger, store
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.vault.login import VaultCredentials

from tests.openbao.cluster import Cluster, running
from tests.tools.openbao import missing
from tests.unit.ledger.vault_ledger import Vault, claimed, keys, refusal, staged
from tests.unit.ledgers_and_runs import KEY


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    if reason := missing():
        pytest.skip(f"not run: {reason}")
    with running(tmp_path_factory.mktemp("cluster"), nodes=3) as made:
        yield made


@pytest.fixture
def standby(cluster: Cluster) -> Iterator[Vault]:
    """A store of its own for each test, asked through a standby."""
    cluster.wait_for_all()
    admin = cluster.admin
    mount = admin.make_mount(cas_required=True)
    node = cluster.standby()
    node.wait("knows the mount", lambda: mount in str(node.admin.call("GET", "sys/mounts")))
    yield Vault(admin, mount, through=node.url)
    cluster.restart_all()


async def twice(ledger: Ledger, key: InstanceKey) -> None:
    """Change the record as a rotation does, one change right after the other."""
    await store(ledger, key, staged())
    await store(ledger, key, claimed(staged()))


def test_what_was_written_counts_at_once(standby: Vault) -> None:
    """A standby's own copy is a moment behind; with an AppRole, whose login is, too."""

    async def scenario() -> None:
        async with standby.opened(standby.approle()) as ledger:
            for key in keys(30):
                await twice(ledger, key)
            await asyncio.gather(*(twice(ledger, key) for key in keys(130)[30:]))
            assert len(await ledger.read(keys(130))) == 130

    asyncio.run(scenario())


def test_a_login_counts_at_once(standby: Vault) -> None:
    """With a secret id that has just been made, too, and a token that a standby has not heard of."""

    async def scenario(login: VaultCredentials) -> None:
        async with standby.opened(login) as ledger:
            await twice(ledger, KEY)
            assert set(await ledger.read([KEY])) == {KEY}
            standby.admin.call("DELETE", standby.path(KEY, "metadata"))

    for login in (standby.approle(), standby.login(), standby.approle(), standby.login()):
        asyncio.run(scenario(login))


def test_another_writer_is_met_and_not_overwritten(standby: Vault, cluster: Cluster) -> None:
    """One through the standby and one through the leader; each conflict is a real one."""
    leader = Vault(standby.admin, standby.mount)

    async def scenario() -> None:
        async with standby.opened() as one, leader.opened() as other:
            for key in keys(20):
                await store(other, key, staged())
                with pytest.raises(Conflict):
                    await store(one, key, staged("Bbbbb2"))
                (found,) = (await one.read([key])).values()
                assert found == staged()
                await store(one, key, claimed(staged()))

    asyncio.run(scenario())
    assert cluster.leader().url == leader.admin.url


def test_a_leader_that_is_killed(standby: Vault, cluster: Cluster) -> None:
    """Calls wait for the next one; nothing is lost, and nothing counts as a conflict."""

    async def scenario() -> None:
        async with standby.opened(standby.approle(), policy=Policy(timeout=10, retries=2)) as ledger:
            await asyncio.gather(*(twice(ledger, key) for key in keys(20)))
            cluster.leader().kill()
            await asyncio.gather(*(twice(ledger, key) for key in keys(80)[20:]))
            assert {record.version for record in (await ledger.read(keys(80))).values()} == {2}

    asyncio.run(scenario())


def test_a_cluster_that_has_lost_its_majority(standby: Vault, cluster: Cluster) -> None:
    """It is said as what it is, within the time of a call."""
    login = standby.login()
    for node in cluster.nodes:
        if node.url != standby.url:
            node.kill()
    error = refusal(standby, login, policy=Policy(timeout=2, retries=0))
    assert isinstance(error, ConsoleError)
    assert error.code == "Ledger.NoLeader"
    assert "no active node" in error.message
