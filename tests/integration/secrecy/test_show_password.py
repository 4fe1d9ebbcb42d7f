# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook that shows passwords: those of one host on the terminal, and no secret in any other channel."""

from __future__ import annotations

import pytest

from tests.emulator.client import Emulator
from tests.integration.on_a_terminal import played_at
from tests.integration.playbook_runs import Room
from tests.integration.secrecy.evidence import found_in, gather, known
from tests.integration.secrecy.process_watcher import Watcher
from tests.integration.test_show_password import SHOW, events


@pytest.mark.cores(full=True)
def test_only_the_terminal_shows_them(room: Room, cloud: Emulator, watcher: Watcher) -> None:
    """Also while Ansible writes a log."""
    room.keep("web-0001", "mail-0008")
    assert room.rotate().rc == room.rotate(force=True).rc == 0
    with played_at(room, SHOW, "-e", "console_host=mail-0008", "-vvvvv").watched(room) as shown:
        shown.wait_for("type yes and press Enter")
        shown.answer("yes\r")
        assert shown.end() == 0
    evidence = gather(room, watcher)
    evidence["callbacks"] |= {"shown": events(shown.record)}
    assert all(evidence["callbacks"].values())
    secrets = known(room)
    assert found_in(evidence, secrets) == {}
    of_the_host = {row["password"] for row in cloud.received() if row["instance_id"] == room.instance("mail-0008")}
    terminals = {"terminal": {"shown": shown.text.encode()}}
    assert found_in(terminals, secrets) == {password: ["terminal: shown"] for password in of_the_host}
