# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""vnc_password with record, killed between its steps: nothing is lost, and the next rotation completes it."""

from __future__ import annotations

import pytest

from tests.faults import checks
from tests.faults.points import Strike
from tests.faults.run_folder import RunFolder
from tests.integration.playbook_runs import SET_PASSWORD

FULL = pytest.mark.full
WANTED = "Want01"


@pytest.mark.parametrize(
    ("point", "outcome", "times"),
    [
        ("stage:within", "rotated", 0),
        pytest.param("stage:after", "resumed", 1, marks=FULL),
        ("promote:before", "resumed", 2),
        pytest.param("promote:within", "resumed", 2, marks=FULL),
        ("promote:after", "fresh", 1),
    ],
)
def test_killed_between_the_steps(run_folder: RunFolder, point: str, outcome: str, times: int) -> None:
    """I1 to I5.

    :param outcome: of the rotation that follows.
    :param times: how often the cloud gets the password in all.
    """
    name = next(name for name in run_folder.hosts if not name.endswith("-again"))
    run_folder.hosts[name] |= {"wanted": WANTED, "record": True}
    killed = run_folder.play(SET_PASSWORD, name, Strike(point))
    assert killed.killed, killed.text
    assert not checks.nothing_is_lost(run_folder)
    assert not checks.written_ahead(run_folder)
    rotation = run_folder.run("runner", limit=[name])
    assert {host["outcome"] for host in rotation.result["hosts"].values()} == {outcome}
    sent = [row["password"] for row in run_folder.cloud.received()]
    assert sent.count(WANTED) == times
    assert not checks.nothing_is_lost(run_folder)
    assert not checks.settled(run_folder)
    record = run_folder.records()[run_folder.room.instance(name)]
    assert (record.current, record.pending) == (sent[-1], None)
