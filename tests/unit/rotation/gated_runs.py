# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cloud of one instance, a ledger file and the gates between them and a run: the holder of a gate decides.

A run stops at each call of the cloud and of the ledger, before it, until the test says how the call is to end. So a
test can interleave several runs, lose answers, let requests arrive late, and kill a run at any point.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import typing as t
from collections.abc import Iterable
from pathlib import Path

from ansible.parsing.vault import VaultSecret
from ansible_collections.cloudops.console.plugins.module_utils._alibaba.facts import FACTS
from ansible_collections.cloudops.console.plugins.module_utils._errors import (
    ConsoleError,
    PermissionDenied,
    Throttled,
    TimedOut,
    WrongState,
)
from ansible_collections.cloudops.console.plugins.module_utils._http import Client, Policy, Trust
from ansible_collections.cloudops.console.plugins.module_utils._models import Acknowledgement, Instance
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.encryption import VaultSecrets
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.record import EMPTY, InstanceKey, Record
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.sqlite.ledger import open_sqlite
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.sqlite.rekeying import rekey
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.store import Ledger
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.operations import Operation
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.result import FleetResult

from tests.unit.ledgers_and_runs import KEY
from tests.unit.one_instance_cloud import Cloud, Sent

POLICY = Policy(timeout=15.0, retries=3)


class Lock(VaultSecrets):
    """A vault secret. What it opened once it need not open again, because that is slow by intent."""

    _opened: t.ClassVar[dict[tuple[str, bytes], bytes]] = {}

    def __init__(self, secret: str) -> None:
        super().__init__([("default", VaultSecret(secret.encode()))], "the vault secret 'default'")
        self._name = secret

    def unwrap(self, vault_text: bytes, where: str) -> bytes:
        known = (self._name, vault_text)
        if known not in self._opened:
            self._opened[known] = super().unwrap(vault_text, where)
        return self._opened[known]


def change_key(path: Path, old: str, new: str) -> None:
    """Give the ledger another vault secret, and its records another data key."""
    rekey(path, Lock(old), Lock(new))


class Killed(BaseException):
    """Ends a run where it stands, as a signal would: nothing catches it."""


class Run:
    """One run: where it stands, and how its next call ends.

    :param look: the record as another process reads it now.
    """

    def __init__(
        self, cloud: Cloud, path: Path, secret: str, moved: asyncio.Event, look: t.Callable[[], Record]
    ) -> None:
        self.cloud, self.look = cloud, look
        self.gate = ""
        self.operation: Operation = "rotate"
        self.sent: Sent | None = None
        self.acknowledged: list[str] = []
        self.writes = 0
        self.task: asyncio.Task[FleetResult] | None = None
        self._ledger = open_sqlite(path, Lock(secret), read_only=False)
        self._moved = moved
        self._answer: asyncio.Future[str] | None = None
        self.ledger = Gated(self._ledger, self)

    @property
    def busy(self) -> bool:
        """Whether it is neither at a gate nor at its end."""
        return self.task is not None and not self.task.done() and not self.gate

    async def stop_at(self, gate: str) -> str:
        """Wait to be told how the call ends."""
        self._answer = asyncio.get_running_loop().create_future()
        self.gate = gate
        self._moved.set()
        how = await self._answer
        self.gate = ""
        return how

    def go_on(self, how: str) -> None:
        assert self._answer is not None
        self.gate = ""
        self._answer.set_result(how)

    async def close(self) -> None:
        await self._ledger.close()


class Gated:
    """The real ledger behind a gate. fail: nothing is done. lost: it is done, and the answer is lost."""

    def __init__(self, real: Ledger, run: Run) -> None:
        self._real, self._run = real, run
        self.where = real.where

    async def read(self, keys: Iterable[InstanceKey], /) -> dict[InstanceKey, Record]:
        if await self._run.stop_at("read") == "fail":
            raise _no_ledger()
        return await self._real.read(keys)

    async def swap(self, key: InstanceKey, record: Record, /) -> None:
        how = await self._run.stop_at("swap")
        if how == "fail":
            raise _no_ledger()
        if how == "kill":
            raise Killed
        await self._real.swap(key, record)
        if how == "lost":
            raise _no_ledger()
        if how == "kill after":
            raise Killed

    async def close(self) -> None: ...


def _no_ledger() -> ConsoleError:
    return TimedOut("the ledger does not answer", code="Ledger.Unavailable", advice="See to it.")


_ERRORS: dict[str, t.Callable[[], ConsoleError]] = {
    "malformed": lambda: ConsoleError("bad form", code="IncorrectVncPassword.Malformed", status=400),
    "forbidden": lambda: PermissionDenied("no", code="Forbidden.RAM", status=403),
    "not ready": lambda: WrongState("starting", code="InstanceNotReady", status=403),
    "throttled": lambda: Throttled("slow down", code="Throttling", status=400, retryable=True),
    # an earlier try was lost, and the last one was refused
    "lost, then forbidden": lambda: PermissionDenied("no", code="Forbidden.RAM", status=403, ambiguous=True),
}


class Provider:
    """The cloud behind a gate, in the place of the real client."""

    facts, region, endpoint, trust, account = FACTS, KEY.region, "http://127.0.0.1:1", Trust(), "LTAI"

    def __init__(self, run: Run) -> None:
        self._run = run

    async def describe_instances(self, _client: Client, _ids: t.Sequence[str]) -> list[Instance]:
        if await self._run.stop_at("describe") == "fail":
            raise TimedOut("no answer", retryable=True)
        return [self._run.cloud.describe()]

    async def set_vnc_password(self, _client: Client, _instance_id: str, password: str) -> Acknowledgement:
        """I1: what is about to be sent is in the file as pending."""
        run, cloud = self._run, self._run.cloud
        pending = run.look().pending
        assert pending is not None, "I1: nothing is pending"
        assert pending.password == password, "I1: another password is pending"
        run.sent = Sent(password, cloud.now + dt.timedelta(seconds=POLICY.window))
        run.writes += 1
        how = await run.stop_at("set")
        sent, run.sent = run.sent, None
        if how in ("ok", "lost, then ok", "lost", "kill after"):
            cloud.apply(password)
        if how in ("late", "lost, then forbidden", "kill, late"):
            cloud.late.append(sent)
        if how.startswith("kill"):
            raise Killed
        if how in ("lost", "late", "nothing"):
            raise TimedOut("no answer", retryable=True, ambiguous=True)
        if how in _ERRORS:
            error = _ERRORS[how]()
            raise error
        if how == "lost, then ok":
            cloud.late.append(sent)
        run.acknowledged.append(password)
        return Acknowledgement("R-1", cloud.now, ambiguous=how == "lost, then ok")


ENDINGS = {
    # Most go well, so that stories get as far as the call that matters.
    "read": (*("ok",) * 20, "fail", "kill"),
    "describe": (*("ok",) * 20, "fail", "kill"),
    "swap": (*("ok",) * 10, "fail", "lost", "kill", "kill after"),
    "set": (
        *("ok", "ok", "lost, then ok", "lost", "late", "nothing", "kill", "kill after", "kill, late"),
        *("malformed", "forbidden", "not ready", "throttled", "lost, then forbidden"),
    ),
}
# How a request ends whose time is over.
OVERDUE = ("nothing", "kill")


def reader(path: Path, secret: str) -> Record:
    """The record as another process reads it, with its own connection."""

    async def read() -> Record:
        ledger = open_sqlite(path, Lock(secret), read_only=True)
        try:
            return (await ledger.read([KEY])).get(KEY, EMPTY)
        finally:
            await ledger.close()

    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(read())
    finally:
        loop.close()
