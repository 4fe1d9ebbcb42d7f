# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cluster of nodes that share their records by raft; one node alone is a cluster, too.

with running(folder, nodes=3) as cluster:
cluster.standby().url, cluster.ca
cluster.leader().kill()
cluster.wait_for_leader()
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.certificate_authority import ca_file, sign_server
from tests.emulator.kv.admin import Admin
from tests.openbao.node import Node
from tests.tools.openbao import ensure


class Cluster:
    """Its nodes, whatever their state."""

    def __init__(self, nodes: list[Node]) -> None:
        self.nodes = nodes

    @property
    def ca(self) -> str:
        """The PEM file of the authority that all nodes' certificates are of."""
        return str(self.nodes[0].ca)

    @property
    def admin(self) -> Admin:
        """Who may do everything; asks the leader of this moment."""
        return self.leader().admin

    def leader(self) -> Node:
        """The active node; StopIteration without one."""
        return next(node for node in self.nodes if node.is_active())

    def standby(self, number: int = 0) -> Node:
        """One that is not the active node."""
        return [node for node in self.nodes if node.process is not None and not node.is_active()][number]

    def wait_for_leader(self) -> Node:
        """Wait until the nodes that are alive have an active one, and return it."""
        alive = [node for node in self.nodes if node.process is not None]
        alive[0].wait("has a leader", lambda: any(node.is_active() for node in alive))
        return self.leader()

    def kill_leader(self, spare: str) -> None:
        """Kill the active node; where a new election has made that the one of this address, it steps down before."""
        while (leader := self.wait_for_leader()).url == spare:
            leader.admin.call("PUT", "sys/step-down")
            leader.wait("is no leader any more", lambda: any(node.is_active() for node in self.nodes if node != leader))
        leader.kill()

    def restart_all(self) -> None:
        """Start the nodes that are not alive again, and wait until every one can do a caller's work."""
        for node in self.nodes:
            if node.process is None:
                node.start()
                node.unseal(wait=False)
        self.wait_for_all()

    def wait_for_all(self) -> None:
        """Wait until every node that is alive can do a caller's work."""
        for node in self.nodes:
            if node.process is not None:
                node.wait("serves", node.serves)


@contextlib.contextmanager
def running(folder: Path, nodes: int = 1) -> Iterator[Cluster]:
    """Start a cluster and give it; its processes end on leaving, and with this process.

    :raises MakeError: there is no program for it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = (*sign_server(folder), ca_file(folder))
    program, names = ensure(), [f"node-{number + 1}" for number in range(nodes)]
    made = [Node(program, folder / name, files, name) for name in names]
    try:
        for node in made:
            node.start()
        first = made[0]
        first.init()
        for node in made[1:]:
            node.join(first)
        _wait_for_voters(first, nodes)
        yield Cluster(made)
    finally:
        for node in made:
            node.kill()


def _wait_for_voters(first: Node, nodes: int) -> None:
    """Wait until each node counts in elections: before, the loss of the leader is the end of the cluster."""
    soon = {"server_stabilization_time": "500ms", "cleanup_dead_servers": False}
    first.admin.call("POST", "sys/storage/raft/autopilot/configuration", soon)

    def voters() -> int:
        servers = first.admin.call("GET", "sys/storage/raft/configuration")["data"]["config"]["servers"]
        return sum(server["voter"] for server in servers)

    first.wait("has only voters", lambda: voters() == nodes)
