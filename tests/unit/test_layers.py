# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shape of the house: every import points down, the libraries have one door, and no file grows too long."""

from __future__ import annotations

import ast
import functools
from pathlib import Path
from xml.etree import ElementTree

import pytest
from ansible_collections.cloudops.console.plugins.module_utils._provider import NAMES

from tests.tools import house

ROOT = Path(__file__).resolve().parents[2]
PLUGINS = ROOT / "plugins"
OURS = "ansible_collections.cloudops.console.plugins."
FILES = sorted(path for path in PLUGINS.rglob("*.py") if "__pycache__" not in path.parts)
IDS = [str(path.relative_to(PLUGINS)) for path in FILES]
CLOUDS = tuple(f"_{name}" for name in NAMES)
EDGE = ("modules", "action", "lookup", "filter", "inventory", "connection", "callback", "doc_fragments")

# Files and packages of module_utils below the clouds, from the bottom; each may use those before it.
BOTTOM = (
    "_check_python",
    "_deps",
    "_naming",
    "_errors",
    "_vendor_model",
    "_redact",
    "_models",
    "_rate_limit",
    "_endpoint",
    "_proxies",
    "_unanswered",
    "_http",
    "_key_material",
)
# Packages of plugin_utils; each may use those before it, and everything in module_utils that ALLOWED_BELOW names.
PLUGIN_UTILS = ("_files", "_browser", "_at_terminal", "_ledger", "_rotation", "_terminal")
# What of plugin_utils belongs to the edge: what actions share, and the inventory plugin.
EDGE_UTILS = ("_conditions", "_actions", "_recording", "_inventory")
LICENSE = "License-Identifier: GPL-3.0-or-later"


@functools.cache
def imports(path: Path) -> tuple[str, ...]:
    """Every module that a file imports, wherever in the file; ``from a import b`` gives both a and a.b."""
    return tuple(
        one for module, name in house.imports(path) for one in ((module, f"{module}.{name}") if name else (module,))
    )


@functools.cache
def ours(path: Path) -> frozenset[tuple[str, str]]:
    """What a file imports of this collection, as (module_utils or plugin_utils, first private name)."""
    found = set()
    for name in imports(path):
        if name.startswith(OURS):
            parts = name.removeprefix(OURS).split(".")
            if len(parts) > 1:
                found.add((parts[0], parts[1]))
    return frozenset(found)


def place(path: Path) -> tuple[str, str]:
    """Where a file stands, in the same words."""
    parts = path.relative_to(PLUGINS).with_suffix("").parts
    return parts[0], parts[1] if len(parts) > 1 else ""


@functools.cache
def words() -> frozenset[str]:
    """Further files of module_utils that use nothing but the bottom, and so may stand below the clouds."""
    names = {name for kind, name in map(place, FILES) if kind == "module_utils"} - set(BOTTOM) - set(CLOUDS)
    used = {name: {other for path in FILES if place(path)[1] == name for other in ours(path)} for name in names}
    below = {name for name in names if used[name] <= {("module_utils", one) for one in (*BOTTOM, name)}}
    return frozenset(below - {"_options"})


def provider_side(name: str) -> set[str]:
    """What a file of module_utils may use."""
    if name in BOTTOM:
        return set(BOTTOM[: BOTTOM.index(name)]) - ({"_http"} if name == "_rate_limit" else set())
    if name in CLOUDS:
        return {name, *BOTTOM, *words()}
    if name == "_provider":
        return {*BOTTOM, *CLOUDS, *words()}
    if name == "_options" or name in words():
        return {*BOTTOM, name}
    return {*BOTTOM, "_provider", "_options", "_module", *words()}


def allowed(path: Path) -> set[tuple[str, str]]:
    kind, name = place(path)
    if kind == "module_utils":
        return {("module_utils", one) for one in provider_side(name)}
    if kind == "plugin_utils" and name not in EDGE_UTILS:
        below = {("plugin_utils", one) for one in PLUGIN_UTILS[: PLUGIN_UTILS.index(name) + 1]}
        return below | {("module_utils", one) for one in (*BOTTOM, "_provider", *words())}
    edge = {name for kind, name in map(place, FILES) if kind == "module_utils"} - set(CLOUDS)
    both = {("module_utils", one) for one in edge}
    return both | ({("plugin_utils", one) for one in (*PLUGIN_UTILS, *EDGE_UTILS)} if kind != "modules" else set())


@pytest.mark.parametrize("path", FILES, ids=IDS)
def test_every_arrow_points_down(path: Path) -> None:
    assert place(path)[0] in (*EDGE, "module_utils", "plugin_utils")
    assert ours(path) - allowed(path) == set()


def test_no_circle_in_the_house() -> None:
    """Between parts, and within each: what only type checkers import counts, too."""
    rooms = house.arrows()
    parts = house.between_parts(rooms)
    for graph in (parts, rooms, *(house.within(part, rooms) for part in parts)):
        rows = house.levels(graph)
        place = {name: number for number, row in enumerate(rows) for name in row}
        assert place.keys() == graph.keys()
        assert all(place[name] < place[other] for name, others in graph.items() for other in others)


def test_a_circle_is_named() -> None:
    with pytest.raises(house.CircleError, match=r"^b -> c -> b$"):
        house.levels({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": set()})


def test_the_picture_has_every_room() -> None:
    picture = ElementTree.fromstring(house.draw())
    drawn = [one for one in picture.iter("{http://www.w3.org/2000/svg}rect") if one.get("class") == "room"]
    assert len(drawn) == len(house.rooms()) > 80


@pytest.mark.parametrize("path", FILES, ids=IDS)
def test_no_relative_imports_and_none_of_the_tests(path: Path) -> None:
    strange = [
        name
        for name in imports(path)
        if name.startswith(".") or name.split(".")[0] in ("tests", "emulator", "pytest", "hypothesis", "starlette")
    ]
    assert strange == []
    assert "emulator" not in path.read_text(encoding="utf-8").lower()


@pytest.mark.parametrize("path", FILES, ids=IDS)
def test_no_cloud_knows_another_or_the_registry(path: Path) -> None:
    kind, name = place(path)
    used = {other for _kind, other in ours(path) if _kind == "module_utils"}
    if kind == "module_utils" and name in CLOUDS:
        assert not used & ({*CLOUDS, "_provider", "_module", "_options"} - {name})
    elif (kind, name) != ("module_utils", "_provider"):
        assert not used & set(CLOUDS)


@pytest.mark.parametrize("path", FILES, ids=IDS)
def test_the_libraries_have_one_door(path: Path) -> None:
    if place(path) != ("module_utils", "_deps"):
        assert not {"httpx", "httpcore", "h11", "pydantic", "pydantic_core", "websockets"} & {
            name.split(".")[0] for name in imports(path)
        }


@pytest.mark.parametrize("path", FILES, ids=IDS)
def test_modules_need_nothing_of_the_controller(path: Path) -> None:
    if place(path)[0] in ("modules", "module_utils"):
        strange = [
            name
            for name in imports(path)
            if name.startswith("ansible.") and not name.startswith("ansible.module_utils")
        ]
        assert strange == []


@pytest.mark.parametrize("path", FILES, ids=IDS)
def test_length(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


@pytest.mark.parametrize("path", FILES, ids=IDS)
def test_head(path: Path) -> None:
    """Packages of module_utils are empty files: sanity of ansible-core 2.16 refuses any other."""
    if path.name == "__init__.py" and place(path)[0] == "module_utils":
        assert path.stat().st_size == 0
        return
    head = [line for line in path.read_text(encoding="utf-8").splitlines()[:12] if not line.startswith("#!")]
    assert head[0].startswith("# Copyright: (c) ")
    assert any(f"SPDX-{LICENSE}" in line for line in head)
    if place(path)[0] in ("module_utils", "plugin_utils"):
        assert any("Private to this collection" in line for line in head)
        assert place(path)[1].startswith("_")


@pytest.mark.parametrize("path", FILES, ids=IDS)
def test_no_cycles_between_files(path: Path) -> None:
    """No file reaches itself over imports that run when it is loaded."""
    start = ".".join(path.relative_to(PLUGINS).with_suffix("").parts)
    seen: set[str] = set()
    todo = [start]
    while todo:
        for name in _loads(todo.pop()):
            assert name != start
            if name not in seen:
                seen.add(name)
                todo.append(name)


def _loads(name: str) -> set[str]:
    path = PLUGINS.joinpath(*name.split(".")).with_suffix(".py")
    if not path.is_file():
        path = PLUGINS.joinpath(*name.split("."), "__init__.py")
    if not path.is_file():
        return set()
    top = ast.parse(path.read_text(encoding="utf-8")).body
    found = set()
    for node in top:
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(OURS):
            module = (node.module or "").removeprefix(OURS)
            # a package's own __init__ does not count where one of its files is meant
            files = {
                f"{module}.{alias.name}"
                for alias in node.names
                if PLUGINS.joinpath(*module.split("."), f"{alias.name}.py").is_file()
            }
            found |= files or {module}
    return found
