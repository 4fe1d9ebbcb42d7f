# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""The accounts and regions of a run: one client and one rate limiter for each, whoever names them how."""

from __future__ import annotations

from dataclasses import dataclass, field

from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.module_utils._http import Client, Policy, Trust
from ansible_collections.cloudops.console.plugins.module_utils._models import Access
from ansible_collections.cloudops.console.plugins.module_utils._provider import Provider, open_provider
from ansible_collections.cloudops.console.plugins.module_utils._rate_limit import RateLimiter


@dataclass(frozen=True)
class Account:
    """One account in one region.

    :param account: what refused credentials concern: all regions of one access key or role, with this secret.
    """

    provider: Provider
    limiter: RateLimiter
    policy: Policy
    trust: Trust
    account: str
    _idle: list[Client] = field(default_factory=list, repr=False, compare=False)

    def take_client(self) -> Client:
        """Return connections for one call at a time, used ones where there are some; they are to be given back."""
        return self._idle.pop() if self._idle else Client(self.trust, self.policy)

    def give_back(self, client: Client) -> None:
        """Keep connections for the next call."""
        self._idle.append(client)

    async def aclose(self) -> None:
        """Close all connections that were given back."""
        while self._idle:
            await self._idle.pop().aclose()


class Accounts:
    """Opens each scope once, and closes its connections in the end.

    :param per_second: the most calls per second for each scope; 0 sets no fixed limit.
    :param in_flight: the most calls under way at once for each scope.
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
        for scope in self._by_access.values():
            if isinstance(scope, Account):
                await scope.aclose()

    def of(self, access: Access) -> Account | ConsoleError:
        """Return the scope of access, or why there is none; nothing is sent."""
        if access not in self._by_access:
            try:
                self._by_access[access] = self._open(access)
            except ConsoleError as error:
                self._by_access[access] = error
        return self._by_access[access]

    def throttled(self) -> list[str]:
        """Return the regions that the cloud has throttled so far."""
        limiters = self._limiters.items()
        return sorted({region for (_account, region, _endpoint), one in limiters if one.times_throttled})

    def _open(self, access: Access) -> Account:
        """Hosts with other credentials are another scope, even for the same account; the quota they share."""
        limiter = RateLimiter(self._per_second, self._in_flight)
        provider = open_provider(access, self._policy, limiter)
        account = f"{access.provider}/{provider.account}"
        shared = self._limiters.setdefault((account, provider.region, provider.endpoint), limiter)
        if shared is not limiter:
            limiter, provider = shared, open_provider(access, self._policy, shared)
        identity = hash((access.profile, access.access_key_id, access.access_key_secret, access.security_token))
        return Account(provider, limiter, self._policy, provider.trust, f"{account}/{identity}")
