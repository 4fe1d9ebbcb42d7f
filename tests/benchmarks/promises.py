# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""What docs/docsite/rst/performance.rst promises, and from figures whether it is kept. All of it is over TLS."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from tests.benchmarks.figures import Figures

HOSTS = 10_000


class Promise(NamedTuple):
    text: str
    kept: bool
    found: str


def row_of(figures: Figures, hosts: int, concurrency: int, way: str = "TLS") -> Figures:
    """Return the rotation of so many hosts.

    :raises StopIteration: it was not measured.
    """
    rows: list[Figures] = figures["rotation"]["rows"]
    return next(row for row in rows if (row["hosts"], row["concurrency"], row["way"]) == (hosts, concurrency, way))


def per_host(figures: Figures, way: str = "TLS") -> tuple[float, float]:
    """Wall of the faster rotation of 10,000 hosts, and CPU of the one with 64 calls at once, for each host."""
    wall = min(row_of(figures, HOSTS, concurrency, way)["ours"]["wall"] for concurrency in (64, 256))
    return wall / HOSTS, row_of(figures, HOSTS, 64, way)["ours"]["cpu"] / HOSTS


def more_per_host(figures: Figures, hosts: int) -> float:
    """Seconds of CPU per host, without what a run over one host costs."""
    once = figures["rotation"]["one_host"]["TLS"]["cpu"]
    return float(row_of(figures, hosts, 64)["ours"]["cpu"] - once) / hosts


def promises(figures: Figures) -> list[Promise]:
    """Judge all of them."""
    return [
        *_of_rotations(figures),
        *_of_others(figures),
        *_of_growth(figures),
        *_of_progress(figures),
        *_rest(figures),
    ]


def _of_rotations(figures: Figures) -> Iterator[Promise]:
    for concurrency in (64, 256):
        row = row_of(figures, HOSTS, concurrency)
        ours, allowed = row["ours"]["wall"], 1.5 * row["floor"]["wall"] + 3
        text = f"10,000 hosts with {concurrency} at once take at most 1.5 times the floor and 3 s"
        yield Promise(text, ours <= allowed, f"{ours:.1f} s, allowed {allowed:.1f} s")
    most = max(row_of(figures, HOSTS, concurrency)["ours"]["memory"] for concurrency in (64, 256))
    yield Promise("10,000 hosts in less than 300 MB", most < 300, f"{most:.0f} MB")
    idle = row_of(figures, HOSTS, 64)["nothing_due"]["wall"]
    yield Promise("10,000 hosts with nothing due in less than 5 s", idle < 5, f"{idle:.1f} s")


def _of_others(figures: Figures) -> Iterator[Promise]:
    wall, cpu = per_host(figures)
    times = figures["module"]["TLS"]["per_host"]["wall"] / wall
    yield Promise("200 times the hosts per second of a module for each host", times >= 200, f"{times:.0f}")
    less = figures["sdk"]["present"]["TLS"]["cpu"] / figures["sdk"]["hosts"] / cpu
    yield Promise("two thirds of the CPU of the vendor's SDK with threads, or less", less >= 1.5, f"1/{less:.1f}")


def _of_growth(figures: Figures) -> Iterator[Promise]:
    if all(row["hosts"] != 50_000 for row in figures["rotation"]["rows"]):
        return
    ratio = more_per_host(figures, 50_000) / more_per_host(figures, 1_000)
    text = "CPU per host at 50,000 at most 1.2 times that at 1,000, both without the start of a run"
    yield Promise(text, ratio <= 1.2, f"{ratio:.2f}")


def _of_progress(figures: Figures) -> Iterator[Promise]:
    found = [row["progress"] for row in figures["rotation"]["rows"] if row["way"] == "TLS" and row["hosts"] >= HOSTS]
    worst = max(found, key=lambda one: float(one["silence"]))
    silence = f"at most {worst['silence']:.1f} s without, {worst['silent']}"
    yield Promise("a line at least every 5 s while a rotation runs", worst["silence"] <= 5, silence)
    closest = min((one["closest"] for one in found if one["closest"] is not None), default=None)
    kept = closest is None or closest >= 1
    text = "never more than one progress line a second"
    yield Promise(text, kept, "one line at most" if closest is None else f"{closest:.1f} s between two at the least")


def _rest(figures: Figures) -> Iterator[Promise]:
    least = min(one["share"] for one in figures["quotas"]["quotas"])
    yield Promise("95 % of a quota", least >= 0.95, f"{100 * least:.1f} %")
    answers = figures["answers"]["plain"]
    text = "the emulated cloud answers 4,000 requests a second, so that it is not what is measured"
    yield Promise(text, answers >= 4_000, f"{answers:,.0f}, over TLS {figures['answers']['TLS']:,.0f}")
