# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real OpenSSH server on a free port of 127.0.0.1, with keys of its own, for the user who runs the tests."""

from __future__ import annotations

import contextlib
import getpass
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PATH = os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin"))
SSHD = shutil.which("sshd", path=PATH)
MISSING = "the OpenSSH server is missing (Debian and Ubuntu: install openssh-server)"


@dataclass(frozen=True)
class Sshd:
    """A running server, and what a client needs for it.

    :param public: the server's public key, as a line of known_hosts has it.
    """

    port: int
    key: Path
    public: str
    log: Path

    @property
    def user(self) -> str:
        return getpass.getuser()


def _new_key(path: Path) -> str:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(path)], check=True)
    kind, value, *_comment = path.with_suffix(".pub").read_text(encoding="ascii").split()
    return f"{kind} {value}"


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[Sshd]:
    """Start a server that takes one key; it ends on leaving.

    It takes any variable that a client sends, so that a test sees what is sent.
    """
    if SSHD is None:
        raise RuntimeError(MISSING)
    folder.mkdir(parents=True, exist_ok=True)
    public, client = _new_key(folder / "host"), _new_key(folder / "client")
    (folder / "authorized").write_text(f"{client}\n", encoding="ascii")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    settings = {
        "ListenAddress": "127.0.0.1",
        "Port": port,
        "HostKey": folder / "host",
        "AuthorizedKeysFile": folder / "authorized",
        "PidFile": "none",
        "UsePAM": "no",
        "StrictModes": "no",
        "PermitRootLogin": "yes",
        "PasswordAuthentication": "no",
        "KbdInteractiveAuthentication": "no",
        "MaxStartups": 200,
        "MaxSessions": 50,
        "AcceptEnv": "*",
        "Subsystem": "sftp internal-sftp",
    }
    (folder / "sshd_config").write_text("".join(f"{name} {value}\n" for name, value in settings.items()))
    log = folder / "log"
    with log.open("wb") as errors:
        command = [SSHD, "-D", "-e", "-f", str(folder / "sshd_config")]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors)
    try:
        _wait_for(port, log)
        yield Sshd(port, folder / "client", public, log)
    finally:
        process.terminate()
        process.wait()


def _wait_for(port: int, log: Path) -> None:
    end = time.monotonic() + 20
    while time.monotonic() < end:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise RuntimeError(f"sshd did not start: {log.read_text(encoding='utf-8', errors='replace')}")
