# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""What people read: each block of code can be read by its language, and the README is short.

tests/integration/test_pages.py runs the plays and tasks.
"""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.tools.environment import ROOT
from tests.tools.pages import README, Block, blocks, pages, prose

BLOCKS = [block for page in pages() for block in blocks(page)]


def of(*languages: str) -> list[Block]:
    return [block for block in BLOCKS if block.language in languages]


def placed(found: list[Block]) -> list[str]:
    return [block.place for block in found]


@pytest.mark.parametrize("block", of("yaml"), ids=placed(of("yaml")))
def test_yaml(block: Block) -> None:
    document = yaml.safe_load(block.text)
    assert isinstance(document, (list, dict))
    if isinstance(document, list):
        assert all(row.get("name") for row in document), "a play or a task has no name"


@pytest.mark.parametrize("block", of("json"), ids=placed(of("json")))
def test_json(block: Block) -> None:
    assert json.loads(block.text)["Statement"]


def test_shell() -> None:
    for block in of("shell"):
        done = subprocess.run(["bash", "-n"], input=block.text, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, ""), block.place


def test_every_block_of_code_is_found() -> None:
    """A block that is written in another way would be checked by nothing."""
    marks = sum(
        len(re.findall(r"^ *(?:```\w|\.\. code-block::)", page.read_text("utf-8"), re.MULTILINE)) for page in pages()
    )
    assert len(BLOCKS) == marks > 50


def test_the_readme_is_short_names_both_commands_and_shows_a_picture() -> None:
    text = README.read_text("utf-8")
    assert len(text.splitlines()) <= 180
    assert [command for command in ("make demo", "make test") if command not in text] == []
    pictures = re.findall(r"!\[[^]]+\]\(([^)]+)\)", text)
    assert pictures
    assert [name for name in pictures if not (ROOT / name).is_file()] == []


@pytest.mark.parametrize("page", [README, *ROOT.glob("roles/*/README.md")], ids=str)
def test_links_lead_to_files(page: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text("utf-8"))
    assert links
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", [page for page in pages() if page.suffix == ".rst"], ids=lambda page: page.stem)
def test_a_page_starts_with_what_it_is_for(page: Path) -> None:
    first = re.split(r"^={4,}\n+", page.read_text("utf-8"), maxsplit=1, flags=re.MULTILINE)[1].split("\n\n")[0]
    assert first[0].isupper()
    assert first.endswith((".", ":"))


def test_prose_is_neither_code_nor_literals() -> None:
    text = "Say `this`.\n```yaml\nnobody: 1\n```\nSee [that](nobody.md).\n"
    assert list(prose(text, ".md")) == [(1, "Say …."), (5, "See [that….")]
