# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines come while the rotation works, and not too many of them."""

from __future__ import annotations

import pytest

from tests.emulator.client import Emulator
from tests.integration.begun import REPORT
from tests.integration.harness import Room

MARK = "vnc_password_rotation: "


@pytest.mark.slow
def test_lines_come_while_it_works(room: Room, cloud: Emulator) -> None:
    """24 instances in six places one after the other, at a second and a half a call: ten seconds of work."""
    cloud.configure(latency=1.5)
    # Ansible leaves the flushing of pipes to Python; to a terminal, and so to ansible-runner, it writes line by line.
    room.environ = {"PYTHONUNBUFFERED": "1"}
    run = room.rotate(concurrency=1)
    assert run.rc == 0
    said = [line for line in run.lines if line.text.startswith(MARK)]
    total = next(line for line in said if line.text.startswith(f"{MARK}rotated 24 of 24 hosts"))
    start, *between = said[: said.index(total)]
    assert "24 hosts, 24 instances, 24 " in start.text
    assert f"ledger sqlite://{room.ledger}" in start.text
    assert total.at - start.at > 6
    assert len(between) >= 3
    assert all(" of 24 instances" in line.text for line in between)
    gaps = [later.at - sooner.at for sooner, later in zip(said, between, strict=False)]
    assert min(gaps) >= 1.0
    assert max(gaps) < 5.0
    done = [int(line.text.removeprefix(MARK).split()[0]) for line in between]
    assert done == sorted(done)
    assert 0 < done[-1] <= 24
    # The lines were there before the task had ended, not with it.
    sent = [call["received_at"] for call in cloud.log("ModifyInstanceVncPasswd")]
    assert max(sent) - min(sent) > 5


def test_a_throttled_account_is_named(room: Room, cloud: Emulator) -> None:
    """The quota is met in the end, nothing fails, and the lines say why it takes its time."""
    room.keep(*[name for name in room.names() if room.hosts[name]["console_region"] == "cn-hangzhou"])
    cloud.set_quotas({"region": "cn-hangzhou", "action": "ModifyInstanceVncPasswd", "calls": 3, "seconds": 2})
    run = room.rotate()
    assert run.rc == 0
    assert set(run.outcomes.values()) == {"rotated"}
    assert "cn-hangzhou throttles" in run.stdout
    throttled = cloud.counters()["by_action"]
    assert sum(row["errors"].get("Throttling.User", 0) for row in throttled) > 0


@pytest.mark.slow
def test_lines_come_while_it_looks(room: Room, cloud: Emulator) -> None:
    """Describing six seconds long, with nothing due: somebody who waits sees that it is not stuck."""
    assert room.rotate().rc == 0
    cloud.configure(latency=6.0)
    room.environ = {"PYTHONUNBUFFERED": "1"}
    run = room.rotate()
    assert run.rc == 0
    assert set(run.outcomes.values()) == {"fresh"}
    said = [line for line in run.lines if line.text.startswith(MARK)]
    assert said[0].text.startswith(f"{MARK}looked at 0 of 24 instances")
    assert said[1].at - said[0].at < 5


def test_a_ledger_that_knows_nobody_is_named(room: Room, cloud: Emulator) -> None:
    """It may be the wrong one; one that has no more than a candidate of a first run is not."""
    room.keep("web-0001")
    unknown = "knows none of these hosts"
    warned = " ".join(room.rotate(playbook=REPORT).stderr.split())
    assert unknown in warned
    assert "set vnc_rotation_ledger to its address" in warned
    cloud.add_fault("drop_answer", action="ModifyInstanceVncPasswd")
    assert room.rotate(retries=0).outcomes == {"web-0001": "ambiguous"}
    cloud.clear_faults()
    run = room.rotate(playbook=REPORT)
    assert run.rc == 0, run.text
    assert unknown not in " ".join(run.text.split())
