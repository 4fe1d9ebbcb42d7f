# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""One run as a process that can be killed: with its workers, without them, or only them. Only by pid, only our own."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.faults.points import Strike

# Seconds after which a run is ended by force, and that counts as a violation.
LONGEST = 120.0
_POLL = 0.005


def children(pid: int) -> list[int]:
    """All that descend from pid, parents first."""
    found: list[int] = []
    for task in _tasks(pid):
        with contextlib.suppress(OSError, ValueError):
            found += [int(text) for text in (task / "children").read_text().split()]
    return found + [below for child in found for below in children(child)]


def _tasks(pid: int) -> list[Path]:
    try:
        return list(Path(f"/proc/{pid}/task").iterdir())
    except OSError:
        return []


def birth(pid: int) -> str | None:
    """When a process began, which tells it from another one with the same number; None for one that is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in ("Z", "X") else fields[19]


def end(pid: int, number: signal.Signals = signal.SIGKILL) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


@dataclass
class Started:
    """A run under way. Output goes to files, so that a worker that outlives its parent holds no pipe of ours."""

    process: subprocess.Popen[bytes]
    folder: Path
    name: str
    result_path: Path
    mark: Path
    began: float = field(default_factory=time.monotonic)
    orphans: dict[int, str] = field(default_factory=dict)
    killed: bool = False

    def kill(self, how: str) -> None:
        """Stop the family first, so that none of them sees another one die."""
        pid = self.process.pid
        if self.process.poll() is not None:
            return
        end(pid, signal.SIGSTOP)
        below = children(pid)
        for child in below:
            end(child, signal.SIGSTOP)
        below = children(pid)
        victims = {"whole": [pid, *below], "parent": [pid], "worker": below}[how]
        self.killed = bool(victims)
        for victim in victims:
            end(victim)
        for survivor in {pid, *below} - set(victims):
            self.note_orphan(survivor)
            end(survivor, signal.SIGCONT)

    def note_orphan(self, pid: int) -> None:
        born = birth(pid)
        if born is not None and pid != self.process.pid:
            self.orphans[pid] = born

    @property
    def alive(self) -> list[int]:
        """Workers that have outlived their parent."""
        return [pid for pid, born in self.orphans.items() if birth(pid) == born]

    def wait(self) -> None:
        """Wait for the run; TimeoutError where it does not end, and then it is ended."""
        try:
            self.process.wait(LONGEST)
        except subprocess.TimeoutExpired:
            self.kill("whole")
            self.process.wait()
            raise TimeoutError(f"{self.name} did not end within {LONGEST:g} s") from None
        if self.mark.exists():
            self.killed = True
            self.note_orphan(int(json.loads(self.mark.read_text(encoding="utf-8"))["pid"]))

    def wait_for_orphans(self) -> None:
        until = time.monotonic() + LONGEST
        while self.alive:
            if time.monotonic() > until:
                for pid in self.alive:
                    end(pid)
                raise TimeoutError(f"a worker of {self.name} did not end within {LONGEST:g} s")
            time.sleep(_POLL)

    @property
    def result(self) -> dict[str, Any]:
        """What the action returned, or nothing."""
        if not self.result_path.exists():
            return {}
        text = self.result_path.read_text(encoding="utf-8")
        if self.result_path.suffix == ".json":
            return dict(json.loads(text))
        rows = [json.loads(line) for line in text.splitlines()]
        found = [row["result"] for row in rows if str(row.get("action", "")).endswith("vnc_password_rotation")]
        return dict(found[-1]) if found else {}

    @property
    def text(self) -> str:
        return "".join(
            path.read_text(encoding="utf-8", errors="replace")
            for path in (self.folder / f"{self.name}.out", self.folder / f"{self.name}.err")
        )


def start(command: Sequence[str], environ: Mapping[str, str], folder: Path, name: str, result: Path) -> Started:
    """Start a run in a group of its own."""
    with (folder / f"{name}.out").open("wb") as out, (folder / f"{name}.err").open("wb") as err:
        process = subprocess.Popen(
            list(command),
            cwd=folder,
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            start_new_session=True,
        )
    return Started(process, folder, name, result, folder / f"{name}.mark")


def environment_for(base: Mapping[str, str], strike: Strike | None) -> dict[str, str]:
    return {**base, **(strike.to_environment() if strike else {})}
