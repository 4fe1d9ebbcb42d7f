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
    if "groups['all']" in play.get("hosts", "")
]


def test_there_are_such_plays() -> None:
    assert len(WHOLE) == 4


@pytest.mark.parametrize("play", WHOLE)
def test_the_role_is_included_once(play: dict[str, Any]) -> None:
    """An imported role has an end on each host, which costs ansible-core the more, the more hosts there are."""
    assert not play["gather_facts"]
    assert all(task["run_once"] for task in play["tasks"])
    task = play["tasks"][0]
    assert task["ansible.builtin.include_role"]["apply"] == {"run_once": True}


@pytest.mark.parametrize("play", WHOLE)
def test_one_host_stands_for_all(play: dict[str, Any]) -> None:
    """The same in each of them, as one file cannot be read by the patterns of several plays."""
    first = WHOLE[0].values[0]
    assert isinstance(first, dict)
    assert play["hosts"] == first["hosts"]
    assert play["vars"]["vnc_rotation_hosts"] == first["vars"]["vnc_rotation_hosts"]
