# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a command costs with all the processes that it starts: time, CPU, memory."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

# Seconds between two looks at the memory.
LOOK = 0.2
MB = 1024 * 1024


class Line(NamedTuple):
    """A line that was printed, and the seconds since the start of the command at which it came."""

    at: float
    text: str


@dataclass(frozen=True)
class Cost:
    """Wall and CPU (user and system) in seconds, the most memory at one time in MB, and what was printed.

    Memory is the proportional set size of the whole tree of processes: what two of them share is counted once.
    """

    wall: float
    cpu: float
    memory: float
    lines: tuple[Line, ...]


def cost_of(command: Sequence[str], environ: Mapping[str, str], cwd: Path | None = None) -> Cost:
    """Run a command to its end.

    :raises RuntimeError: it failed.
    """
    started = time.monotonic()
    process = subprocess.Popen(
        list(command),
        env=dict(environ),
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    watch = _Watch(process.pid)
    try:
        assert process.stdout is not None
        with process.stdout as output:
            lines = tuple(
                Line(time.monotonic() - started, line.decode("utf-8", "replace").rstrip("\n")) for line in output
            )
        _pid, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    finally:
        wall = time.monotonic() - started
        watch.end()
    if process.returncode:
        text = "\n".join(line.text for line in lines)
        raise RuntimeError(f"{command[0]} failed:\n{text[-4000:]}")
    return Cost(wall, usage.ru_utime + usage.ru_stime, watch.most / MB, lines)


class _Watch(threading.Thread):
    """Looks at a tree of processes again and again."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.most = 0.0
        self._pid = pid
        self._over = threading.Event()
        self.start()

    def end(self) -> None:
        self._over.set()
        self.join()

    def run(self) -> None:
        while not self._over.wait(LOOK):
            self.most = max(self.most, sum(_size(pid) for pid in _tree(self._pid)))


def _tree(pid: int) -> list[int]:
    found = [pid]
    for number in found:
        try:
            for task in Path(f"/proc/{number}/task").iterdir():
                found += map(int, (task / "children").read_text().split())
        except OSError:
            continue
    return found


def _size(pid: int) -> int:
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0
