# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""What tests of one instance's attempt share: a ledger that does something at its writes, and looks at the outcome."""

from __future__ import annotations

import asyncio
import typing as t
from pathlib import Path

from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError, TimedOut
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.record import EMPTY, InstanceKey, Record
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.store import Ledger
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.accounts import Account, Accounts
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.plan import Decision
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.result import FleetResult, HostResult
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.run import RunOptions, rotate_fleet
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.targets import select

from tests.emulator.client import Emulator
from tests.emulator.fleet import InstanceData
from tests.unit.ledgers_and_runs import SET, key_of, opened, records_of, run

Found = t.TypeVar("Found")


class Wrapped:
    """A ledger that does something before or after each swap of the real one."""

    def __init__(self, real: Ledger, at_swap: t.Callable[[int], t.Awaitable[None]], *, after: bool = False) -> None:
        self._real, self._at_swap, self._after = real, at_swap, after
        self.where = real.where
        self.swaps = 0

    async def read(self, keys: t.Iterable[InstanceKey], /) -> dict[InstanceKey, Record]:
        return await self._real.read(keys)

    async def swap(self, key: InstanceKey, record: Record, /) -> None:
        self.swaps += 1
        number = self.swaps
        if not self._after:
            await self._at_swap(number)
        await self._real.swap(key, record)
        if self._after:
            await self._at_swap(number)

    async def close(self) -> None: ...


class Killed(BaseException):
    """Ends a run where it stands, as a signal would: nothing catches it."""


def lost() -> ConsoleError:
    return TimedOut("the ledger does not answer", code="Ledger.Unavailable", advice="See to it.")


async def run_wrapped(
    wanted: RunOptions, path: Path, at_swap: t.Callable[[int], t.Awaitable[None]], *, after: bool = False
) -> FleetResult:
    async with opened(path) as real:
        return await rotate_fleet(wanted, Wrapped(real, at_swap, after=after), lambda _line: None)


def only(result: FleetResult) -> HostResult:
    (host,) = result.hosts
    return host


def stored(path: Path, instance: InstanceData) -> Record:
    return asyncio.run(records_of(path, [key_of(instance)])).get(key_of(instance), EMPTY)


def passwords_sent(cloud: Emulator) -> list[str]:
    return [row["password"] for row in cloud.received()]


async def until(asked: t.Callable[[], Found]) -> Found:
    """Ask again and again until the answer is true, and return that."""
    while not (found := await asyncio.to_thread(asked)):  # noqa: ASYNC110 - the emulator has no event to wait for
        await asyncio.sleep(0.01)
    return found


def decision_of(wanted: RunOptions) -> tuple[Decision, Account]:
    """What a run would do with the only host of wanted, and where."""
    (target,) = select(wanted.hosts, wanted.defaults).targets
    scope = Accounts(wanted.policy, 0.0, 1).of(target.access)
    assert isinstance(scope, Account)
    return Decision(target, "rotated", EMPTY, acts=True), scope


def refused_in_between(cloud: Emulator, inner: RunOptions, ledger_path: Path) -> t.Callable[[int], t.Awaitable[None]]:
    """Have another run sent the same candidate and be refused, before the second write of the run that is wrapped."""

    async def overtake(number: int) -> None:
        if number == 2:
            fault = cloud.add_fault("error", action=SET, status=403, code="Forbidden.RAM")
            assert only(await run(inner, ledger_path)).outcome == "rejected"
            cloud.remove_fault(fault)

    return overtake
