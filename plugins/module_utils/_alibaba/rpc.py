# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""One signed call to ECS, for one account in one region: retries that sign again, credentials that end, refusals.

Every parameter travels in the query string, as the vendor's own SDK sends it, so no URL of a request may ever be shown.
"""

from __future__ import annotations

import secrets
import time
import typing as t

from ansible_collections.cloudops.console.plugins.module_utils import _http
from ansible_collections.cloudops.console.plugins.module_utils._alibaba import models, signing
from ansible_collections.cloudops.console.plugins.module_utils._alibaba.credentials.cache import Credentials
from ansible_collections.cloudops.console.plugins.module_utils._alibaba.credentials.chain import find_credentials
from ansible_collections.cloudops.console.plugins.module_utils._endpoint import checked_endpoint
from ansible_collections.cloudops.console.plugins.module_utils._errors import (
    AuthenticationError,
    ConsoleError,
    UnexpectedAnswer,
)
from ansible_collections.cloudops.console.plugins.module_utils._models import Access, checked_region
from ansible_collections.cloudops.console.plugins.module_utils._rate_limit import RateLimiter
from ansible_collections.cloudops.console.plugins.module_utils._vendor_model import Model, read_model

PageModel = t.TypeVar("PageModel", bound=models.Page)

API_VERSION = "2014-05-26"
# The most items that a page of a list may have, and pages that are read at most: a longer list has no end.
PAGE_SIZE = "100"
MOST_PAGES = 1000


class Rpc:
    """ECS of one account in one region; safe to share between workers, each with its own Client.

    :raises ConsoleError: region, endpoint or credentials are not usable; nothing was sent.
    """

    def __init__(self, access: Access, policy: _http.Policy, limiter: RateLimiter) -> None:
        self.region = checked_region(access.region)
        self.trust = _http.Trust(access.validate_certs, access.ca_cert or None)
        endpoint = access.endpoint or f"https://ecs.{self.region}.aliyuncs.com"
        self.endpoint = checked_endpoint(endpoint, allow_plain_http=access.allow_plain_http)
        self.credentials = find_credentials(access, policy=policy)
        self._host = self.endpoint.partition("://")[2]
        self._policy = policy
        self._limiter = limiter

    async def pages(
        self, client: _http.Client, action: str, params: t.Mapping[str, str], model: type[PageModel], *, doing: str
    ) -> t.AsyncIterator[PageModel]:
        """Yield all pages of a list.

        :raises UnexpectedAnswer: the list does not end.
        """
        asked = {"MaxResults": PAGE_SIZE, **params}
        for _page in range(MOST_PAGES):
            page = (await self.ask(client, action, asked, model, doing=doing)).value
            yield page
            if not page.next_token:
                return
            if page.next_token == asked.get("NextToken"):
                raise UnexpectedAnswer(
                    "the list does not end: its next page is the same one",
                    advice="Check O(endpoint) and any proxy on the way to it.",
                ).while_doing(doing)
            asked["NextToken"] = page.next_token
        error = UnexpectedAnswer(f"the list does not end after {MOST_PAGES} pages", advice="Ask for less at once.")
        raise error.while_doing(doing)

    async def ask(
        self,
        client: _http.Client,
        action: str,
        params: t.Mapping[str, str],
        model: type[Model],
        *,
        doing: str,
        instance_id: str = "*",
        hidden: tuple[str, ...] = (),
        repeatable: bool = True,
        regional: bool = True,
        resource: str = "",
    ) -> _http.Reply[Model]:
        """Make one call with retries; an expired token is renewed once.

        :param doing: for messages, what the call is for.
        :param instance_id: for the advice on a missing permission.
        :param hidden: values that an error's message could echo.
        :param repeatable: whether the call may be sent again after a lost answer.
        :param regional: whether the operation takes RegionId.
        :param resource: for the same advice, what it must be granted on where that is not an instance.
        """
        query = signing.canonical_query({"RegionId": self.region, **params} if regional else params)
        deadline = time.monotonic() + self._policy.window
        permission = f"ecs:{action} on {resource or f'acs:ecs:{self.region}:*:instance/{instance_id}'}"

        async def send(credentials: Credentials) -> _http.Reply[Model]:
            return await _http.call(
                client,
                lambda: self._sign(action, query, credentials),
                lambda response: _read(response, model, permission, (*hidden, *credentials.secrets)),
                policy=self._policy,
                limiter=self._limiter,
                repeatable=repeatable,
                deadline=deadline,
            )

        try:
            credentials = await self.credentials.current(client)
            try:
                return await send(credentials)
            except AuthenticationError as error:
                if not await self.credentials.refused(credentials, error.code, client):
                    raise
            return await send(await self.credentials.current(client))
        except ConsoleError as error:
            raise error.while_doing(doing) from None

    def _sign(self, action: str, query: str, credentials: Credentials) -> _http.Request:
        """Make a request with its own date and nonce."""
        headers = {
            **_http.JSON_HEADERS,
            "x-acs-action": action,
            "x-acs-version": API_VERSION,
            "x-acs-date": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "x-acs-signature-nonce": secrets.token_hex(16),
        }
        if credentials.security_token:
            headers["x-acs-accesskey-id"] = credentials.access_key_id
            headers["x-acs-security-token"] = credentials.security_token
        signed = signing.signed_headers(
            method="POST",
            host=self._host,
            query=query,
            headers=headers,
            access_key_id=credentials.access_key_id,
            access_key_secret=credentials.access_key_secret,
        )
        return _http.Request("POST", f"{self.endpoint}/?{query}", signed)


def _read(response: _http.Response, model: type[Model], permission: str, hidden: tuple[str, ...]) -> Model:
    document = response.json_object()
    if response.status < 300 and "Code" not in document:
        return read_model(model, document, status=response.status)
    refusal = read_model(models.Refusal, document, status=response.status)
    if not refusal.code:
        raise UnexpectedAnswer(
            f"something in between answered with status {response.status}",
            advice="Check O(endpoint) and any proxy on the way to it.",
            status=response.status,
            retryable=True,
            ambiguous=True,
        )
    from ansible_collections.cloudops.console.plugins.module_utils._alibaba.errors import error_of

    raise error_of(
        response,
        refusal.code,
        refusal.message,
        refusal.request_id,
        permission=permission,
        secrets=hidden,
    )
