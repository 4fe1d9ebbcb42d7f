# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the guide on the ledger prints for a server, word for word: tests use it and so hold it to be right."""

from __future__ import annotations

import re

from tests.tools.environment import ROOT

GUIDE = ROOT / "docs" / "docsite" / "rst" / "ledger.rst"


SETUP, REPAIR = "These commands make all of it", "the message has the commands"


def commands(after: str) -> list[str]:
    """Return the commands of the first block after some words."""
    return [line for line in _block("shell", after=after).splitlines() if line.startswith("vault ")]


def reading() -> str:
    """Return the command that shows a password."""
    found = re.search(r"``(vault kv get [^`]+)``", GUIDE.read_text(encoding="utf-8"))
    assert found is not None
    return found[1]


def policy() -> str:
    """Return the policy, with {mount} and {prefix} for those of the guide, as str.format takes it."""
    block = _block("text", after="A whole policy")
    text = block.replace("{", "{{").replace("}", "}}")
    return text.replace('"secret/', '"{mount}/').replace("/console/", "/{prefix}/")


def _block(language: str, *, after: str) -> str:
    """Return the first code block of a language after some words, without its indentation."""
    text = GUIDE.read_text(encoding="utf-8").split(after, 1)[1].split(f".. code-block:: {language}\n", 1)[1]
    lines: list[str] = []
    for line in text.splitlines():
        if line and not line.startswith("    "):
            break
        lines.append(line[4:])
    return "\n".join(lines).strip() + "\n"
