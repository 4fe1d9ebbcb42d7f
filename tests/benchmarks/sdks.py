# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The vendor's SDKs, which do the same with threads."""

from __future__ import annotations

import json
from pathlib import Path

from tests.benchmarks.cost import cost_of
from tests.benchmarks.figures import LATENCY, Figures, changed, shown
from tests.benchmarks.module_cost import environment
from tests.benchmarks.place import Cloud, Way, cloud_of
from tests.tools.environment import ROOT, ensure

HOSTS, THREADS = 10_000, 64
# The environment of each and the script that it runs.
SDKS = {"present": ("main", "sdk"), "older": ("older-sdk", "older_sdk")}


def sdk(_scale: str, folder: Path) -> Figures:
    """The vendor's SDKs with 64 threads, their whole processes, as ours is counted whole."""
    figures: Figures = {"hosts": HOSTS}
    with cloud_of(HOSTS, LATENCY) as cloud:
        for name, (place, script) in SDKS.items():
            python = ensure(place).bin / "python"
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
        "instance_ids": cloud.ids(HOSTS),
        "threads": THREADS,
    }
    file = folder / "order.json"
    file.write_text(json.dumps(order), encoding="utf-8")
    trust = {"SSL_CERT_FILE": way.ca} if way.ca else {}
    before, connections = changed(cloud), cloud.counts()["connections"]
    cost = cost_of([*command, str(file)], {**environment(folder), **trust}, ROOT)
    if (sent := changed(cloud) - before) != HOSTS:
        raise RuntimeError(f"{sent} passwords for {HOSTS} hosts")
    # What asks for the counts are two connections more
    return {**shown(cost), "connections": cloud.counts()["connections"] - connections - 2}
