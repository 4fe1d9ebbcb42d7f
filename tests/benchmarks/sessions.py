# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the proxy of terminal sessions carries each way, without a limit and at an announced pace, and its CPU.

Client, proxy, emulated service and far side share the machine. The start of a session is in no figure.
``python -m tests.benchmarks.sessions SCALE FOLDER`` prints the figures as JSON.
"""

from __future__ import annotations

import json
import os
import socket
import statistics
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.benchmarks.figures import Figures
from tests.emulator.client import Emulator
from tests.emulator.fleet import Fleet, make_fleet
from tests.integration.terminal import ports
from tests.integration.terminal.proxied import UNLIMITED, Proxy, options, proxied

MEGABYTE = 1_000_000
SIZE = 100 * MEGABYTE
# Bits per second, and the bytes that take ten seconds at it.
PACE = 8 * MEGABYTE
PACED_SIZE = 10 * MEGABYTE
ROUNDS = {"quick": 1, "full": 3}
# Bytes after which one side says something to the other, as ssh does it: that is what acknowledges.
_WINDOW = 256 * 1024


class Carried(NamedTuple):
    """Seconds of the clock, and of the proxy's CPU, for so many bytes."""

    wall: float
    cpu: float


def measure(scale: str, folder: Path) -> Figures:
    """Return MB a second and CPU per MB each way, and the share of a pace that is used."""
    fleet = make_fleet(1, regions=1, accounts=1, stopped=0)
    with Emulator.start(fleet) as cloud:
        ways = {}
        for name, way in (("up", up), ("down", down)):
            rounds = [way(cloud, fleet, folder, SIZE, UNLIMITED) for _round in range(ROUNDS[scale])]
            wall, cpu = (statistics.median(getattr(one, part) for one in rounds) for part in Carried._fields)
            ways[name] = {"per_second": SIZE / MEGABYTE / wall, "cpu": cpu / (SIZE / MEGABYTE)}
        paced = up(cloud, fleet, folder, PACED_SIZE, PACE)
    return {"size": SIZE // MEGABYTE, "ways": ways, "pace": PACE, "share": PACED_SIZE / paced.wall / (PACE / 8)}


def up(cloud: Emulator, fleet: Fleet, folder: Path, size: int, pace: int) -> Carried:
    """Send so many bytes to a port that takes them."""
    arrived = threading.Event()

    def take(line: socket.socket) -> None:
        line.sendall(ports.GREETING)
        taken = 0
        while taken < size and (data := line.recv(_WINDOW)):
            if (taken + len(data)) // _WINDOW > taken // _WINDOW:
                line.sendall(b".")
            taken += len(data)
        arrived.set()

    with _session(cloud, fleet, folder, take, pace) as proxy:
        before, began = _cpu(proxy), time.monotonic()
        proxy.write(bytes(size))
        # What it answers is little enough to wait in the pipe
        arrived.wait()
        return Carried(time.monotonic() - began, _cpu(proxy) - before)


def down(cloud: Emulator, fleet: Fleet, folder: Path, size: int, pace: int) -> Carried:
    """Read so many bytes from a port that sends them."""

    def give(line: socket.socket) -> None:
        line.sendall(ports.GREETING)
        line.recv(1)
        threading.Thread(target=ports.mute, args=(line,), daemon=True).start()
        line.sendall(bytes(size))
        # Until the session is over
        threading.Event().wait(5)

    with _session(cloud, fleet, folder, give, pace) as proxy:
        before, began = _cpu(proxy), time.monotonic()
        proxy.write(b"g")
        for _part in range(0, size, _WINDOW):
            proxy.read(min(_WINDOW, size - _part))
            proxy.write(b".")
        return Carried(time.monotonic() - began, _cpu(proxy) - before)


@contextmanager
def _session(cloud: Emulator, fleet: Fleet, folder: Path, talk: ports.Talk, pace: int) -> Iterator[Proxy]:
    cloud.reset()
    cloud.serve_sessions(session_pace=pace)
    with ports.listening(talk) as port, proxied(options(cloud, fleet, port), folder) as proxy:
        proxy.read(len(ports.GREETING))
        yield proxy
        proxy.hang_up()
        proxy.wait()


def _cpu(proxy: Proxy) -> float:
    """Return the seconds of CPU, user and system, that the proxy has used."""
    parts = Path(f"/proc/{proxy.process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(parts[11]) + int(parts[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1], Path(sys.argv[2]))))
