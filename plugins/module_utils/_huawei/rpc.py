# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""Signs, sends and reads the calls of one access key.

More than five refused signatures in a row lock a key for five minutes. So a refusal is never sent again, and more than
that: it is remembered, every later call with this key fails without being sent, and until the key has been accepted
once, the calls go one by one and not as many at once as there are workers.
"""

from __future__ import annotations

import asyncio
import contextlib
import copy
import datetime as dt
import time
import typing as t
from dataclasses import dataclass, field

from ansible_collections.cloudops.console.plugins.module_utils import _http
from ansible_collections.cloudops.console.plugins.module_utils._errors import (
    AuthenticationError,
    ConsoleError,
    NotFound,
    PermissionDenied,
    UnexpectedAnswer,
    WrongState,
    checked_request_id,
)
from ansible_collections.cloudops.console.plugins.module_utils._huawei import models, signing
from ansible_collections.cloudops.console.plugins.module_utils._huawei.credentials import Credentials, fetch_credentials
from ansible_collections.cloudops.console.plugins.module_utils._rate_limit import RateLimiter
from ansible_collections.cloudops.console.plugins.module_utils._vendor_model import Model, read_model

# Seconds before its end at which the temporary key of an agency is replaced.
REFRESH_BEFORE = 300.0
# Seconds before the metadata service is asked again while the old key still holds: it may have no newer one yet.
PAUSE_WITH_KEY = 60.0
# Refusals that only come behind the check of the signature.
_ACCEPTED_KEY = (NotFound, PermissionDenied, WrongState)


@dataclass(frozen=True)
class Operation:
    """One call of the API.

    :param permission: the action that it needs.
    :param project_id: empty for calls that are signed without a project.
    """

    method: str
    endpoint: str
    path: str
    permission: str
    query: tuple[tuple[str, str], ...] = ()
    headers: t.Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    project_id: str = ""


class Rpc:
    """One access key; safe to share between workers, each with its own Client.

    :param credentials: None to ask the metadata of this machine at the first call.
    """

    def __init__(self, credentials: Credentials | None, policy: _http.Policy, limiter: RateLimiter) -> None:
        self.credentials = credentials
        self._from_metadata = credentials is None
        self._policy = policy
        self._limiter = limiter
        self._refusal: AuthenticationError | None = None
        self._accepted = False
        self._ask_again_at = float("-inf")
        self._first = asyncio.Lock()
        self._fetching = asyncio.Lock()

    async def ask(
        self, client: _http.Client, operation: Operation, model: type[Model], *, doing: str
    ) -> _http.Reply[tuple[Model, str | None]]:
        """Send one call; the reply has the answer and the request id.

        :raises ConsoleError: it was refused, or got no answer.
        """
        try:
            credentials = await self.current()
            async with self._one_by_one():
                return await _http.call(
                    client,
                    lambda: self._sign(operation, credentials),
                    lambda response: self._read(response, model, operation, credentials),
                    policy=self._policy,
                    limiter=self._limiter,
                )
        except ConsoleError as error:
            raise error.while_doing(doing) from None

    async def current(self) -> Credentials:
        """Return the credentials in force, or those of this machine's metadata if no others were given.

        A renewal that fails, or gives no newer key, is tried again after a pause; until it ends, the old key is used.

        :raises ConsoleError: there are none, or the metadata has no readable key and the old one has ended.
        """
        if not self._from_metadata:
            return self._known()
        async with self._fetching:
            self._check_refusal()
            enough = REFRESH_BEFORE if time.monotonic() >= self._ask_again_at else 0.0
            if self.credentials is not None and _seconds_left(self.credentials) > enough:
                return self.credentials
            self._ask_again_at = time.monotonic() + PAUSE_WITH_KEY
            try:
                self.credentials = await fetch_credentials()
            except ConsoleError as error:
                if self.credentials is None and isinstance(error, AuthenticationError):
                    self._refusal = error
                if self.credentials is None or _seconds_left(self.credentials) <= 0:
                    raise
            return self._known()

    def _known(self) -> Credentials:
        if self.credentials is None:
            raise ConsoleError("there are no Huawei Cloud credentials")
        return self.credentials

    @contextlib.asynccontextmanager
    async def _one_by_one(self) -> t.AsyncIterator[None]:
        """Let one call through at a time until the key has been accepted."""
        if not self._accepted:
            async with self._first:
                if not self._accepted:
                    yield
                    return
        yield

    def _check_refusal(self) -> None:
        """Raise the remembered refusal, as an error of its own for each call."""
        if self._refusal is not None:
            again = copy.copy(self._refusal)
            again.doing = ""
            raise again

    def _sign(self, operation: Operation, credentials: Credentials) -> _http.Request:
        """Make a request with its own date, unless the key has been refused meanwhile."""
        self._check_refusal()
        headers = {"x-sdk-date": signing.date_of(dt.datetime.now(dt.timezone.utc)), **operation.headers}
        if operation.body:
            headers["content-type"] = "application/json"
        if operation.project_id:
            headers["x-project-id"] = operation.project_id
        if credentials.security_token:
            headers["x-security-token"] = credentials.security_token
        query = signing.canonical_query(operation.query)
        signed = signing.signed_headers(
            method=operation.method,
            host=operation.endpoint.partition("://")[2],
            path=operation.path,
            query=query,
            headers=headers,
            access_key_id=credentials.access_key_id,
            access_key_secret=credentials.access_key_secret,
            body=operation.body,
        )
        # Not signed, because proxies change them.
        signed |= _http.JSON_HEADERS
        url = f"{operation.endpoint}{operation.path}{'?' if query else ''}{query}"
        return _http.Request(operation.method, url, signed, operation.body)

    def _read(
        self, response: _http.Response, model: type[Model], operation: Operation, credentials: Credentials
    ) -> tuple[Model, str | None]:
        try:
            document = response.json_object()
        except UnexpectedAnswer as unread:
            from ansible_collections.cloudops.console.plugins.module_utils._huawei.errors import unreadable
            from ansible_collections.cloudops.console.plugins.module_utils._redact import scrub

            error = unreadable(response) or unread
            error.request_id = checked_request_id(scrub(response.headers.get("x-request-id", ""), credentials.secrets))
            raise error from None
        refusal = models.refusal_of(document, response.status)
        if refusal is None:
            self._accepted = True
            return read_model(model, document, status=response.status), response.headers.get("x-request-id")
        from ansible_collections.cloudops.console.plugins.module_utils._huawei.errors import error_of

        error = error_of(response, refusal, permission=operation.permission, secrets=credentials.secrets)
        self._accepted = self._accepted or isinstance(error, _ACCEPTED_KEY)
        if isinstance(error, AuthenticationError) and response.status == 401:
            self._refusal = error
        raise error


def _seconds_left(credentials: Credentials) -> float:
    if credentials.expires_at is None:
        return float("inf")
    return (credentials.expires_at - dt.datetime.now(dt.timezone.utc)).total_seconds()
