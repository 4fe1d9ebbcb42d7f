# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Modules: once for each host, in loops, one call beside ping and beside the openstack command."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.benchmarks import module_cost
from tests.benchmarks.cost import Cost
from tests.benchmarks.figures import LATENCY, Figures, shown, told_by
from tests.benchmarks.place import Room, cloud_of
from tests.tools.environment import ensure

# Two sizes each: what a run costs in any case falls out of the difference.
MODULE_HOSTS = (20, 100)
LOOP_CALLS = (5, 25)
CONSOLES = {"quick": 100, "full": 1_000}
FORKS = ("--forks", "20")
PING = [{"hosts": "all", "gather_facts": False, "tasks": [{"name": "call", module_cost.PING: {}}]}]


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


def call(scale: str, _folder: Path) -> Figures:
    """CPU seconds of one call more than ping: the median of some rounds."""
    names = [f"vnc_url_info {provider}" for provider in module_cost.PROVIDERS]
    costs = module_cost.costs_of(module_cost.measure(names, 10, 2 if scale == "quick" else 5), 10)
    return {name: cost.median for name, cost in costs.items() if name != "ping"}


def of_openstack(_scale: str, _folder: Path) -> Figures:
    """One console by the openstack command and by the module."""
    ensure("openstackclient")
    return told_by("openstack")
