# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts of ``make bench``.

PARTS has them by name. Each takes a scale and an empty folder, and returns what page.py and promises.py read.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

from tests.benchmarks import module_cost
from tests.benchmarks.bench_folder import Room, cloud_of
from tests.benchmarks.figures import LATENCY, Figures, told_by
from tests.benchmarks.inventory import inventory
from tests.benchmarks.rotations import role, rotation
from tests.tools import bundled

RECORDS = 100_000
# Two sizes: what a run costs in any case falls out of the difference.
MODULE_HOSTS = (20, 100)
FORKS = 20
SERVER_RECORDS = {"quick": 500, "full": 4_000}
CALL_ROUNDS = {"quick": 2, "full": 5}


def module(_scale: str, folder: Path) -> Figures:
    """Return wall and CPU seconds of one more host in a play that calls vnc_password for each host."""
    with cloud_of(MODULE_HOSTS[1], LATENCY) as cloud:
        room = Room(folder, cloud, cloud.tls)
        options = {
            "region": cloud.region,
            "endpoint": room.way.url,
            "access_key_id": cloud.key[0],
            "access_key_secret": cloud.key[1],
            "ca_cert": room.way.ca,
            "instance_id": "{{ console_instance_id }}",
            "password": "aB3xyz",
        }
        task = {"name": "call", "cloudops.console.vnc_password": options}
        play = room.play("each", [{"hosts": "all", "gather_facts": False, "tasks": [task]}])
        few, many = (room.run(play, hosts, {}, "--forks", str(FORKS)) for hosts in MODULE_HOSTS)
    more = MODULE_HOSTS[1] - MODULE_HOSTS[0]
    return {"wall": (many.wall - few.wall) / more, "cpu": (many.cpu - few.cpu) / more}


def call(scale: str, _folder: Path) -> Figures:
    """Return CPU seconds of one ping, and of one call of each module on top of it."""
    found = module_cost.costs_of(module_cost.measure(CALL_ROUNDS[scale]))
    manifest = bundled.ensure() / "ansible_collections" / "openstack" / "cloud" / "MANIFEST.json"
    collection = json.loads(manifest.read_text(encoding="utf-8"))["collection_info"]["version"]
    return {**found, "beside": f"openstack.cloud {collection} with openstacksdk {version('openstacksdk')}"}


def store(_scale: str, folder: Path) -> Figures:
    """Return figures of ledger and reports without a cloud."""
    return {"records": RECORDS, **told_by("store", folder, RECORDS)}


def server(scale: str, folder: Path) -> Figures:
    """Return figures of ledgers on a real server and on a cluster."""
    records = SERVER_RECORDS[scale]
    return {"records": records, **told_by("server_store", folder, records)}


def quotas(_scale: str, _folder: Path) -> Figures:
    """Return how the rate limiter meets quotas, in simulated time."""
    return told_by("quotas")


def sessions(scale: str, folder: Path) -> Figures:
    """Return what terminal sessions carry, and the CPU of it."""
    return told_by("sessions", scale, folder)


PARTS: dict[str, Callable[[str, Path], Figures]] = {
    "rotation": rotation,
    "role": role,
    "module": module,
    "call": call,
    "store": store,
    "server": server,
    "quotas": quotas,
    "sessions": sessions,
    "inventory": inventory,
}
