# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ledgers that cannot be used: each says so with the next step, and the cloud is not called at all.

A full disk and a read-only one are made in a mount namespace of the run's own, so nothing of it is left behind; where
this user may not do that, a limit on the size of files and the modes of a folder take their places.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.emulator.client import Emulator
from tests.integration.playbook_runs import ROTATION, Core, Room, contents

# Mounts are private to the command and its children.
NAMESPACE = ("unshare", "--mount", "--propagation", "private")


def can_mount() -> bool:
    if shutil.which("unshare") is None:
        return False
    probe = [*NAMESPACE, "sh", "-c", "mount -t tmpfs -o size=64k none /mnt"]
    return subprocess.run(probe, capture_output=True, check=False).returncode == 0


needs_mount = pytest.mark.skipif(not can_mount(), reason="this user may not mount anything, even for itself")


def behind(room: Room, script: str) -> None:
    """Let the room's commands run behind a shell script; it ends with a call of "$@"."""
    real = room.core.bin / "ansible-playbook"
    wrapper = room.write("wrapped/ansible-playbook", f'#!/bin/sh\nset -- {real} "$@"\n{script}\n')
    wrapper.chmod(0o755)
    room.core = Core(room.core.name, wrapper.parent)


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Hold the write lock."""
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.execute("BEGIN IMMEDIATE")
        yield
    finally:
        connection.close()


def mounted(room: Room, mount: str) -> None:
    """Let the room's commands see a mount that nothing else sees."""
    script = room.write("mount.sh", f'{mount} || exit 90\nexec "$@"\n')
    behind(room, f'exec {" ".join(NAMESPACE)} sh {script} "$@"')


def sql(*statements: str) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        connection = sqlite3.connect(path, isolation_level=None)
        try:
            for statement in statements:
                connection.execute(statement)
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            connection.close()

    return change


def overwrite(content: bytes) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        path.write_bytes(content)

    return change


def zeroed(path: Path) -> None:
    """Lose all pages but the first one."""
    content = path.read_bytes()
    path.write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))


def made_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


DAMAGES: dict[str, tuple[Callable[[Path], None], str, str]] = {
    "text": (overwrite(b"these are no passwords\n" * 300), "Ledger.Corrupt", "is not a ledger"),
    "bytes": (overwrite(bytes(range(256)) * 64), "Ledger.Corrupt", "is not a ledger"),
    "pages": (zeroed, "Ledger.Corrupt", "backup"),
    "record": (sql("UPDATE records SET sealed = zeroblob(300)"), "Ledger.Corrupt", "backup"),
    "moved": (sql("UPDATE records SET version = version + 1"), "Ledger.Corrupt", "backup"),
    "schema": (sql("PRAGMA user_version = 99"), "Ledger.TooNew", "Upgrade cloudops.console"),
    "program": (sql("PRAGMA application_id = 7"), "Ledger.Corrupt", "another program"),
    "folder": (made_folder, "Ledger.", "folder.db"),
}


@pytest.mark.full
@pytest.mark.slow
def test_ledgers_that_cannot_be_used(room: Room, cloud: Emulator) -> None:
    """One after the other in one run, each for real and in check mode; the locked one takes ten seconds."""
    room.keep("web-0001")
    assert room.rotate().rc == 0
    cases: dict[str, tuple[dict[str, str], str, str]] = {}
    for name, (damage, code, word) in DAMAGES.items():
        path = room.path / "damaged" / f"{name}.db"
        path.parent.mkdir(exist_ok=True)
        shutil.copy(room.ledger, path)
        damage(path)
        cases[name] = ({"ledger": f"sqlite://{path}", "ledger_key": room.ledger_key}, code, word)
    address, whole = f"sqlite://{room.ledger}", room.path / "damaged" / "whole.db"
    shutil.copy(room.ledger, whole)
    foreign = {"ledger": f"sqlite://{whole}", "ledger_key": "another-key"}
    cases["another key"] = (foreign, "Ledger.WrongKey", "another key")
    cases["no key"] = ({"ledger": address}, "Ledger.NoKey", "--vault-password-file")
    nowhere = {"ledger": "sqlite:///proc/1/nowhere/ledger.db", "ledger_key": room.ledger_key}
    cases["nowhere"] = (nowhere, "", "/proc/1/nowhere/ledger.db")
    locked = {"ledger": address, "ledger_key": room.ledger_key}
    cases["locked"] = (locked, "Ledger.Locked", "process holds the lock")
    tasks = [
        {
            "name": f"{name} {kind}",
            ROTATION: {**options, "force": True},
            "ignore_errors": True,
            "check_mode": kind == "dry",
        }
        for name, (options, _code, _word) in cases.items()
        for kind in ("real", "dry")
        # Without writing, a lock does not matter, and a ledger that is not there is an empty one.
        if kind == "real" or name not in ("locked", "nowhere")
    ]
    cloud.clear()
    before, damaged = contents(room.ledger.parent), contents(room.path / "damaged")
    with held(room.ledger):
        play = json.dumps([{"hosts": "all", "gather_facts": False, "run_once": True, "tasks": tasks}])
        run = room.play(play)
    wrong = []
    for name, (_options, code, word) in cases.items():
        for event in [*run.of(f"{name} real"), *run.of(f"{name} dry")]:
            failure, message = event.result.get("failure") or {}, str(event.result.get("msg"))
            if (
                event.event != "ignored"
                or not (failure.get("code") or "").startswith(code or "Ledger.")
                or word not in message
            ):
                wrong.append(f"{event.task}: {event.event}, {failure.get('code')}: {message}")
    assert not wrong, "\n".join(wrong)
    assert len(run.of(ROTATION)) == len(tasks)
    assert cloud.counters()["calls"] == 0
    after, damaged_after = contents(room.ledger.parent), contents(room.path / "damaged")
    assert after["ledger.db"] == before["ledger.db"]
    assert {name: damaged_after.get(name) for name in damaged} == damaged
    assert not [name for name in {*after, *damaged_after} if "room" in name]


def test_the_whole_playbook_without_a_key(room: Room, cloud: Emulator) -> None:
    """The first thing that a new user meets: it stops before any call and says how to make a key."""
    del room.variables["vnc_rotation_ledger_key"]
    run = room.rotate()
    assert run.rc == 2
    assert run.rotation["failure"]["code"] == "Ledger.NoKey"
    assert "openssl rand" in run.rotation["msg"]
    assert "vnc_rotation_ledger_key" in run.rotation["msg"]
    assert cloud.counters()["calls"] == 0
    assert not room.ledger.exists()


def mended(room: Room, core: Core, cloud: Emulator, **wishes: Any) -> None:
    """With the disk as it should be, the same command does all."""
    room.core = core
    again = room.rotate(**wishes)
    assert again.rc == 0
    assert set(again.outcomes.values()) == {"rotated"}
    assert len(cloud.received()) == len(room.hosts)


def test_files_of_a_limited_size(room: Room, cloud: Emulator) -> None:
    core = room.core
    behind(room, 'ulimit -f 128\nexec "$@"')
    run = room.rotate()
    assert run.rc == 2
    assert run.rotation["failure"]["code"] in ("Ledger.Full", "Ledger.Unavailable")
    assert str(room.ledger) in run.rotation["msg"]
    assert cloud.counters()["calls"] == 0
    mended(room, core, cloud)


@needs_mount
def test_a_disk_that_is_full(room: Room, cloud: Emulator) -> None:
    room.ledger.parent.mkdir()
    core = room.core
    mounted(room, f"mount -t tmpfs -o size=64k none {room.ledger.parent}")
    run = room.rotate()
    assert run.rc == 2
    assert run.rotation["failure"]["code"] == "Ledger.Full"
    assert "Free some space" in run.rotation["msg"]
    assert cloud.counters()["calls"] == 0
    mended(room, core, cloud)


FILL = """
mount -t tmpfs -o size=1024k none {folder} || exit 90
fill() {{
    while [ "$(stat -c %s {folder}/ledger.db-wal 2>/dev/null || echo 0)" -lt 20000 ]; do sleep 0.01; done
    dd if=/dev/zero of={folder}/ballast bs=4k 2>/dev/null
}}
fill & filler=$!
"$@"; rc=$?
kill $filler 2>/dev/null; wait $filler
rm {folder}/ballast
cp -r {folder} {saved}
exit $rc
"""


@needs_mount
@pytest.mark.full
def test_a_disk_that_fills_while_it_works(room: Room, cloud: Emulator) -> None:
    """Nothing new is sent without the ledger; what was sent is in it; the next run repairs the rest (I9)."""
    room.ledger.parent.mkdir()
    saved, core = room.path / "saved", room.core
    room.write("fill.sh", FILL.format(folder=room.ledger.parent, saved=saved))
    behind(room, f'exec {" ".join(NAMESPACE)} sh {room.path}/fill.sh "$@"')
    cloud.configure(latency=0.1)
    run = room.rotate(canary=0, concurrency=1, max_failures="100%")
    assert run.rc == 2
    counts = run.rotation["summary"]
    assert counts["rotated"] + counts["acknowledged"] == len(cloud.received())
    assert counts["rotated"] > 0
    assert counts["not_attempted"] > 0
    assert "Ledger.Full" in {(each["failure"] or {}).get("code") for each in run.rotation["problems"].values()}
    assert "ledger" in run.rotation["stopped"]

    room.core = core
    shutil.copytree(saved, room.ledger.parent, dirs_exist_ok=True)
    sent = {row["instance_id"]: row["password"] for row in cloud.received()}
    again = room.rotate()
    assert again.rc == 0
    assert again.rotation["summary"]["fresh"] == counts["rotated"]
    assert again.rotation["summary"]["resumed"] >= counts["acknowledged"]
    repeated = [row for row in cloud.received()[len(sent) :] if row["instance_id"] in sent]
    assert len(repeated) == counts["acknowledged"]
    assert all(row["password"] == sent[row["instance_id"]] for row in repeated)


READ = """
- hosts: all
  gather_facts: false
  tasks:
    - name: rotation
      cloudops.console.vnc_password_rotation:
        ledger: "{{ vnc_rotation_ledger }}"
        ledger_key: "{{ vnc_rotation_ledger_key }}"
        force: true
      run_once: true
      ignore_errors: true
      check_mode: "{{ dry }}"
    - name: lookup
      ansible.builtin.debug:
        msg: "{{ lookup('cloudops.console.vnc_password', 'web-0001') }}"
      run_once: true
"""


@needs_mount
def test_a_disk_that_is_read_only(room: Room, cloud: Emulator) -> None:
    """No call is made, and the error says what to do."""
    room.keep("web-0001")
    assert room.rotate().rc == 0
    cloud.clear()
    core, sent = room.core, len(cloud.received())
    read_only(room)
    run = room.rotate(force=True)
    assert run.rc == 2
    assert run.rotation["failure"]["code"] == "Ledger.ReadOnly"
    assert "writable for this user" in run.rotation["msg"]
    assert cloud.counters()["calls"] == 0
    room.core = core
    assert room.rotate(force=True).outcomes == {"web-0001": "rotated"}
    assert len(cloud.received()) == sent + 1


@needs_mount
def test_a_disk_that_is_read_only_can_be_read(room: Room, cloud: Emulator) -> None:
    """The lookup and the dry run write nothing, so they work there too."""
    room.keep("web-0001")
    assert room.rotate().rc == 0
    read_only(room)
    dry = room.play(READ, dry=True)
    assert dry.one("rotation").get("hosts") == {"web-0001": {"outcome": "rotated", "reboot": "none"}}
    assert dry.one("lookup").get("msg") == cloud.received()[0]["password"]


def read_only(room: Room) -> None:
    """Mount the ledger's folder so, for all further runs of the room."""
    folder = room.ledger.parent
    mounted(room, f"mount --bind {folder} {folder} && mount -o remount,ro,bind {folder}")


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_folder_of_somebody_else(room: Room, cloud: Emulator) -> None:
    room.ledger.parent.mkdir(mode=0o500)
    run = room.rotate()
    assert run.rotation["failure"]["code"] == "Ledger.ReadOnly"
    assert cloud.counters()["calls"] == 0


def test_reading_leaves_nothing_behind(room: Room, cloud: Emulator) -> None:
    """Dry run and lookup of a ledger that there is: no file of the folder is made, changed or touched."""
    room.keep("web-0001")
    assert room.rotate().rc == 0
    cloud.configure(refuse_writes=True)
    before = contents(room.ledger.parent)
    modified = room.ledger.stat().st_mtime_ns
    run = room.play(READ, dry=True)
    assert run.rc == 0
    assert room.ledger.stat().st_mtime_ns == modified
    assert cloud.counters()["refused_writes"] == 0
    assert contents(room.ledger.parent) == before


@pytest.mark.full
@pytest.mark.slow
def test_a_ledger_that_is_held_is_not_read_from_its_past(room: Room, cloud: Emulator) -> None:
    """Another program holds it alone, with a change that only its journal has: the lookup waits, then says so."""
    room.keep("web-0001")
    assert room.rotate().rc == 0
    holder = sqlite3.connect(room.ledger, isolation_level=None)
    try:
        holder.execute("PRAGMA locking_mode = EXCLUSIVE")
        holder.execute("UPDATE records SET sealed = zeroblob(1)")
        run = room.play(READ, dry=True)
    finally:
        holder.close()
    password = cloud.received()[0]["password"]
    assert run.rc == 2
    assert run.one("rotation")["failure"]["code"] == "Ledger.Locked"
    assert run.one("lookup").get("msg") != password, "that is what the ledger held before"
    assert "Ledger.Locked" in run.one("lookup")["msg"]
