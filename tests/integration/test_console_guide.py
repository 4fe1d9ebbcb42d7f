# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the page about broken SSH prints works as it is printed."""

from __future__ import annotations

import re
import socket
import textwrap
from pathlib import Path

import pytest

from tests.emulator.alibaba.showing import PIXEL
from tests.emulator.client import Emulator
from tests.emulator.fleet import Fleet, make_fleet
from tests.integration.playbook_runs import Room
from tests.integration.test_mixed import populate

PAGE = Path(__file__).resolve().parents[2] / "docs" / "docsite" / "rst" / "console_guide.rst"


@pytest.fixture(scope="module")
def fleet() -> Fleet:
    return make_fleet(2, seed=38, regions=1, accounts=1, stopped=0, windows=0, huawei=2, openstack=2)


def blocks(language: str) -> list[str]:
    found = re.findall(rf"\.\. code-block:: {language}\n\n((?: {{4}}.*\n|\n)+)", PAGE.read_text(encoding="utf-8"))
    return [textwrap.dedent(block) for block in found]


@pytest.mark.cores(full=True)
def test_the_play_looks_at_hosts_that_do_not_answer(room: Room, cloud: Emulator) -> None:
    """One host on each cloud, with a port that refuses; and one that answers, which is left alone."""
    (play,) = blocks("yaml")
    assert "timeout: 60" in play
    populate(room, 1)
    with socket.socket() as refusing:
        refusing.bind(("127.0.0.1", 0))
        ssh = {"ansible_connection": "ssh", "ansible_host": "127.0.0.1", "ansible_port": refusing.getsockname()[1]}
        names = list(room.hosts)
        room.hosts = {name: {**host, **ssh} for name, host in room.hosts.items()}
        python = f"{room.core.bin}/python"
        room.hosts["answers"] = {"ansible_connection": "local", "ansible_python_interpreter": python}
        run = room.play(play.replace("timeout: 60", "timeout: 1"))
    assert run.rc == 2, run.text
    assert run.failed_hosts == set(names)
    shown = {event.host: event.result["msg"] for event in run.of("Show it")}
    assert set(shown) == set(names)
    assert all("login: " in lines[-1] for lines in shown.values())
    (web, *_others) = names
    picture = next(room.path.rglob(f"{room.instance(web)}.jpg"))
    assert picture.read_bytes() == PIXEL
    told = {event.host: event.result["msg"] for event in run.of("Say how to go on")}
    assert f"Its screen is in {picture}." in told[web]
    assert all(f"cloudops.console.open_console -e console_host={name}" in told[name] for name in names)
    assert cloud.counters()["writes"] == 0


def test_the_commands_are_those_of_the_playbook(room: Room) -> None:
    """The host is another one here, and no terminal is there to answer."""
    (shell,) = blocks("shell")
    for line in shell.strip().splitlines():
        command = line.replace("inventory.yml", str(room.inventory())).split()
        assert command[0] == "ansible-playbook"
        run = room.run(*command)
        assert run.rc == 2
        assert "The inventory has no host web-01" in " ".join(run.text.split())
