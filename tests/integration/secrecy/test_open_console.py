# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""A console that is opened in the browser: its URL is in the private page for the browser, and in no other channel."""

from __future__ import annotations

import re

import pytest

from tests.emulator.client import Emulator
from tests.emulator.fleet import Fleet, make_fleet
from tests.integration import module_calls
from tests.integration.playbook_runs import Room
from tests.integration.secrecy.evidence import found_in, gather, known
from tests.integration.secrecy.process_watcher import Watcher


@pytest.fixture(scope="module")
def fleet() -> Fleet:
    return make_fleet(2, seed=37, regions=1, accounts=1, stopped=0, huawei=1)


@pytest.mark.full
def test_in_the_browser(room: Room, cloud: Emulator, fleet: Fleet, watcher: Watcher) -> None:
    given = module_calls.options("huawei", cloud, fleet)
    del given["retries"]
    variables = {f"console_{name}": value for name, value in given.items()}
    room.hosts = {"hw-01": {**variables, "console_instance_id": fleet["huawei"]["servers"][0]["instance_id"]}}
    room.environ["BROWSER"] = "/bin/true %s"
    opened = ("-e", "console_host=hw-01", "-e", "console_open=true", "-vvvvv")
    run = room.run("ansible-playbook", "-i", str(room.inventory()), "cloudops.console.open_console", *opened)
    assert run.rc == 0, run.text
    assert len(cloud.consoles()) == 1
    evidence = gather(room, watcher, run)
    places = {place for found in found_in(evidence, known(room)).values() for place in found}
    assert places, "the page itself was seen"
    assert [place for place in places if not re.match(r"files: \S+/console-\w+/\.?console\.html[. ]", place)] == []
    assert not list(room.path.rglob("console.html"))
