# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""What must be true after each run; asked of the cloud, of ansible's recap and of the report, never of one alone."""

from __future__ import annotations

import json
import re
import stat
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.emulator.views import InstanceView

_RECAP = re.compile(r"(?P<host>\S+)\s+: ok=\d+ .*\bfailed=(?P<failed>\d+)")
_NEW_LEDGER = "There was no ledger, so this run made a new one"
_FORECAST = re.compile(r"would rotate (?P<rotated>\d+) of (?P<hosts>\d+) hosts")
_FORECAST_REBOOTS = re.compile(r"(?P<reboots>\d+) would need a reboot")


class CheckError(Exception):
    """Something is not as it should be; the text says what was expected and what was found."""


@dataclass(frozen=True)
class Report:
    """What a run left in the report folder."""

    path: Path
    html: Path
    outcomes: dict[str, str]
    reboot_needed: list[str]

    def named(self, outcome: str) -> list[str]:
        return [name for name, each in self.outcomes.items() if each == outcome]


def expect(what: str, found: object, wanted: object) -> None:
    """Raise CheckError unless both are equal."""
    if found != wanted:
        raise CheckError(f"{what}: expected {wanted}, found {found}")


def read_report(folder: Path, before: Iterable[Path]) -> Report:
    """Read the one report that is new in the folder."""
    new = sorted(set(folder.glob("vnc-rotation-*.json")) - set(before))
    expect("new reports", len(new), 1)
    data: dict[str, Any] = json.loads(new[0].read_text(encoding="utf-8"))
    outcomes = {host["name"]: host["outcome"] for host in data["hosts"]}
    expect("hosts that the report lists once", len(data["hosts"]), len(outcomes))
    return Report(new[0], new[0].with_suffix(".html"), outcomes, data["reboot_needed"])


def check_private(*paths: Path) -> None:
    for path in paths:
        expect(f"mode of {path.name}", oct(stat.S_IMODE(path.stat().st_mode)), "0o600")


def check_screen(lines: Sequence[str], failed: Sequence[str], *, new_ledger: bool = False) -> None:
    """Exactly these hosts are failed in the recap, and nothing was warned of but a new ledger."""
    marked = [match["host"] for match in map(_RECAP.match, lines) if match and match["failed"] != "0"]
    expect("hosts that the play recap marks as failed", sorted(marked), sorted(failed))
    warnings = [line for line in lines if "WARNING]" in line]
    if new_ledger:
        expect("warnings of a new ledger", [_NEW_LEDGER in line for line in warnings], [True])
    else:
        expect("warnings", warnings, [])


def check_forecast(lines: Sequence[str], rotated: int, hosts: int, reboots: int) -> None:
    found = [match for match in map(_FORECAST.search, lines) if match]
    expect("lines with a forecast", len(found), 1)
    expect("hosts that would be rotated", found[0]["rotated"], str(rotated))
    expect("hosts in the forecast", found[0]["hosts"], str(hosts))
    waiting = _FORECAST_REBOOTS.search(found[0].string)
    expect("hosts that would need a reboot", waiting and waiting["reboots"], str(reboots))


def differences(
    instances: Iterable[InstanceView], names: Mapping[str, Sequence[str]], passwords: Mapping[str, str]
) -> list[str]:
    """Return the hosts whose password by the ledger is neither in force in the cloud nor waiting there."""
    return [
        name
        for instance in instances
        for name in names[instance["instance_id"]]
        if not passwords.get(name) or passwords[name] not in (instance["in_force"], instance["waiting"])
    ]
