# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""The accounts and regions of a run: connections and one rate limiter for each, however hosts name them."""

from __future__ import annotations

import asyncio
import contextlib
import typing as t
from dataclasses import dataclass, field

from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.module_utils._http import Client, Policy
from ansible_collections.cloudops.console.plugins.module_utils._models import Access
from ansible_collections.cloudops.console.plugins.module_utils._provider import Provider, open_provider
from ansible_collections.cloudops.console.plugins.module_utils._rate_limit import RateLimiter


@dataclass(frozen=True, eq=False)
class Account:
    """One account in one region.

    :param identity: what refused credentials concern: all regions of one access key or role, with this secret.
    """

    provider: Provider
    policy: Policy
    identity: str
    _calls: asyncio.Semaphore
    _idle: list[Client] = field(default_factory=list, repr=False)

    @contextlib.asynccontextmanager
    async def call(self) -> t.AsyncIterator[Client]:
        """Wait until one more call may be under way, and lend connections for it, used ones where there are some."""
        async with self._calls:
            client = self._idle.pop() if self._idle else Client(self.provider.trust, self.policy)
            try:
                yield client
            finally:
                self._idle.append(client)

    async def aclose(self) -> None:
        """Close all connections that were given back."""
        while self._idle:
            await self._idle.pop().aclose()


class Accounts:
    """Opens each account once, and closes its connections in the end.

    :param per_second: the most calls per second for each account and region; 0 sets no fixed limit.
    :param in_flight: the most calls under way at once for each account and region.
    """

    def __init__(self, policy: Policy, per_second: float, in_flight: int) -> None:
        self._policy = policy
        self._per_second = per_second
        self._in_flight = in_flight
        self._by_access: dict[Access, Account | ConsoleError] = {}
        self._limiters: dict[tuple[str, ...], RateLimiter] = {}

    async def __aenter__(self) -> Accounts:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        for account in self._by_access.values():
            if isinstance(account, Account):
                await account.aclose()

    def of(self, access: Access) -> Account | ConsoleError:
        """Return the account of access, or why there is none; nothing is sent."""
        if access not in self._by_access:
            try:
                self._by_access[access] = self._open(access)
            except ConsoleError as error:
                self._by_access[access] = error
        return self._by_access[access]

    def throttled(self) -> str:
        """Say which regions the cloud has throttled so far; empty for none."""
        limiters = self._limiters.items()
        regions = {region for (_account, region, _endpoint), one in limiters if one.times_throttled}
        return ", ".join(f"{region} throttles" for region in sorted(regions))

    def _open(self, access: Access) -> Account:
        """Hosts with other credentials are another account here, even for the same one; the quota they share."""
        limiter = RateLimiter(self._per_second, self._in_flight)
        provider = open_provider(access, self._policy, limiter)
        name = f"{access.provider}/{provider.account}"
        shared = self._limiters.setdefault((name, provider.region, provider.endpoint), limiter)
        if shared is not limiter:
            provider = open_provider(access, self._policy, shared)
        secret = hash((access.profile, access.access_key_id, access.access_key_secret, access.security_token))
        return Account(provider, self._policy, f"{name}/{secret}", asyncio.Semaphore(self._in_flight))
