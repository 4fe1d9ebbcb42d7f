# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""Keeps one token: gets it once for all workers, and a new one where it ends or is refused.

Keystone may lock a user after some refused logins. So a refusal is remembered, and nobody tries the same again.
"""

from __future__ import annotations

import asyncio
import copy
import time

from ansible_collections.cloudops.console.plugins.module_utils import _http
from ansible_collections.cloudops.console.plugins.module_utils._errors import AuthenticationError, ConsoleError
from ansible_collections.cloudops.console.plugins.module_utils._openstack import auth
from ansible_collections.cloudops.console.plugins.module_utils._openstack.addresses import compute_url
from ansible_collections.cloudops.console.plugins.module_utils._openstack.auth import Grant
from ansible_collections.cloudops.console.plugins.module_utils._openstack.credentials import KeystoneCredentials
from ansible_collections.cloudops.console.plugins.module_utils._openstack.models import ADVICE, TokenHolder
from ansible_collections.cloudops.console.plugins.module_utils._rate_limit import RateLimiter
from ansible_collections.cloudops.console.plugins.module_utils._vendor_model import read_model


class Keeper:
    """The token of one login; safe to share between workers, each with its own Client."""

    def __init__(
        self, login: KeystoneCredentials, policy: _http.Policy, limiter: RateLimiter, *, allow_plain_http: bool
    ) -> None:
        self.login = login
        self._policy = policy
        self._limiter = limiter
        self._allow_plain_http = allow_plain_http
        self._grant: Grant | None = None
        self._ends = float("inf")
        self._refusal: AuthenticationError | None = None
        self._lock = asyncio.Lock()

    async def grant(self, client: _http.Client, *, refused: Grant | None = None) -> Grant:
        """Return the token in force.

        :param refused: what Nova did not accept; where that is still the one in force, it is replaced.
        :raises AuthenticationError: Keystone refuses, now or before.
        """
        async with self._lock:
            if self._refusal is not None:
                again = copy.copy(self._refusal)
                again.doing = ""
                raise again
            if self._grant is not None and self._grant is not refused and time.monotonic() < self._ends:
                return self._grant
            try:
                self._grant = await self._renewed(client, refused)
            except AuthenticationError as error:
                self._refusal = error
                raise
            self._ends = float("inf") if self._grant.seconds is None else time.monotonic() + self._grant.seconds
            return self._grant

    async def _renewed(self, client: _http.Client, refused: Grant | None) -> Grant:
        login = self.login
        if login.method == "token" and (refused is not None or self._grant is not None):
            raise AuthenticationError(
                "the token that was given is expired or revoked, and cannot be renewed",
                advice="Get a new token, or log in with a password or an application credential.",
                status=401 if refused is not None else None,
            )
        if not login.auth_url:
            return Grant(login.secret, compute_url(login.endpoint), login.region)
        try:
            reply = await _http.call(
                client, lambda: auth.token_request(login), self._read, policy=self._policy, limiter=self._limiter
            )
        except ConsoleError as error:
            raise error.while_doing("getting a token from Keystone") from None
        return reply.value

    def _read(self, answer: _http.Response) -> Grant:
        if answer.status not in (200, 201):
            from ansible_collections.cloudops.console.plugins.module_utils._openstack.errors import identity_error_of

            raise identity_error_of(answer, self.login)
        holder = read_model(TokenHolder, answer.json_object(), status=answer.status, advice=ADVICE)
        value = auth.token_value(self.login, answer.headers.get("x-subject-token", ""))
        return auth.grant_of(holder.token, value, answer.at, self.login, allow_plain_http=self._allow_plain_http)
