# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Programs that the demo starts, each ended before the demo ends; and the signals that end the demo."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

_PATIENCE = ((signal.SIGINT, 5.0), (signal.SIGTERM, 3.0), (signal.SIGKILL, None))


class CommandError(Exception):
    """A command ended in another way than it should; the text says what it printed."""


class Interrupted(KeyboardInterrupt):
    """The demo was asked to end."""

    def __init__(self, signum: int) -> None:
        super().__init__(signum)
        self.signal = signum


@dataclass(frozen=True)
class Finished:
    """How a command ended, and the lines it printed on both of its channels, without colours."""

    code: int
    lines: tuple[str, ...]
    seconds: float


class _Gate:
    """Turns the first signal into Interrupted, at once or, while something is being started, right after that."""

    def __init__(self) -> None:
        self._held = False
        self._pending = 0
        self.signals: list[signal.Signals] = []

    def __call__(self, signum: int, _frame: FrameType | None = None) -> None:
        if self._held:
            self._pending = signum
            return
        for each in self.signals:
            signal.signal(each, signal.SIG_IGN)  # what follows is short, and must not be cut off
        raise Interrupted(signum)

    @contextmanager
    def held(self) -> Iterator[None]:
        """A process that is being started is known to the caller before an interrupt comes through."""
        self._held = True
        try:
            yield
        finally:
            self._held = False

    def release(self) -> None:
        if self._pending:
            self(self._pending)


_gate = _Gate()


@contextmanager
def interruptible() -> Iterator[None]:
    """SIGINT, SIGTERM and (unless ignored, as by nohup) SIGHUP raise Interrupted in here; at most one does."""
    hangup = [] if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN else [signal.SIGHUP]
    _gate.signals = [signal.SIGINT, signal.SIGTERM, *hangup]
    before = {each: signal.signal(each, _gate) for each in _gate.signals}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def run(
    command: Sequence[str | Path],
    cwd: Path,
    *,
    show: Callable[[str], None] | None = None,
    expected: int = 0,
    environ: Mapping[str, str] | None = None,
) -> Finished:
    """Run a command and wait for its end.

    :param show: gets each line as it comes, colours included.
    :param environ: added to the environment.
    :raises CommandError: it ended with another code than expected.
    """
    started = time.monotonic()
    lines: list[str] = []
    with _started(command, cwd, environ or {}) as process:
        for line in process.stdout or ():
            lines.append(plain(line.rstrip("\n")))
            if show is not None:
                show(line.rstrip("\n"))
        code = process.wait()
    if code != expected:
        said = "" if show else "\n" + "\n".join(lines)
        raise CommandError(f"{Path(command[0]).name} ended with {code}, expected was {expected}{said}")
    return Finished(code, tuple(lines), time.monotonic() - started)


@contextmanager
def _started(command: Sequence[str | Path], cwd: Path, environ: Mapping[str, str]) -> Iterator[subprocess.Popen[str]]:
    process: subprocess.Popen[str] | None = None
    try:
        with _gate.held():
            process = subprocess.Popen(
                [str(part) for part in command],
                cwd=cwd,
                env={**os.environ, **environ},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                encoding="utf-8",
                errors="replace",
                # A session of its own: Ctrl-C reaches it through us alone, while the cloud that it talks to still runs
                start_new_session=True,
            )
        _gate.release()
        yield process
    finally:
        if process is not None:
            _end(process)


def _end(process: subprocess.Popen[str]) -> None:
    """End it if it still runs, asking twice; its workers end with it, ansible sees to that."""
    for signum, seconds in _PATIENCE:
        if process.poll() is not None:
            break
        process.send_signal(signum)
        with suppress(subprocess.TimeoutExpired):
            process.communicate(timeout=seconds)
    if process.stdout is not None:
        process.stdout.close()


def plain(text: str) -> str:
    """Take colours off a line."""
    parts = text.split("\033[")
    return parts[0] + "".join(part.partition("m")[2] for part in parts[1:])
