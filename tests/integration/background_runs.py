# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs that have to wait for a minute to end: begun before other tests, on a cloud of their own, and looked at late."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.emulator.client import Emulator
from tests.emulator.fleet import make_fleet
from tests.integration.playbook_runs import Core, Room, Run

REPORT = "cloudops.console.reboot_report"
WAITING = "cloudops.console.reboot_waiting_hosts"
REBOOT = "RebootInstance"
# The first two are not other hosts, with a port; the restarts of the last two are refused.
NAMES = ("api:8080", "[fe80::1]:22", "LINUX - INFO 01", "db:5432")
# Seconds for a run that may have to wait for a minute to end.
LONG = 240.0


@dataclass(frozen=True)
class BackgroundRuns:
    """What was begun: a room and its runs, as soon as they have ended."""

    room: Room
    runs: Future[list[Run]]


@contextlib.contextmanager
def begin(path: Path, cores: Sequence[Core]) -> Iterator[dict[str, BackgroundRuns]]:
    """Begin one run in waves with the first core, one of two hosts with each; no two of them share an instance."""
    fleet = make_fleet(24 + 6 * len(cores), seed=36, regions=1, accounts=1, stopped=0, not_io_optimized=2 / 3)
    slow, fast = ([one["name"] for one in fleet["instances"] if one["io_optimized"] is kind] for kind in (False, True))
    with Emulator.start(fleet) as cloud, ThreadPoolExecutor() as pool:

        def room_of(core: Core, name: str, hosts: list[str]) -> Room:
            room = Room(path / name, core, cloud, fleet)
            room.keep(*hosts)
            room.longest = LONG
            return room

        in_waves = room_of(cores[0], "waves", [slow.pop(0), slow.pop(0), slow.pop(0), fast.pop(0)])
        found = {"waves": BackgroundRuns(in_waves, pool.submit(waves, in_waves))}
        afterwards = room_of(cores[0], "afterwards", [slow.pop(0), fast.pop(0)])
        found["afterwards"] = BackgroundRuns(afterwards, pool.submit(rotate_then_reboot, afterwards))
        names = room_of(cores[0], "names", [slow.pop(0) for _name in NAMES])
        found["names"] = BackgroundRuns(names, pool.submit(any_names, names))
        problem = room_of(cores[0], "problem", [fast.pop(0), slow.pop(0)])
        found["problem"] = BackgroundRuns(problem, pool.submit(reboot_beside_a_problem, problem))
        for core in cores:
            room = room_of(core, core.name, [slow.pop(0), fast.pop(0)])
            found[core.name] = BackgroundRuns(room, pool.submit(rotate_and_report, room))
        yield found


def waves(room: Room) -> list[Run]:
    """Three instances one after the other, the first under two names; the second one's restart is refused."""
    first, second, _third, _fast = room.hosts
    room.hosts = {first: room.hosts[first], "alias": dict(room.hosts[first]), **room.hosts}
    room.cloud.add_fault("error", action=REBOOT, instance_id=room.instance(second), status=403, code="Forbidden.RAM")
    return [room.rotate(reboot_ok=True, reboot_serial=1)]


def any_names(room: Room) -> list[Run]:
    """Restart all of them in one wave, two of them in vain; of their variables, some are left out or in part."""
    room.hosts = dict(zip(NAMES, room.hosts.values(), strict=True))
    room.verbatim = True
    for host in room.hosts.values():
        host |= {"console_security_token": "{{ token | default(omit) }}\n", "console_profile": "{{ omit }}"}
        host["console_instance_id"] += "{# of the shop #}\n"
    for name in NAMES[2:]:
        instance_id = room.instance(name).partition("{")[0]
        room.cloud.add_fault("error", action=REBOOT, instance_id=instance_id, status=403, code="Forbidden.RAM")
    return [
        room.rotate(),
        room.rotate("--extra-vars", "vnc_rotation_reboot_serial=100%", playbook=WAITING),
        room.rotate(playbook=REPORT),
    ]


def rotate_and_report(room: Room) -> list[Run]:
    """Rotate with restarts, then look who needs one."""
    rotated = room.rotate(reboot_ok=True)
    return [rotated, room.rotate(playbook=REPORT)]


def rotate_then_reboot(room: Room) -> list[Run]:
    """Rotate, restart what waits for it by the playbook for that, under two names each, and do that again."""
    slow, fast = room.hosts
    room.hosts = {slow: room.hosts[slow], "alias": dict(room.hosts[slow]), fast: room.hosts[fast]}
    return [
        room.rotate(),
        room.rotate("--check", playbook=WAITING),
        *(room.rotate(playbook=WAITING) for _time in range(2)),
    ]


def reboot_beside_a_problem(room: Room) -> list[Run]:
    """Rotate two hosts, take the instance id from the first, and restart what waits."""
    rotated = room.rotate()
    del room.hosts[next(iter(room.hosts))]["console_instance_id"]
    return [rotated, room.rotate(playbook=WAITING, reboot_timeout=0)]
