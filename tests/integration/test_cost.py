# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one module call loads: no other cloud, and nothing that only other calls need.

How long a call takes is measured by ``python -m tests.benchmarks.module_cost``.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.benchmarks.module_cost import calls_of, environment
from tests.emulator.client import Emulator
from tests.emulator.fleet import make_fleet

# Writes the name of all that a module's process has loaded when it ends.
WITNESS = """
import atexit, json, os, sys


def tell():
    if "ansible.module_utils.basic" in sys.modules and "ansible.cli" not in sys.modules:
        with open(os.path.join(os.environ["CONSOLE_LOADED"], str(os.getpid())), "w") as file:
            json.dump(sorted(sys.modules), file)


atexit.register(tell)
"""
OURS = "ansible_collections.cloudops.console.plugins.module_utils."
CLOUDS = ("alibaba", "huawei", "openstack")
# What some calls need and no usual one.
NEVER = {"configparser", "websockets", "yaml"}


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """What the process of each call of the benchmark had loaded, by its name."""
    room = tmp_path_factory.mktemp("cost")
    (room / "sitecustomize.py").write_text(WITNESS, encoding="utf-8")
    (room / "ansible.cfg").touch()
    found = {}
    fleet = make_fleet(6, regions=1, accounts=1, stopped=0, huawei=3, openstack=3)
    with Emulator.start(fleet) as cloud:
        calls = calls_of(cloud, fleet)
        for number in range(len(calls)):
            (room / str(number)).mkdir()
        tasks = [
            {"name": name, module: options, "environment": {"CONSOLE_LOADED": str(room / str(number))}}
            for number, (name, (module, options)) in enumerate(calls.items())
        ]
        (room / "play.yml").write_text(
            json.dumps([{"hosts": "localhost", "gather_facts": False, "tasks": tasks}]), encoding="utf-8"
        )
        done = subprocess.run(
            [str(Path(sys.executable).parent / "ansible-playbook"), str(room / "play.yml")],
            env={**environment(room), "PYTHONPATH": str(room), "CONSOLE_LOADED": os.devnull},
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        assert done.returncode == 0, done.stdout + done.stderr
    for number, name in enumerate(calls):
        (file,) = (room / str(number)).iterdir()
        found[name] = set(json.loads(file.read_text(encoding="utf-8")))
    return found


CALLS = [f"{module} {cloud}" for cloud in CLOUDS for module in ("vnc_url_info", "instance_info")]


@pytest.mark.parametrize("name", CALLS)
def test_no_other_cloud(loaded: dict[str, set[str]], name: str) -> None:
    packages = {one.removeprefix(OURS).partition(".")[0] for one in loaded[name] if one.startswith(OURS)}
    assert packages & {f"_{cloud}" for cloud in CLOUDS} == {f"_{name.split()[1]}"}


@pytest.mark.parametrize("name", CALLS)
def test_nothing_that_only_other_calls_need(loaded: dict[str, set[str]], name: str) -> None:
    assert {"httpx", "pydantic"} <= loaded[name]
    assert not loaded[name] & NEVER
