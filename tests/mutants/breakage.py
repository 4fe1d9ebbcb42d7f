# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""One deliberate breakage: what it does to the code, and the test that must notice."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path

PROMISES = tuple(f"I{number}" for number in range(1, 20))


class StaleError(Exception):
    """The breakage no longer fits the code; the text says how."""


@dataclass(frozen=True)
class Breakage:
    """One place of the code, changed so that a promise no longer holds.

    :param promise: the invariant of the rotation contract, I1 to I19.
    :param what: how the promise is broken, in words.
    :param file: below plugins/.
    :param old: a text that stands there exactly once.
    :param new: what takes its place.
    :param test: the test that must fail, below tests/: file::name, or file::name[parameters].
    """

    promise: str
    what: str
    file: str
    old: str
    new: str
    test: str

    @property
    def number(self) -> int:
        """For sorting."""
        return int(self.promise[1:])

    def apply(self, root: Path) -> str:
        """Return the broken text of the file; raise StaleError where the list has fallen behind the code."""
        path = root / "plugins" / self.file
        if not path.exists():
            raise StaleError(f"plugins/{self.file} is not there")
        text = path.read_text(encoding="utf-8")
        if text.count(self.old) != 1:
            raise StaleError(f"its old text stands {text.count(self.old)} times in plugins/{self.file}, and not once")
        broken = text.replace(self.old, self.new)
        try:
            ast.parse(broken)
        except SyntaxError as error:
            raise StaleError(f"with its new text plugins/{self.file} is no Python any more: {error.msg}") from None
        return broken

    def check_test(self, root: Path) -> None:
        """Raise StaleError where the test is not there."""
        check_test(self.test, root)


def check_test(test: str, root: Path) -> None:
    """Raise StaleError where a test, file::name below tests/, is not there."""
    file, _colons, name = test.partition("::")
    path = root / "tests" / file
    name = name.partition("[")[0].partition("::")[0]
    if not path.exists() or name not in names_of(path):
        raise StaleError(f"there is no test {file}::{name}")


def names_of(path: Path) -> set[str]:
    """Functions, classes and variables at the top of a module."""
    names: set[str] = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names.add(node.name)
        elif isinstance(node, ast.Assign):
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return names
