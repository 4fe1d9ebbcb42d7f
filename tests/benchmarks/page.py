# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""From figures to the tables of docs/docsite/rst/performance.rst."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from pathlib import Path

from tests.benchmarks.figures import Figures
from tests.benchmarks.promises import HOSTS, per_host, promises, row_of
from tests.tools.environment import ROOT

PAGE = ROOT / "docs" / "docsite" / "rst" / "performance.rst"
OPENSTACK = {
    "command": "OpenStack: ``openstack console url show``",
    "ad_hoc": "OpenStack: ``ansible localhost -m cloudops.console.vnc_url_info``",
    "call": "OpenStack: one call of ``vnc_url_info`` more in a play",
}
OLDER = "``aliyun-python-sdk-core``"
BEGIN, END = ".. Written by make bench: begin", ".. Written by make bench: end"


def machine() -> str:
    """What the figures were made on."""
    models = re.findall(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text(encoding="utf-8"))
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    cores, load, linux = os.cpu_count(), os.getloadavg()[0], platform.release().partition("-")[0]
    return (
        f"{cores} cores ({models[0] if models else platform.machine()}), {memory:.0f} GB, Linux {linux}, "
        f"Python {platform.python_version()}, ansible-core {version('ansible-core')}; load at the start {load:.1f}"
    )


def table(title: str, head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a list-table."""
    lines = [f".. list-table:: {title}", "   :header-rows: 1", ""]
    for row in (head, *rows):
        cells = [str(cell) for cell in row]
        lines += [f"   * - {cells[0]}", *(f"     - {cell}" for cell in cells[1:])]
    return "\n".join(lines) + "\n"


def _rotations(figures: Figures) -> str:
    rows = []
    for row in figures["rotation"]["rows"]:
        ours, floor, core, hosts = row["ours"], row["floor"], row["core"], row["hosts"]
        rows.append(
            (
                f"{hosts:,}",
                row["concurrency"],
                row["way"],
                f"{ours['wall']:.1f} s",
                f"{floor['wall']:.1f} s",
                f"{ours['wall'] / floor['wall']:.2f}",
                f"{1000 * ours['cpu'] / hosts:.2f} ms",
                f"{1000 * core['cpu'] / hosts:.2f} ms",
                f"{1000 * floor['cpu'] / hosts:.2f} ms",
                f"{ours['memory']:.0f} MB",
            )
        )
    head = (
        "Hosts",
        "At once",
        "By",
        "Wall",
        "Floor",
        "Ratio",
        "CPU per host",
        "of it ansible-core",
        "Floor's",
        "Memory",
    )
    return table("Whole rotations at 50 ms per call", head, rows)


def _ways(figures: Figures, way: str) -> dict[str, tuple[float, float]]:
    """Wall and CPU seconds per host of each way to rotate."""
    sdk, modules = figures["sdk"], figures["module"][way]
    present, older = ((sdk[name][way]["wall"], sdk[name][way]["cpu"]) for name in ("present", "older"))
    return {
        "this rotation, 10,000 hosts": per_host(figures, way),
        f"the vendor's SDK, 64 threads, {sdk['hosts']:,} hosts": (present[0] / sdk["hosts"], present[1] / sdk["hosts"]),
        f"the vendor's older SDK, the same ({OLDER})": (older[0] / sdk["hosts"], older[1] / sdk["hosts"]),
        "a module for each host, 20 forks": (modules["per_host"]["wall"], modules["per_host"]["cpu"]),
        "a loop of module calls on one host": (modules["loop"]["wall"], modules["loop"]["cpu"]),
    }


def _others(figures: Figures) -> str:
    plain, rows = _ways(figures, "plain"), []
    best, least = per_host(figures)
    for name, (wall, cpu) in _ways(figures, "TLS").items():
        ratios = f"{wall / best:.1f}", f"{cpu / least:.1f}"
        rows.append((name, f"{1 / wall:,.0f}", f"{1000 * cpu:.2f} ms", *ratios, *_rate(*plain[name])))
    over = ("Hosts a second", "CPU per host", "Times as long", "Times the CPU")
    head = ("Way", *(f"{one}, TLS" for one in over), "Hosts a second, plain", "CPU per host, plain")
    return table("Other ways to do the same", head, rows)


def _rate(wall: float, cpu: float) -> tuple[str, str]:
    return f"{1 / wall:,.0f}", f"{1000 * cpu:.2f} ms"


def _consoles(figures: Figures) -> str:
    consoles, opened = figures["consoles"], figures["openstack"]
    hosts = consoles["hosts"]
    each = {name: (consoles[name]["wall"] / hosts, consoles[name]["cpu"] / hosts) for name in ("ours", "ping")}
    ways = {
        f"``vnc_url_info`` for {hosts:,} hosts in one play, 20 forks ({consoles['ours']['wall']:,.0f} s)": each["ours"],
        f"``ping`` for the same ({consoles['ping']['wall']:,.0f} s)": each["ping"],
        "``vnc_url_info`` with ``delegate_to: localhost``, 20 forks": _seconds(consoles["delegated"]),
        "``vnc_url_info`` in a loop on one host, as with ``run_once``": _seconds(consoles["loop"]),
        **{label: _seconds(opened[name]) for name, label in OPENSTACK.items()},
    }
    rows = [(name, f"{wall:.2f} s", f"{cpu:.2f} s") for name, (wall, cpu) in ways.items()]
    return table("One console", ("Way", "Wall of each", "CPU of each"), rows)


def _seconds(found: Figures) -> tuple[float, float]:
    return found["wall"], found["cpu"]


def _further(figures: Figures) -> str:
    store, answers, rows = figures["store"], figures["answers"], figures["rotation"]["rows"]
    idle = {way: row_of(figures, HOSTS, 64, way)["nothing_due"] for way in ("TLS", "plain")}
    kept = {name: figures["sdk"][name]["TLS"]["connections"] for name in ("present", "older")}
    close = min((one for row in rows if (one := row["progress"]["closest_of_all"]) is not None), default=0.0)
    found = [
        (
            "a run with nothing due, 10,000 hosts",
            "; ".join(f"{way} {one['wall']:.1f} s, {one['cpu']:.1f} s of CPU" for way, one in idle.items()),
        ),
        (
            f"connections of the SDK for {figures['sdk']['hosts']:,} hosts over TLS",
            f"{kept['present']:,}; the older one {kept['older']:,}",
        ),
        ("the lines at the end of a run: what was done, and where the report is", f"{close:.1f} s apart"),
        (f"ledger, {store['records']:,} records staged and promoted", f"{store['per_second']:,.0f} records a second"),
        ("opening it and reading all of them", f"{store['read']:.1f} s, {store['bytes']:.0f} bytes a record"),
        (f"all reports of {store['records']:,} hosts", f"{store['report']:.1f} s"),
        *(
            (f"``{name}``: one call more than ``ping``", f"{s * 1000:.0f} ms of CPU")
            for name, s in figures["call"].items()
        ),
        (
            "the emulated cloud, requests a second by kept connections",
            f"plain {answers['plain']:,.0f}, TLS {answers['TLS']:,.0f}",
        ),
    ]
    return table("Further figures", ("What", "Found"), found)


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


def _promises(figures: Figures) -> str:
    rows = [(one.text, one.found, "yes" if one.kept else "**no**") for one in promises(figures)]
    return table("What is promised", ("Promise", "Found", "Kept"), rows)


def written(text: str, figures: Figures) -> str:
    """Return the page with these figures between its marks."""
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    again: dict[str, list[str]] = {}
    for name, where in figures.get("again", {}).items():
        again.setdefault(where, []).append(name)
    later = "".join(f" Measured again later: {', '.join(names)}, on {where}." for where, names in again.items())
    parts = [
        f"Scale ``{figures['scale']}``, on {figures['machine']}.{later}\n",
        *(part(figures) for part in (_rotations, _others, _consoles, _further, _quotas, _promises)),
    ]
    return f"{before}{BEGIN}\n\n{chr(10).join(parts)}\n{END}{after}"
