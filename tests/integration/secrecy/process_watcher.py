# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Looks at a run while it runs: the command lines and environments of all its processes, and its temporary files."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator
from pathlib import Path

# Seconds between two looks. A module takes ten times as long, and so does what Ansible makes for it.
PAUSE = 0.03


def family(pid: int) -> list[int]:
    """Return the process and all that it, or one of its own, has started and that is not an orphan."""
    children: dict[int, list[int]] = {}
    for name in filter(str.isdigit, os.listdir("/proc")):  # noqa: PTH208 (a third of the time)
        with contextlib.suppress(OSError):
            # What is in brackets is the name of the program, and can be anything
            parent = int(Path("/proc", name, "stat").read_text().rpartition(")")[2].split()[1])
            children.setdefault(parent, []).append(int(name))
    found, todo = [], [pid]
    while todo:
        found.append(todo.pop())
        todo += children.get(found[-1], [])
    return found


class Watcher:
    """Everything that was seen, by a name for people; of files also the mode of their folder.

    :param folders: where temporary files are looked for.
    """

    def __init__(self, *folders: Path) -> None:
        self.folders = folders
        self.seen: dict[str, dict[str, bytes]] = {"cmdline": {}, "environ": {}, "files": {}}
        self.modes: dict[str, int] = {}
        self.looks = 0
        self._files: set[tuple[str, int, int]] = set()

    @contextlib.contextmanager
    def of(self, pid: int) -> Iterator[None]:
        """Watch a process and its family until the block ends."""
        over = threading.Event()

        def watch() -> None:
            while not over.wait(PAUSE):
                self.look(pid)

        thread = threading.Thread(target=watch)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def look(self, pid: int) -> None:
        """Take everything down that is new."""
        self.looks += 1
        for one in family(pid):
            for kind in ("cmdline", "environ"):
                with contextlib.suppress(OSError):
                    content = Path(f"/proc/{one}/{kind}").read_bytes()
                    # A process that becomes another program keeps its number
                    self.seen[kind].setdefault(f"{kind} of {one} {hash(content):x}", content)
        for folder in self.folders:
            for parent, _folders, names in os.walk(folder):
                for name in names:
                    with contextlib.suppress(OSError):
                        self._file(Path(parent, name))

    def _file(self, path: Path) -> None:
        status = path.lstat()
        version = (str(path), status.st_mtime_ns, status.st_size)
        if version not in self._files and path.is_file():
            # First the content: a file that is gone by then was not seen
            self.seen["files"][f"{path} ({len(self._files)})"] = path.read_bytes()
            self.modes[str(path)] = path.parent.stat().st_mode & 0o777
            self._files.add(version)
