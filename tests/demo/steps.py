# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo itself: build, install, rotate, rotate again, forecast, compare; each step checks what it shows."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import shlex
import sys
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.emulator.client import Emulator
from tests.openbao.node import Node

from .checks import CheckError, Report, check_forecast, check_private, check_screen, differences, expect, read_report
from .environment import QUIET, colours
from .folder import Folder, write_private
from .inventory import (
    ACCOUNTS,
    ALIAS,
    HOSTS,
    HUAWEI,
    OPENSTACK,
    WITHOUT_ID,
    Estate,
    make_estate,
    write_inventory,
    write_six_lines,
)
from .processes import Finished, run
from .screen import Screen
from .server import address, password_of, started

PLAYBOOK = "cloudops.console.rotate_vnc_passwords"
LATENCY = 0.6  # seconds: slow for a cloud, on purpose, so that lines of progress are seen
WITH_PROBLEMS = 2  # ansible-playbook's exit code when hosts have failed
LOOKUP = "lookup('cloudops.console.vnc_password', inventory_hostname, which='in_force')"
_PROGRAMS = Path(sys.executable).parent


@dataclass(frozen=True)
class Row:
    """A line of the table at the end."""

    title: str
    rotated: str
    fresh: int
    reboots: int
    writes: int
    seconds: float
    hosts: int = HOSTS


@dataclass(frozen=True)
class Stage:
    """What all steps work with.

    :param server: has the ledger; without one, the ledger is a file.
    """

    root: Path
    folder: Folder
    screen: Screen
    estate: Estate
    server: Node | None = None

    @property
    def place(self) -> Path:
        """The folder, as short as it can be said."""
        path = self.folder.path
        return path.relative_to(self.root) if path.is_relative_to(self.root) else path


def play(root: Path, folder: Folder, screen: Screen, evidence: Path | None, *, on_server: bool = False) -> None:
    """Run the whole demo; raises CheckError, CommandError or EmulatorError where something is not as it should be."""
    began = time.monotonic()
    stage = Stage(root, folder, screen, make_estate())
    screen.title(
        "cloudops.console, a demo",
        f"This rotates the VNC passwords of {HOSTS} hosts, on clouds that are emulated on this machine.",
    )
    _install(stage)
    with contextlib.ExitStack() as running:
        if on_server:
            stage = dataclasses.replace(stage, server=running.enter_context(started(folder, screen)))
        cloud = running.enter_context(Emulator.start(stage.estate.fleet, latency=LATENCY))
        _prepare(stage, cloud)
        first, report = _first_run(stage, cloud)
        second = _second_run(stage, cloud)
        forecast = _forecast(stage, cloud)
        third = _from_the_clouds(stage, cloud)
        _compare(stage, cloud, report)
        if stage.server is not None:
            _read_on_server(stage, cloud, stage.server)
        if evidence is not None:
            write_private(evidence, json.dumps(cloud.instances()))
    _totals(screen, [first, second, forecast, third])
    screen.note(f"All checks passed, after {time.monotonic() - began:.0f} s.")
    _farewell(stage, report)


def _install(stage: Stage) -> None:
    screen, folder = stage.screen, stage.folder
    screen.step("Build and install the collection", "As users do: build the package and install it.")
    started = time.monotonic()
    screen.command("ansible-galaxy collection build")
    galaxy: list[str | Path] = [_PROGRAMS / "ansible-galaxy", "collection"]
    run([*galaxy, "build", "--output-path", folder.scratch], stage.root)
    package = next(folder.scratch.glob("cloudops-console-*.tar.gz"))
    screen.command(f"ansible-galaxy collection install --offline {package.name}")
    run([*galaxy, "install", "--offline", package], folder.path)
    screen.good(f"{package.stat().st_size / 1024:.0f} KB installed in {time.monotonic() - started:.1f} s")


def _prepare(stage: Stage, cloud: Emulator) -> None:
    screen, fleet = stage.screen, stage.estate.fleet
    instances = stage.estate.instances
    slow = sum(not one["io_optimized"] for one in instances)
    stopped = sum(one["status"] == "Stopped" for one in instances)
    screen.step("Start the cloud and write the inventory", "An emulator of Alibaba Cloud ECS, on loopback; no account.")
    screen.note(
        f"{HOSTS} hosts: {len(instances)} instances in {len(fleet['regions'])} regions of {len(ACCOUNTS)} accounts"
    )
    screen.note(f"({slow} not I/O optimized, {stopped} stopped), {HUAWEI} on Huawei Cloud, {OPENSTACK} on OpenStack,")
    screen.note(f"{ALIAS} as a second name of {instances[0]['name']}, and {WITHOUT_ID} without an instance id.")
    ledger = f"sqlite://{stage.folder.ledger}" if stage.server is None else address(stage.server)
    keys = write_inventory(stage.estate, cloud, stage.folder, ledger)
    screen.command(f"ansible-vault encrypt {' '.join(keys)}")
    run([_PROGRAMS / "ansible-vault", "encrypt", *keys], stage.folder.path)
    screen.good(f"{cloud.url}, {LATENCY * 1000:.0f} ms a call; inventory and vault password are in {stage.place}")


def _first_run(stage: Stage, cloud: Emulator) -> tuple[Row, Report]:
    estate, rotated = stage.estate, len(stage.estate.rotated)
    stage.screen.step(
        "Rotate what is due",
        "All passwords are due, because the ledger is new. One host has no instance id and fails, on purpose.",
    )
    done, writes = _playbook(stage, cloud)
    report = _report(stage, done)
    expect("rotated hosts", sorted(report.named("rotated")), sorted(estate.rotated))
    expect("unsupported hosts", len(report.named("unsupported")), HUAWEI + OPENSTACK)
    expect("hosts without an instance", report.named("unmapped"), [WITHOUT_ID])
    expect("hosts that need a reboot", sorted(report.reboot_needed), sorted(estate.waiting()))
    expect("writes to the cloud", writes, len(estate.instances))
    stage.screen.good(f"{rotated} hosts rotated with {writes} writes, one for each instance")
    stage.screen.good(f"only {WITHOUT_ID} failed, so ansible-playbook ends with {WITH_PROBLEMS}, as it should")
    stage.screen.note(
        "(One task rotates all hosts. Ansible counts it under the first one, and lists besides only hosts that failed.)"
    )
    return Row("first run", str(rotated), 0, len(report.reboot_needed), writes, done.seconds), report


def _second_run(stage: Stage, cloud: Emulator) -> Row:
    stage.screen.step("Run again", "Nothing is due for the next 30 days, so nothing may be written.")
    before = set(stage.folder.reports.glob("vnc-rotation-*.json"))
    done, writes = _playbook(stage, cloud)
    report = _report(stage, done, before)
    fresh = report.named("fresh")
    expect("hosts that are not due", sorted(fresh), sorted(stage.estate.rotated))
    expect("writes to the cloud", writes, 0)
    stage.screen.good(f"{len(fresh)} hosts not due, no write; {WITHOUT_ID} still waits for its id")
    return Row("second run", "0", len(fresh), len(report.reboot_needed), writes, done.seconds)


def _forecast(stage: Stage, cloud: Emulator) -> Row:
    stage.screen.step("Forecast", "What would a forced rotation do, and which hosts would need a reboot after it?")
    rotated, waiting = len(stage.estate.rotated), len(stage.estate.waiting())
    done, writes = _playbook(stage, cloud, "--check", "--extra-vars", "vnc_rotation_force=true")
    check_screen(done.lines, [WITHOUT_ID])
    check_forecast(done.lines, rotated, HOSTS, waiting)
    expect("writes to the cloud", writes, 0)
    stage.screen.good(f"{rotated} hosts would be rotated, {waiting} of them would need a reboot; nothing was written")
    return Row("forecast (--check)", f"({rotated})", 0, waiting, writes, done.seconds)


def _from_the_clouds(stage: Stage, cloud: Emulator) -> Row:
    stage.screen.step("Inventory from the clouds", "Six lines find the same instances, and the ledger knows them.")
    path = write_six_lines(stage.estate, cloud, stage.folder)
    for line in path.read_text(encoding="utf-8").splitlines():
        stage.screen.note(line)
    before = set(stage.folder.reports.glob("vnc-rotation-*.json"))
    more = ("--extra-vars", "vnc_rotation_force=true vnc_rotation_concurrency=64")
    done, writes = _playbook(stage, cloud, "-i", str(path.relative_to(stage.folder.path)), *more, expected=0)
    check_screen(done.lines, [])
    report = read_report(stage.folder.reports, before)
    instances = stage.estate.instances
    expect("rotated hosts", sorted(report.named("rotated")), sorted(one["name"] for one in instances))
    expect("unsupported hosts", len(report.named("unsupported")), HUAWEI + OPENSTACK)
    expect("writes to the cloud", writes, len(instances))
    found, rotated = len(report.outcomes), len(instances)
    stage.screen.good(f"{found} hosts found on three clouds; the {rotated} with a VNC password were rotated again")
    return Row("from six lines", str(rotated), 0, len(report.reboot_needed), writes, done.seconds, hosts=found)


def _playbook(stage: Stage, cloud: Emulator, *options: str, expected: int = WITH_PROBLEMS) -> tuple[Finished, int]:
    """Run the playbook; return how it ended, and how many writes the cloud has seen meanwhile."""
    stage.screen.command(shlex.join(["ansible-playbook", PLAYBOOK, *options]))
    before = cloud.counters()["writes"]
    done = run(
        [_PROGRAMS / "ansible-playbook", PLAYBOOK, *options],
        stage.folder.path,
        show=stage.screen.quote,
        expected=expected,
        environ={**QUIET, **colours(wanted=stage.screen.coloured)},
    )
    return done, cloud.counters()["writes"] - before


def _report(stage: Stage, done: Finished, before: Collection[Path] = ()) -> Report:
    in_file = stage.server is None
    check_screen(done.lines, [WITHOUT_ID], new_ledger=in_file and not before)
    report = read_report(stage.folder.reports, before)
    expect("hosts in the report", len(report.outcomes), HOSTS)
    check_private(*([stage.folder.ledger] if in_file else []), report.path, report.html)
    return report


def _compare(stage: Stage, cloud: Emulator, report: Report) -> None:
    stage.screen.step(
        "Compare", "Read the password of each rotated host from the ledger, and compare it with the cloud's."
    )
    names = report.named("rotated")
    passwords = read_passwords(stage.folder, names)
    different = differences(cloud.instances(), stage.estate.names, dict(zip(names, passwords, strict=True)))
    if different:
        raise CheckError(f"the ledger differs from the cloud for {len(different)} hosts: {', '.join(different[:10])}")
    stage.screen.good(f"{len(names)} passwords are the same on both sides, in force or waiting for a reboot")


def _read_on_server(stage: Stage, cloud: Emulator, server: Node) -> None:
    stage.screen.step("Look into the server", "Any tool with the permission can read the ledger.")
    one = stage.estate.instances[0]
    view = cloud.instance(one["instance_id"])
    found = password_of(server, stage.screen, one["region"], one["instance_id"])
    expect("the password on the server", found, view["waiting"] or view["in_force"])
    stage.screen.good(f"the password of {one['name']} is the cloud's, too")


def read_passwords(folder: Folder, names: Sequence[str]) -> list[str]:
    """Ask the lookup for the passwords of many hosts at once."""
    ask = "msg={{ query('cloudops.console.vnc_password', *names) }}"
    extra = json.dumps({"names": list(names)})
    command: list[str | Path] = [_PROGRAMS / "ansible", names[0], "-m", "debug", "-e", extra, "-a", ask]
    answer = "\n".join(run(command, folder.path, environ=colours(wanted=False)).lines)
    return [str(password) for password in json.loads(answer[answer.index("{") :])["msg"]]


def _totals(screen: Screen, rows: Sequence[Row]) -> None:
    screen.heading("Totals")
    screen.table(
        ["", "hosts", "rotated", "not due", "need a reboot", "cloud writes", "seconds"],
        [
            [
                *(row.title, str(row.hosts), row.rotated),
                *map(str, (row.fresh, row.reboots, row.writes)),
                f"{row.seconds:.1f}",
            ]
            for row in rows
        ],
    )


def _farewell(stage: Stage, report: Report) -> None:
    screen = stage.screen
    screen.heading("The report of the first run")
    screen.note(str(report.html))
    screen.note(report.html.as_uri())
    screen.note(f"All files are in {stage.place}, readable only by you. The next demo replaces them.")
    if stage.server is not None:
        screen.note("The server has stopped, and its records are deleted.")
        return
    screen.heading("Now you: read one password back (the emulator is gone; the ledger is enough)")
    screen.command(
        read_back(stage.folder, next(name for name in report.named("rotated") if name not in report.reboot_needed))
    )


def read_back(folder: Folder, host: str) -> str:
    """Return the command for a shell that shows the password of a host, from whatever folder."""
    config, program = (shlex.quote(str(path)) for path in (folder.config, _PROGRAMS / "ansible"))
    return f'ANSIBLE_CONFIG={config} {program} {host} -m debug -a "msg={{{{ {LOOKUP} }}}}"'
