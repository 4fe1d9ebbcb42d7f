# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The first line of a run says if the ledger knows none of the hosts; of a new ledger, a warning says that."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.emulator.client import Emulator
from tests.emulator.fleet import Fleet
from tests.unit.ledgers_and_runs import host_of, run, run_options

UNKNOWN = "has no record of any of them"


def first_line(cloud: Emulator, fleet: Fleet, path: Path, number: int, *, check: bool = False) -> str:
    said: list[str] = []
    options = run_options(cloud, [host_of(fleet["instances"][number], fleet)], check_mode=check)
    asyncio.run(run(options, path, said.append))
    return next(line for line in said if "1 instance" in line)


def test_a_new_ledger(cloud: Emulator, fleet: Fleet, ledger_path: Path) -> None:
    """In check mode too, where none is made."""
    assert UNKNOWN not in first_line(cloud, fleet, ledger_path, 0, check=True)
    assert UNKNOWN not in first_line(cloud, fleet, ledger_path, 0)


def test_a_ledger_of_other_hosts(cloud: Emulator, fleet: Fleet, ledger_path: Path) -> None:
    first_line(cloud, fleet, ledger_path, 0)
    assert UNKNOWN in first_line(cloud, fleet, ledger_path, 1)
    assert UNKNOWN not in first_line(cloud, fleet, ledger_path, 0)
