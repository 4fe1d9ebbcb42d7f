# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory plugin beside the bare calls that it makes, and beside a static inventory of the same hosts.

``python -m tests.benchmarks.inventory URL CA HOSTS`` makes the bare calls, page after page, and prints their wall
seconds as JSON; see floor.py. Its own start is not counted, and a page is parsed only for the token of the next one.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import statistics
import sys
import time
from pathlib import Path

import aiohttp
import yarl

from tests.benchmarks.bench_folder import INVENTORY, Room, cloud_of
from tests.benchmarks.cost import Cost, cost_of
from tests.benchmarks.figures import LATENCY, Figures, middle, told_by
from tests.benchmarks.floor import signed
from tests.benchmarks.lean_cloud import fleet_of
from tests.benchmarks.module_cost import environment

HOSTS = 10_000
ROUNDS = {"quick": 1, "full": 3}


def inventory(scale: str, folder: Path) -> Figures:
    """Let bare calls, a static inventory and the plugin take turns, so that all meet the same machine."""
    with cloud_of(HOSTS, LATENCY) as cloud:
        room = Room(folder, cloud, cloud.tls)
        file = _file(room)
        _listed(room, file)  # what is compiled once
        static = _static(room)
        bare: list[float] = []
        runs: dict[str, list[Cost]] = {"static": [], "listed": []}
        for _round in range(ROUNDS[scale]):
            bare.append(told_by("inventory", *room.way, HOSTS)["wall"])
            runs["static"].append(_listed(room, static))
            runs["listed"].append(_listed(room, file))
    return {"hosts": HOSTS, "bare": statistics.median(bare), **{name: middle(*costs) for name, costs in runs.items()}}


def _file(room: Room) -> Path:
    source = {
        "provider": "alibaba",
        "region": room.cloud.region,
        "endpoint": room.way.url,
        "ca_cert": room.way.ca,
        "access_key_id": room.cloud.key[0],
        "access_key_secret": room.cloud.key[1],
    }
    path = room.path / "bench.console.yml"
    path.write_text(json.dumps({"plugin": "cloudops.console.instances", "sources": [source]}), encoding="utf-8")
    return path


def _listed(room: Room, inventory_file: Path) -> Cost:
    """List all hosts with their variables into a file.

    :raises RuntimeError: some are missing.
    """
    program, output = str(Path(sys.executable).parent / "ansible-inventory"), room.path / "listed.json"
    found = cost_of(
        [program, "-i", str(inventory_file), "--list", "--output", str(output)], environment(room.path), room.path
    )
    hosts = json.loads(output.read_text(encoding="utf-8"))["_meta"]["hostvars"]
    if len(hosts) != HOSTS:
        raise RuntimeError(f"{len(hosts)} hosts were listed, not {HOSTS}")
    print(f"  {HOSTS:,} hosts of {inventory_file.name}: {found.wall:.1f} s", flush=True)
    return found


def _static(room: Room) -> Path:
    """Write what was listed last as a program that prints it, which is the fastest kind of inventory."""
    document, script = room.path / "static.json", room.path / "static"
    document.write_text((room.path / "listed.json").read_text(encoding="utf-8"), encoding="utf-8")
    script.write_text(INVENTORY.format(document), encoding="utf-8")
    script.chmod(0o700)
    return script


async def pages(url: str, context: ssl.SSLContext | bool, hosts: int) -> None:
    """Ask for all pages, one after the other."""
    fleet, host, token, found = fleet_of(hosts), url.partition("://")[2], "", 0
    first, region = fleet["accounts"][0]["access_keys"][0], fleet["regions"][0]
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=context)) as session:
        while token or not found:
            asked = f"MaxResults=100&{f'NextToken={token}&' if token else ''}RegionId={region}"
            headers = signed(host, "DescribeInstances", asked, (first["access_key_id"], first["access_key_secret"]))
            async with session.post(yarl.URL(f"{url}/?{asked}", encoded=True), headers=headers) as answer:
                page = json.loads(await answer.read())
            token, found = page["NextToken"], found + len(page["Instances"]["Instance"])
    if found != hosts:
        raise RuntimeError(f"{found} instances were found, not {hosts}")


def main(url: str, ca: str, hosts: str) -> None:
    context = ssl.create_default_context(cafile=ca) if ca else True
    started = time.monotonic()
    asyncio.run(pages(url, context, int(hosts)))
    print(json.dumps({"wall": time.monotonic() - started}))


if __name__ == "__main__":
    main(*sys.argv[1:])
