# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the demo puts on the screen: steps with a reason, ansible's own lines beside a bar, and a table."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import TextIO

_MARGIN = "   "
_CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "cyan": "36"}


class Screen:
    """Writes to ``out``; in colour on a terminal, unless NO_COLOR (https://no-color.org) or TERM=dumb forbid it."""

    def __init__(self, out: TextIO, environ: Mapping[str, str]) -> None:
        self._out = out
        self.coloured = out.isatty() and not environ.get("NO_COLOR") and environ.get("TERM") != "dumb"
        self._steps = 0
        if isinstance(out, io.TextIOWrapper):
            out.reconfigure(errors="replace")
        self._bar = "│" if (out.encoding or "").lower().replace("-", "") == "utf8" else "|"

    def title(self, title: str, line: str) -> None:
        self._write(self._paint(title, "bold"))
        self._write(line)

    def step(self, title: str, why: str) -> None:
        """Begin the next step; ``why`` is one line."""
        self._steps += 1
        self._write("")
        self._write(f"{self._steps}  {self._paint(title, 'bold')}")
        self._write(_MARGIN + why)

    def command(self, text: str) -> None:
        self._write(f"{_MARGIN}{self._paint('$ ' + text, 'cyan')}")

    def quote(self, line: str) -> None:
        """Show a line of a program as it came."""
        self._write(f"{_MARGIN}{self._paint(self._bar, 'dim')} {line}".rstrip())

    def good(self, text: str) -> None:
        self._write(f"{_MARGIN}{self._paint('ok', 'green')}  {text}")

    def note(self, text: str) -> None:
        self._write(_MARGIN + text)

    def problem(self, text: str) -> None:
        self._write("")
        self._write(f"{self._paint('demo:', 'red')} {text}")

    def heading(self, text: str) -> None:
        self._write("")
        self._write(self._paint(text, "bold"))

    def table(self, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Show rows under their heads, the first column to the left and the others to the right."""
        widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
        for number, row in enumerate([head, *rows]):
            cells = [
                row[0].ljust(widths[0]),
                *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)),
            ]
            line = "  ".join(cells)
            self._write(_MARGIN + (line if number else self._paint(line, "dim")))

    def _paint(self, text: str, style: str) -> str:
        return f"\033[{_CODES[style]}m{text}\033[0m" if self.coloured else text

    def _write(self, line: str) -> None:
        print(line, file=self._out, flush=True)
