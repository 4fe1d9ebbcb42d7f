# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one module call costs, beside ``ansible.builtin.ping`` on the same machine.

``python -m tests.benchmarks.module_cost [--calls N] [--rounds N] [--json FILE]``

Each round runs one playbook per module, all with the same number of tasks, against the emulated cloud, and takes the
CPU time (user and system) of ansible-playbook and all its children. The start of the playbook is the same for all and
falls out of the difference.

Other work on the machine makes CPU time longer, never shorter. So each round begins with another playbook, and is
compared with its own ping; of these differences the median counts. Beside it stands the difference of the least times
of all rounds: on a quiet machine the two are alike, on a busy one the second is nearer to the truth. The output is a
table for the documentation; the exit code is 1 where a median is above LIMIT.
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
from typing import Any, NamedTuple

from tests.emulator.client import Emulator
from tests.emulator.fleet import AccessKey, Fleet, InstanceData, make_fleet
from tests.emulator.server_fleet import HuaweiKey, ServerData
from tests.tools.collection import link

# Seconds of CPU that one call may cost more than ping.
LIMIT = 0.15
PING = "ansible.builtin.ping"
# The name of the playbook with one ping alone: what is left of ping without the start of the playbook.
START = "start"
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
    """Return the CPU seconds of each playbook in each round, by the name of what it calls; ``ping`` and START too."""
    fleet = make_fleet(6, regions=1, accounts=1, stopped=0, huawei=3, openstack=3)
    with tempfile.TemporaryDirectory(prefix="module-cost-") as folder, Emulator.start(fleet) as cloud:
        room = Path(folder)
        (room / "ansible.cfg").touch()
        written = {START: playbook(PING, {}, 1)}
        for name, (module, options) in calls_of(cloud, fleet).items():
            if name == "ping" or name in names:
                written[name] = playbook(module, options, calls)
        for number, text in enumerate(written.values()):
            (room / f"{number}.yml").write_text(text, encoding="utf-8")
        order = list(enumerate(written))
        found: dict[str, list[float]] = {name: [] for name in written}
        for turn in range(rounds):
            first = turn % len(order)
            for number, name in order[first:] + order[:first]:
                found[name].append(cpu_of(room / f"{number}.yml", room))
    return found


class Cost(NamedTuple):
    """What one call costs more than ping, in CPU seconds.

    :param median: of the differences of each round.
    :param least: the difference of the least times of all rounds.
    :param ratio: how many times as much as ping the call costs in all, by the median.
    """

    median: float
    least: float
    ratio: float


def costs_of(figures: Mapping[str, Sequence[float]], calls: int) -> dict[str, Cost]:
    """Return what each call costs, and under ``ping`` the whole of ping."""
    ping, start = figures["ping"], figures[START]
    one_ping = statistics.median(many - one for many, one in zip(ping, start, strict=True)) / (calls - 1)
    found = {"ping": Cost(one_ping, (min(ping) - min(start)) / (calls - 1), 1.0)}
    for name, row in figures.items():
        if name not in ("ping", START):
            more = statistics.median(one - other for one, other in zip(row, ping, strict=True)) / calls
            found[name] = Cost(more, (min(row) - min(ping)) / calls, 1 + more / one_ping)
    return found


def table(costs: Mapping[str, Cost]) -> str:
    """Return the costs as a simple table of reStructuredText, in milliseconds."""
    rows = [("Call", "Median", "Least", "Times ping")]
    for name, cost in costs.items():
        label = "all of ping" if name == "ping" else name
        rows.append((label, f"{cost.median * 1000:.0f} ms", f"{cost.least * 1000:.0f} ms", f"{cost.ratio:.2f}"))
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    line = " ".join("=" * width for width in widths)
    cells = [" ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([line, cells[0], line, *cells[1:], line])


def main(arguments: Sequence[str] | None = None) -> int:
    names = [f"{module} {provider}" for provider in PROVIDERS for module in ("vnc_url_info", "instance_info")]
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.module_cost", description=__doc__)
    parser.add_argument("--calls", type=int, default=10, help="tasks of each playbook, 2 or more")
    parser.add_argument("--rounds", type=int, default=8, help="repetitions; the median counts")
    parser.add_argument("--json", type=Path, help="a file for the figures")
    parser.add_argument("names", nargs="*", default=names, help=f"of {', '.join(names)}")
    options = parser.parse_args(arguments)
    if options.calls < 2 or options.rounds < 1 or not set(options.names) <= set(names):
        parser.error("the calls are 2 or more, the rounds 1 or more, and the names known")
    costs = costs_of(measure(options.names, options.calls, options.rounds), options.calls)
    print(f"CPU time of one call more than {PING}; {options.rounds} rounds of {options.calls} calls\n")
    print(f"{table(costs)}\n\nallowed: {LIMIT * 1000:.0f} ms more")
    if options.json:
        figures = {name: cost._asdict() for name, cost in costs.items()}
        document = {"limit": LIMIT, "calls": options.calls, "rounds": options.rounds, "costs": figures}
        options.json.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    return 1 if any(cost.median > LIMIT for name, cost in costs.items() if name != "ping") else 0


if __name__ == "__main__":
    sys.exit(main())
