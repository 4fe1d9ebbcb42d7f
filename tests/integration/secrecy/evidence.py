# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""All that is left of runs and all that was seen of them, by channel, and what of it is a secret."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from tests.integration.playbook_runs import Room, Run
from tests.integration.secrecy.process_watcher import Watcher
from tests.integration.secret_scan import files_below, leaks

SPIES = Path(__file__).resolve().parent / "spies"
CHANNELS = (
    "stdout",
    "stderr",
    "callbacks",
    "stats",
    "log",
    "syslog",
    "logging",
    "facts",
    "home",
    "ledger",
    "reports",
    "left",
    "files",
    "cmdline",
    "environ",
)
# What must not be seen although no list of secrets has it: signatures, headers with tokens, URLs of requests.
SIGNED = re.compile(
    rb"(?i)(?:signature(?:=|%3D)[0-9a-z%+/]{16}|x-(?:auth|subject|acs-security|security)-token\W{1,5}[\w%+/-]{16}"
    rb"|(?:127\.0\.0\.1|localhost):\d+(?:/[\w./-]*)?\?\w+(?:=|%3D))"
)

Places = dict[str, bytes]
Evidence = dict[str, Places]


def talk(room: Room, temporary: Path) -> Watcher:
    """Let everything be said, logged and kept, and watch the runs; their temporary files go to a folder."""
    for name in ("logs", "facts"):
        (room.path / name).mkdir(exist_ok=True)
    room.environ |= {
        "ANSIBLE_INJECT_INVOCATION": "true",
        "ANSIBLE_DISPLAY_ARGS_TO_STDOUT": "true",
        "ANSIBLE_DISPLAY_TRACEBACK": "always",
        "ANSIBLE_LOG_PATH": str(room.path / "logs" / "ansible.log"),
        "ANSIBLE_CACHE_PLUGIN": "ansible.builtin.jsonfile",
        "ANSIBLE_CACHE_PLUGIN_CONNECTION": str(room.path / "facts"),
        "CONSOLE_SYSLOG": str(room.path / "logs" / "syslog"),
        "CONSOLE_LOGGING": str(room.path / "logs" / "logging"),
        # Without it, a file with the options of a module stands on its host while it runs, see test_files.py
        "ANSIBLE_PIPELINING": "true",
        "PYTHONPATH": str(SPIES),
        "TMPDIR": str(temporary),
    }
    watcher = Watcher(temporary, room.path / "tmp", room.home / ".ansible")
    room.watching = watcher.of
    return watcher


def gather(room: Room, watcher: Watcher, *runs: Run) -> Evidence:
    """Return what there is, by channel."""
    logs, reports = room.path / "logs", room.reports
    found: Evidence = {channel: {} for channel in CHANNELS}
    for number, run in enumerate(runs):
        found["stdout"][f"stdout {number}"] = run.stdout.encode()
        found["stderr"][f"stderr {number}"] = run.stderr.encode()
        found["stats"][f"stats {number}"] = json.dumps([run.custom, run.recap]).encode()
    found["callbacks"] = {path.name: path.read_bytes() for path in room.path.glob("events-*.jsonl")}
    for channel in ("log", "syslog", "logging"):
        path = logs / ("ansible.log" if channel == "log" else channel)
        found[channel] = {path.name: path.read_bytes()} if path.exists() else {}
    found["facts"] = files_below(room.path / "facts")
    found["ledger"] = files_below(room.ledger.parent)
    found["reports"] = files_below(reports)
    found["home"] = {name: text for name, text in files_below(room.home).items() if str(reports) not in name}
    found["left"] = files_below(*watcher.folders[:2])
    return found | {kind: dict(places) for kind, places in watcher.seen.items()}


def known(room: Room, *more: str) -> set[str]:
    """Return every secret there is; the passwords of instances that never got one are empty."""
    passwords = {row["password"] for row in room.cloud.received()}
    keys = {str(host.get("console_access_key_secret", "")) for host in room.hosts.values()}
    return {*room.cloud.secrets(), *passwords, *keys, room.ledger_key, *more} - {""}


def found_in(evidence: Mapping[str, Places], secrets: Iterable[str]) -> dict[str, list[str]]:
    """Return the channels and places of each secret, and of everything that was signed."""
    places = {f"{channel}: {name}": text for channel, rows in evidence.items() for name, text in rows.items()}
    found = leaks(places, secrets)
    if signed := [f"{name}: {hit[0]!r}" for name, text in places.items() if (hit := SIGNED.search(text))]:
        found["something signed"] = signed
    return found


def counted(evidence: Mapping[str, Places]) -> str:
    """One line for people: how many places and bytes of each channel were looked through."""
    return ", ".join(
        f"{channel} {len(rows)}/{sum(map(len, rows.values()))}" for channel, rows in evidence.items() if rows
    )
