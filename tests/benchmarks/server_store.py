# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ledgers on a real OpenBao: ``python -m tests.benchmarks.server_store FOLDER RECORDS``.

Prints as JSON: records staged and promoted per second on one server and on a cluster of three nodes, asked through its
leader and through a standby, with so many workers; each change is on the disks before the next one of its record.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path

from ansible_collections.cloudops.console.plugins.module_utils._http import Policy
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.record import InstanceKey
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.vault.ledger import ServerOptions, open_vault
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.vault.login import VaultCredentials

from tests.benchmarks.figures import CALLS
from tests.benchmarks.ledger_and_reports import stage_and_promote
from tests.openbao.cluster import Cluster, running

# From here on nothing that was measured before is still being written
SETTLE = 1.0


async def fill(cluster: Cluster, url: str, records: int, workers: int) -> float:
    """Stage and promote a password for each of so many records of a store of their own; return how many a second."""
    mount = cluster.admin.make_mount(cas_required=True)
    cluster.wait_for_all()
    await asyncio.sleep(SETTLE)
    login = VaultCredentials(token=cluster.admin.token, ca_cert=cluster.ca)
    ledger = open_vault(f"vault+{url}/{mount}/console", ServerOptions(login, Policy()), read_only=False)
    keys = [InstanceKey("alibaba", "cn-hangzhou", f"i-bp{number:018d}") for number in range(records)]
    await ledger.read(keys)
    started = time.monotonic()
    await stage_and_promote(ledger, keys, workers)
    seconds = time.monotonic() - started
    await ledger.close()
    return records / seconds


def row(name: str, cluster: Cluster, url: str, records: int) -> dict[str, object]:
    return {"name": name, **{str(calls): asyncio.run(fill(cluster, url, records, calls)) for calls in CALLS}}


def main(folder: str, records: str) -> None:
    rows = []
    with running(Path(folder) / "one") as server:
        rows.append(row("one server", server, server.nodes[0].url, int(records)))
    with running(Path(folder) / "three", nodes=3) as cluster:
        rows.append(row("a cluster of three, its leader", cluster, cluster.leader().url, int(records)))
        rows.append(row("a cluster of three, a standby", cluster, cluster.standby().url, int(records)))
    print(json.dumps({"rows": rows}))


if __name__ == "__main__":
    main(*sys.argv[1:])
