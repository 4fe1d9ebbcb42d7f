# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""Keystone v3: what is asked, what the token's catalogue says, and how one token is kept in force.

A token is got once for all workers, and a new one where it ends or is refused. Keystone may lock a user after some
refused logins: so a refusal is remembered, and the same is never tried again.
Source: https://docs.openstack.org/api-ref/identity/v3/.
"""

from __future__ import annotations

import asyncio
import copy
import datetime as dt
import json
import time
import typing as t
from dataclasses import dataclass, field

from ansible_collections.cloudops.console.plugins.module_utils import _http
from ansible_collections.cloudops.console.plugins.module_utils._errors import (
    AuthenticationError,
    ConsoleError,
    NotFound,
    UnexpectedAnswer,
)
from ansible_collections.cloudops.console.plugins.module_utils._openstack.addresses import (
    checked_url,
    compute_url,
    compute_version,
)
from ansible_collections.cloudops.console.plugins.module_utils._openstack.credentials import KeystoneCredentials, Named
from ansible_collections.cloudops.console.plugins.module_utils._openstack.models import (
    ADVICE,
    Endpoint,
    Token,
    TokenHolder,
)
from ansible_collections.cloudops.console.plugins.module_utils._rate_limit import RateLimiter
from ansible_collections.cloudops.console.plugins.module_utils._vendor_model import read_model

SERVICE = "compute"
# Which of several endpoints in one region is asked: that of version 2.1, then one without a version, then any other.
_BEST_FIRST = {"v2.1": 0, "": 1}
# Seconds before its end at which a token is not used any more.
MARGIN = 60.0


@dataclass(frozen=True)
class ScopedToken:
    """A token of one project, and where it is good for.

    :param url: the compute URL.
    :param seconds: how long it may be used from when it came, None where that is not known.
    """

    value: str = field(repr=False)
    url: str
    region: str
    project_id: str = ""
    seconds: float | None = None


def token_request(credentials: KeystoneCredentials) -> _http.Request:
    """Return the request for a token with its catalogue.

    A token that is given is only looked at, unless a project is named: then it is exchanged for one of that project.
    """
    headers = _http.JSON_HEADERS
    url = f"{credentials.auth_url}/auth/tokens"
    if credentials.method == "token" and credentials.project == Named():
        return _http.Request(
            "GET", url, {**headers, "x-auth-token": credentials.secret, "x-subject-token": credentials.secret}
        )
    body = json.dumps({"auth": _auth(credentials)}, separators=(",", ":")).encode()
    return _http.Request("POST", url, {**headers, "content-type": "application/json"}, body)


def _auth(credentials: KeystoneCredentials) -> dict[str, t.Any]:
    """Return what is under auth. An application credential has its project and refuses to be asked for one."""
    if credentials.method == "application_credential":
        by_name = {} if credentials.application_credential.id else {"user": _domained(credentials.user)}
        content = {**_plain(credentials.application_credential), **by_name, "secret": credentials.secret}
        return {"identity": {"methods": [credentials.method], credentials.method: content}}
    content = (
        {"id": credentials.secret}
        if credentials.method == "token"
        else {"user": {**_domained(credentials.user), "password": credentials.secret}}
    )
    auth: dict[str, t.Any] = {"identity": {"methods": [credentials.method], credentials.method: content}}
    if credentials.project != Named():
        auth["scope"] = {"project": _domained(credentials.project)}
    return auth


def _plain(named: Named) -> dict[str, str]:
    return {"id": named.id} if named.id else {"name": named.name}


def _domained(named: Named) -> dict[str, t.Any]:
    if named.id:
        return {"id": named.id}
    domain = {"id": named.domain_id} if named.domain_id else {"name": named.domain_name}
    return {"name": named.name, "domain": domain}


def scoped_token(
    token: Token, value: str, at: dt.datetime, credentials: KeystoneCredentials, *, allow_plain_http: bool
) -> ScopedToken:
    """Turn an accepted token into what can be done with it.

    :param value: the token itself.
    :param at: when Keystone answered, by its own clock.
    :raises AuthenticationError: it is for no project, or for another one.
    :raises NotFound: its catalogue has no such compute endpoint.
    """
    project = token.project.id if token.project else ""
    if credentials.project.id and project and credentials.project.id != project:
        raise AuthenticationError(
            f"the token is for project {project} and not for {credentials.project.id}",
            advice="Correct O(project_id), or use an application credential of that project: it cannot change its own.",
        )
    if not project and not credentials.endpoint:
        raise AuthenticationError(
            "the token is for no project", advice="Give project_name and project_domain_name, or O(project_id)."
        )
    url, region = credentials.endpoint, credentials.region
    if not url:
        found = choose_endpoint(token, credentials.region, credentials.interface)
        url, region = found.url, found.place
    url = checked_url(url, "the compute URL of the catalogue", allow_plain_http=allow_plain_http)
    ends = token.expires_at
    if ends is not None and ends.tzinfo is None:
        ends = ends.replace(tzinfo=dt.timezone.utc)
    seconds = None if ends is None else (ends - at).total_seconds() - MARGIN
    return ScopedToken(value, compute_url(url), region, project, seconds)


def choose_endpoint(token: Token, region: str, interface: str) -> Endpoint:
    """Return the compute endpoint of region; without one, that of the only region there is."""
    offered = [item for service in token.catalog if service.type == SERVICE for item in service.endpoints]
    of_interface = [item for item in offered if item.interface == interface]
    fitting = [item for item in of_interface if not region or region in (item.region, item.region_id)]
    if len({item.place for item in fitting}) == 1:
        return min(fitting, key=lambda item: _BEST_FIRST.get(compute_version(item.url), len(_BEST_FIRST)))
    regions = ", ".join(sorted({item.place for item in of_interface})[:10])
    if fitting:
        raise NotFound(f"the catalogue has several regions: {regions}", advice="Set O(region) to one of them.")
    if not of_interface:
        others = ", ".join(sorted({item.interface for item in offered})) or "none"
        raise NotFound(
            f"the catalogue has no compute endpoint with the interface {interface}",
            advice=f"Set O(interface); it has: {others}.",
        )
    raise NotFound(
        f"the catalogue has no compute endpoint in region {region}", advice=f"Set O(region); it has: {regions}."
    )


def token_value(credentials: KeystoneCredentials, subject_token: str) -> str:
    """Return the token: the header of the answer, or the given one where that was only looked at."""
    value = subject_token or (credentials.secret if credentials.method == "token" else "")
    if value:
        return value
    raise UnexpectedAnswer(
        "Keystone's answer has no token", advice="Check auth_url and any proxy on the way to it.", ambiguous=True
    )


class TokenCache:
    """The token of one set of credentials; safe to share between workers, each with its own Client."""

    def __init__(
        self, credentials: KeystoneCredentials, policy: _http.Policy, limiter: RateLimiter, *, allow_plain_http: bool
    ) -> None:
        self.credentials = credentials
        self._policy = policy
        self._limiter = limiter
        self._allow_plain_http = allow_plain_http
        self._token: ScopedToken | None = None
        self._ends = float("inf")
        self._refusal: AuthenticationError | None = None
        self._lock = asyncio.Lock()

    async def current(self, client: _http.Client, *, refused: ScopedToken | None = None) -> ScopedToken:
        """Return the token in force.

        :param refused: what Nova did not accept; where that is still the one in force, it is replaced.
        :raises AuthenticationError: Keystone refuses, now or before.
        """
        async with self._lock:
            if self._refusal is not None:
                again = copy.copy(self._refusal)
                again.doing = ""
                raise again
            if self._token is not None and self._token is not refused and time.monotonic() < self._ends:
                return self._token
            try:
                self._token = await self._renewed(client, refused)
            except AuthenticationError as error:
                self._refusal = error
                raise
            self._ends = float("inf") if self._token.seconds is None else time.monotonic() + self._token.seconds
            return self._token

    async def _renewed(self, client: _http.Client, refused: ScopedToken | None) -> ScopedToken:
        credentials = self.credentials
        if credentials.method == "token" and (refused is not None or self._token is not None):
            raise AuthenticationError(
                "the token that was given is expired or revoked, and cannot be renewed",
                advice="Get a new token, or log in with a password or an application credential.",
                status=401 if refused is not None else None,
            )
        if not credentials.auth_url:
            return ScopedToken(credentials.secret, compute_url(credentials.endpoint), credentials.region)
        try:
            reply = await _http.call(
                client,
                lambda: token_request(credentials),
                self._read_response,
                policy=self._policy,
                limiter=self._limiter,
            )
        except ConsoleError as error:
            raise error.while_doing("getting a token from Keystone") from None
        return reply.value

    def _read_response(self, response: _http.Response) -> ScopedToken:
        if response.status not in (200, 201):
            from ansible_collections.cloudops.console.plugins.module_utils._openstack.errors import identity_error_of

            raise identity_error_of(response, self.credentials)
        holder = read_model(TokenHolder, response.json_object(), status=response.status, advice=ADVICE)
        value = token_value(self.credentials, response.headers.get("x-subject-token", ""))
        return scoped_token(holder.token, value, response.at, self.credentials, allow_plain_http=self._allow_plain_http)
