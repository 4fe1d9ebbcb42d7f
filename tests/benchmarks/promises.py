# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""What docs/docsite/rst/performance.rst promises, and from figures whether it is kept.

What was not measured is never kept: its promise says so.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from tests.benchmarks.figures import Figures
from tests.benchmarks.inventory import HOSTS as LISTED
from tests.benchmarks.module_cost import OURS, THEIRS
from tests.benchmarks.rotations import FEW, HOSTS, LARGE, MANY, ROLE_HOSTS, SMALL

Found = tuple[bool, str]
NOT_MEASURED = "not measured"
GROWTH = f"{LARGE:,} hosts take at most 1.2 times the CPU per host of {SMALL:,}"
FULL_ONLY = (GROWTH,)


class Promise(NamedTuple):
    """A promise and what was found; it is kept, or not, or None where its figures are missing."""

    text: str
    kept: bool | None
    found: str

    def fails(self, scale: str) -> bool:
        """Say whether a run of this scale ends with an error: a quick one does not measure all."""
        return not self.kept and not (self.kept is None and scale == "quick" and self.text in FULL_ONLY)


def row_of(figures: Figures, hosts: int, concurrency: int) -> Figures:
    """Return the rotation of so many hosts.

    :raises KeyError: it was not measured.
    """
    for row in figures["rotation"]["rows"]:
        if (row["hosts"], row["concurrency"]) == (hosts, concurrency):
            found: Figures = row
            return found
    raise KeyError(hosts)


def per_second(figures: Figures, concurrency: int) -> float:
    """Hosts a second of the rotation of HOSTS, its start included."""
    return HOSTS / float(row_of(figures, HOSTS, concurrency)["wall"])


def sdk_per_second(figures: Figures) -> float:
    """Hosts a second of the vendor's SDK, its start included."""
    return HOSTS / float(figures["rotation"]["sdk"]["wall"])


def judged(figures: Figures) -> list[Promise]:
    """Judge all promises."""
    return [_judge(text, check, figures) for text, check in PROMISES.items()]


def _judge(text: str, check: Callable[[Figures], Found], figures: Figures) -> Promise:
    try:
        return Promise(text, *check(figures))
    except KeyError:
        return Promise(text, None, NOT_MEASURED)


def _beside_floor(figures: Figures) -> Found:
    row = row_of(figures, HOSTS, FEW)
    allowed = 1.5 * row["floor"] + 10
    return row["wall"] <= allowed, f"{row['wall']:.1f} s, allowed {allowed:.1f} s"


def _beside_sdk(figures: Figures) -> Found:
    ours, theirs = per_second(figures, MANY), sdk_per_second(figures)
    return ours >= 0.75 * theirs, f"{ours / theirs:.2f} times ({ours:,.0f} and {theirs:,.0f} a second)"


def _memory(figures: Figures) -> Found:
    most = max(row_of(figures, HOSTS, concurrency)["memory"] for concurrency in (FEW, MANY))
    return most < 300, f"{most:.0f} MB"


def _nothing_due(figures: Figures) -> Found:
    wall = figures["rotation"]["nothing_due"]["wall"]
    return wall <= 8, f"{wall:.1f} s"


def _growth(figures: Figures) -> Found:
    large, small = (_more_per_host(figures, hosts) for hosts in (LARGE, SMALL))
    return large <= 1.2 * small, f"{large / small:.2f} times"


def _more_per_host(figures: Figures, hosts: int) -> float:
    """Seconds of CPU per host, without what a run over one host costs."""
    return float(row_of(figures, hosts, FEW)["cpu"] - figures["rotation"]["one_host"]["cpu"]) / hosts


def _beside_modules(figures: Figures) -> Found:
    times = max(per_second(figures, concurrency) for concurrency in (FEW, MANY)) * figures["module"]["wall"]
    return times >= 100, f"{times:.0f} times"


def _beside_ping(figures: Figures) -> Found:
    costs = figures["call"]
    most = max(costs[name] for name in OURS)
    return most <= 0.75 * costs["ping"], f"{most / costs['ping']:.2f} times"


def _beside_server_info(figures: Figures) -> Found:
    costs = figures["call"]
    most = max(costs[name] for name in OURS)
    return most <= 0.5 * costs[THEIRS], f"{most / costs[THEIRS]:.2f} times"


def _role(figures: Figures) -> Found:
    ratio = figures["role"]["roles"]["wall"] / figures["role"]["playbook"]["wall"]
    return ratio <= 1.5, f"{ratio:.2f} times"


def _silence(figures: Figures) -> Found:
    silence = max(row["silence"] for row in figures["rotation"]["rows"])
    return silence <= 5, f"at most {silence:.1f} s without"


def _closeness(figures: Figures) -> Found:
    found = [row["closest"] for row in figures["rotation"]["rows"] if row["closest"] is not None]
    closest = min(found, default=None)
    if closest is None:
        raise KeyError("no two lines")
    return closest >= 1, f"at least {closest:.1f} s between two"


def _quota(figures: Figures) -> Found:
    least = min(one["share"] for one in figures["quotas"]["quotas"])
    return least >= 0.95, f"{100 * least:.1f} %"


def _cloud(figures: Figures) -> Found:
    floor = HOSTS / row_of(figures, HOSTS, MANY)["floor"]
    times = floor / max(per_second(figures, FEW), per_second(figures, MANY), sdk_per_second(figures))
    return times >= 2, f"{times:.1f} times ({floor:,.0f} a second)"


def _carried(figures: Figures) -> Found:
    least = min(way["per_second"] for way in figures["sessions"]["ways"].values())
    return least >= 20, f"{least:.0f} MB a second"


def _pace(figures: Figures) -> Found:
    share = figures["sessions"]["share"]
    return 0.9 <= share <= 1.02, f"{100 * share:.1f} %"


def _listing(figures: Figures) -> Found:
    found = figures["inventory"]
    allowed = 1.5 * found["bare"] + found["static"]["wall"]
    return found["listed"]["wall"] <= allowed, f"{found['listed']['wall']:.1f} s, allowed {allowed:.1f} s"


PROMISES: dict[str, Callable[[Figures], Found]] = {
    f"{HOSTS:,} hosts with {FEW} calls at once take at most 1.5 times the bare loop's time and 10 s": _beside_floor,
    f"{MANY} calls at once carry at least 0.75 times the hosts a second of the vendor's SDK": _beside_sdk,
    f"{HOSTS:,} hosts take less than 300 MB": _memory,
    f"{HOSTS:,} hosts with nothing due take at most 8 s": _nothing_due,
    GROWTH: _growth,
    "a rotation carries at least 100 times the hosts a second of a module call for each host": _beside_modules,
    "a module call costs at most 0.75 times the CPU of a ping on top of it": _beside_ping,
    f"a module call costs at most half of what {THEIRS} costs on top of a ping": _beside_server_info,
    f"{ROLE_HOSTS:,} hosts with the role under roles: take at most 1.5 times the playbook's time": _role,
    "a rotation prints a line at least every 5 s": _silence,
    "it prints at most one progress line a second": _closeness,
    "it uses at least 95 % of a quota": _quota,
    "without a limit, a terminal session carries at least 20 MB a second each way": _carried,
    "it uses at least 90 % of the pace that the service announces, and no more than that pace": _pace,
    f"{LISTED:,} instances are listed in at most 1.5 times the bare calls' time and that of a static list": _listing,
    "the bare loop is at least twice as fast, so the emulated cloud does not slow down what is measured": _cloud,
}
