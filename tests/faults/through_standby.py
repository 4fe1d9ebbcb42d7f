# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rotations whose ledger is asked through a standby of a cluster, every second one while its leader is killed.

Each run gives all of 48 hosts a new password, as the action does it. Afterwards the ledger, read at the leader, has to
have what the cloud has; no host may end as a conflict, because no other run is there, and no permission may be missed.
"""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.module_utils._http import Policy
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.record import InstanceKey, Record
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.vault.ledger import ServerOptions, open_vault
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.vault.login import VaultCredentials
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.result import FleetResult
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.run import rotate_fleet

from tests.emulator.client import Emulator
from tests.emulator.fleet import Fleet, make_fleet
from tests.emulator.kv.admin import POLICY
from tests.faults.runner import order_of
from tests.integration.playbook_runs import hosts_of
from tests.openbao.cluster import Cluster, running

HOSTS = 48
WISHES: dict[str, Any] = {
    "operation": "rotate",
    "max_age": "30d",
    "force": True,
    "canary": 1,
    "max_failures": "100%",
    "concurrency": 16,
    "requests_per_second": 0,
    "timeout": 10.0,
    "retries": 2,
    "check": False,
}


@dataclass
class Total:
    """What became of the hosts of all runs.

    :param broken: runs that ended before they began, by their code.
    :param lost: instances whose password in the cloud is not current in the ledger.
    :param messages: of hosts that did not end well.
    """

    runs: int = 0
    kills: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    broken: Counter[str] = field(default_factory=Counter)
    lost: int = 0
    messages: Counter[str] = field(default_factory=Counter)

    @property
    def violations(self) -> int:
        allowed = {"rotated", "resumed", "fresh"}
        return sum(self.broken.values()) + self.lost + sum(n for one, n in self.outcomes.items() if one not in allowed)

    def line(self) -> str:
        ended = ", ".join(f"{count} {outcome}" for outcome, count in sorted(self.outcomes.items()))
        sums = (
            f"{self.runs} runs, {self.kills} leaders killed: {ended}; lost: {self.lost}; stopped: {dict(self.broken)}"
        )
        return "\n".join([sums, *(f"  {count} {message}" for message, count in self.messages.most_common(5))])


class RunFolder:
    """A cluster, a cloud, and a login for runs."""

    def __init__(self, cluster: Cluster, cloud: Emulator, fleet: Fleet) -> None:
        self.cluster, self.cloud = cluster, cloud
        self.hosts = hosts_of(fleet, cloud.url)
        self.mount = cluster.admin.make_mount(cas_required=True)
        cluster.wait_for_all()
        time.sleep(0.5)
        name = cluster.admin.make_policy(POLICY.format(mount=self.mount, prefix="console"))
        self.role_id, self.secret_id = cluster.admin.make_approle(name, token_ttl="20m")

    def rotate(self, url: str) -> FleetResult:
        """Rotate all hosts, with the ledger at that node."""
        order = order_of({**WISHES, "hosts": self.hosts})
        login = VaultCredentials(role_id=self.role_id, secret_id=self.secret_id, ca_cert=self.cluster.ca)
        ledger = open_vault(f"vault+{url}/{self.mount}/console", ServerOptions(login, order.policy), read_only=False)

        async def work() -> FleetResult:
            try:
                return await rotate_fleet(order, ledger, lambda _line: None)
            finally:
                await ledger.close()

        return asyncio.run(work())

    def lost(self) -> int:
        """Count instances whose password in the cloud is not what the leader has as current."""
        leader = self.cluster.wait_for_leader()
        login = VaultCredentials(token=leader.root_token, ca_cert=self.cluster.ca)
        address = f"vault+{leader.url}/{self.mount}/console"
        views = self.cloud.instances()
        keys = {view["instance_id"]: InstanceKey("alibaba", view["region"], view["instance_id"]) for view in views}

        async def read() -> dict[InstanceKey, Record]:
            ledger = open_vault(address, ServerOptions(login, Policy()), read_only=True)
            try:
                return await ledger.read(keys.values())
            finally:
                await ledger.close()

        records = asyncio.run(read())
        current = {name: records[key].current if key in records else None for name, key in keys.items()}
        return sum(current[view["instance_id"]] != (view["waiting"] or view["in_force"]) for view in views)


def campaign(folder: Path, runs: int, seed: int = 1, say: Callable[[str], object] = print) -> Total:
    """Rotate so often, every second time with the leader killed on the way; return the sums."""
    total, chance = Total(), random.Random(seed)
    fleet = make_fleet(HOSTS, seed=11, not_io_optimized=0)
    with running(folder, nodes=3) as cluster, Emulator.start(fleet, latency=0.02) as cloud:
        place = RunFolder(cluster, cloud, fleet)
        for number in range(runs):
            _one(place, total, kill_after=chance.uniform(0.0, 1.5) if number % 2 else None)
            if total.runs % 20 == 0:
                say(total.line())
    return total


def _one(place: RunFolder, total: Total, kill_after: float | None) -> None:
    standby = place.cluster.standby(total.runs % 2)
    timer = threading.Timer(kill_after or 0.0, place.cluster.leader().kill)
    if kill_after is not None:
        timer.start()
        total.kills += 1
    try:
        result = place.rotate(standby.url)
        total.outcomes.update(host.outcome for host in result.hosts)
        total.messages.update(f"{host.outcome}: {host.message}" for host in result.hosts if host.failure)
    except ConsoleError as error:
        total.broken[str(error.code)] += 1
    if kill_after is not None:
        timer.join()
    total.runs += 1
    place.cluster.restart_all()
    total.lost += place.lost()
