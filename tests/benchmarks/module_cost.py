# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one module call costs on top of ``ansible.builtin.ping``, in CPU time (user and system).

Each round runs one play of CALLS equal tasks per module, against the emulated cloud, and takes the CPU seconds of
ansible-playbook and all its children. Their difference from the round's own play of pings, divided by CALLS, is what
the module costs on top of a ping. A ping itself is the difference between CALLS pings and one, so the start of
ansible-playbook is in neither. The median of all rounds counts.

``openstack.cloud.server_info`` is measured beside our modules: it reads the same server as our ``instance_info``. All
run in an environment of their own, with the libraries that they need and no others.
``python -m tests.benchmarks.module_cost [ROUNDS]`` prints the seconds as JSON.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.benchmarks.cost import cost_of
from tests.emulator.client import Emulator
from tests.emulator.fleet import AccessKey, Fleet, InstanceData, make_fleet
from tests.emulator.server_fleet import HuaweiKey, ServerData
from tests.tools import bundled
from tests.tools.collection import link
from tests.tools.environment import ensure

CALLS = 10
PING = "ansible.builtin.ping"
# The play with one ping alone: what is left of the pings without the start of ansible-playbook.
START = "start"
THEIRS = "openstack.cloud.server_info"
PROVIDERS = ("alibaba", "huawei", "openstack")
OURS = (*(f"vnc_url_info {provider}" for provider in PROVIDERS), "instance_info openstack")

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
    """Return a play of equal tasks as JSON, which is YAML too."""
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


def plays_of(cloud: Emulator, fleet: Fleet) -> dict[str, str]:
    """Return every play that is measured, by the name of what it calls."""
    calls = calls_of(cloud, fleet)
    options = calls["instance_info openstack"][1]
    calls[THEIRS] = THEIRS, {"auth": options["auth"], "server": options["instance_ids"][0]}
    plays = {name: playbook(*calls[name], CALLS) for name in ("ping", *OURS, THEIRS)}
    return {START: playbook(PING, {}, 1), **plays}


def measure(rounds: int) -> dict[str, list[float]]:
    """Return the CPU seconds of each play in each round; every round begins with another play."""
    fleet = make_fleet(6, regions=1, accounts=1, stopped=0, huawei=3, openstack=3)
    with tempfile.TemporaryDirectory(prefix="module-cost-") as folder, Emulator.start(fleet) as cloud:
        home = Path(folder)
        (home / "ansible.cfg").touch()
        collections = os.pathsep.join((str(link()), str(bundled.ensure())))
        tools = ensure("modules").bin
        environ = {
            **environment(home),
            "ANSIBLE_COLLECTIONS_PATH": collections,
            "PATH": os.pathsep.join([str(tools), "/usr/local/bin", "/usr/bin", "/bin"]),
        }
        commands = {}
        for number, (name, play) in enumerate(plays_of(cloud, fleet).items()):
            path = home / f"{number}.yml"
            path.write_text(play, encoding="utf-8")
            commands[name] = [str(tools / "ansible-playbook"), str(path)]
        found: dict[str, list[float]] = {name: [] for name in commands}
        order = list(commands)
        for turn in range(rounds):
            first = turn % len(order)
            for name in order[first:] + order[:first]:
                found[name].append(cost_of(commands[name], environ).cpu)
    return found


def costs_of(figures: Mapping[str, Sequence[float]]) -> dict[str, float]:
    """Return the CPU seconds of one ping under ``ping``, and those of every other call on top of one."""
    ping, start = figures["ping"], figures[START]
    found = {"ping": statistics.median(many - one for many, one in zip(ping, start, strict=True)) / (CALLS - 1)}
    for name in (*OURS, THEIRS):
        found[name] = statistics.median(one - other for one, other in zip(figures[name], ping, strict=True)) / CALLS
    return found


if __name__ == "__main__":
    print(json.dumps(costs_of(measure(int(sys.argv[1]) if len(sys.argv) > 1 else 3))))
