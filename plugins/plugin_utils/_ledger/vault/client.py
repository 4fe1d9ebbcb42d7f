# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""Calls to the server of the ledger: many at once, each over a connection of its own, throttling waited out."""

from __future__ import annotations

import asyncio
import contextlib
import json
import typing as t

from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError, Throttled
from ansible_collections.cloudops.console.plugins.module_utils._http import (
    USER_AGENT,
    Client,
    Policy,
    Reply,
    Request,
    Response,
    Trust,
    call,
)
from ansible_collections.cloudops.console.plugins.module_utils._rate_limit import RateLimiter
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.errors import is_of_ledger, ledger_error
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.vault.login import VaultCredentials
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.vault.responses import Asked

# Calls under way at once; the server commits each write by itself, so more of them would only wait there.
IN_FLIGHT = 32

Read = t.TypeVar("Read")


class Transport:
    """Sends calls with their retries; knows no token but the one it is given."""

    def __init__(self, endpoint: str, login: VaultCredentials, policy: Policy) -> None:
        self._base = f"{endpoint}/v1/"
        self._policy = policy
        self._trust = Trust(ca_cert=login.ca_cert or None, source=login.ca_cert_source)
        self._headers = {"User-Agent": USER_AGENT, "X-Vault-Request": "true"}
        if login.namespace:
            self._headers["X-Vault-Namespace"] = login.namespace
        self._secrets = login.secrets
        self._limiter = RateLimiter(in_flight=IN_FLIGHT)
        self._slots = asyncio.Semaphore(IN_FLIGHT)
        self._idle: list[Client] = []
        self._open = contextlib.AsyncExitStack()

    async def call(
        self,
        method: str,
        path: str,
        read: t.Callable[[Response, Asked], Read],
        *,
        needs: str = "read",
        token: str = "",
        query: str = "",
        body: t.Mapping[str, t.Any] | None = None,
        repeatable: bool = True,
    ) -> Reply[Read]:
        """Send one call and return what read() makes of its answer.

        :param path: the API path without /v1/.
        :param needs: the capability that policies must grant for it.
        :raises ConsoleError: with a code ``Ledger.*``; ``ambiguous`` says whether it may have been carried out.
        """
        headers = {**self._headers, **({"X-Vault-Token": token} if token else {})}
        content = b"" if body is None else json.dumps(body).encode()
        if content:
            headers["Content-Type"] = "application/json"
        request = Request(method, f"{self._base}{path}{query}", headers, content)
        asked = Asked(path, needs, (*self._secrets, token))
        # A slot first: the time limit of a call counts from when it can be sent.
        async with self._slots, self._client() as client:
            try:
                return await call(
                    client,
                    lambda: request,
                    lambda answer: read(answer, asked),
                    policy=self._policy,
                    limiter=self._limiter,
                    repeatable=repeatable,
                )
            except ConsoleError as error:
                raise _of_ledger(error) from None

    @contextlib.asynccontextmanager
    async def _client(self) -> t.AsyncIterator[Client]:
        """Lend a client; there are never more than slots."""
        client = (
            self._idle.pop() if self._idle else await self._open.enter_async_context(Client(self._trust, self._policy))
        )
        try:
            yield client
        finally:
            self._idle.append(client)

    async def close(self) -> None:
        """Close all connections."""
        self._idle.clear()
        await self._open.aclose()


def _of_ledger(error: ConsoleError) -> ConsoleError:
    """Give the errors of the way to the server a code of ours."""
    if is_of_ledger(error):
        return error
    throttled = isinstance(error, Throttled)
    return ledger_error(
        "Ledger.Throttled" if throttled else "Ledger.Unavailable",
        f"the server of the ledger cannot be used: {error.reason}",
        "Check the address in O(ledger), O(vault_ca_cert), the network and the proxy settings of "
        "this machine, and run again; no password is lost.",
        status=error.status,
        retryable=error.retryable,
        ambiguous=error.ambiguous,
    )
