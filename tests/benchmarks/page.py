# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tables of the page on performance, between two marks of it; the prose around them is written by hand."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import version
from pathlib import Path

from tests.benchmarks.figures import CALLS, Figures
from tests.benchmarks.module_cost import OURS, PING, THEIRS
from tests.benchmarks.parts import FORKS, PARTS
from tests.benchmarks.promises import NOT_MEASURED, judged
from tests.benchmarks.rotations import HOSTS, SDK_THREADS
from tests.tools.environment import ROOT

PAGE = ROOT / "docs" / "docsite" / "rst" / "performance.rst"
BEGIN, END = ".. Written by make bench: begin", ".. Written by make bench: end"
PACKAGES = ("ansible-core", "httpx", "alibabacloud-ecs20140526")
# For a cell without a figure.
NONE = "\N{EN DASH}"
KEPT = {True: "yes", False: "**no**", None: f"**{NOT_MEASURED}**"}


def machine() -> str:
    """Return what the figures are made on and with."""
    models = re.findall(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text(encoding="utf-8"))
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    cores, load, linux = os.cpu_count(), os.getloadavg()[0], platform.release().partition("-")[0]
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return (
        f"{cores} cores ({models[0] if models else platform.machine()}), {memory:.0f} GB, Linux {linux}, "
        f"Python {platform.python_version()}, {packages}; load at the start {load:.1f}"
    )


def table(title: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a list-table."""
    lines = [f".. list-table:: {title}", "   :header-rows: 1", ""]
    for row in (head, *rows):
        lines += [f"   * - {row[0]}", *(f"     - {cell}" for cell in row[1:])]
    return "\n".join(lines) + "\n"


def _promises(figures: Figures) -> str:
    rows = [(one.text, one.found, KEPT[one.kept]) for one in judged(figures)]
    return table("What is promised", ("Promise", "Found", "Kept"), rows)


def _rotations(figures: Figures) -> str:
    found = figures["rotation"]
    rows = [(f"{row['hosts']:,}", str(row["concurrency"]), *_run(row, row["hosts"])) for row in found["rows"]]
    rows.append((f"{HOSTS:,}, nothing due", NONE, *_run(found["nothing_due"], HOSTS)))
    rows.append((f"{HOSTS:,}, the vendor's SDK", f"{SDK_THREADS} threads", *_run(found["sdk"], HOSTS)))
    head = ("Hosts", "Calls at once", "Time", "Hosts a second", "CPU per host", "Memory", "A bare loop's time")
    return table("Whole rotations, and the same calls by others", head, rows)


def _run(run: Figures, hosts: int) -> tuple[str, ...]:
    floor = f"{run['floor']:.1f} s" if "floor" in run else NONE
    wall, cpu = f"{run['wall']:.1f} s", f"{1000 * run['cpu'] / hosts:.2f} ms"
    return wall, f"{hosts / run['wall']:,.0f}", cpu, f"{run['memory']:.0f} MB", floor


def _calls(figures: Figures) -> str:
    costs = figures["call"]
    rows = [(f"``{PING}``: all of it", f"{1000 * costs['ping']:.0f} ms", "1.00")]
    rows += [
        (f"``{name}``", f"{1000 * costs[name]:.0f} ms", f"{costs[name] / costs['ping']:.2f}")
        for name in (*OURS, THEIRS)
    ]
    return table(f"CPU of one module call on top of a ping; {costs['beside']}", ("Call", "CPU", "Times a ping"), rows)


def _role(figures: Figures) -> str:
    found = figures["role"]
    names = {"playbook": "the playbook", "roles": "a play with the role under ``roles:``"}
    rows = [(text, *_run(found[name], found["hosts"])[:3]) for name, text in names.items()]
    return table(f"The role, {found['hosts']:,} hosts", ("By", "Time", "Hosts a second", "CPU per host"), rows)


def _module(figures: Figures) -> str:
    found = figures["module"]
    row = (
        f"``vnc_password`` for each host, {FORKS} forks",
        f"{1 / found['wall']:.1f}",
        f"{1000 * found['cpu']:.0f} ms",
    )
    return table("A module call for each host", ("By", "Hosts a second", "CPU per host"), [row])


def _store(figures: Figures) -> str:
    found = figures["store"]
    rows = [
        ("records staged and promoted", f"{found['per_second']:,.0f} a second"),
        ("opening the ledger and reading all records", f"{found['read']:.1f} s, {found['bytes']:.0f} bytes a record"),
        ("all four reports", f"{found['report']:.1f} s"),
    ]
    return table(f"Ledger and reports, {found['records']:,} hosts", ("What", "Found"), rows)


def _server(figures: Figures) -> str:
    found = figures["server"]
    rows = [(one["name"], *(f"{one[str(calls)]:,.0f}" for calls in CALLS)) for one in found["rows"]]
    head = ("Ledger asked at", *(f"{calls} calls at once" for calls in CALLS))
    return table(f"Records a second, staged and promoted on a real OpenBao; {found['records']:,} records", head, rows)


def _quotas(figures: Figures) -> str:
    rows = [
        (
            one["name"],
            f"{one['seconds'] / 60:.0f} min",
            f"{100 * one['share']:.1f} %",
            f"{100 * one['throttled']:.2f} %",
        )
        for one in figures["quotas"]["quotas"]
    ]
    return table("100,000 hosts against a quota, simulated", ("Quota", "Time", "Used of it", "Throttled calls"), rows)


def _sessions(figures: Figures) -> str:
    found = figures["sessions"]
    names = {"up": "to the instance", "down": "from the instance"}
    rows = [
        (names[way], f"{one['per_second']:.0f} MB", f"{1000 * one['cpu']:.1f} ms") for way, one in found["ways"].items()
    ]
    title = f"{found['size']} MB through a terminal session without a limit; the CPU is the proxy's"
    return table(title, ("Way", "A second", "CPU per MB"), rows)


def _inventory(figures: Figures) -> str:
    found = figures["inventory"]
    names = {"static": "``ansible-inventory --list`` of a static inventory", "listed": "of the plugin"}
    rows = [(text, *_run(found[name], found["hosts"])[:4]) for name, text in names.items()]
    rows.insert(0, ("the bare calls, one page after the other", f"{found['bare']:.1f} s", *[NONE] * 3))
    head = ("What", "Time", "Hosts a second", "CPU per host", "Memory")
    return table(f"An inventory of {found['hosts']:,} instances", head, rows)


TABLES = {
    "rotation": _rotations,
    "role": _role,
    "module": _module,
    "call": _calls,
    "store": _store,
    "server": _server,
    "quotas": _quotas,
    "sessions": _sessions,
    "inventory": _inventory,
}


def _parts(figures: Figures) -> Iterator[str]:
    again: dict[str, list[str]] = {}
    for name, where in figures.get("again", {}).items():
        again.setdefault(where, []).append(name)
    later = "".join(f" Measured again later: {', '.join(names)}, on {where}." for where, names in again.items())
    yield f"Scale ``{figures['scale']}``, on {figures['machine']}.{later}\n"
    yield _promises(figures)
    yield from (TABLES[name](figures) for name in PARTS if name in figures)


def written(text: str, figures: Figures) -> str:
    """Return the page with these figures between its marks."""
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    return f"{before}{BEGIN}\n\n{chr(10).join(_parts(figures))}\n{END}{after}"
