# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Any names, limits, strategies and plays: the hosts that Ansible lists are rotated, once each, or none at all."""

from __future__ import annotations

import itertools
import json
import string
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.emulator.client import Emulator
from tests.emulator.fleet import Fleet, make_fleet
from tests.integration.playbook_runs import ROTATION, Core, Room, Run
from tests.integration.test_limits import NAMES, PORTS, listed
from tests.unit.example_counts import ALWAYS_ALIKE, examples

ROLE = {"name": "cloudops.console.vnc_rotation"}
LEDGER = {"ledger": "{{ vnc_rotation_ledger }}", "ledger_key": "{{ vnc_rotation_ledger_key }}"}
# How a rotation is begun; None: by the collection's own playbook.
WAYS: dict[str, dict[str, Any] | None] = {
    "playbook": None,
    "roles": {"roles": [ROLE["name"]]},
    "import": {"tasks": [{"ansible.builtin.import_role": ROLE}]},
    "include": {"tasks": [{"ansible.builtin.include_role": ROLE}]},
    "include once": {"tasks": [{"ansible.builtin.include_role": ROLE, "run_once": True}]},
    "action": {"tasks": [{ROTATION: LEDGER}]},
    "action once": {"tasks": [{ROTATION: LEDGER, "run_once": True}]},
}
ORDERED = ("linear", "debug")
# N is a host's name, G its first letter.
LIMITS = ("", "N", "N", "G*", "*N*", "first", "all:!first", "first:N", "!N", "@FILE", "~^G", "all[0]")
RESERVED = ("all", "ungrouped", "first", "shop", "localhost")

_letters = st.sampled_from(string.ascii_letters + string.digits + " :,[]*?!~&@-._'/é")
_names = st.one_of(st.sampled_from(NAMES + PORTS), st.text(_letters, min_size=1, max_size=12)).filter(
    lambda name: bool(name.strip()) and name not in RESERVED
)


@pytest.fixture(scope="module")
def fleet() -> Fleet:
    return make_fleet(4, seed=4, regions=1, accounts=1, stopped=0, not_io_optimized=0)


def with_names(room: Room, names: list[str]) -> Room:
    room.hosts = dict(zip(names, room.hosts.values(), strict=False))
    room.groups = {"first": names[:1]}
    room.verbatim = True
    return room


def begun(room: Room, way: str, serial: int | None, *options: str) -> Run:
    play = WAYS[way]
    if play is None:
        return room.rotate(*options)
    return room.play(
        json.dumps([{"hosts": "all", "gather_facts": False, "serial": serial or "100%", **play}]), *options
    )


@pytest.mark.cores(full=True)
@settings(
    max_examples=examples(5),
    deadline=None,
    derandomize=ALWAYS_ALIKE,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    names=st.lists(_names, min_size=1, max_size=4, unique=True),
    limit=st.sampled_from(LIMITS),
    strategy=st.sampled_from((*ORDERED, "free", "host_pinned")),
    way=st.sampled_from(sorted(WAYS)),
    serial=st.sampled_from((None, None, 1, 2)),
)
@example(["LINUX - INFO 01", "app-0002"], "", "free", "playbook", None)
@example(["app-0002", "k8s:worker:1", "db,primary"], "!N", "linear", "roles", 2)
@example(["app-0002", "api:8080"], "", "host_pinned", "include once", None)
def test_the_hosts_that_ansible_lists(
    tmp_path: Path,
    core: Core,
    cloud: Emulator,
    fleet: Fleet,
    names: list[str],
    limit: str,
    strategy: str,
    way: str,
    serial: int | None,
) -> None:
    cloud.reset()
    room = with_names(Room(tmp_path / next(_numbers), core, cloud, fleet), names)
    file = room.write("limit.txt", f"{names[-1]}\n")
    given_limit = limit.replace("N", names[0]).replace("G", names[0][0]).replace("FILE", str(file))
    options = (f"--limit={given_limit}",) if limit else ()
    wanted = listed(room, *options)
    room.write("ansible.cfg", f"[defaults]\nstrategy = {strategy}\n")
    run = begun(room, way, serial, *options)
    rotated = sorted(one["instance_id"] for one in cloud.received())
    if wanted and (way == "playbook" or strategy in ORDERED):
        assert run.rc == 0, run.text
        assert rotated == sorted(room.instance(name) for name in wanted)
        assert sorted(name for event in run.of(ROTATION) for name in event.result["hosts"]) == wanted
        assert set(run.recap) <= set(wanted), "no host was made up"
    else:
        assert run.rc != 0, run.text
        assert (rotated, cloud.counters()["calls"], room.ledger.exists()) == ([], 0, False)


_numbers = map(str, itertools.count())
