# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Without pipelining, Ansible itself writes the options of a module to a file; nothing else holds a secret."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.emulator.client import Emulator
from tests.integration.playbook_runs import SET_PASSWORD, Room
from tests.integration.secrecy.evidence import found_in, gather, known
from tests.integration.secrecy.process_watcher import Watcher


@pytest.mark.cores(full=True)
def test_the_file_of_a_module(room: Room, cloud: Emulator, watcher: Watcher) -> None:
    """It is in a folder for its owner alone, which is gone when the task is over."""
    room.keep("web-0001")
    room.hosts["web-0001"]["wanted"] = "Sent09"
    room.environ["ANSIBLE_PIPELINING"] = "false"
    run = room.play(SET_PASSWORD, "-vvvvv")
    assert run.rc == 0, run.text
    assert cloud.received()[0]["password"] == "Sent09"
    found = found_in(gather(room, watcher, run), known(room))
    places = {place.partition(": ")[2] for rows in found.values() for place in rows}
    files = {Path(place.rpartition(" (")[0]) for place in places}
    names = {file.name for file in files}
    assert "AnsiballZ_vnc_password.py" in names
    # Ansible makes it of a file of its own, which is gone so soon that it is not always seen
    assert all(re.fullmatch("AnsiballZ_vnc_password.py|tmp[a-z0-9_]{8}", name) for name in names)
    for file in files:
        assert watcher.modes[str(file)] == (0o600 if file.name.startswith("tmp") else 0o700)
        assert not file.parent.exists()
