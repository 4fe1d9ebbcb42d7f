# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The flow charts of the documentation: all can be drawn, and what cannot is refused."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.tools.diagrams import DiagramError, draw, draw_all, read, rows

ROOT = Path(__file__).resolve().parents[2]
SVG = "{http://www.w3.org/2000/svg}"


def test_all_charts_are_drawn_and_shown(tmp_path: Path) -> None:
    made = {path.name for path in draw_all(ROOT / "docs" / "diagrams", tmp_path)}
    pages = (ROOT / "docs" / "docsite" / "rst").glob("*.rst")
    shown = {name for page in pages for name in re.findall(r"image:: images/(\S+)", page.read_text(encoding="utf-8"))}
    # The house is drawn from the imports, see test_layers
    assert made == shown - {"house.svg"} != set()


def test_a_chart_becomes_shapes_and_arrows() -> None:
    text = "flowchart TD\n%% no\na([Begin]) --> b{{Go & on?}}\nb -->|yes| c[End]\na --> c\n"
    chart = read(text)
    assert rows(chart) == [["a"], ["b"], ["c"]]
    root = ElementTree.fromstring(draw(chart))
    assert [one.text for one in root.iter(f"{SVG}text")] == ["yes", "Begin", "Go & on?", "End"]
    assert len([one for one in root.iter(f"{SVG}path") if one.get("marker-end")]) == 3
    assert len(list(root.iter(f"{SVG}polygon"))) == 1


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("graph LR\na[A] --> b[B]", "first line"),
        ("flowchart TD\na[A] -.-> b[B]", "cannot be drawn: a"),
        ("flowchart TD\na[A] --> b", "b is used before"),
        ("flowchart TD\na[A] --> b[B]\nb --> a", "circle"),
    ],
)
def test_what_cannot_be_drawn_is_said(text: str, told: str) -> None:
    with pytest.raises(DiagramError, match=told):
        rows(read(text))
