# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The connection and its proxy in the channels of the secrecy matrix, at -vvvvv, on success and on every failure."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.emulator.client import Emulator
from tests.integration.secrecy.evidence import counted, found_in, gather, known
from tests.integration.secrecy.process_watcher import Watcher
from tests.integration.terminal.reach import Reach

pytestmark = pytest.mark.usefixtures("_no_session_is_left_open")

KEY = "CLOUDOPS_CONSOLE_ACCESS_KEY_SECRET"
START = "StartTerminalSession"
# The far side prints what it was sent; the file goes the other way.
TASKS = """
- ansible.builtin.command: env
- ansible.builtin.copy:
    content: hello
    dest: "{{ ansible_remote_tmp }}/hello"
    mode: "0600"
"""


def works(_cloud: Emulator, _reach: Reach) -> None:
    pass


def stopped(cloud: Emulator, reach: Reach) -> None:
    cloud.change_instance(reach.room.instance(next(iter(reach.room.hosts))), status="Stopped")


def echoed(cloud: Emulator, reach: Reach) -> None:
    """The service's error quotes the secret."""
    (host,) = reach.room.hosts.values()
    cloud.add_fault("error", action=START, status=500, code="InternalError", message=host["console_access_key_secret"])


def refused(cloud: Emulator, _reach: Reach) -> None:
    """The address is refused, and is in every exception of the library."""
    cloud.set_clock_offset(0)
    cloud.configure(websocket_base=f"{cloud.url.replace('http', 'ws', 1)}/nothing")


def unreachable(cloud: Emulator, _reach: Reach) -> None:
    cloud.configure(websocket_base="ws://127.0.0.1:9/session")


def closed(cloud: Emulator, _reach: Reach) -> None:
    cloud.configure(session_fails="AgentNeedUpgrade", session_fails_seconds=0.2)


def wrong_key(_cloud: Emulator, reach: Reach) -> None:
    """The service answers with what it expected to be signed."""
    (host,) = reach.room.hosts.values()
    host["console_access_key_secret"] = "wrong-Sesame0pen-wrong"


@pytest.mark.cores(full=True)
@pytest.mark.parametrize(
    "change",
    [
        *(works, stopped, echoed, wrong_key),
        *(pytest.param(change, marks=pytest.mark.full) for change in (refused, unreachable, closed)),
    ],
)
def test_no_secret_in_any_channel(reach: Reach, watcher: Watcher, change: Callable[[Emulator, Reach], None]) -> None:
    reach.room.environ["ANSIBLE_SSH_TIMEOUT"] = "45"
    change(reach.cloud, reach)
    run = reach.play(TASKS, "-vvvvv")
    assert (run.rc == 0) == (change is works), run.text
    reach.let_go()
    evidence = gather(reach.room, watcher, run)
    print(counted(evidence))
    secrets = known(reach.room)
    assert len(secrets) >= 2
    # The key is handed to the proxy by the environment of ssh, and by nothing else; the session's token by nothing
    own = evidence.pop("environ")
    (host,) = reach.room.hosts.values()
    given = f"{KEY}={host['console_access_key_secret']}".encode()
    assert any(given in text for text in own.values())
    evidence["environ"] = {name: text.replace(given, b"") for name, text in own.items()}
    assert found_in(evidence, secrets) == {}
    if change is works:
        far = next(event.result["stdout"] for event in run.events if event.action == "ansible.builtin.command")
        assert "CLOUDOPS_CONSOLE" not in far
        assert "SSH_CONNECTION" in far
