# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""Calls to the server of the ledger: many at once, each over a connection of its own, throttling waited out.

A cluster can be asked through any of its nodes. A standby answers from its own copy, which is a moment behind, and it
judges check-and-set by that copy. So the newest X-Vault-Index of all answers goes along with every later call: a
standby that is not so far yet passes the call on to the active node (X-Vault-Inconsistent). Reading counts too: an
answer that was passed on can be newer than the next one that is not. Of the servers, OpenBao from 2.7 on does so;
HashiCorp Vault Enterprise does where its allow_forwarding_via_header is set, and else answers 412 until it is so far.
Others have no such index: their standbys pass on everything, or the ledger finds out by reading again.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import dataclasses
import json
import time
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
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.vault.responses import Asked, passes

# Calls under way at once; the server commits each write by itself, so more of them would only wait there.
IN_FLIGHT = 32
# Seconds between two looks at a cluster that has no active node just now; a new one takes up to 12.
NO_LEADER_PAUSE = 0.5
_INDEX = "X-Vault-Index"

Read = t.TypeVar("Read")


class Transport:
    """Sends calls with their retries; knows no token but the one it is given.

    patient says whether to wait for a server that cannot be reached or is sealed, too, as long as a call may take: in
    the middle of a run it is being restarted, before it nothing is lost by saying so at once.
    """

    patient = False

    def __init__(self, endpoint: str, login: VaultCredentials, policy: Policy) -> None:
        self._base = f"{endpoint}/v1/"
        self._policy = policy
        self._trust = Trust(ca_cert=login.ca_cert or None, source=login.ca_cert_source)
        self._headers = {"User-Agent": USER_AGENT, "X-Vault-Request": "true"}
        if login.namespace:
            self._headers["X-Vault-Namespace"] = login.namespace
        self._secrets = login.secrets
        # What has been written, as the server counts it; empty until it says so.
        self._index = ""
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
        record: str = "",
        token: str = "",
        query: str = "",
        body: t.Mapping[str, t.Any] | None = None,
    ) -> Reply[Read]:
        """Send one call and return what read() makes of its answer.

        :param path: the API path without /v1/.
        :param needs: the capability that policies must grant for it.
        :param record: the path of the record that is asked for, as commands take it.
        :raises ConsoleError: with a code ``Ledger.*``; ``ambiguous`` says whether it may have been carried out.
        """
        content = b"" if body is None else json.dumps(body).encode()
        asked = Asked(path, needs, record, (*self._secrets, token))

        def sign() -> Request:
            return Request(method, f"{self._base}{path}{query}", self._headers_now(token, content), content)

        def read_and_note(answer: Response) -> Read:
            value = read(answer, asked)
            self._note(answer)
            return value

        # A slot first: the time limit of a call counts from when it can be sent.
        async with self._slots, self._client() as client:

            def send(deadline: float) -> t.Awaitable[Reply[Read]]:
                policy, limiter = self._policy, self._limiter
                return call(client, sign, read_and_note, policy=policy, limiter=limiter, deadline=deadline)

            return await self._until_served(send)

    async def _until_served(self, send: t.Callable[[float], t.Awaitable[Reply[Read]]]) -> Reply[Read]:
        """Send a call again and again, within its window, while all that is wrong is that no node can serve it."""
        deadline, ambiguous = time.monotonic() + self._policy.window, False
        while True:
            try:
                reply = await send(deadline)
                return dataclasses.replace(reply, ambiguous=reply.ambiguous or ambiguous)
            except ConsoleError as error:
                raised = _of_ledger(error)
            raised.ambiguous = ambiguous = ambiguous or raised.ambiguous
            late = time.monotonic() + NO_LEADER_PAUSE > deadline - self._policy.timeout
            if late or not passes(raised, patient=self.patient):
                raise raised
            await asyncio.sleep(NO_LEADER_PAUSE)

    def _note(self, answer: Response) -> None:
        index = answer.headers.get(_INDEX.lower(), "")
        if index.isascii() and index.isprintable():
            self._index = newest(self._index, index)

    def _headers_now(self, token: str, content: bytes) -> dict[str, str]:
        headers = dict(self._headers)
        if token:
            headers["X-Vault-Token"] = token
        if content:
            headers["Content-Type"] = "application/json"
        if self._index:
            headers |= {_INDEX: self._index, "X-Vault-Inconsistent": "forward-active-node"}
        return headers

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


def newest(one: str, other: str) -> str:
    """Return the later of two indices; the answers to calls side by side come in any order."""
    return max(one, other, key=_position) if _position(other) else other or one


def _position(index: str) -> tuple[int, ...]:
    """Return what indices of one server are in order by; nothing for one whose form is not known."""
    try:
        text = base64.b64decode(index, validate=True).decode()
        if text.startswith("v1:"):  # HashiCorp Vault: v1:cluster:written here:written elsewhere:signature
            return tuple(int(part) for part in text.split(":")[2:4])
        value = str(json.loads(text)["value"])  # OpenBao: raft counts, PostgreSQL has two hexadecimal numbers
        return tuple(int(part, 16 if "/" in value else 10) for part in value.split("/"))
    except (ValueError, KeyError, TypeError):
        return ()


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
