# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one module call costs, beside ``ansible.builtin.ping`` on the same machine.

``python -m tests.benchmarks.module_cost [--calls N] [--rounds N] [--json FILE]``

Each round runs one playbook per module, all with the same number of tasks, against the emulated cloud, and takes the
CPU time (user and system) of ansible-playbook and all its children. The start of the playbook is the same for all and
falls out of the difference. The figure is the median over the rounds; the exit code is 1 where one is above LIMIT.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.emulator.client import Emulator
from tests.emulator.fleet import AccessKey, Fleet, InstanceData, make_fleet
from tests.emulator.server_fleet import HuaweiKey, ServerData
from tests.tools.collection import link

# Seconds of CPU that one call may cost more than ping.
LIMIT = 0.15
PING = "ansible.builtin.ping"
PROVIDERS = ("alibaba", "huawei", "openstack")

Options = dict[str, Any]


def calls_of(cloud: Emulator, fleet: Fleet) -> dict[str, tuple[str, Options]]:
    """Return each call that is measured: its module and options by a name for people, ping first."""
    found: dict[str, tuple[str, Options]] = {"ping": (PING, {})}
    for provider in PROVIDERS:
        access, instance_id = _access(provider, cloud, fleet)
        url, info = "cloudops.console.vnc_url_info", "cloudops.console.instance_info"
        found[f"vnc_url_info {provider}"] = (url, {**access, "instance_id": instance_id})
        found[f"instance_info {provider}"] = (info, {**access, "instance_ids": [instance_id]})
    return found


def _access(provider: str, cloud: Emulator, fleet: Fleet) -> tuple[Options, str]:
    if provider == "openstack":
        nova = fleet["openstack"]
        user = nova["users"][0]
        auth = {
            "auth_url": cloud.auth_url,
            "username": user["name"],
            "password": user["password"],
            "user_domain_id": "default",
            "project_id": nova["projects"][0]["id"],
        }
        return {"provider": provider, "auth": auth}, nova["servers"][0]["instance_id"]
    place: InstanceData | ServerData
    key: AccessKey | HuaweiKey
    if provider == "huawei":
        server = fleet["huawei"]["servers"][0]
        place, key = server, fleet["huawei"]["accounts"][0]["access_keys"][0]
        # With its project, as a playbook names it that wants to be fast
        more: Options = {"provider": provider, "project_id": server["project_id"]}
    else:
        place, key, more = fleet["instances"][0], fleet["accounts"][0]["access_keys"][0], {}
    access = {
        "region": place["region"],
        "endpoint": cloud.url,
        "access_key_id": key["access_key_id"],
        "access_key_secret": key["access_key_secret"],
    }
    return {**access, **more}, place["instance_id"]


def playbook(module: str, options: Mapping[str, Any], calls: int) -> str:
    """Return a play with so many tasks that are all the same, as JSON, which is YAML too."""
    tasks = [{"name": "call", module: dict(options)} for _each in range(calls)]
    return json.dumps([{"hosts": "localhost", "gather_facts": False, "tasks": tasks}])


def environment(home: Path) -> dict[str, str]:
    """Nothing of this machine's settings."""
    return {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), "/usr/local/bin", "/usr/bin", "/bin"]),
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "ANSIBLE_CONFIG": str(home / "ansible.cfg"),
        "ANSIBLE_COLLECTIONS_PATH": str(link()),
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
        "ALIBABA_CLOUD_ECS_METADATA_DISABLED": "true",
    }


def cpu_of(path: Path, home: Path) -> float:
    """Run a playbook; return the CPU seconds of it and all its children.

    :raises RuntimeError: it failed.
    """
    command = [str(Path(sys.executable).parent / "ansible-playbook"), str(path)]
    output = home / "output"
    with output.open("wb") as file:
        process = subprocess.Popen(
            command, env=environment(home), stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT
        )
        _pid, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{path.name} failed:\n{output.read_text(errors='replace')}")
    return usage.ru_utime + usage.ru_stime


def measure(names: Sequence[str], calls: int, rounds: int) -> dict[str, list[float]]:
    """Return the CPU seconds of one call more than ping's, of each round, side by side; ping's row is its playbook."""
    fleet = make_fleet(6, regions=1, accounts=1, stopped=0, huawei=3, openstack=3)
    found: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory(prefix="module-cost-") as folder, Emulator.start(fleet) as cloud:
        room = Path(folder)
        (room / "ansible.cfg").touch()
        measured = {name: call for name, call in calls_of(cloud, fleet).items() if name == "ping" or name in names}
        for number, (name, (module, options)) in enumerate(measured.items()):
            (room / f"{number}.yml").write_text(playbook(module, options, calls), encoding="utf-8")
            found[name] = []
        for _round in range(rounds):
            cpu = {name: cpu_of(room / f"{number}.yml", room) for number, name in enumerate(measured)}
            for name, seconds in cpu.items():
                found[name].append(seconds if name == "ping" else (seconds - cpu["ping"]) / calls)
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    names = [f"{module} {provider}" for provider in PROVIDERS for module in ("vnc_url_info", "instance_info")]
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.module_cost", description=__doc__)
    parser.add_argument("--calls", type=int, default=10, help="tasks of each playbook")
    parser.add_argument("--rounds", type=int, default=5, help="repetitions; the median counts")
    parser.add_argument("--json", type=Path, help="a file for the figures")
    parser.add_argument("names", nargs="*", default=names, help=f"of {', '.join(names)}")
    options = parser.parse_args(arguments)
    figures = measure(options.names, options.calls, options.rounds)
    ping = figures.pop("ping")
    print(f"CPU seconds of one call more than {PING}, median of {options.rounds} rounds (least to most)")
    medians = {name: statistics.median(rows) for name, rows in figures.items()}
    for name, rows in figures.items():
        print(f"{name:<26}{medians[name]:6.3f}   ({min(rows):.3f} to {max(rows):.3f})")
    print(f"{options.calls} pings with their playbook: {statistics.median(ping):.2f} s; allowed: {LIMIT} s more")
    if options.json:
        document = {"limit": LIMIT, "calls": options.calls, "rounds": options.rounds, "more_than_ping": medians}
        options.json.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    return 1 if max(medians.values()) > LIMIT else 0


if __name__ == "__main__":
    sys.exit(main())
