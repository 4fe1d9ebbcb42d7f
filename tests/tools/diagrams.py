# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Draw the flow charts of ``docs/diagrams/*.mmd`` as SVG.

The texts are Mermaid, so that code hosts and editors show them too. Drawn is the part of Mermaid that they use, without
a browser or a network: ``flowchart TD``, nodes ``a[box]``, ``a([round])``, ``a{{question}}``, edges ``a --> b`` and
``a -->|label| b``. Anything else is an error. A node stands one row below the lowest node that leads to it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

WIDTH, HEIGHT, GAP_X, GAP_Y, MARGIN = 230, 44, 30, 46, 12
NODE = r"(\w+)(?:(\(\[|\{\{|\[)(.+?)(?:\]\)|\}\}|\]))?"
EDGE = re.compile(rf"{NODE}\s*-->(?:\|(.+?)\|)?\s*{NODE}")
FORMS = {"[": "box", "([": "round", "{{": "question"}
STYLE = (
    "text{font:14px sans-serif;text-anchor:middle;dominant-baseline:middle;fill:#222}"
    ".label{font-size:12px;text-anchor:start;fill:#555}"
    "rect,polygon{fill:#eef3fa;stroke:#4a6fa5}.question{fill:#fff4d6;stroke:#b8860b}"
    "path{fill:none;stroke:#555}marker path{fill:#555}"
)
HEAD = (
    '<defs><marker id="head" markerWidth="8" markerHeight="8" refX="7" refY="4" orient="auto">'
    '<path d="M0 1 7 4 0 7z"/></marker></defs>'
)


class DiagramError(Exception):
    """A line is not of the part of Mermaid that is drawn."""


@dataclass
class Chart:
    """Nodes with their form and text, and edges with their label."""

    nodes: dict[str, tuple[str, str]] = field(default_factory=dict)
    edges: list[tuple[str, str, str]] = field(default_factory=list)


def read(text: str) -> Chart:
    """Read a chart; raise DiagramError at the first line that cannot be drawn."""
    chart = Chart()
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.strip().startswith("%%")]
    if lines[:1] != ["flowchart TD"]:
        raise DiagramError("the first line must be: flowchart TD")
    for line in lines[1:]:
        found = EDGE.fullmatch(line)
        if found is None:
            raise DiagramError(f"cannot be drawn: {line}")
        start, form, title, label, end, *rest = found.groups()
        _note(chart, start, form, title)
        _note(chart, end, *rest)
        chart.edges.append((start, end, label or ""))
    return chart


def _note(chart: Chart, name: str, form: str | None, title: str | None) -> None:
    if form and title:
        chart.nodes[name] = FORMS[form], title
    elif name not in chart.nodes:
        raise DiagramError(f"{name} is used before it is described")


def rows(chart: Chart) -> list[list[str]]:
    """Return the names of each row, from the top; raise DiagramError for a circle."""
    level = dict.fromkeys(chart.nodes, 0)
    for start, end, _label in chart.edges * len(chart.nodes):
        level[end] = max(level[end], level[start] + 1)
    if max(level.values()) >= len(chart.nodes):
        raise DiagramError("the chart goes in a circle")
    found: list[list[str]] = [[] for _level in range(max(level.values()) + 1)]
    for name, row in level.items():
        found[row].append(name)
    return found


def draw(chart: Chart) -> str:
    """Return the chart as SVG."""
    placed = rows(chart)
    widest = max(len(row) for row in placed)
    width = 2 * MARGIN + widest * (WIDTH + GAP_X) - GAP_X
    height = 2 * MARGIN + len(placed) * (HEIGHT + GAP_Y) - GAP_Y
    centre = {
        name: (
            width / 2 + (column - (len(row) - 1) / 2) * (WIDTH + GAP_X),
            MARGIN + HEIGHT / 2 + index * (HEIGHT + GAP_Y),
        )
        for index, row in enumerate(placed)
        for column, name in enumerate(row)
    }
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}" role="img">',
        f"<style>{STYLE}</style>",
        HEAD,
        *(_edge(centre[start], centre[end], label) for start, end, label in chart.edges),
        *(_node(*centre[name], *chart.nodes[name]) for name in chart.nodes),
        "</svg>\n",
    ]
    return "\n".join(parts)


def _edge(start: tuple[float, float], end: tuple[float, float], label: str) -> str:
    (x1, y1), (x2, y2) = (start[0], start[1] + HEIGHT / 2), (end[0], end[1] - HEIGHT / 2)
    middle = (y1 + y2) / 2
    line = f'<path d="M{x1:g} {y1:g}C{x1:g} {middle:g} {x2:g} {middle:g} {x2:g} {y2:g}" marker-end="url(#head)"/>'
    return line + (
        f'<text class="label" x="{(x1 + x2) / 2 + 8:g}" y="{middle:g}">{escape(label)}</text>' if label else ""
    )


def _node(x: float, y: float, form: str, title: str) -> str:
    left, right, top, bottom = x - WIDTH / 2, x + WIDTH / 2, y - HEIGHT / 2, y + HEIGHT / 2
    text = f'<text x="{x:g}" y="{y:g}">{escape(title)}</text>'
    if form == "question":
        points = f"{left:g},{y:g} {left + 16:g},{top:g} {right - 16:g},{top:g} {right:g},{y:g}"
        return f'<polygon class="question" points="{points} {right - 16:g},{bottom:g} {left + 16:g},{bottom:g}"/>{text}'
    radius = HEIGHT / 2 if form == "round" else 4
    shape = f'<rect x="{left:g}" y="{top:g}" width="{WIDTH}" height="{HEIGHT}" rx="{radius:g}"/>'
    return shape + text


def draw_all(source: Path, target: Path) -> list[Path]:
    """Draw every chart of a folder into another one."""
    target.mkdir(parents=True, exist_ok=True)
    made = []
    for path in sorted(source.glob("*.mmd")):
        made.append(target / f"{path.stem}.svg")
        made[-1].write_text(draw(read(path.read_text(encoding="utf-8"))), encoding="utf-8")
    return made
