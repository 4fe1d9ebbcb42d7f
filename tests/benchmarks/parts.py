# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts of ``make bench``: each measures one thing, everything that is compared in it side by side.

PARTS has them by name. Each takes a scale and an empty folder, and returns what page.py and promises.py read.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.benchmarks.figures import Figures, told_by
from tests.benchmarks.modules import call, consoles, module, of_openstack
from tests.benchmarks.place import cloud_of
from tests.benchmarks.rotations import rotation
from tests.benchmarks.sdks import sdk

RECORDS = 100_000


def answers(_scale: str, _folder: Path) -> Figures:
    """Requests a second that the lean cloud answers by kept connections."""
    with cloud_of(64, 0.0) as cloud:
        return {way.name: told_by("answers", *way, 64)["per_second"] for way in (cloud.plain, cloud.tls)}


def store(_scale: str, folder: Path) -> Figures:
    """Ledger and reports without a cloud."""
    return {"records": RECORDS, **told_by("store", folder, RECORDS)}


def quotas(_scale: str, _folder: Path) -> Figures:
    """The pace against quotas, in simulated time."""
    return told_by("quotas")


PARTS: dict[str, Callable[[str, Path], Figures]] = {
    "answers": answers,
    "rotation": rotation,
    "sdk": sdk,
    "module": module,
    "consoles": consoles,
    "store": store,
    "quotas": quotas,
    "call": call,
    "openstack": of_openstack,
}
