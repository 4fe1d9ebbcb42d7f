# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""A room whose hosts are reached through terminal sessions: all instances lead to the same server."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.emulator.client import Emulator
from tests.integration.playbook_runs import Room, Run, hosts_of
from tests.integration.terminal.sshd import Sshd

PLUGIN = "cloudops.console.terminal_session"


class Reach:
    """Runs of ansible over the connection, and what is left of them."""

    def __init__(self, room: Room, cloud: Emulator, sshd: Sshd) -> None:
        self.room = room
        self.cloud = cloud
        self.sshd = sshd
        # Sockets need short paths: those of connections that persist, and those of Ansible's own processes
        self.short = Path(tempfile.mkdtemp(prefix="c-"))
        self.control = self.short / "cp"
        self.control.mkdir(mode=0o700)
        self.known_hosts = room.path / "known_hosts"
        ids = [one["instance_id"] for one in room.fleet["instances"]]
        cloud.configure(agent_ports={f"{name}:22": sshd.port for name in ids})
        self.trust(*ids)
        room.keep(*list(room.hosts)[:1])
        room.variables = {
            "ansible_connection": PLUGIN,
            "ansible_user": sshd.user,
            "ansible_private_key_file": str(sshd.key),
            "ansible_ssh_common_args": f"-F none -o UserKnownHostsFile={self.known_hosts}",
            "ansible_ssh_transfer_method": "sftp",
            "ansible_control_path_dir": str(self.control),
            "ansible_remote_tmp": str(room.path / "far"),
            "ansible_python_interpreter": sys.executable,
        }
        room.environ["TMPDIR"] = str(self.short)

    def trust(self, *aliases: str) -> None:
        """Know the server's key by these names."""
        lines = "".join(f"{alias} {self.sshd.public}\n" for alias in aliases)
        with self.known_hosts.open("a", encoding="ascii") as file:
            file.write(lines)

    def all_hosts(self, count: int) -> list[str]:
        """Have so many hosts in the inventory; return their names."""
        everything = hosts_of(self.room.fleet, self.cloud.url)
        self.room.hosts = {name: everything[name] for name in list(everything)[:count]}
        return list(self.room.hosts)

    def play(self, tasks: str, *arguments: str, **variables: Any) -> Run:
        """Run a play over all hosts, without gathering facts."""
        lines = "\n".join(f"    {line}" for line in tasks.strip("\n").splitlines())
        text = f"- hosts: all\n  gather_facts: false\n  tasks:\n{lines}\n"
        return self.room.play(text, *arguments, **variables)

    def masters(self) -> list[Path]:
        """Return the sockets of connections that persist."""
        return [path for path in self.control.iterdir() if path.is_socket()]

    def let_go(self) -> None:
        """Have all connections that persist end, and wait until every session has."""
        for path in self.masters():
            command = ["ssh", "-F", "none", "-o", f"ControlPath={path}", "-O", "exit", "x"]
            subprocess.run(command, capture_output=True, check=False)
        self.wait_for_end()

    def wait_for_end(self, seconds: float = 60.0) -> None:
        """Wait until nothing of this room runs any more, on either side, and no session is open."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and (self.running() or any(not one["ended"] for one in self.cloud.sessions())):
            time.sleep(0.1)

    def running(self) -> list[str]:
        """Return the command lines of this room's processes: ansible, ssh, proxies, and what they run far away."""
        places = (str(self.short), str(self.room.path), f"--endpoint={self.cloud.url} ")
        lines = [_line(pid) for pid in _processes() if pid != os.getpid()]
        return [line for line in lines if any(place in line for place in places)]

    def proxies(self) -> list[int]:
        """Return the processes that are proxies of this room."""
        return [pid for pid in _processes() if self.cloud.url in _line(pid) and "/_terminal" in _line(pid)]

    def kill_masters(self) -> None:
        """Kill every ssh of this room, as the system does where memory is short."""
        for pid in _processes():
            if str(self.control) in _line(pid) and "ssh" in _line(pid).split(" ")[0]:
                os.kill(pid, signal.SIGKILL)


def _processes() -> list[int]:
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]


def _line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8", errors="replace").replace("\0", " ")
    except OSError:
        return ""
