# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ports of this machine for the agent to dial: what speaks first, then echoes, swallows, floods or hangs up."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator

GREETING = b"SSH-2.0-greeting\r\n"
Talk = Callable[[socket.socket], None]


def echo(line: socket.socket) -> None:
    line.sendall(GREETING)
    while data := line.recv(65536):
        line.sendall(data)


def late(line: socket.socket) -> None:
    """Speak after a second, then echo."""
    time.sleep(1)
    echo(line)


def mute(line: socket.socket) -> None:
    """Never say anything."""
    while line.recv(65536):
        pass


def deaf(line: socket.socket) -> None:
    """Greet, and take nothing."""
    line.sendall(GREETING)
    time.sleep(60)


def flood(line: socket.socket) -> None:
    """Greet, and say more than anyone wants to hear."""
    line.sendall(GREETING)
    while True:
        line.sendall(b"x" * 65536)


def short(line: socket.socket) -> None:
    """Greet and hang up."""
    line.sendall(GREETING)


@contextlib.contextmanager
def listening(talk: Talk) -> Iterator[int]:
    """Give the number of a port behind which every connection is talked to."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_accept, args=(server, talk), daemon=True).start()
        yield server.getsockname()[1]


def _accept(server: socket.socket, talk: Talk) -> None:
    with contextlib.suppress(OSError):
        while True:
            line, _peer = server.accept()
            threading.Thread(target=_talk, args=(line, talk), daemon=True).start()


def _talk(line: socket.socket, talk: Talk) -> None:
    with line, contextlib.suppress(OSError):
        talk(line)


def closed() -> int:
    """Return the number of a port behind which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
