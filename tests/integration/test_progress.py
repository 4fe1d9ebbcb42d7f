# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines come while the rotation works, and not too many of them."""

from __future__ import annotations

import json

import pytest

from tests.emulator.client import Emulator
from tests.integration.awx_jobs import Controller
from tests.integration.background_runs import REPORT
from tests.integration.playbook_runs import ROTATE, Room

MARK = "vnc_password_rotation: "


@pytest.mark.slow
def test_lines_come_while_it_works(room: Room, cloud: Emulator) -> None:
    """24 instances in six places one after the other, at a second and a half a call: ten seconds of work."""
    cloud.configure(latency=1.5)
    run = room.rotate(concurrency=1)
    assert run.rc == 0
    said = [line for line in run.errors if line.text.startswith(MARK)]
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
    assert "cn-hangzhou throttles" in run.stderr
    throttled = cloud.counters()["by_action"]
    assert sum(row["errors"].get("Throttling.User", 0) for row in throttled) > 0


@pytest.mark.slow
def test_lines_come_while_it_looks(room: Room, cloud: Emulator) -> None:
    """Describing six seconds long, with nothing due: an operator at the screen sees that it is not stuck."""
    assert room.rotate().rc == 0
    cloud.configure(latency=6.0)
    run = room.rotate()
    assert run.rc == 0
    assert set(run.outcomes.values()) == {"fresh"}
    said = [line for line in run.errors if line.text.startswith(MARK)]
    assert said[0].text.startswith(f"{MARK}looked at 0 of 24 instances")
    assert said[1].at - said[0].at < 5


@pytest.mark.full
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


@pytest.mark.cores(full=True)
def test_what_a_json_callback_writes_is_json(room: Room) -> None:
    """The lines are on the other channel, where they are read live without any setting."""
    room.keep("web-0001", "cache-0004")
    room.environ = {"ANSIBLE_STDOUT_CALLBACK": "as_json"}
    run = room.rotate()
    assert run.rc == 0, run.text
    tasks = json.loads(run.stdout)["tasks"]
    results = [host for task in tasks for host in task["hosts"].values()]
    assert [one["summary"]["rotated"] for one in results if "summary" in one] == [2]
    assert [line.text for line in run.errors if line.text.startswith(f"{MARK}rotated 2 of 2 hosts")]


def test_awx_shows_the_lines(room: Room) -> None:
    room.keep("web-0001")
    ended = Controller(room, {"vnc_rotation_allow_local_ledger": True}).launch(ROTATE)
    assert ended.status == "successful", ended.output
    assert f"{MARK}rotated 1 of 1 host" in ended.output
    # As an event of its own, which is shown when it comes
    verbose = [event["stdout"] for event in ended.events if event["event"] == "verbose"]
    assert any(line.startswith(f"{MARK}rotated 1 of 1 host") for line in verbose)
