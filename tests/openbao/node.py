# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""One node of a real OpenBao: a process on 127.0.0.1 with raft storage on the disk, TLS and a file audit device.

Only the standard library and the program; nothing here knows what the server is used for.
"""

from __future__ import annotations

import ctypes
import json
import os
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.emulator.kv.admin import Admin, RefusedError

# Seconds: a node that is not there after so long will not come.
START = 30.0
STOP = 10.0


class NodeError(Exception):
    """The node did not start, or did not become what was waited for."""


class Node:
    """A node; start(), then init() for the first of a cluster or join() for others; later starts need unseal() alone.

    :param folder: its own; data, log and audit/log are in it.
    :param certificate: the files of certificate, key and authority, good for 127.0.0.1.
    """

    def __init__(
        self,
        program: Path,
        folder: Path,
        certificate: tuple[Path, Path, Path],
        name: str = "node-1",
    ) -> None:
        self.program, self.folder, self.name = program, folder, name
        self.chain, self.key, self.ca = certificate
        self.port, self.cluster_port = _free_port(), _free_port()
        self.url = f"https://127.0.0.1:{self.port}"
        self.audit = folder / "audit" / "log"
        self.unseal_key = ""
        self.root_token = ""
        self.process: subprocess.Popen[bytes] | None = None
        for part in ("data", "audit"):
            (folder / part).mkdir(parents=True, exist_ok=True)

    @property
    def admin(self) -> Admin:
        """Who may do everything on it."""
        return Admin(self.url, self.root_token, cafile=str(self.ca))

    def start(self) -> None:
        """Start the process and wait until it answers, sealed."""
        path = self.folder / "server.json"
        path.write_text(json.dumps(self._configuration()), encoding="utf-8")
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [str(self.program), "server", f"-config={path}"],
                # All nodes have to name the same file for the audit
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={"PATH": os.defpath, "HOME": str(self.folder)},
                preexec_fn=_end_with_parent if sys.platform == "linux" else None,
            )
        self.wait("answers", lambda: self.health() is not None)

    def init(self) -> None:
        """Make the cluster's keys and unseal."""
        made = self.admin.call("POST", "sys/init", {"secret_shares": 1, "secret_threshold": 1})
        self.unseal_key, self.root_token = made["keys"][0], made["root_token"]
        self.unseal()

    def join(self, first: Node) -> None:
        """Become a node of another one's cluster."""
        self.unseal_key, self.root_token = first.unseal_key, first.root_token
        body = {"leader_api_addr": first.url, "leader_ca_cert": self.ca.read_text(encoding="utf-8")}
        self.admin.call("POST", "sys/storage/raft/join", body)
        self.unseal()

    def unseal(self, *, wait: bool = True) -> None:
        """Unseal, and wait until it serves as the active node or as a standby."""
        self.admin.call("POST", "sys/unseal", {"key": self.unseal_key})
        if wait:
            self.wait("serves", self.serves)

    def command(self, line: str, folder: Path | None = None) -> str:
        """Run a command as people type it, ``vault ...``, in a folder; return what it prints.

        :raises CalledProcessError: it fails.
        """
        where = {
            "BAO_ADDR": self.url,
            "BAO_TOKEN": self.root_token,
            "BAO_CACERT": str(self.ca),
            "HOME": str(self.folder),
        }
        arguments = [str(self.program), *shlex.split(line)[1:]]
        done = subprocess.run(arguments, cwd=folder, env=where, capture_output=True, text=True, check=True, timeout=30)
        return done.stdout

    def seal(self) -> None:
        self.admin.call("POST", "sys/seal", {})

    def kill(self) -> None:
        """As a crash or the loss of power would end it."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """In good order."""
        self._end(signal.SIGTERM)

    def restart(self) -> None:
        self.kill()
        self.start()
        self.unseal()

    def _end(self, sign: signal.Signals) -> None:
        process, self.process = self.process, None
        if process is None:
            return
        process.send_signal(sign)
        try:
            process.wait(STOP)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def health(self) -> dict[str, Any] | None:
        """What it says of itself, None while it does not answer."""
        path = "sys/health?standbyok=true&sealedcode=200&uninitcode=200"
        try:
            return self.admin.call("GET", path)
        except (OSError, RefusedError, ValueError):
            return None

    def serves(self) -> bool:
        """Whether it can do a caller's work: it is the active node, or a standby that knows the active one."""
        if self.health() is None:
            return False
        try:
            return bool(self.admin.call("GET", "sys/leader").get("leader_address")) and bool(
                self.admin.call("GET", "auth/token/lookup-self")
            )
        except (OSError, RefusedError, ValueError):
            return False

    def is_active(self) -> bool:
        found = self.health()
        return found is not None and not found["sealed"] and not found["standby"]

    def wait(self, what: str, holds: Callable[[], object], seconds: float = START) -> None:
        """Wait until something holds.

        :raises NodeError: it does not in time, or the process has ended.
        """
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if holds():
                return
            if self.process is None or self.process.poll() is not None:
                break
            time.sleep(0.05)
        raise NodeError(f"{self.name}: not so that it {what}\n{(self.folder / 'log').read_text()[-3000:]}")

    def _configuration(self) -> dict[str, Any]:
        tls = {"tls_cert_file": str(self.chain), "tls_key_file": str(self.key)}
        raft = {"path": str(self.folder / "data"), "node_id": self.name, "performance_multiplier": 1}
        inside = f"127.0.0.1:{self.cluster_port}"
        # Soon a voter after it has joined, and an election soon after a leader is gone; by default it takes ten seconds
        often = dict.fromkeys(("autopilot_reconcile_interval", "autopilot_update_interval"), "500ms")
        return {
            "storage": {"raft": {**raft, **often}},
            "listener": {"tcp": {"address": f"127.0.0.1:{self.port}", "cluster_address": inside, **tls}},
            "api_addr": self.url,
            "cluster_addr": f"https://{inside}",
            "audit": [{"type": "file", "path": "file", "options": {"file_path": "audit/log", "log_raw": "true"}}],
            "log_level": "info",
        }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _end_with_parent() -> None:
    """Let the kernel end the server when the tests are killed: nothing else would."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)
