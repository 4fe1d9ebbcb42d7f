# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook status: how all hosts stand, as lines on the screen."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.emulator.client import Emulator
from tests.integration.awx_jobs import Controller
from tests.integration.playbook_runs import Room, Run, writes
from tests.integration.test_whole_results import RESULT_LIMIT

STATUS = "cloudops.console.status"
SHOW = "Show the status of the hosts"


def shown(run: Run, rc: int = 0) -> list[str]:
    """The lines of the table, each of which is one of the screen."""
    assert run.rc == rc, run.text
    lines: list[str] = run.one(SHOW)["msg"]
    assert [line for line in lines if f'"{line}"' not in run.stdout] == []
    return lines


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.split("  ") if cell.strip()]


@pytest.mark.cores(full=True)
def test_how_hosts_stand(room: Room, cloud: Emulator) -> None:
    """Problems first; a restart that it sees is noted, except in check mode, and nothing else is written."""
    fast, gone = room.names(io_optimized=True, status="Running")[:2]
    slow, stopped = room.names(io_optimized=False)[:2]
    cloud.change_instance(room.instance(stopped), status="Stopped")
    room.keep(fast, stopped, slow, gone)
    assert room.rotate("--limit", f"{fast},{slow},{stopped}").rc == 0
    room.hosts[gone]["console_instance_id"] = "i-bp1gone0000000000001"
    told, before = writes(cloud), room.ledger.read_bytes()

    run = room.rotate(playbook=STATUS)
    lines = shown(run, rc=2)
    assert "1 of 4 hosts has a problem. " in " ".join(run.text.split())
    assert cells(lines[0]) == ["HOST", "AGE", "DUE", "MAY OPEN IT", "REBOOT", "NOTE"]
    assert [cells(line) for line in lines[1:5]] == [
        [gone, "-", "-", "?", "-", "rejected"],
        [slow, "0 days", "no", "1 + ?", "needs a reboot"],
        [stopped, "0 days", "no", "1 + ?", "takes effect at its next start"],
        [fast, "0 days", "no", "1", "-"],
    ]
    assert lines[-2].startswith(f"{gone}: i-bp1gone0000000000001 is not known in ")
    assert lines[-1] == "4 hosts: 1 with a problem, 1 needs a reboot, 1 takes effect at its next start."
    assert (writes(cloud), room.ledger.read_bytes()) == (told, before)
    assert not [row["password"] for row in cloud.received() if row["password"] in run.text]

    minute = dt.datetime.now(dt.timezone.utc).timestamp() + 60
    cloud.restart([room.instance(slow)], started_at=minute)
    for check in (["--check"], []):
        assert room.ledger.read_bytes() == before
        lines = shown(room.rotate("--limit", f"{slow},{fast}", *check, playbook=STATUS))
        assert cells(lines[0]) == ["HOST", "AGE", "DUE", "MAY OPEN IT", "REBOOT"]
        assert lines[-1] == "2 hosts: nothing to do."
    assert room.ledger.read_bytes() != before
    assert writes(cloud) == told


@pytest.mark.cores(full=True)
def test_before_the_first_rotation(room: Room) -> None:
    """No ledger is made, and all are due; a number of rows that is none is said in words."""
    lines = shown(room.rotate("-e", "vnc_rotation_status_rows=5", playbook=STATUS))
    assert [cells(line)[1:] for line in lines[1:6]] == [["-", "yes", "?", "-"]] * 5
    assert lines[-2] == "24 hosts: 24 are due."
    assert lines[-1].endswith("To see others, use --limit HOSTS; to see more, -e vnc_rotation_status_rows=24.")
    assert not room.ledger.exists()
    run = room.rotate(playbook=STATUS, status_rows="some")
    assert run.rc == 2
    assert "'some' is no number of rows: give a whole number, or 0 for all hosts." in " ".join(run.text.split())
    assert "Traceback" not in run.text


def test_lines_in_yaml(room: Room) -> None:
    """Where results are shown as YAML, each line of the table is one of the screen, too."""
    room.environ = {"ANSIBLE_CALLBACK_RESULT_FORMAT": "yaml"}
    run = room.rotate(playbook=STATUS)
    rows = [line for line in run.one(SHOW)["msg"] if line.split()[:1] and line.split()[0] in room.hosts]
    assert len(rows) == 24
    assert [row for row in rows if f"- {row}" not in [line.text.strip() for line in run.lines]] == []


@pytest.mark.full
def test_the_event_of_5000_hosts(room: Room) -> None:
    """AWX keeps all that it shows, be it all hosts."""
    bad: dict[str, object] = {"console_region": "cn-hangzhou"}
    room.hosts = {f"web-production-{number:05d}.example.com": bad for number in range(5_000)}
    controller = Controller(room, {"vnc_rotation_allow_local_ledger": True})
    ended = controller.launch(STATUS, vnc_rotation_status_rows=0)
    assert ended.status == "failed", ended.output[-3000:]
    (told,) = ended.of("ansible.builtin.debug")
    assert len(str(told)) < RESULT_LIMIT
    assert len([line for line in told["msg"] if line.endswith(" unmapped")]) == 5_000
    assert told["msg"][-1] == "5000 hosts: 5000 with a problem."
