# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""A ledger with many records, and the reports of many hosts.

``python -m tests.benchmarks.ledger_and_reports FOLDER RECORDS``.

Prints as JSON: records staged and promoted per second with 256 workers, each change on the disk before the next one
of its record; seconds to open a full ledger and read all of it; seconds to write the reports of as many hosts.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import sys
import time
from collections import deque
from pathlib import Path

from ansible.parsing.vault import VaultSecret
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger import record as states
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.encryption import VaultSecrets
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.record import EMPTY, InstanceKey
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.sqlite.ledger import open_sqlite
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.store import Ledger
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.report import FORMATS, write_reports
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.result import FleetResult, HostResult

WORKERS = 256
LOCK = VaultSecrets([("default", VaultSecret(b"a passphrase for measurements"))], "a passphrase")


async def stage_and_promote(ledger: Ledger, keys: list[InstanceKey], workers: int) -> None:
    """Stage and promote a password for each key, so many at once."""
    queue, now = deque(keys), dt.datetime.now(dt.timezone.utc)

    async def worker() -> None:
        while queue:
            key = queue.popleft()
            staged = states.stage(EMPTY, "aB3xyz", run_id="bench", now=now, lease_until=now)
            await ledger.swap(key, staged)
            promoted = states.promote(
                staged, "aB3xyz", acknowledged_at=now, now=now, reboot="none", ambiguous=False, outcome="rotated"
            )
            await ledger.swap(key, promoted)

    await asyncio.gather(*(worker() for _each in range(workers)))


async def fill(path: Path, keys: list[InstanceKey]) -> float:
    """Stage and promote a password for each key; return the seconds."""
    ledger = open_sqlite(path, LOCK, read_only=False)
    started = time.monotonic()
    await stage_and_promote(ledger, keys, WORKERS)
    seconds = time.monotonic() - started
    await ledger.close()
    return seconds


async def read(path: Path, keys: list[InstanceKey]) -> float:
    started = time.monotonic()
    ledger = open_sqlite(path, LOCK, read_only=True)
    found = await ledger.read(keys)
    await ledger.close()
    assert len(found) == len(keys)
    return time.monotonic() - started


def report(folder: Path, keys: list[InstanceKey]) -> float:
    now = dt.datetime.now(dt.timezone.utc)
    hosts = tuple(
        HostResult(
            f"host-{number:06d}",
            "rotated",
            provider=key.provider,
            region=key.region,
            instance_id=key.instance_id,
            status="Running",
            io_optimized=True,
            rotated_at=now,
        )
        for number, key in enumerate(keys)
    )
    started = time.monotonic()
    written = write_reports(FleetResult(hosts, "bench", now, now, "sqlite:///bench"), str(folder / "reports"), FORMATS)
    assert set(written) == set(FORMATS)
    return time.monotonic() - started


def main(folder: str, records: str) -> None:
    keys = [InstanceKey("alibaba", "cn-hangzhou", f"i-bp{number:018d}") for number in range(int(records))]
    path = Path(folder) / "store.db"
    filled = asyncio.run(fill(path, keys))
    print(
        json.dumps(
            {
                "per_second": len(keys) / filled,
                "read": asyncio.run(read(path, keys)),
                "report": report(Path(folder), keys),
                "bytes": path.stat().st_size / len(keys),
            }
        )
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
