# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tables and lists of ``proofs.rst``, made of the breakages and the list of tests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tests.mutants.breakage import PROMISES, Breakage
from tests.mutants.proofs import holders_of
from tests.tools.environment import ROOT

PAGE = ROOT / "tests" / "mutants" / "proofs.rst"
BEGIN = ".. The tables below are written by ``make mutants-page``.\n"

# The names of the contract, in its order.
TITLES = {
    "I1": "Written ahead",
    "I2": "No loss",
    "I3": "Forward only",
    "I4": "Refusals",
    "I5": "One promotion",
    "I6": "Reboots",
    "I7": "Concurrency",
    "I8": "Late arrival",
    "I9": "Ledger faults",
    "I10": "Brakes",
    "I11": "Repetition",
    "I12": "Dry run",
    "I13": "Completeness",
    "I14": "Identity",
    "I15": "Secrecy",
    "I16": "Parts",
    "I17": "Pace",
    "I18": "New passwords",
    "I19": "Lost answers of the ledger",
}


def render(breakages: Iterable[Breakage], page: str) -> str:
    """Return page with its tables made anew."""
    head, mark, _tables = page.partition(BEGIN)
    rows = tuple(breakages)
    sections = [line for promise in PROMISES for line in _section(promise, rows)]
    return "\n".join([f"{head}{mark or BEGIN}", *sections]).rstrip() + "\n"


def _section(promise: str, breakages: tuple[Breakage, ...]) -> Iterator[str]:
    title = f"{promise} {TITLES[promise]}"
    yield from (title, "~" * len(title), "")
    broken = [one for one in breakages if one.promise == promise]
    if broken:
        yield from (".. list-table::", "   :header-rows: 1", "   :widths: 45 55", "", "   * - Broken on purpose")
        yield "     - The test that fails"
    for one in broken:
        yield f"   * - {one.what[0].upper()}{one.what[1:]}."
        yield f"     - {_test(one.test)}"
    others = [test for test in holders_of(promise, breakages) if test not in {one.test for one in broken}]
    if others:
        yield from ("", "Also held by:" if broken else "Held by:", "")
    yield from (f"- {_test(test)}" for test in others)
    yield ""


def _test(test: str) -> str:
    file, _colons, name = test.partition("::")
    return f"``{file}``: ``{name}``"
