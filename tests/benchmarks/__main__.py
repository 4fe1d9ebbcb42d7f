# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""``make bench``: measure everything side by side and write docs/docsite/rst/performance.rst.

``python -m tests.benchmarks [quick|full] [--json FILE] [--page FILE]``

quick takes some minutes and goes to 10,000 hosts, full goes to 50,000. The exit code is 1 where a promise of the page
is broken; the page says which. On a busy machine the ratios still say something, the seconds do not.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.benchmarks import module_cost, page
from tests.benchmarks.cost import Cost
from tests.benchmarks.place import Cloud, Room, cloud_of
from tests.tools.collection import link
from tests.tools.environment import ROOT

LATENCY = 0.05
SIZES = {"quick": (1_000, 10_000), "full": (1_000, 10_000, 50_000)}
CONCURRENCY = (64, 256)
SDK_HOSTS = 2_000
# Two sizes each: what a run costs in any case falls out of the difference.
MODULE_HOSTS = (20, 100)
LOOP_CALLS = (5, 25)
CONSOLES = 1_000
RECORDS = 100_000
ONCE = [{"hosts": "all", "gather_facts": False, "tasks": [{"ansible.builtin.debug": {"msg": "x"}, "run_once": True}]}]

Figures = dict[str, Any]


def told_by(module: str, *arguments: object) -> Figures:
    """Run one of the programs beside this one and return what it prints."""
    command = [sys.executable, "-m", f"tests.benchmarks.{module}", *map(str, arguments)]
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join((str(link()), str(ROOT)))}
    done = subprocess.run(command, cwd=ROOT, env=environ, stdout=subprocess.PIPE, text=True, check=True)
    found: Figures = json.loads(done.stdout)
    return found


def shown(cost: Cost) -> Figures:
    return {"wall": cost.wall, "cpu": cost.cpu, "memory": cost.memory}


def rotations(room: Room, cloud: Cloud, hosts: int) -> list[Figures]:
    """Rotate all hosts with each concurrency, beside the floor and beside a play that does nothing."""
    once = room.run(room.play("once", ONCE), hosts, {})
    found = []
    for concurrency in CONCURRENCY:
        floor = told_by("floor", cloud.url, hosts, concurrency)
        before, ledger = cloud.counts()["calls"], f"ledger-{hosts}-{concurrency}.db"
        ours = room.rotate(hosts, ledger, concurrency)
        after = cloud.counts()["calls"]
        sent = after["ModifyInstanceVncPasswd"] - before["ModifyInstanceVncPasswd"]
        if sent != hosts:
            raise RuntimeError(f"{sent} passwords for {hosts} hosts")
        row = {"hosts": hosts, "concurrency": concurrency, "ours": shown(ours), "floor": floor, "core": shown(once)}
        if concurrency == CONCURRENCY[0]:
            row["nothing_due"] = shown(room.rotate(hosts, ledger, concurrency))
        found.append(row)
        print(f"{hosts} hosts, concurrency {concurrency}: {ours.wall:.1f} s, floor {floor['wall']:.1f} s", flush=True)
    return found


def module_play(room: Room, module: str, options: Figures) -> Path:
    """Return a play that calls a module once for each host, in this machine's Python."""
    access = {
        "region": "{{ console_region }}",
        "endpoint": "{{ console_endpoint }}",
        "access_key_id": "{{ console_access_key_id }}",
        "access_key_secret": "{{ console_access_key_secret }}",
        "instance_id": "{{ console_instance_id }}",
        "allow_plain_http": True,
    }
    task = {"name": "call", f"cloudops.console.{module}": {**access, **options}}
    return room.play(f"each-{module}", [{"hosts": "all", "gather_facts": False, "tasks": [task]}])


def per_host(room: Room) -> Figures:
    """The module once per host with 20 forks; wall and CPU for one host more."""
    play = module_play(room, "vnc_password", {"password": "aB3xyz"})
    small, large = (room.run(play, hosts, {}, "--forks", "20") for hosts in MODULE_HOSTS)
    hosts = MODULE_HOSTS[1] - MODULE_HOSTS[0]
    return {"wall": (large.wall - small.wall) / hosts, "cpu": (large.cpu - small.cpu) / hosts}


def in_loop(room: Room, cloud: Cloud) -> Figures:
    """A loop of module calls on one host; wall and CPU for one call more."""
    options = {
        "region": cloud.region,
        "endpoint": cloud.url,
        "access_key_id": cloud.key[0],
        "access_key_secret": cloud.key[1],
        "instance_id": "{{ item }}",
        "password": "aB3xyz",
    }
    found = []
    for calls in LOOP_CALLS:
        task = {"name": "call", "cloudops.console.vnc_password": options, "loop": cloud.ids(calls)}
        play = room.play(f"loop-{calls}", [{"hosts": "all", "gather_facts": False, "tasks": [task]}])
        found.append(room.run(play, 1, {}))
    calls = LOOP_CALLS[1] - LOOP_CALLS[0]
    return {"wall": (found[1].wall - found[0].wall) / calls, "cpu": (found[1].cpu - found[0].cpu) / calls}


def consoles(room: Room, hosts: int) -> Figures:
    """vnc_url_info once for each host in one play, beside ping."""
    url = module_play(room, "vnc_url_info", {})
    ping = [{"hosts": "all", "gather_facts": False, "tasks": [{"name": "call", module_cost.PING: {}}]}]
    pinged = room.run(room.play("ping", ping), hosts, {}, "--forks", "20")
    return {"hosts": hosts, "ours": shown(room.run(url, hosts, {}, "--forks", "20")), "ping": shown(pinged)}


def measure(scale: str) -> Figures:
    figures: Figures = {"scale": scale, "machine": page.machine(), "rotation": []}
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        for hosts in SIZES[scale]:
            place = Path(folder, str(hosts))
            place.mkdir()
            with cloud_of(hosts, LATENCY) as cloud:
                room = Room(place, cloud)
                if hosts == SIZES[scale][0]:
                    figures["one_host"] = shown(room.rotate(1, "one.db", 1))
                    figures["per_host"] = per_host(room)
                    figures["loop"] = in_loop(room, cloud)
                    figures["consoles"] = consoles(room, CONSOLES if scale == "full" else CONSOLES // 10)
                figures["rotation"] += rotations(room, cloud, hosts)
        with cloud_of(SDK_HOSTS, LATENCY) as cloud:
            figures["sdk"] = {"hosts": SDK_HOSTS, **told_by("sdk", cloud.url, SDK_HOSTS, 64)}
        figures["store"] = {"records": RECORDS, **told_by("store", folder, RECORDS)}
    figures.update(told_by("quotas"))
    figures["module"] = module_calls(2 if scale == "quick" else 5)
    return figures


def module_calls(rounds: int) -> Figures:
    """CPU seconds of one call more than ping: the least of some rounds."""
    names = [f"vnc_url_info {provider}" for provider in module_cost.PROVIDERS]
    costs = module_cost.costs_of(module_cost.measure(names, 10, rounds), 10)
    return {name: cost.median for name, cost in costs.items() if name != "ping"}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("scale", nargs="?", choices=list(SIZES), default="full")
    parser.add_argument("--json", type=Path, default=ROOT / ".build" / "bench.json", help="a file for the figures")
    parser.add_argument("--page", type=Path, default=page.PAGE, help="the page to write")
    options = parser.parse_args(arguments)
    figures = measure(options.scale)
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    options.page.write_text(page.written(options.page.read_text(encoding="utf-8"), figures), encoding="utf-8")
    promises = page.promises(figures)
    for promise in promises:
        print(f"{'kept  ' if promise.kept else 'BROKEN'}  {promise.text}: {promise.found}")
    return 0 if all(promise.kept for promise in promises) else 1


if __name__ == "__main__":
    sys.exit(main())
