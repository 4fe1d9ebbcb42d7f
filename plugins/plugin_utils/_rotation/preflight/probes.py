# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""Asks the clouds what can be asked without changing anything.

First each endpoint once, without credentials, so that a network that does not work is not taken for a key that does
not; then each account for its instances; then, where an instance is running, for a restart that is not carried out.
"""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
import typing as t
from dataclasses import dataclass

from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.module_utils._http import Request
from ansible_collections.cloudops.console.plugins.module_utils._models import Instance
from ansible_collections.cloudops.console.plugins.module_utils._provider import Restarts
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.accounts import Account, Accounts
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.progress import LOOKING, Progress, Say
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.run import Seen, observe
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.targets import Target

# Calls to endpoints, and dry runs, under way at once.
_AT_ONCE = 16

Item = t.TypeVar("Item")
Found = t.TypeVar("Found")


@dataclass(frozen=True)
class Probe:
    """What one endpoint says to a request that asks for nothing.

    :param error: why there was no answer, None where there was one.
    :param ahead: seconds by which this machine's clock is ahead of the endpoint's, None where it does not say.
    """

    endpoint: str
    error: ConsoleError | None = None
    ahead: float | None = None


@dataclass(frozen=True)
class DryRun:
    """A restart that was asked for and not carried out; error is None where it would have been."""

    instance_id: str
    error: ConsoleError | None = None


@dataclass(frozen=True)
class Area:
    """The instances of one account in one region, and what is known of them.

    :param opened: the account, or why it cannot be used.
    :param seen: what the cloud says of each target; empty where it was not asked.
    :param dry_run: None where no restart could be tried.
    """

    targets: tuple[Target, ...]
    opened: Account | ConsoleError
    probe: Probe | None = None
    seen: tuple[Seen, ...] = ()
    dry_run: DryRun | None = None

    @property
    def is_reached(self) -> bool:
        """Whether its endpoint answers, so that it can be asked more."""
        return self.probe is not None and self.probe.error is None

    @property
    def hosts(self) -> tuple[str, ...]:
        """The inventory's names of its instances."""
        return tuple(name for target in self.targets for name in target.names)

    @property
    def region(self) -> str:
        return self.targets[0].key.region


async def look(targets: t.Sequence[Target], accounts: Accounts, say: Say) -> list[Area]:
    """Ask for all targets.

    :raises ConsoleError: never; what went wrong is in the areas.
    """
    groups: dict[Account | ConsoleError, list[Target]] = {}
    for target in targets:
        groups.setdefault(accounts.of(target.access), []).append(target)
    areas = await _probed([Area(tuple(members), opened) for opened, members in groups.items()])
    asked = [target for area in areas if area.is_reached for target in area.targets]
    async with Progress(say, len(asked), "looked at ", LOOKING) as progress:
        seen = await observe(asked, accounts, progress)
    areas = [
        dataclasses.replace(area, seen=tuple(seen[target.key] for target in area.targets)) if area.is_reached else area
        for area in areas
    ]
    return await _each(areas, _with_dry_run)


async def _probed(areas: t.Sequence[Area]) -> list[Area]:
    """Ask each endpoint once, whatever number of areas has it."""
    accounts = {area.opened.provider.endpoint: area.opened for area in areas if isinstance(area.opened, Account)}
    probes = dict(zip(accounts, await _each(list(accounts.values()), _probe), strict=True))
    return [
        dataclasses.replace(area, probe=probes[area.opened.provider.endpoint])
        if isinstance(area.opened, Account)
        else area
        for area in areas
    ]


async def _probe(account: Account) -> Probe:
    """Send one request that names no operation and has no key: any answer, a refusal too, shows that there is a way."""
    endpoint = account.provider.endpoint
    try:
        async with account.call() as client:
            answer = await client.send(Request("GET", f"{endpoint}/", {"accept": "application/json"}))
    except ConsoleError as error:
        return Probe(endpoint, error)
    now = dt.datetime.now(dt.timezone.utc)
    return Probe(endpoint, ahead=(now - answer.date).total_seconds() if answer.date else None)


async def _with_dry_run(area: Area) -> Area:
    """Ask for a restart of the first running instance, if the cloud can be asked without carrying it out."""
    running = next((one for one in area.seen if isinstance(one, Instance) and one.status.lower() == "running"), None)
    account = area.opened
    if running is None or isinstance(account, ConsoleError) or not isinstance(account.provider, Restarts):
        return area
    error = None
    try:
        async with account.call() as client:
            await account.provider.restart(client, running.instance_id, force_stop=False, dry_run=True)
    except ConsoleError as refused:
        error = refused
    return dataclasses.replace(area, dry_run=DryRun(running.instance_id, error))


async def _each(items: t.Sequence[Item], work: t.Callable[[Item], t.Awaitable[Found]]) -> list[Found]:
    slots = asyncio.Semaphore(_AT_ONCE)

    async def one(item: Item) -> Found:
        async with slots:
            return await work(item)

    return list(await asyncio.gather(*(one(item) for item in items)))
