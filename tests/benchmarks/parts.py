# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts of ``make bench``: each measures one thing, everything that is compared in it side by side.

PARTS has them by name. Each takes a scale and an empty folder, and returns what page.py and promises.py read.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tests.benchmarks import module_cost
from tests.benchmarks.cost import Cost, cost_of
from tests.benchmarks.place import Cloud, Room, Way, cloud_of
from tests.benchmarks.progress import shown_progress
from tests.tools.collection import link
from tests.tools.environment import ROOT, ensure

LATENCY = 0.05
SIZES = {"quick": (1_000, 10_000), "full": (1_000, 10_000, 50_000)}
# Up to here without TLS, too, and with a second run that finds nothing to do.
BOTH_WAYS = 10_000
CONCURRENCY = (64, 256)
# Up to here a run is so short that what else the machine does would show: the one with the median CPU of so many.
SHORT, REPETITIONS = 1_000, 3
SDK_HOSTS = 10_000
SDKS = {"present": ("main", "sdk"), "older": ("older-sdk", "older_sdk")}
# Two sizes each: what a run costs in any case falls out of the difference.
MODULE_HOSTS = (20, 100)
LOOP_CALLS = (5, 25)
CONSOLES = {"quick": 100, "full": 1_000}
RECORDS = 100_000
FORKS = ("--forks", "20")
ONCE = [{"hosts": "all", "gather_facts": False, "tasks": [{"ansible.builtin.debug": {"msg": "x"}, "run_once": True}]}]
PING = [{"hosts": "all", "gather_facts": False, "tasks": [{"name": "call", module_cost.PING: {}}]}]

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


def answers(_scale: str, _folder: Path) -> Figures:
    """Requests a second that the lean cloud answers by kept connections."""
    with cloud_of(64, 0.0) as cloud:
        return {way.name: told_by("answers", *way, 64)["per_second"] for way in (cloud.plain, cloud.tls)}


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


def changed(cloud: Cloud) -> int:
    """How many passwords were set."""
    return int(cloud.counts()["calls"].get("ModifyInstanceVncPasswd", 0))


def sdk(_scale: str, folder: Path) -> Figures:
    """The vendor's SDKs with 64 threads, their whole processes, as ours is counted whole."""
    figures: Figures = {"hosts": SDK_HOSTS}
    with cloud_of(SDK_HOSTS, LATENCY) as cloud:
        for name, (environment, script) in SDKS.items():
            python = ensure(environment).bin / "python"
            figures[name] = {
                way.name: by_sdk(cloud, way, [str(python), f"tests/benchmarks/{script}.py"], folder)
                for way in (cloud.tls, cloud.plain)
            }
    return figures


def by_sdk(cloud: Cloud, way: Way, command: list[str], folder: Path) -> Figures:
    order = {
        **way._asdict(),
        "access_key": cloud.key,
        "region": cloud.region,
        "instance_ids": cloud.ids(SDK_HOSTS),
        "threads": CONCURRENCY[0],
    }
    file = folder / "order.json"
    file.write_text(json.dumps(order), encoding="utf-8")
    trust = {"SSL_CERT_FILE": way.ca} if way.ca else {}
    before, connections = changed(cloud), cloud.counts()["connections"]
    cost = cost_of([*command, str(file)], {**module_cost.environment(folder), **trust}, ROOT)
    if (sent := changed(cloud) - before) != SDK_HOSTS:
        raise RuntimeError(f"{sent} passwords for {SDK_HOSTS} hosts")
    # What asks for the counts are two connections more
    return {**shown(cost), "connections": cloud.counts()["connections"] - connections - 2}


def module_task(name: str, room: Room, instance_id: str, options: Mapping[str, Any]) -> Figures:
    """A task that calls a module of this collection for one instance."""
    access = {
        "region": room.cloud.region,
        "endpoint": room.way.url,
        "access_key_id": room.cloud.key[0],
        "access_key_secret": room.cloud.key[1],
        "instance_id": instance_id,
        **({"ca_cert": room.way.ca} if room.way.ca else {}),
    }
    return {"name": "call", f"cloudops.console.{name}": {**access, **options}}


def each(room: Room, name: str, module: str, options: Figures, **keywords: Any) -> Path:
    """Return a play that calls a module once for each host."""
    task = {**module_task(module, room, "{{ console_instance_id }}", options), **keywords}
    return room.play(name, [{"hosts": "all", "gather_facts": False, "tasks": [task]}])


def one_more(small: Cost, large: Cost, more: int) -> Figures:
    """Wall and CPU of one host or call more."""
    return {"wall": (large.wall - small.wall) / more, "cpu": (large.cpu - small.cpu) / more}


def looped(room: Room, module: str, options: Figures) -> Figures:
    """A loop of module calls on one host; wall and CPU for one call more."""
    costs = []
    for calls in LOOP_CALLS:
        task = {**module_task(module, room, "{{ item }}", options), "loop": room.cloud.ids(calls)}
        play = room.play(f"loop-{calls}", [{"hosts": "all", "gather_facts": False, "tasks": [task]}])
        costs.append(room.run(play, 1, {}))
    return one_more(costs[0], costs[1], LOOP_CALLS[1] - LOOP_CALLS[0])


def module(_scale: str, folder: Path) -> Figures:
    """vnc_password once per host with 20 forks, and in a loop on one host."""
    figures: Figures = {}
    with cloud_of(MODULE_HOSTS[1], LATENCY) as cloud:
        for way in (cloud.tls, cloud.plain):
            room = Room(folder / way.name, cloud, way)
            play = each(room, "each", "vnc_password", {"password": "aB3xyz"})
            small, large = (room.run(play, hosts, {}, *FORKS) for hosts in MODULE_HOSTS)
            figures[way.name] = {
                "per_host": one_more(small, large, MODULE_HOSTS[1] - MODULE_HOSTS[0]),
                "loop": looped(room, "vnc_password", {"password": "aB3xyz"}),
            }
    return figures


def consoles(scale: str, folder: Path) -> Figures:
    """vnc_url_info once for each host in one play, beside ping; and in the ways of those who look at the time."""
    hosts = CONSOLES[scale]
    with cloud_of(hosts, LATENCY) as cloud:
        room = Room(folder / "consoles", cloud, cloud.tls)
        found = {
            "ours": shown(room.run(each(room, "url", "vnc_url_info", {}), hosts, {}, *FORKS)),
            "ping": shown(room.run(room.play("ping", PING), hosts, {}, *FORKS)),
            "loop": looped(room, "vnc_url_info", {}),
        }
        delegated = each(room, "delegated", "vnc_url_info", {}, delegate_to="localhost")
        small, large = (room.run(delegated, some, {}, *FORKS) for some in MODULE_HOSTS)
        return {"hosts": hosts, **found, "delegated": one_more(small, large, MODULE_HOSTS[1] - MODULE_HOSTS[0])}


def store(_scale: str, folder: Path) -> Figures:
    """Ledger and reports without a cloud."""
    return {"records": RECORDS, **told_by("store", folder, RECORDS)}


def quotas(_scale: str, _folder: Path) -> Figures:
    """The pace against quotas, in simulated time."""
    return told_by("quotas")


def call(scale: str, _folder: Path) -> Figures:
    """CPU seconds of one call more than ping: the median of some rounds."""
    names = [f"vnc_url_info {provider}" for provider in module_cost.PROVIDERS]
    costs = module_cost.costs_of(module_cost.measure(names, 10, 2 if scale == "quick" else 5), 10)
    return {name: cost.median for name, cost in costs.items() if name != "ping"}


def of_openstack(_scale: str, _folder: Path) -> Figures:
    """One console by the openstack command and by the module."""
    ensure("openstackclient")
    return told_by("openstack")


PARTS: dict[str, Callable[[str, Path], Figures]] = {
    "answers": answers,
    "rotation": rotation,
    "sdk": sdk,
    "module": module,
    "consoles": consoles,
    "store": store,
    "quotas": quotas,
    "call": call,
    "openstack": of_openstack,
}
