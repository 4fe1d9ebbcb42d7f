# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pages that people read, Markdown and reStructuredText: their blocks of code, and their prose without them."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.tools.environment import ROOT

README = ROOT / "README.md"
GUIDES = ROOT / "docs" / "docsite" / "rst"

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_DIRECTIVE = re.compile(r"^\.\. code-block:: (\w+)\n\n((?:    .*\n|\n)+)", re.MULTILINE)
# Directives, comments, their fields, and the licence at the head
_MARKUP = re.compile(r"\s*(\.\. |:[\w-]+:|Copyright:|SPDX-|!\[)")


@dataclass(frozen=True)
class Block:
    """One block of code.

    :param line: the number of its first line in the page.
    """

    page: Path
    line: int
    language: str
    text: str

    @property
    def place(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def pages() -> list[Path]:
    """README files and guides of the package."""
    return [README, *sorted(ROOT.glob("roles/*/README.md")), *sorted(GUIDES.glob("*.rst"))]


def blocks(page: Path, section: str = "") -> list[Block]:
    """Return the blocks of a page, or of the section with that heading."""
    text = page.read_text(encoding="utf-8")
    start, end = _section(text, section) if section else (0, len(text))
    pattern = _FENCE if page.suffix == ".md" else _DIRECTIVE
    return [
        Block(page, text.count("\n", 0, found.start(2)) + 1, found[1], textwrap.dedent(found[2]).rstrip("\n") + "\n")
        for found in pattern.finditer(text, start, end)
    ]


def _section(text: str, heading: str) -> tuple[int, int]:
    """Return where a section begins and ends; headings of its own level or above end it."""
    found = re.search(rf"^(?:(#+) )?{re.escape(heading)}\n(([-=~])\3+\n)?", text, re.MULTILINE)
    if found is None:
        raise ValueError(f"no section {heading!r}")
    ends = rf"^#{{1,{len(found[1])}}} " if found[1] else rf"^.+\n(={{4,}}|{re.escape(found[3])}{{4,}})\n"
    after = re.compile(ends, re.MULTILINE).search(text, found.end())
    return found.end(), after.start() if after else len(text)


def prose(text: str, suffix: str) -> Iterator[tuple[int, str]]:
    """Return number and text of each line that is neither code nor a comment; literals in it are left out."""
    code = _FENCE if suffix == ".md" else _DIRECTIVE
    bare = code.sub(lambda found: "\n" * found[0].count("\n"), text)
    for number, line in enumerate(bare.splitlines(), start=1):
        words = re.sub(r"``[^`]*``|`[^`]*`|\]\([^)]*\)", "…", line)
        if words.strip(" -=~*.…|") and not _MARKUP.match(words):
            yield number, words
