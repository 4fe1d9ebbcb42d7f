# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which tests hold which promise: those that breakages name, and the list in ``proofs.txt``."""

from __future__ import annotations

from pathlib import Path

from tests.mutants.breakage import Breakage

LIST = Path(__file__).with_suffix(".txt")


def listed() -> list[tuple[str, str]]:
    """Return promise and test of each line, the test as file::name below tests/."""
    lines = LIST.read_text(encoding="utf-8").splitlines()
    pairs = (line.partition(" ") for line in lines if not line.startswith("#"))
    return [(promise, test) for promise, _space, test in pairs]


def holders_of(promise: str, breakages: tuple[Breakage, ...]) -> list[str]:
    """Return every test that is named for a promise, once."""
    found = [one.test for one in breakages if one.promise == promise]
    return list(dict.fromkeys([*found, *(test for about, test in listed() if about == promise)]))
