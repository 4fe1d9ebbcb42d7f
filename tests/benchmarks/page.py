# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""From figures to the tables of docs/docsite/rst/performance.rst, and what is promised there."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

from tests.tools.environment import ROOT

PAGE = ROOT / "docs" / "docsite" / "rst" / "performance.rst"
BEGIN, END = ".. Written by make bench: begin", ".. Written by make bench: end"

Figures = dict[str, Any]


class Promise(NamedTuple):
    text: str
    kept: bool
    found: str


def machine() -> str:
    """What the figures were made on."""
    models = re.findall(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text(encoding="utf-8"))
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    cores, load = os.cpu_count(), os.getloadavg()[0]
    return (
        f"{cores} cores ({models[0] if models else platform.machine()}), {memory:.0f} GB, Linux {platform.release()}, "
        f"Python {platform.python_version()}, ansible-core {version('ansible-core')}; load at the start {load:.1f}"
    )


def _row(figures: Figures, hosts: int, concurrency: int) -> Figures:
    rows: list[Figures] = figures["rotation"]
    return next(row for row in rows if (row["hosts"], row["concurrency"]) == (hosts, concurrency))


def more_per_host(figures: Figures, hosts: int) -> float:
    """Seconds of CPU per host, without what a run over one host costs."""
    row = _row(figures, hosts, 64)
    return float(row["ours"]["cpu"] - figures["one_host"]["cpu"]) / hosts


def promises(figures: Figures) -> list[Promise]:
    """What is promised for 10,000 hosts, and what was found."""
    found = []
    for concurrency in (64, 256):
        row = _row(figures, 10_000, concurrency)
        ours, allowed = row["ours"]["wall"], 1.5 * row["floor"]["wall"] + 3
        text = f"10,000 hosts with {concurrency} at once take at most 1.5 times the floor and 3 s"
        found.append(Promise(text, ours <= allowed, f"{ours:.1f} s, allowed {allowed:.1f} s"))
    best = min((_row(figures, 10_000, concurrency)["ours"] for concurrency in (64, 256)), key=lambda one: one["wall"])
    row = _row(figures, 10_000, 64)
    times = figures["per_host"]["wall"] / (best["wall"] / 10_000)
    found.append(Promise("200 times the hosts per second of a module for each host", times >= 200, f"{times:.0f}"))
    less = figures["sdk"]["cpu"] / figures["sdk"]["hosts"] / (row["ours"]["cpu"] / 10_000)
    found.append(Promise("a fourth of the CPU of the vendor's SDK with threads, or less", less >= 4, f"1/{less:.1f}"))
    most = max(_row(figures, 10_000, concurrency)["ours"]["memory"] for concurrency in (64, 256))
    found.append(Promise("10,000 hosts in less than 300 MB", most < 300, f"{most:.0f} MB"))
    idle = row["nothing_due"]["wall"]
    found.append(Promise("10,000 hosts with nothing due in less than 5 s", idle < 5, f"{idle:.1f} s"))
    if any(row["hosts"] == 50_000 for row in figures["rotation"]):
        ratio = more_per_host(figures, 50_000) / more_per_host(figures, 1_000)
        text = "CPU per host at 50,000 at most 1.2 times that at 1,000, both without the start of a run"
        found.append(Promise(text, ratio <= 1.2, f"{ratio:.2f}"))
    least = min(one["share"] for one in figures["quotas"])
    found.append(Promise("95 % of a quota", least >= 0.95, f"{100 * least:.1f} %"))
    return found


def table(title: str, head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a list-table."""
    lines = [f".. list-table:: {title}", "   :header-rows: 1", ""]
    for row in (head, *rows):
        cells = [str(cell) for cell in row]
        lines += [f"   * - {cells[0]}", *(f"     - {cell}" for cell in cells[1:])]
    return "\n".join(lines) + "\n"


def _rotations(figures: Figures) -> str:
    rows = []
    for row in figures["rotation"]:
        ours, floor, core, hosts = row["ours"], row["floor"], row["core"], row["hosts"]
        rows.append(
            (
                f"{hosts:,}",
                row["concurrency"],
                f"{ours['wall']:.1f} s",
                f"{floor['wall']:.1f} s",
                f"{ours['wall'] / floor['wall']:.2f}",
                f"{1000 * ours['cpu'] / hosts:.2f} ms",
                f"{1000 * core['cpu'] / hosts:.2f} ms",
                f"{1000 * floor['cpu'] / hosts:.2f} ms",
                f"{ours['memory']:.0f} MB",
            )
        )
    head = ("Hosts", "At once", "Wall", "Floor", "Ratio", "CPU per host", "of it ansible-core", "Floor's", "Memory")
    return table("Whole rotations at 50 ms per call", head, rows)


def _others(figures: Figures) -> str:
    best = min(row["ours"]["wall"] for row in figures["rotation"] if row["hosts"] == 10_000) / 10_000
    cpu = _row(figures, 10_000, 64)["ours"]["cpu"] / 10_000
    sdk, sdk_hosts = figures["sdk"], figures["sdk"]["hosts"]
    ways = {
        "this rotation, 10,000 hosts, all included": (best, cpu),
        f"the vendor's SDK, 64 threads ({sdk_hosts:,} hosts)": (sdk["wall"] / sdk_hosts, sdk["cpu"] / sdk_hosts),
        "a module for each host, 20 forks": (figures["per_host"]["wall"], figures["per_host"]["cpu"]),
        "a loop of module calls on one host": (figures["loop"]["wall"], figures["loop"]["cpu"]),
    }
    rows = [
        (name, f"{1 / wall:,.0f}", f"{1000 * used:.1f} ms", f"{wall / best:.0f}", f"{used / cpu:.0f}")
        for name, (wall, used) in ways.items()
    ]
    head = ("Way", "Hosts a second", "CPU per host", "Times as long", "Times the CPU")
    return table("Other ways to do the same", head, rows)


def _further(figures: Figures) -> str:
    store, consoles, idle = figures["store"], figures["consoles"], _row(figures, 10_000, 64)["nothing_due"]
    hosts = consoles["hosts"]
    rows = [
        ("a run with nothing due, 10,000 hosts", f"{idle['wall']:.1f} s, {idle['cpu']:.1f} s of CPU"),
        (f"ledger, {store['records']:,} records staged and promoted", f"{store['per_second']:,.0f} records a second"),
        ("opening it and reading all of them", f"{store['read']:.1f} s, {store['bytes']:.0f} bytes a record"),
        (f"all reports of {store['records']:,} hosts", f"{store['report']:.1f} s"),
        (
            f"``vnc_url_info`` for {hosts:,} hosts in one play, 20 forks",
            f"{consoles['ours']['wall']:.0f} s; ``ping`` {consoles['ping']['wall']:.0f} s",
        ),
        *(
            (f"``{name}``: one call more than ``ping``", f"{s * 1000:.0f} ms of CPU")
            for name, s in figures["module"].items()
        ),
    ]
    return table("Further figures", ("What", "Found"), rows)


def _quotas(figures: Figures) -> str:
    rows = [
        (
            one["name"],
            f"{one['seconds'] / 60:.0f} min",
            f"{100 * one['share']:.1f} %",
            f"{100 * one['throttled']:.2f} %",
        )
        for one in figures["quotas"]
    ]
    return table("100,000 hosts against a quota, simulated", ("Quota", "Time", "Used of it", "Throttled calls"), rows)


def _promises(figures: Figures) -> str:
    rows = [(one.text, one.found, "yes" if one.kept else "**no**") for one in promises(figures)]
    return table("What is promised", ("Promise", "Found", "Kept"), rows)


def written(text: str, figures: Figures) -> str:
    """Return the page with these figures between its marks."""
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    parts = [
        f"Scale ``{figures['scale']}``, on {figures['machine']}.\n",
        *(part(figures) for part in (_rotations, _others, _further, _quotas, _promises)),
    ]
    return f"{before}{BEGIN}\n\n{chr(10).join(parts)}\n{END}{after}"
