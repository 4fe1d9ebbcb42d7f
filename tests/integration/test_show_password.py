# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook that shows which passwords may open a console: at a terminal, and nowhere else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.emulator.client import Emulator
from tests.integration.on_a_terminal import played_at
from tests.integration.playbook_runs import Room

SHOW = "cloudops.console.show_vnc_password"


def events(record: Path) -> bytes:
    return record.read_bytes() if record.exists() else b""


@pytest.mark.cores(full=True)
def test_at_a_terminal(room: Room, cloud: Emulator) -> None:
    """One line of explanation and the list; nothing of it is in any event."""
    room.keep("web-0001", "mail-0008")
    assert room.rotate().rc == 0
    assert room.rotate(force=True).rc == 0
    shown = played_at(room, SHOW, "-e", "console_host=mail-0008", "-vvv")
    shown.wait_for("type yes and press Enter")
    passwords = [row["password"] for row in cloud.received() if row["instance_id"] == room.instance("mail-0008")]
    assert not [password for password in passwords if password in shown.text]
    shown.answer("yes\r")
    assert shown.end() == 0
    assert "One of these passwords opens, the most likely first, the console of mail-0008" in shown.text
    first, last = (shown.text.index(password) for password in passwords)
    assert last < first
    assert f"\n  {passwords[1]}\n  {passwords[0]}\n" in shown.text.replace("\r", "")
    assert "DEPRECATION" not in shown.text
    assert "No start of mail-0008 was seen since its first rotation" in " ".join(shown.text.split())
    kept = events(shown.record)
    assert kept
    assert not [password for password in passwords if password.encode() in kept]


@pytest.mark.cores(full=True)
def test_one_that_is_sure(room: Room, cloud: Emulator) -> None:
    """Also where Ansible writes a log, which has the question and not the password."""
    room.keep("web-0001")
    assert room.rotate().rc == 0
    log = room.path / "kept.log"
    shown = played_at(room, SHOW, "-e", "console_host=web-0001", ANSIBLE_LOG_PATH=str(log))
    shown.wait_for("type yes and press Enter")
    shown.answer("yes\r")
    assert shown.end() == 0
    password = cloud.received()[0]["password"]
    assert "This password opens the console of web-0001" in shown.text
    assert password in shown.text
    assert "type yes and press Enter" in log.read_text()
    assert password not in log.read_text()


@pytest.mark.full
@pytest.mark.cores
@pytest.mark.parametrize("name", ["rack 7: unit [3], left", "db[1:3]"])
def test_odd_names(room: Room, cloud: Emulator, name: str) -> None:
    """Blanks, colons, commas and brackets are part of a name, not a pattern."""
    room.hosts = {name: room.hosts["web-0001"], "rack 7": room.hosts["app-0002"]}
    room.verbatim = True
    assert room.rotate().rc == 0
    shown = played_at(room, SHOW, "-e", json.dumps({"console_host": name}))
    shown.wait_for("type yes and press Enter")
    shown.answer("yes\r")
    shown.wait_for("as far as the ledger knows")
    ours = {row["instance_id"]: row["password"] for row in cloud.received()}
    assert f"This password opens the console of {name}," in shown.text
    assert ours[room.instance(name)] in shown.text
    assert ours[room.instance("rack 7")] not in shown.text
    assert shown.end() == 0


REFUSED: list[tuple[tuple[str, ...], str]] = [
    (("-e", "console_host=web-0001", "-e", "awx_job_id=7"), "AWX keeps the output of its jobs"),
    (
        ("-e", "console_host=web-0001", "-e", "awx_job_id=7", "--start-at-task", "Show them"),
        "AWX keeps the output of its jobs",
    ),
    ((), "Name it with -e console_host=NAME"),
    (("-e", "console_host=nobody"), "the inventory has no such host"),
    (("-e", "console_host=app-0002"), "no record of app-0002"),
]


def test_refused(room: Room, cloud: Emulator) -> None:
    room.keep("web-0001", "app-0002")
    assert room.rotate("--limit", "web-0001").rc == 0
    for arguments, says in REFUSED:
        shown = played_at(room, SHOW, *arguments)
        assert shown.end() == 2
        text = " ".join(shown.text.split())
        assert says in text
        assert "Traceback" not in text
        assert cloud.received()[0]["password"] not in text


@pytest.mark.cores(full=True)
def test_without_a_terminal(room: Room, cloud: Emulator) -> None:
    """Also where the run starts at the last task."""
    room.keep("web-0001")
    assert room.rotate().rc == 0
    show = ("-i", str(room.inventory()), SHOW, "-e", "console_host=web-0001", "--start-at-task", "Show them")
    run = room.run("ansible-playbook", *show)
    assert run.rc == 2
    assert "standard output is not a terminal" in run.text
    assert cloud.received()[0]["password"] not in run.text
