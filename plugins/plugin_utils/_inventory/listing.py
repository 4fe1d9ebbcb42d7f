# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""Asks all sources and regions at once. One that fails ends the listing: an inventory is whole, or there is none."""

from __future__ import annotations

import asyncio
import dataclasses
import typing as t

from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError, UnexpectedAnswer
from ansible_collections.cloudops.console.plugins.module_utils._http import Client
from ansible_collections.cloudops.console.plugins.module_utils._models import Access, Instance, checked_instance_id
from ansible_collections.cloudops.console.plugins.module_utils._provider import Provider, open_provider
from ansible_collections.cloudops.console.plugins.module_utils._rate_limit import RateLimiter
from ansible_collections.cloudops.console.plugins.plugin_utils._inventory.sources import Source

# Regions that are asked at once with the same credentials. A cloud that locks a key after more than five refused
# signatures in a row must not do so because one file names ten regions.
AT_ONCE = 4


@dataclasses.dataclass(frozen=True)
class _Listing:
    """One region of one source."""

    source: Source
    access: Access
    provider: Provider


async def list_sources(sources: t.Sequence[Source]) -> list[list[Instance]]:
    """Return the instances of each source, in the order of its regions.

    :raises ConsoleError: a region could not be listed whole; its message names the source.
    """
    # All are opened before the first call: missing credentials are found without one
    listings = [_open(source, region) for source in sources for region in source.regions]
    turns: dict[Access, asyncio.Semaphore] = {}
    tasks = [asyncio.ensure_future(_list(one, turns.setdefault(_identity(one), _turns()))) for one in listings]
    try:
        found = await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    by_source: dict[int, list[Instance]] = {source.number: [] for source in sources}
    for listing, instances in zip(listings, found, strict=True):
        by_source[listing.source.number] += instances
    return list(by_source.values())


def _turns() -> asyncio.Semaphore:
    return asyncio.Semaphore(AT_ONCE)


def _identity(listing: _Listing) -> Access:
    """Whose credentials are used, in whatever region."""
    return dataclasses.replace(listing.access, region="", endpoint="", project_id="")


def _open(source: Source, region: str) -> _Listing:
    access = dataclasses.replace(source.access, region=region)
    try:
        return _Listing(source, access, open_provider(access, source.policy, RateLimiter()))
    except ConsoleError as error:
        raise _located(error, source) from None


async def _list(listing: _Listing, turns: asyncio.Semaphore) -> list[Instance]:
    source, provider = listing.source, listing.provider
    async with turns, Client(provider.trust, source.policy) as client:
        try:
            found = await provider.find_instances(client, source.tags)
            for instance in found:
                _check_id(instance)
        except ConsoleError as error:
            raise _located(error, source) from None
    return [instance for instance in found if not source.statuses or instance.status in source.statuses]


def _check_id(instance: Instance) -> None:
    try:
        checked_instance_id(instance.instance_id)
    except ConsoleError:
        raise UnexpectedAnswer(
            "the answer has an instance id with characters that no instance id has",
            advice="Check O(endpoint) and any proxy on the way to it.",
        ).while_doing("listing the instances") from None


def _located(error: ConsoleError, source: Source) -> ConsoleError:
    error.doing = f"{source.label}: {error.doing}" if error.doing else source.label
    return error
