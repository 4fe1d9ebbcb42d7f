# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The English of pages, texts of ansible-doc, messages, names of tasks, comments and docstrings.

Other texts of tests are data, some of them wrong on purpose. ``english.yml`` has the patterns, each with better words.
Proselint adds what it knows of English in general.
"""

from __future__ import annotations

import ast
import io
import re
import shutil
import subprocess
import sys
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from tests.tools.collection import BUILD
from tests.tools.environment import ENVIRONMENTS, ROOT
from tests.tools.pages import pages, prose

RULES = Path(__file__).with_name("english.yml")
TESTS = ROOT / "tests"
# Which of proselint's checks are on: not those of typography, because pages are markup.
CONFIGURATION = Path(__file__).with_name("proselint.json")
WORK = BUILD / "lint" / "english"


@dataclass(frozen=True)
class Rule:
    pattern: re.Pattern[str]
    better: str


@dataclass(frozen=True)
class Line:
    """One line of English, and where it is."""

    path: Path
    number: int
    text: str

    @property
    def place(self) -> str:
        return f"{self.path.relative_to(ROOT)}:{self.number}"


def rules() -> list[Rule]:
    rows = yaml.safe_load(RULES.read_text(encoding="utf-8"))
    return [Rule(re.compile(rf"(?<!\w)(?:{row['pattern']})(?!\w)", re.IGNORECASE), row["better"]) for row in rows]


def complaints(lines: list[Line]) -> Iterator[str]:
    """Return what is wrong with some lines, one complaint for each match of each rule."""
    known = rules()
    for line in lines:
        for rule in known:
            for found in rule.pattern.finditer(line.text):
                yield f"{line.place}: {found[0].strip()!r}: {rule.better}"


def all_lines() -> list[Line]:
    """Return the lines of all pages, documentation, messages, names, comments and docstrings."""
    return [line for path in sources() for line in lines_of(path, path.read_text(encoding="utf-8"))]


def sources() -> Iterator[Path]:
    """Return all files with English to check."""
    others = [ROOT / "CHANGELOG.rst", *sorted(ROOT.glob("*.md")), *sorted(ROOT.glob(".github/**/*.md"))]
    yield from dict.fromkeys([*pages(), *others])
    for folder in ("plugins", "roles", "playbooks", "tests/demo"):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in (".py", ".yml", ".j2"):
                yield path
    yield from (path for path in sorted(TESTS.rglob("*")) if path.suffix in (".py", ".md") and _is_test(path))


def _is_test(path: Path) -> bool:
    """Whether texts in its code are data; those of the demo are for readers."""
    return path.is_relative_to(TESTS) and not path.is_relative_to(TESTS / "demo")


def lines_of(path: Path, text: str) -> list[Line]:
    """Return the lines of a file that are English or may be, without the code of pages and of Python."""
    if path.suffix == ".py":
        texts = _docstrings if _is_test(path) else _strings
        return [Line(path, *one) for one in (*texts(text), *_comments(text))]
    if path.suffix in (".md", ".rst"):
        return [Line(path, *one) for one in prose(text, path.suffix)]
    return [Line(path, *one) for one in enumerate(text.splitlines(), start=1)]


def _docstrings(source: str) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(source)):
        match getattr(node, "body", None):
            case [ast.Expr(ast.Constant(str(text)) as constant), *_]:
                yield from enumerate(text.splitlines(), start=constant.lineno)


def _strings(source: str) -> Iterator[tuple[int, str]]:
    """Every text in Python code, docstrings too."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            for offset, line in enumerate(node.value.splitlines()):
                yield node.lineno + offset, line


def _comments(source: str) -> Iterator[tuple[int, str]]:
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def proselint(lines: list[Line]) -> str:
    """Return what proselint says of the lines of pages; each page is given to it without its code."""
    shutil.rmtree(WORK, ignore_errors=True)
    texts: dict[Path, dict[int, str]] = {}
    for line in lines:
        if line.path.suffix in (".md", ".rst"):
            texts.setdefault(WORK / line.path.relative_to(ROOT), {})[line.number] = line.text
    for path, rows in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(f"{rows.get(number, '')}\n" for number in range(1, max(rows) + 1)), encoding="utf-8")
    # It heeds the file of its folder, and not the option --config
    shutil.copy(CONFIGURATION, WORK / ".proselintrc.json")
    command = [str(ENVIRONMENTS["tools"].bin / "proselint"), "check", *map(str, texts)]
    done = subprocess.run(command, cwd=WORK, capture_output=True, text=True, check=False)
    return done.stdout.strip() or (done.stderr.strip() if done.returncode else "")


def main() -> int:
    lines = all_lines()
    found = [*complaints(lines), *proselint(lines).splitlines()]
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
