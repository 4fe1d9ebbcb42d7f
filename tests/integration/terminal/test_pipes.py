# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The last bytes of a session, and clients that give the proxy a socket, as libssh does."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.cloudops.console.plugins.plugin_utils._terminal import handover

from tests.emulator.client import Emulator
from tests.emulator.fleet import Fleet
from tests.integration.terminal import ports
from tests.integration.terminal.proxied import options, proxied

pytestmark = pytest.mark.usefixtures("home")

# More than a pipe holds, and less than with what a stream of asyncio holds besides.
SIZE = 120_000


def burst(line: socket.socket) -> None:
    """Say much and hang up."""
    line.sendall(bytes(SIZE))


def wait_until(seen: Callable[[], object]) -> None:
    end = time.monotonic() + 30
    while time.monotonic() < end and not seen():
        time.sleep(0.05)


def test_a_client_that_reads_late_gets_the_end(cloud: Emulator, fleet: Fleet, home: Path) -> None:
    with ports.listening(burst) as port, proxied(options(cloud, fleet, port), home) as proxy:
        wait_until(lambda: any(one["ended_by"] for one in cloud.sessions()))
        with contextlib.suppress(subprocess.TimeoutExpired):
            # It must not have ended, because it still has what does not fit into the pipe
            proxy.process.wait(1.5)
        assert len(proxy.read(SIZE)) == SIZE
        assert proxy.wait() == 0
    assert proxy.errors == ""


def test_a_socket_that_is_closed_before_it_is_read(cloud: Emulator, fleet: Fleet, home: Path) -> None:
    ours, theirs = socket.socketpair()
    with ports.listening(ports.echo) as port:
        given = options(cloud, fleet, port)
        with theirs:
            process = subprocess.Popen(
                handover.arguments(given),
                stdin=theirs.fileno(),
                stdout=theirs.fileno(),
                stderr=subprocess.PIPE,
                env={"PATH": os.environ["PATH"], "HOME": str(home), **handover.environment(given)},
            )
        with ours:
            ours.recv(1, socket.MSG_PEEK)
        _nothing, errors = process.communicate(timeout=30)
    assert (process.returncode, errors.decode()) == (0, "")
    assert [one["ended"] for one in cloud.sessions()] == [True]
