# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The differences from the vendors' tools, as the documentation lists them."""

from __future__ import annotations

import re
from pathlib import Path

PAGES = Path(__file__).parents[3] / "docs" / "docsite" / "rst"


def differences(tool: str) -> list[str]:
    """The first column of the table below the heading that names the tool."""
    text = "\n".join(page.read_text(encoding="utf-8") for page in sorted(PAGES.glob("*_guide.rst")))
    section = text.partition(f"\nDifferences from {tool}\n~")[2]
    section = re.split(r"\n(?:~~~+|---+|===+)\n", section.partition("\n")[2])[0]
    return re.findall(r"^   \* - (.+)$", section, re.MULTILINE)[1:]
