# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole rotations over TLS beside the floor and the vendor's SDK; the role under ``roles:`` beside the playbook."""

from __future__ import annotations

import json
import statistics
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from tests.benchmarks.bench_folder import ROTATE, Cloud, Room, cloud_of
from tests.benchmarks.cost import Cost, cost_of
from tests.benchmarks.figures import LATENCY, Figures, middle, told_by
from tests.benchmarks.module_cost import environment
from tests.benchmarks.progress import shown_progress
from tests.tools.environment import ROOT

# Between these two sizes the CPU per host is compared.
SMALL, LARGE = 1_000, 50_000
# Short runs are always repeated: what else the machine does would show.
SHORT_ROUNDS = 3
HOSTS = 10_000
FEW, MANY = 64, 256
SDK_THREADS = 64
ROLE_HOSTS = 2_000
ROUNDS = {"quick": 1, "full": 3}
ROLE = {"hosts": "all", "gather_facts": False, "roles": ["cloudops.console.vnc_rotation"]}


def rotation(scale: str, folder: Path) -> Figures:
    """Rotate inventories of all sizes; those of HOSTS in turn with the floor and the SDK."""
    with cloud_of(HOSTS, LATENCY) as cloud:
        room = Room(folder / "rotation", cloud, cloud.tls)
        room.rotate(1, "warm.db", 1)  # what is compiled or made once
        one = [rotated(room, 1, 1, turn) for turn in range(SHORT_ROUNDS)]
        small = [rotated(room, SMALL, FEW, turn) for turn in range(SHORT_ROUNDS)]
        beside, sdk = in_turn(room, ROUNDS[scale])
        idle = expecting(cloud, 0, partial(room.rotate, HOSTS, ledger(HOSTS, FEW, 0), FEW))
    rows = [row(SMALL, FEW, small), *beside]
    if scale == "full":
        with cloud_of(LARGE, LATENCY) as cloud:
            rows.append(row(LARGE, FEW, [rotated(Room(folder / "large", cloud, cloud.tls), LARGE, FEW)]))
    return {"rows": rows, "one_host": middle(*one), "nothing_due": middle(idle), "sdk": middle(*sdk)}


def in_turn(room: Room, rounds: int) -> tuple[list[Figures], list[Cost]]:
    """Let floor, rotation and SDK take turns, so that all meet the same machine; return the rotations and the SDK's."""
    runs: dict[int, list[Cost]] = {FEW: [], MANY: []}
    floors: dict[int, list[float]] = {FEW: [], MANY: []}
    sdk = []
    for turn in range(rounds):
        for concurrency in runs:
            floors[concurrency].append(told_by("floor", *room.way, HOSTS, concurrency)["wall"])
            runs[concurrency].append(rotated(room, HOSTS, concurrency, turn))
        sdk.append(by_sdk(room))
    rows = [
        {**row(HOSTS, concurrency, costs), "floor": statistics.median(floors[concurrency])}
        for concurrency, costs in runs.items()
    ]
    return rows, sdk


def ledger(hosts: int, concurrency: int, turn: int) -> str:
    return f"{hosts}-{concurrency}-{turn}.db"


def rotated(room: Room, hosts: int, concurrency: int, turn: int = 0) -> Cost:
    """Rotate all hosts with a new ledger."""
    found = expecting(room.cloud, hosts, partial(room.rotate, hosts, ledger(hosts, concurrency, turn), concurrency))
    print(f"  {hosts:,} hosts, {concurrency} at once: {found.wall:.1f} s", flush=True)
    return found


def expecting(cloud: Cloud, passwords: int, run: Callable[[], Cost]) -> Cost:
    """Run it.

    :raises RuntimeError: the cloud took another number of passwords.
    """
    before = _passwords(cloud)
    found = run()
    if (taken := _passwords(cloud) - before) != passwords:
        raise RuntimeError(f"{taken} passwords were set, not {passwords}")
    return found


def _passwords(cloud: Cloud) -> int:
    return int(cloud.counts()["calls"].get("ModifyInstanceVncPasswd", 0))


def row(hosts: int, concurrency: int, runs: Sequence[Cost]) -> Figures:
    """Return equal rotations in the middle, and the worst of what they printed."""
    progress = [shown_progress(run.lines) for run in runs]
    closest = [one.closest for one in progress if one.closest is not None]
    return {
        "hosts": hosts,
        "concurrency": concurrency,
        **middle(*runs),
        "silence": max(one.silence for one in progress),
        "closest": min(closest, default=None),
    }


def by_sdk(room: Room) -> Cost:
    """Let the vendor's SDK describe and change all hosts; its whole process counts, as that of a rotation does."""
    order = {
        **room.way._asdict(),
        "access_key": room.cloud.key,
        "region": room.cloud.region,
        "instance_ids": room.cloud.ids(HOSTS),
        "threads": SDK_THREADS,
    }
    file = room.path / "order.json"
    file.write_text(json.dumps(order), encoding="utf-8")
    command = [sys.executable, "tests/benchmarks/sdk.py", str(file)]
    environ = {**environment(room.path), "SSL_CERT_FILE": room.way.ca}
    found = expecting(room.cloud, HOSTS, lambda: cost_of(command, environ, ROOT))
    print(f"  {HOSTS:,} hosts, the vendor's SDK: {found.wall:.1f} s", flush=True)
    return found


def role(scale: str, folder: Path) -> Figures:
    """Run the playbook and a play with the role under ``roles:`` in turn."""
    runs: dict[str, list[Cost]] = {"playbook": [], "roles": []}
    with cloud_of(ROLE_HOSTS, LATENCY) as cloud:
        room = Room(folder, cloud, cloud.tls)
        room.rotate(1, "warm.db", 1)
        playbooks = {"playbook": ROTATE, "roles": str(room.play("roles", [ROLE]))}
        for turn in range(ROUNDS[scale]):
            for name, playbook in playbooks.items():
                found = expecting(
                    cloud, ROLE_HOSTS, partial(room.rotate, ROLE_HOSTS, f"{name}-{turn}.db", FEW, playbook)
                )
                runs[name].append(found)
                print(f"  {ROLE_HOSTS:,} hosts, {name}: {found.wall:.1f} s", flush=True)
    return {"hosts": ROLE_HOSTS, **{name: middle(*costs) for name, costs in runs.items()}}
