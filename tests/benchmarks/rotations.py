# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole rotations, beside the floor and beside a play that does nothing."""

from __future__ import annotations

from pathlib import Path

from tests.benchmarks.cost import Cost
from tests.benchmarks.figures import LATENCY, Figures, changed, shown, told_by
from tests.benchmarks.place import Room, cloud_of
from tests.benchmarks.progress import shown_progress

SIZES = {"quick": (1_000, 10_000), "full": (1_000, 10_000, 50_000)}
# Up to here without TLS, too, and with a second run that finds nothing to do.
BOTH_WAYS = 10_000
CONCURRENCY = (64, 256)
# Up to here a run is so short that what else the machine does would show: the one with the median CPU of so many.
SHORT, REPETITIONS = 1_000, 3
ONCE = [{"hosts": "all", "gather_facts": False, "tasks": [{"ansible.builtin.debug": {"msg": "x"}, "run_once": True}]}]


def rotation(scale: str, folder: Path) -> Figures:
    """Whole rotations beside the floor."""
    figures: Figures = {"rows": []}
    for hosts in SIZES[scale]:
        with cloud_of(hosts, LATENCY) as cloud:
            for way in (cloud.tls, cloud.plain) if hosts <= BOTH_WAYS else (cloud.tls,):
                room = Room(folder / f"{hosts}-{way.name}", cloud, way)
                if hosts == SIZES[scale][0]:
                    room.rotate(1, "first.db", 1)  # what is compiled or made once
                    figures.setdefault("one_host", {})[way.name] = shown(rotated(room, 1, 1))
                figures["rows"] += rotations(room, hosts)
    return figures


def ledger(concurrency: int, turn: int = 0) -> str:
    return f"ledger-{concurrency}-{turn}.db"


def rotated(room: Room, hosts: int, concurrency: int) -> Cost:
    """Rotate all hosts, each time with a new ledger."""
    costs = []
    for turn in range(REPETITIONS if hosts <= SHORT else 1):
        before = changed(room.cloud)
        costs.append(room.rotate(hosts, ledger(concurrency, turn), concurrency))
        if (sent := changed(room.cloud) - before) != hosts:
            raise RuntimeError(f"{sent} passwords for {hosts} hosts")
    return sorted(costs, key=lambda cost: cost.cpu)[len(costs) // 2]


def rotations(room: Room, hosts: int) -> list[Figures]:
    """Rotate all hosts with each concurrency, beside the floor and beside a play that does nothing."""
    once = room.run(room.play("once", ONCE), hosts, {})
    found = []
    for concurrency in CONCURRENCY:
        floor = told_by("floor", *room.way, hosts, concurrency)
        ours = rotated(room, hosts, concurrency)
        row = {"way": room.way.name, "hosts": hosts, "concurrency": concurrency, "ours": shown(ours), "floor": floor}
        row |= {"core": shown(once), "progress": shown_progress(ours.lines)}
        if concurrency == CONCURRENCY[0] and hosts <= BOTH_WAYS:
            row["nothing_due"] = shown(room.rotate(hosts, ledger(concurrency), concurrency))
        found.append(row)
        how = f"{hosts} hosts, {room.way.name}, concurrency {concurrency}"
        print(f"  {how}: {ours.wall:.1f} s, floor {floor['wall']:.1f} s", flush=True)
    return found
