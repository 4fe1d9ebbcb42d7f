# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The house as its imports show it: files are rooms, imports are arrows; drawn for the page on architecture.

A room is named by its path below ``plugins/`` without the suffix, such as ``module_utils/_http``. A part of the house
is a package with all that is below it, a folder of plugins, or a file that is in no package. Parts are drawn in rows,
and so are the rooms of each part: one row below all that import them. Where rooms or parts import each other in a
circle there are no such rows.
"""

from __future__ import annotations

import ast
from collections.abc import Hashable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from html import escape
from pathlib import Path, PurePosixPath
from typing import TypeVar

ROOT = Path(__file__).resolve().parents[2]
PLUGINS = ROOT / "plugins"
OURS = "ansible_collections.cloudops.console.plugins."

Node = TypeVar("Node", bound=Hashable)
Arrows = Mapping[Node, AbstractSet[Node]]

# Pixels.
ROOM_HEIGHT, LETTER, GAP, ROW_GAP, FRAME, TITLE, PART_GAP, MARGIN = 22, 6.7, 8, 20, 10, 16, 26, 16
WIDEST = 1500
STYLE = (
    "text{font:11px monospace;fill:#222}.title{font:bold 12px sans-serif}"
    ".part{fill:#f4f7fb;stroke:#4a6fa5}.room{fill:#fff;stroke:#9ab}"
    "path{fill:none;stroke:#8a8a8a;stroke-opacity:.55}.far{stroke:#4a6fa5;stroke-opacity:.35}"
)
HEAD = (
    "<title>Files as rooms, imports as arrows; every arrow points down</title>"
    f"<style>{STYLE}</style>"
    '<defs><marker id="head" markerWidth="7" markerHeight="7" refX="6" refY="3.5" orient="auto">'
    '<path d="M0 1 6 3.5 0 6z" style="fill:#777;stroke:none"/></marker></defs>'
)


class CircleError(Exception):
    """Some import each other in a circle; its text names them."""


def rooms() -> dict[str, Path]:
    """Return all files with code, by name, in order."""
    paths = sorted(path for path in PLUGINS.rglob("*.py") if "__pycache__" not in path.parts)
    return {name_of(path): path for path in paths if path.name != "__init__.py" or any(imports(path))}


def name_of(path: Path) -> str:
    """Return the name of the room that a file is; a package is named by its folder."""
    name = path.relative_to(PLUGINS).with_suffix("")
    return (name.parent if name.name == "__init__" else name).as_posix()


def imports(path: Path) -> Iterator[tuple[str, str]]:
    """Yield what a file imports, wherever in the file: the module, and the name that is taken from it, if any."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (("." * node.level + (node.module or ""), alias.name) for alias in node.names)


def arrows() -> dict[str, set[str]]:
    """Return for each room those that it imports; what is imported for type checkers only counts, too."""
    found = rooms()
    return {
        name: {room for room in map(_room, imports(path)) if room in found} - {name} for name, path in found.items()
    }


def _room(taken: tuple[str, str]) -> str:
    """Return the name of the room that an import means, if it is one: a file, or else what the package itself has."""
    module, name = taken
    path = module.removeprefix(OURS).replace(".", "/")
    if not module.startswith(OURS):
        return ""
    return f"{path}/{name}" if (PLUGINS / path / f"{name}.py").exists() else path


def part_of(room: str) -> str:
    """Return the part of the house that a room is in."""
    first, *rest = PurePosixPath(room).parts
    return f"{first}/{rest[0]}" if first.endswith("_utils") else first


def between_parts(rooms_: Arrows[str]) -> dict[str, set[str]]:
    """Return the arrows between parts."""
    found: dict[str, set[str]] = {part_of(room): set() for room in rooms_}
    for room, others in rooms_.items():
        found[part_of(room)] |= {part_of(other) for other in others} - {part_of(room)}
    return found


def within(part: str, rooms_: Arrows[str]) -> dict[str, set[str]]:
    """Return the arrows between the rooms of one part."""
    inside = [room for room in rooms_ if part_of(room) == part]
    return {room: {other for other in rooms_[room] if other in inside} for room in inside}


def levels(graph: Arrows[Node]) -> list[list[Node]]:
    """Return the nodes in rows, so that every arrow points down.

    :raises CircleError: some import each other in a circle.
    """
    left = {node: set(others) for node, others in graph.items()}
    found: list[list[Node]] = []
    while left:
        row = [node for node in left if not left[node]]
        if not row:
            raise CircleError(" -> ".join(map(str, _circle(left))))
        found.append(row)
        left = {node: others - set(row) for node, others in left.items() if node not in row}
    return _raised(graph, found[::-1])


def _circle(graph: Arrows[Node]) -> list[Node]:
    """Follow arrows until one leads back; each node here has an arrow."""
    walk = [next(iter(graph))]
    while (following := min(graph[walk[-1]], key=str)) not in walk:
        walk.append(following)
    return [*walk[walk.index(following) :], following]


def _raised(graph: Arrows[Node], rows: list[list[Node]]) -> list[list[Node]]:
    """Give each node the row below the lowest that imports it: rows are then as even as their arrows allow."""
    place = dict.fromkeys(graph, 0)
    for row in rows:
        for node in row:
            for other in graph[node]:
                place[other] = max(place[other], place[node] + 1)
    return [[node for node in graph if place[node] == level] for level in range(max(place.values(), default=-1) + 1)]


@dataclass(frozen=True)
class Box:
    """A rectangle with its corner at left and top."""

    left: float
    top: float
    width: float
    height: float

    def moved(self, right: float, down: float) -> Box:
        return Box(self.left + right, self.top + down, self.width, self.height)


@dataclass(frozen=True)
class Part:
    """A part of the house with its rooms, which are placed within it."""

    name: str
    size: Box
    rooms: Mapping[str, Box]
    arrows: Arrows[str]


def plan_part(name: str, rooms_: Arrows[str]) -> Part:
    """Place the rooms of one part in rows."""
    graph = within(name, rooms_)
    placed: dict[str, Box] = {}
    top, widest = FRAME + TITLE, len(_title(name)) * LETTER + 2 * FRAME
    for row in levels(graph):
        for line in _lines(row):
            left = float(FRAME)
            for room in line:
                placed[room] = Box(left, top, _width(room), ROOM_HEIGHT)
                left += _width(room) + GAP
            widest = max(widest, left - GAP + FRAME)
            top += ROOM_HEIGHT + 4
        top += ROW_GAP - 4
    return Part(name, Box(0, 0, widest, top - ROW_GAP + FRAME), placed, graph)


def _lines(row: list[str], most: int = 6) -> list[list[str]]:
    return [row[start : start + most] for start in range(0, len(row), most)]


def _width(room: str) -> float:
    return len(_label(room)) * LETTER + 12


def _label(room: str) -> str:
    """The name within its part."""
    return room.removeprefix(f"{part_of(room)}/").removeprefix("module_utils/").removeprefix("plugin_utils/")


def _title(part: str) -> str:
    return part.removeprefix("module_utils/").removeprefix("plugin_utils/")


def draw() -> str:
    """Return the house as SVG.

    :raises CircleError: rooms or parts import each other in a circle.
    """
    rooms_ = arrows()
    parts = between_parts(rooms_)
    plans = {part: plan_part(part, rooms_) for part in parts}
    frames: dict[str, Box] = {}
    top = float(MARGIN)
    for row in levels(parts):
        for line in _packed([plans[part] for part in row]):
            left = float(MARGIN)
            for plan in line:
                frames[plan.name] = plan.size.moved(left, top)
                left += plan.size.width + PART_GAP
            top += max(plan.size.height for plan in line) + PART_GAP
        top += PART_GAP
    shapes = [_far(frames[part], frames[other]) for part in parts for other in sorted(parts[part])]
    for part, frame in frames.items():
        shapes += _part(plans[part], frame)
    width = max(frame.left + frame.width for frame in frames.values()) + MARGIN
    size = f'width="{width:g}" height="{top:g}" viewBox="0 0 {width:g} {top:g}"'
    return "\n".join([f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">', HEAD, *shapes, "</svg>\n"])


def _packed(row: list[Part]) -> Iterator[list[Part]]:
    """Break a row of parts where it becomes too wide."""
    line: list[Part] = []
    width = 0.0
    for plan in row:
        if line and width + plan.size.width > WIDEST:
            yield line
            line, width = [], 0.0
        line.append(plan)
        width += plan.size.width + PART_GAP
    yield line


def _part(plan: Part, frame: Box) -> Iterator[str]:
    yield _rectangle(frame, "part")
    yield f'<text class="title" x="{frame.left + FRAME:g}" y="{frame.top + TITLE:g}">{escape(_title(plan.name))}</text>'
    boxes = {room: box.moved(frame.left, frame.top) for room, box in plan.rooms.items()}
    for room, others in plan.arrows.items():
        yield from (_arrow(boxes[room], boxes[other], "near") for other in sorted(others))
    for room, box in boxes.items():
        yield _rectangle(box, "room")
        yield f'<text x="{box.left + 6:g}" y="{box.top + 15:g}">{escape(_label(room))}</text>'


def _rectangle(box: Box, kind: str) -> str:
    return (
        f'<rect class="{kind}" x="{box.left:g}" y="{box.top:g}" width="{box.width:g}" height="{box.height:g}" rx="3"/>'
    )


def _far(start: Box, end: Box) -> str:
    return _arrow(start, end, "far")


def _arrow(start: Box, end: Box, kind: str) -> str:
    x1, y1 = start.left + start.width / 2, start.top + start.height
    x2, y2 = end.left + end.width / 2, end.top
    middle = (y1 + y2) / 2
    return (
        f'<path class="{kind}" d="M{x1:.0f} {y1:.0f}C{x1:.0f} {middle:.0f} {x2:.0f} {middle:.0f} {x2:.0f} {y2:.0f}" '
        'marker-end="url(#head)"/>'
    )
