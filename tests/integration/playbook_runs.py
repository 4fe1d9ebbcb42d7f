# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a fleet to an inventory, and from a playbook to what came of it.

A Room is a folder with a home of its own, an inventory and playbooks. Its commands see nothing of this machine's
settings: no ansible.cfg, no proxies, no credentials. What a run answers is a Run: exit code, lines with the time at
which they came, and every task's result as callbacks see it (callbacks/recorder.py).
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import signal
import subprocess
import textwrap
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from tests.emulator.client import Emulator
from tests.emulator.fleet import Fleet
from tests.integration import documented_results
from tests.tools.collection import link

HERE = Path(__file__).resolve().parent
ROTATE = "cloudops.console.rotate_vnc_passwords"
ROTATION = "cloudops.console.vnc_password_rotation"
# Seconds after which a run is ended; none of them takes a third of it.
LONGEST = 90.0

# A play of one's own: it sets the password ``wanted`` on every host.
SET_PASSWORD = """
- hosts: all
  gather_facts: false
  connection: local
  vars:
    ansible_python_interpreter: "{{ ansible_playbook_python }}"
  tasks:
    - name: Set
      cloudops.console.vnc_password:
        region: "{{ console_region }}"
        endpoint: "{{ console_endpoint }}"
        access_key_id: "{{ console_access_key_id }}"
        access_key_secret: "{{ console_access_key_secret }}"
        retries: "{{ call_retries | default(omit) }}"
        timeout: "{{ call_timeout | default(omit) }}"
        instance_id: "{{ console_instance_id }}"
        password: "{{ wanted }}"
        record: "{{ record | default(omit) }}"
"""

HostVars = dict[str, Any]

# What coverage tells the processes that it measures
MEASURED = {name: value for name, value in os.environ.items() if name.startswith("COVERAGE_PROCESS_")}


@dataclass(frozen=True)
class Core:
    """One ansible-core: its environment's name and the folder of its commands."""

    name: str
    bin: Path


@dataclass(frozen=True)
class Event:
    """One task's result for one host, or the name of a play."""

    event: str
    task: str
    action: str = ""
    host: str = ""
    result: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Line:
    """A line that was printed, and when it came, in seconds since the start of the run."""

    at: float
    text: str


@dataclass(frozen=True)
class Run:
    """What came of one command."""

    rc: int
    lines: tuple[Line, ...]
    errors: tuple[Line, ...]
    events: tuple[Event, ...]
    recap: dict[str, dict[str, int]]
    custom: dict[str, Any]
    seconds: float

    @property
    def stdout(self) -> str:
        return "".join(f"{line.text}\n" for line in self.lines)

    @property
    def stderr(self) -> str:
        return "".join(f"{line.text}\n" for line in self.errors)

    @property
    def text(self) -> str:
        """All that was printed."""
        return f"{self.stdout}\n{self.stderr}"

    def of(self, name: str) -> list[Event]:
        """Results of the tasks with that name or action."""
        return [event for event in self.events if name in (event.action, event.task, event.task.rpartition(" : ")[2])]

    def one(self, name: str) -> dict[str, Any]:
        """Return the result of the only such task."""
        found = self.of(name)
        assert len(found) == 1, f"{name}: {len(found)} results\n{self.text}"
        return found[0].result

    @property
    def rotation(self) -> dict[str, Any]:
        """The result of the only rotation of this run."""
        return self.one(ROTATION)

    @property
    def failed_hosts(self) -> set[str]:
        """Hosts that the recap calls failed."""
        return {name for name, counts in self.recap.items() if counts["failures"] or counts["unreachable"]}

    @property
    def outcomes(self) -> dict[str, str]:
        return {name: host["outcome"] for name, host in self.rotation["hosts"].items()}

    @property
    def reboots(self) -> dict[str, str]:
        return {name: host["reboot"] for name, host in self.rotation["hosts"].items()}

    def acted(self) -> set[str]:
        """Hosts that were or would be rotated."""
        return {name for name, outcome in self.outcomes.items() if outcome in ("rotated", "resumed")}


def hosts_of(fleet: Fleet, url: str) -> dict[str, HostVars]:
    """Return the variables of each instance of the fleet by its name."""
    keys = {account["account_id"]: account["access_keys"][0] for account in fleet["accounts"]}
    return {
        instance["name"]: {
            "console_region": instance["region"],
            "console_instance_id": instance["instance_id"],
            "console_endpoint": url,
            "console_access_key_id": keys[instance["account_id"]]["access_key_id"],
            "console_access_key_secret": keys[instance["account_id"]]["access_key_secret"],
        }
        for instance in fleet["instances"]
    }


class Room:
    """A place to run playbooks in.

    :param hosts: the inventory's hosts with their variables; tests change them before they run anything.
    :param variables: those of the group all.
    :param groups: names of hosts for further groups.
    :param verbatim: whether the inventory is a program that prints it: names are taken as they are there, as in AWX.
    :param longest: seconds after which a run is ended.
    :param watching: entered with each run's process id, left when the run has ended.
    """

    def __init__(self, path: Path, core: Core, cloud: Emulator, fleet: Fleet) -> None:
        self.path = path
        self.core = core
        self.cloud = cloud
        self.fleet = fleet
        self.home = path / "home"
        self.home.mkdir(parents=True)
        (path / "tmp").mkdir()
        (path / "ansible.cfg").touch()
        self.ledger = path / "ledger" / "ledger.db"
        self.ledger_key = secrets.token_urlsafe(24)
        self.hosts = hosts_of(fleet, cloud.url)
        self.groups: dict[str, list[str]] = {}
        self.verbatim = False
        self.variables: HostVars = {
            "vnc_rotation_ledger": f"sqlite://{self.ledger}",
            "vnc_rotation_ledger_key": self.ledger_key,
            "vnc_rotation_retries": 0,
        }
        self.environ: dict[str, str] = {}
        self.longest = LONGEST
        self.watching: Callable[[int], AbstractContextManager[None]] = lambda _pid: nullcontext()
        self._runs = 0

    @property
    def reports(self) -> Path:
        """Where reports go when nothing is said."""
        return self.home / ".local" / "share" / "cloudops-console" / "reports"

    def instance(self, name: str) -> str:
        """Return the instance id of a host."""
        return str(self.hosts[name]["console_instance_id"])

    def names(self, **wanted: object) -> list[str]:
        """Names of the fleet's instances with these properties, such as ``io_optimized=False, status="Running"``."""
        found = [one for one in self.fleet["instances"] if all(one.get(key) == value for key, value in wanted.items())]
        return [one["name"] for one in found]

    def keep(self, *names: str) -> None:
        """Leave only these hosts in the inventory."""
        self.hosts = {name: self.hosts[name] for name in names}

    def write(self, name: str, text: str) -> Path:
        """Write a file of the room, its indentation taken away."""
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text), encoding="utf-8")
        return path

    def inventory(self) -> Path:
        """Write the inventory; anew for each run, so that tests may change hosts in between."""
        if self.verbatim:
            return self._program()
        children: dict[str, dict[str, Any]] = {
            group: {"hosts": {name: {} for name in names}} for group, names in self.groups.items()
        }
        everything = {"all": {"hosts": self.hosts, "vars": self.variables, "children": children}}
        path = self.path / "inventory.json"
        path.write_text(json.dumps(everything), encoding="utf-8")
        return path

    def _program(self) -> Path:
        groups = {name: {"hosts": names} for name, names in self.groups.items()}
        shared = {"hosts": list(self.hosts), "vars": self.variables}
        document = {"_meta": {"hostvars": self.hosts}, "shop": shared, **groups}
        path = self.write("inventory.sh", f"#!/bin/sh\ncat <<'END'\n{json.dumps(document)}\nEND\n")
        path.chmod(0o700)
        return path

    def rotate(self, *arguments: str, playbook: str = ROTATE, **variables: Any) -> Run:
        """Run the playbook; variables without ``vnc_rotation_`` before them are for the role."""
        names = {f"vnc_rotation_{name}": value for name, value in variables.items()}
        options = ["--extra-vars", json.dumps(names)] if names else []
        return self.run("ansible-playbook", "-i", str(self.inventory()), playbook, *options, *arguments)

    def play(self, text: str, *arguments: str, **variables: Any) -> Run:
        """Run the plays of a YAML text; variables are extra ones, by their full names."""
        path = self.write(f"play-{self._runs}.yml", text)
        options = ["--extra-vars", json.dumps(variables)] if variables else []
        return self.run("ansible-playbook", "-i", str(self.inventory()), str(path), *options, *arguments)

    def run(self, command: str, *arguments: str) -> Run:
        """Run one of Ansible's commands."""
        self._runs += 1
        record = self.path / f"events-{self._runs}.jsonl"
        started = time.monotonic()
        process = subprocess.Popen(
            [str(self.core.bin / command), *arguments],
            cwd=self.path,
            env=self.environment(record),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        with process, self.watching(process.pid):
            lines, errors = _listen(process, started, self.longest)
        return _run_of(process.returncode, lines, errors, record, time.monotonic() - started)

    def environment(self, record: Path | None = None) -> dict[str, str]:
        """All that a command sees of the environment."""
        environment = {
            "PATH": os.pathsep.join([str(self.core.bin), "/usr/local/bin", "/usr/bin", "/bin"]),
            "HOME": str(self.home),
            "LANG": "C.UTF-8",
            "ANSIBLE_CONFIG": str(self.path / "ansible.cfg"),
            "ANSIBLE_COLLECTIONS_PATH": os.environ.get("ANSIBLE_COLLECTIONS_PATH") or str(link()),
            "ANSIBLE_CALLBACK_PLUGINS": str(HERE / "callbacks"),
            "ANSIBLE_CALLBACKS_ENABLED": "recorder",
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
            "ANSIBLE_NOCOLOR": "true",
            # Without it, Ansible writes to the real home of the user, whatever HOME says
            "ANSIBLE_REMOTE_TEMP": str(self.path / "tmp" / "remote"),
            "ALIBABA_CLOUD_ECS_METADATA_DISABLED": "true",
            **MEASURED,
        }
        if record is not None:
            environment["CONSOLE_RECORDER"] = str(record)
        return {**environment, **self.environ}


def _listen(process: subprocess.Popen[bytes], started: float, longest: float) -> tuple[list[Line], list[Line]]:
    """Read both streams to their ends, in two threads; end the run, and only it, when it takes too long."""
    lines: list[Line] = []
    errors: list[Line] = []

    def hear(stream: IO[bytes], heard: list[Line]) -> None:
        heard.extend(Line(time.monotonic() - started, line.decode(errors="replace").rstrip("\n")) for line in stream)

    if process.stdout is None or process.stderr is None:
        raise RuntimeError("no pipes")
    threads = [
        threading.Thread(target=hear, args=(process.stdout, lines)),
        threading.Thread(target=hear, args=(process.stderr, errors)),
    ]
    for thread in threads:
        thread.start()
    try:
        process.wait(longest)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        raise
    finally:
        for thread in threads:
            thread.join(5)
    return lines, errors


def _run_of(rc: int, lines: Sequence[Line], errors: Sequence[Line], record: Path, seconds: float) -> Run:
    rows = [json.loads(line) for line in record.read_text(encoding="utf-8").splitlines()] if record.exists() else []
    for row in (one for one in rows if one["event"] not in ("play", "skipped", "stats")):
        failed = row["event"] in ("failed", "ignored", "unreachable")
        documented_results.check(row["action"], row["result"], failed=failed)
    stats: Mapping[str, Any] = next((row for row in rows if row["event"] == "stats"), {})
    return Run(
        rc=rc,
        lines=tuple(lines),
        errors=tuple(errors),
        events=tuple(Event(**row) for row in rows if row["event"] != "stats"),
        recap=dict(stats.get("hosts", {})),
        custom=dict(stats.get("custom", {})),
        seconds=seconds,
    )


def hashed(secret: str) -> str:
    """Return what Ansible's filter ``hash('sha256')`` makes of a secret: ansible-core 2.22 masks that itself."""
    return hashlib.sha256(secret.encode()).hexdigest()


def in_force_or_waiting(cloud: Emulator) -> dict[str, str]:
    """Return for each instance id the password that the last change set, be it in force or not yet."""
    return {one["instance_id"]: one["waiting"] or one["in_force"] for one in cloud.instances()}


def writes(cloud: Emulator) -> int:
    """How many writes the cloud has seen, refused ones too."""
    counters = cloud.counters()
    return counters["writes"] + counters["refused_writes"]


def contents(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Return mode and bytes of each file below a folder."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {str(path.relative_to(folder)): (path.stat().st_mode & 0o777, path.read_bytes()) for path in files}
