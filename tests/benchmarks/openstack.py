# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""A console of OpenStack by ``openstack console url show`` and by ``vnc_url_info``.

``python -m tests.benchmarks.openstack`` prints seconds of wall and CPU as JSON. All ask the emulated Keystone and Nova,
in turn, ROUNDS times; medians count. The command comes from an environment of its own. A call more in a play is what a
play with more calls takes longer, for each of them.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
from pathlib import Path

from tests.benchmarks.cost import cost_of
from tests.benchmarks.module_cost import calls_of, environment, playbook
from tests.emulator.client import Emulator
from tests.emulator.fleet import make_fleet
from tests.tools.environment import ENVIRONMENTS

ROUNDS = 5
FEW, MANY = 1, 11
COMMAND, AD_HOC, CALL = "command", "ad_hoc", "call"


def measure(cloud: Emulator, home: Path, rounds: int) -> dict[str, dict[str, float]]:
    """Return wall and CPU seconds for one console by each way."""
    fleet = make_fleet(1, regions=1, accounts=1, stopped=0, huawei=1, openstack=1)
    cloud.load(fleet)
    module, options = calls_of(cloud, fleet)["vnc_url_info openstack"]
    auth, here, theirs = options["auth"], Path(sys.executable).parent, ENVIRONMENTS["openstackclient"].bin
    variables = {f"OS_{name.upper()}": value for name, value in auth.items()}
    commands = {
        COMMAND: [theirs / "openstack", "console", "url", "show", "--novnc", options["instance_id"], "-f", "json"],
        AD_HOC: [here / "ansible", "localhost", "-m", module, "-a", json.dumps(options)],
    }
    for calls in (FEW, MANY):
        play = home / f"{calls}.yml"
        play.write_text(playbook(module, options, calls), encoding="utf-8")
        commands[f"{calls}"] = [here / "ansible-playbook", play]
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
    for _round in range(rounds):
        for name, command in commands.items():
            more = variables if name == COMMAND else {}
            cost = cost_of([str(part) for part in command], {**environment(home), **more})
            found[name].append((cost.wall, cost.cpu))
    wall, cpu = ({name: statistics.median(one[of] for one in rows) for name, rows in found.items()} for of in (0, 1))
    for seconds in (wall, cpu):
        seconds[CALL] = (seconds.pop(f"{MANY}") - seconds.pop(f"{FEW}")) / (MANY - FEW)
    return {name: {"wall": wall[name], "cpu": cpu[name]} for name in (COMMAND, AD_HOC, CALL)}


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="openstack-") as folder, Emulator.start() as cloud:
        Path(folder, "ansible.cfg").touch()
        print(json.dumps(measure(cloud, Path(folder), ROUNDS)))


if __name__ == "__main__":
    main()
