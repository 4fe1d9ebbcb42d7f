# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Wraps the ledger and the client of this process, and kills it (or breaks the ledger) at one labelled step.

Installed from outside: by a callback plugin in ansible-playbook, whose workers inherit it, and by runner.py.
"""

from __future__ import annotations

import functools
import os
import signal
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from ansible_collections.cloudops.console.plugins.module_utils import _http
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.record import InstanceKey, Record
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.sqlite import ledger as sqlite
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.sqlite import schema
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.sqlite.errors import as_ledger_error
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.vault.ledger import VaultLedger
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.report import writer

from tests.faults.points import FAILURES, FREEZE, Strike, from_environment, leave_mark

SET = "ModifyInstanceVncPasswd"
_SAYS = {
    "full": "database or disk is full",
    "readonly": "attempt to write a readonly database",
    "broken": "disk I/O error",
    "lost-answer": "disk I/O error",
}


class KillSwitch:
    """Counts how often each point is reached and strikes once; a broken ledger stays broken."""

    def __init__(self, strike: Strike, home: int) -> None:
        self.strike = strike
        self.home = home
        self.turns: Counter[str] = Counter()
        self.broken = False
        self.labels: dict[tuple[InstanceKey, int], str] = {}
        self.lock = threading.Lock()

    def reach(self, point: str) -> None:
        with self.lock:
            self.turns[point] += 1
            if point != self.strike.point or self.turns[point] != self.strike.turn:
                return
            leave_mark(self.strike)
        if self.strike.how in FAILURES:
            self.broken = True
        else:
            self.kill()

    def kill(self) -> None:
        """Kill the parent first: it must not see its worker die when both die at once."""
        me = os.getpid()
        if self.strike.how == FREEZE:
            os.kill(me, signal.SIGSTOP)
            time.sleep(0.1)  # the whole process stops a moment later than this thread says so
            return
        if me != self.home and self.strike.how in ("whole", "parent"):
            os.kill(self.home, signal.SIGKILL)
        if me == self.home or self.strike.how in ("whole", "worker"):
            os.kill(me, signal.SIGKILL)

    def fail(self) -> None:
        if self.broken and self.strike.how != "lost-answer":
            raise sqlite3.OperationalError(_SAYS[self.strike.how])

    def lose_answer(self) -> None:
        """Once: the commit is on the disk, and its writer hears of an error."""
        if self.broken and self.strike.how == "lost-answer":
            self.broken = False
            raise sqlite3.OperationalError(_SAYS[self.strike.how])


def label_of(record: Record) -> str:
    if record.pending is not None and record.pending.in_flight:
        return "stage"
    return "promote" if record.pending is None and record.last_outcome in ("rotated", "resumed") else "settle"


def install() -> None:
    """Do what CONSOLE_FAULTS_STRIKE says; nothing without it."""
    strike = from_environment()
    if strike is None:
        return
    switch = KillSwitch(strike, os.getpid())
    _wrap_ledger(switch)
    _wrap_server_ledger(switch)
    _wrap_opening(switch)
    _wrap_client(switch)
    _wrap_reports(switch)


def _wrap_ledger(switch: KillSwitch) -> None:
    ledger: Any = sqlite.SqliteLedger
    swap, commit, store, close = ledger.swap, ledger._commit, ledger._store, ledger.close

    async def new_swap(self: Any, key: InstanceKey, record: Record) -> None:
        switch.labels[key, record.version] = label_of(record)
        await swap(self, key, record)

    def new_commit(self: Any, batch: Sequence[Any]) -> Any:
        labels = {switch.labels[each.key, each.record.version] for each in batch}
        for label in sorted(labels):
            switch.reach(f"{label}:before")
        with as_ledger_error(self._path):
            switch.fail()
            stored = commit(self, batch)
            for label in sorted(labels):
                switch.reach(f"{label}:after")
            switch.lose_answer()
        return stored

    def new_store(self: Any, rows: Sequence[Any]) -> None:
        store(self, rows)
        for *key, version, _sealed in rows:
            switch.reach(f"{switch.labels[InstanceKey(*key), version]}:within")

    async def new_close(self: Any) -> None:
        switch.reach("close:before")
        await close(self)

    ledger.swap, ledger._commit, ledger._store, ledger.close = new_swap, new_commit, new_store, new_close


def _wrap_server_ledger(switch: KillSwitch) -> None:
    """Of a ledger on a server only what is before and after each write can be told apart."""
    ledger: Any = VaultLedger
    swap, close = ledger.swap, ledger.close

    async def new_swap(self: Any, key: InstanceKey, record: Record) -> None:
        label = label_of(record)
        switch.reach(f"{label}:before")
        await swap(self, key, record)
        switch.reach(f"{label}:after")

    async def new_close(self: Any) -> None:
        switch.reach("close:before")
        await close(self)

    ledger.swap, ledger.close = new_swap, new_close


def _wrap_opening(switch: KillSwitch) -> None:
    create: Callable[..., None] = schema.create

    def new_create(connection: sqlite3.Connection, lock: Any) -> None:
        switch.reach("create:before")
        create(connection, lock)
        switch.reach("create:within")

    vars(schema)["create"] = new_create


def _wrap_client(switch: KillSwitch) -> None:
    client: Any = _http.Client
    send: Callable[..., Awaitable[_http.Response]] = client.send

    async def new_send(self: Any, request: _http.Request) -> _http.Response:
        point = "call" if request.headers.get("x-acs-action") == SET else "describe"
        switch.reach(f"{point}:before")
        answer = await send(self, request)
        switch.reach(f"{point}:after")
        return answer

    client.send = new_send


def _wrap_reports(switch: KillSwitch) -> None:
    module = vars(writer)
    write = module["write_private_parts"]

    @functools.wraps(write)
    def new_write(path: Any, parts: Any) -> None:
        switch.reach("report:before")
        write(path, parts)
        switch.reach("report:within")

    module["write_private_parts"] = new_write
