# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every play of the playbooks says, and what those over a whole inventory are charged for each host: nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

PLAYBOOKS = Path(__file__).resolve().parents[2] / "playbooks"
PLAYS = [
    pytest.param(play, id=f"{path.stem}-{number}")
    for path in sorted(PLAYBOOKS.glob("*.yml"))
    for number, play in enumerate(yaml.safe_load(path.read_text(encoding="utf-8")))
    if "hosts" in play and path.stem != "configure_awx"
]
# All hosts; if there is no host, the play fails on localhost instead of being skipped
ALL = "{{ 'all' if groups['all'] else 'localhost' }}"
WHOLE = [one for one in PLAYS if isinstance(one.values[0], dict) and one.values[0]["hosts"] == ALL]
# Of them, those that include the role; show_vnc_password asks the lookup, and open_console the cloud.
WITH_THE_ROLE = [one for one in WHOLE if one.id not in ("show_vnc_password-0", "open_console-0")]


def test_there_are_such_plays() -> None:
    assert (len(WHOLE), len(WITH_THE_ROLE)) == (8, 6)


@pytest.mark.parametrize("play", PLAYS)
def test_a_play_names_its_strategy(play: dict[str, Any]) -> None:
    """Under that of a configuration, such as free, it could not run."""
    assert play["strategy"] == "ansible.builtin.linear"
    assert not play["gather_facts"]


@pytest.mark.parametrize("play", WHOLE)
def test_no_task_is_for_each_host(play: dict[str, Any]) -> None:
    assert all(task["run_once"] for task in play["tasks"])


@pytest.mark.parametrize("play", WITH_THE_ROLE)
def test_the_role_is_included_once(play: dict[str, Any]) -> None:
    """An imported role ends on each host, which costs ansible-core the more, the more hosts there are."""
    (task,) = play["tasks"]
    assert task["run_once"]
    assert task["ansible.builtin.include_role"]["apply"] == {"run_once": True}
