# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one module call loads. Its files are nearly all of its cost, and counting them is the same on every machine.

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
EVERY_CALL = {
    "_connection",
    "_deps",
    "_errors",
    "_http",
    "_models",
    "_module",
    "_options",
    "_pace",
    "_place",
    "_provider",
    "_secrets",
    "_vendor_model",
}
OF_A_CLOUD = {
    "alibaba": {"answers", "client", "credentials", "facts", "keys", "signing"},
    "huawei": {"answers", "caller", "client", "credentials", "facts", "signing"},
    "openstack": {
        "addresses",
        "answers",
        "auth",
        "client",
        "clouds",
        "credentials",
        "facts",
        "keeper",
        "states",
    },
}
# httptools is compiled by Cython, whose run-time names itself as a module. msgspec takes typing_extensions where it is
# installed, and does without elsewhere.
LIBRARIES = {"httptools", "cython_runtime", "msgspec", "typing_extensions"}
# What some calls need and no usual one; each is dear.
NEVER = {"click", "configparser", "http.client", "httpx", "urllib.request", "yaml"}


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


CALLS = [f"{module} {cloud}" for cloud in OF_A_CLOUD for module in ("vnc_url_info", "instance_info")]


@pytest.mark.parametrize("name", CALLS)
def test_our_files(loaded: dict[str, set[str]], name: str) -> None:
    """Only what the call needs; a new file here costs each call about a millisecond: load it where it is used."""
    cloud = name.split()[1]
    files = {one.removeprefix(OURS) for one in loaded[name] if one.startswith(OURS)}
    wanted = EVERY_CALL | {f"_{cloud}", *(f"_{cloud}.{file}" for file in OF_A_CLOUD[cloud])}
    assert files == wanted


@pytest.mark.parametrize("name", CALLS)
def test_libraries(loaded: dict[str, set[str]], name: str) -> None:
    """No library but those that the requirements name, and no dear part of Python that ping does without."""
    more = loaded[name] - loaded["ping"]
    places = {one.partition(".")[0] for one in more} - set(sys.stdlib_module_names) - {"ansible", "ansible_collections"}
    assert {one for one in places if not one.startswith("_")} <= LIBRARIES
    assert not more & NEVER
    assert len(more) < 260, "all files, those of Python and the libraries included"
