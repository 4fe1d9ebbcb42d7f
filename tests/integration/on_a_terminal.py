# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""A command on a terminal of its own, that a test reads and types into."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import subprocess
import termios
import time
from collections.abc import Iterator, Sequence

from tests.integration.playbook_runs import Room

LONGEST = 60.0


class Terminal:
    """A command of a room, on a terminal of its own."""

    def __init__(self, room: Room, command: Sequence[str], **environ: str) -> None:
        self.ours, theirs = pty.openpty()
        self.text = ""
        self.record = room.path / "shown.jsonl"
        self.process = subprocess.Popen(
            command,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env=room.environment(self.record) | environ,
            cwd=room.path,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        os.close(theirs)

    @contextlib.contextmanager
    def watched(self, room: Room) -> Iterator[Terminal]:
        """Let the room watch it, as it does its own runs."""
        with room.watching(self.process.pid):
            yield self

    def wait_for(self, word: str) -> None:
        """Read on until word is there; an empty one is there at the end."""
        end = time.monotonic() + LONGEST
        while not word or word not in self.text:
            assert time.monotonic() < end, self.text
            if not select.select([self.ours], [], [], 1)[0]:
                continue
            try:
                self.text += os.read(self.ours, 65536).decode(errors="replace")
            except OSError:  # the other side is closed
                assert not word, self.text
                return

    def answer(self, text: str) -> None:
        """Type it once single keys are read; what was typed before is lost."""
        end = time.monotonic() + LONGEST
        while termios.tcgetattr(self.ours)[3] & termios.ICANON:
            assert time.monotonic() < end, self.text
            time.sleep(0.05)
        time.sleep(0.3)
        os.write(self.ours, text.encode())

    def end(self) -> int:
        self.wait_for("")
        os.close(self.ours)
        return self.process.wait(LONGEST)


def played_at(room: Room, playbook: str, *arguments: str, **environ: str) -> Terminal:
    """Start a playbook on a terminal of its own."""
    command = [str(room.core.bin / "ansible-playbook"), "-i", str(room.inventory()), playbook, *arguments]
    return Terminal(room, command, **environ)
