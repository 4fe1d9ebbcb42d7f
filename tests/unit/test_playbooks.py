# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a whole inventory is charged by the playbooks themselves: nothing per host."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

PLAYBOOKS = Path(__file__).resolve().parents[2] / "playbooks"
WHOLE = [
    pytest.param(play, id=path.stem)
    for path in sorted(PLAYBOOKS.glob("*.yml"))
    for play in yaml.safe_load(path.read_text(encoding="utf-8"))
    if play.get("hosts") == "all"
]


def test_there_are_such_plays() -> None:
    assert len(WHOLE) == 4


@pytest.mark.parametrize("play", WHOLE)
def test_the_role_is_included_once(play: dict[str, Any]) -> None:
    """An imported role has an end on each host, which costs ansible-core the more, the more hosts there are."""
    assert not play["gather_facts"]
    (task,) = play["tasks"]
    assert task["run_once"]
    assert task["ansible.builtin.include_role"]["apply"] == {"run_once": True}
