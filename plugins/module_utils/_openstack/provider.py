# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""The operations of Nova that this collection uses, for one project in one region."""

from __future__ import annotations

import json
import typing as t
from urllib.parse import urlencode

from ansible_collections.cloudops.console.plugins.module_utils import _http
from ansible_collections.cloudops.console.plugins.module_utils._errors import (
    AuthenticationError,
    ConsoleError,
    NotFound,
    TimedOut,
    UnexpectedAnswer,
)
from ansible_collections.cloudops.console.plugins.module_utils._models import (
    Access,
    Console,
    Instance,
    checked_server_id,
)
from ansible_collections.cloudops.console.plugins.module_utils._openstack import models
from ansible_collections.cloudops.console.plugins.module_utils._openstack.addresses import (
    compute_url,
    is_console_url,
    websocket_url,
)
from ansible_collections.cloudops.console.plugins.module_utils._openstack.credentials import find_credentials
from ansible_collections.cloudops.console.plugins.module_utils._openstack.facts import (
    CONSOLE_SECONDS,
    CONSOLES,
    FACTS,
    ID_HINT,
    MICROVERSION,
    UNKNOWN_SERVER,
    ConsoleKind,
    check_state,
)
from ansible_collections.cloudops.console.plugins.module_utils._openstack.keystone import ScopedToken, TokenCache
from ansible_collections.cloudops.console.plugins.module_utils._rate_limit import RateLimiter
from ansible_collections.cloudops.console.plugins.module_utils._vendor_model import Model, read_model

if t.TYPE_CHECKING:
    from ansible_collections.cloudops.console.plugins.module_utils._console_output import ConsoleOutput

# Up to so many servers are asked for one by one, more are looked up in the list of all.
ONE_BY_ONE = 10
PAGE = 1000
# A list of more pages than this is no list; a cloud may make them much smaller than it is asked to.
MOST_PAGES = 1000

Read = tuple[Model, t.Optional[str]]  # noqa: UP045 - evaluated by older linters


class OpenStackProvider:
    """Nova of one project in one region; safe to share between workers, each with its own Client.

    :raises ConsoleError: cloud, auth or endpoint are not usable; nothing was sent.
    """

    facts = FACTS

    def __init__(self, access: Access, policy: _http.Policy, limiter: RateLimiter) -> None:
        credentials = find_credentials(access)
        self.region = credentials.region
        self.endpoint = compute_url(credentials.endpoint) if credentials.endpoint else credentials.auth_url
        # What the clouds file says of certificates counts as well, so that a Client should be made with these.
        self.trust = _http.Trust(credentials.verify, credentials.ca_cert or None)
        self._tokens = TokenCache(credentials, policy, limiter, allow_plain_http=access.allow_plain_http)
        self._policy = policy
        self._limiter = limiter

    @property
    def account(self) -> str:
        """The user or application credential with its cloud and project, without secrets."""
        credentials = self._tokens.credentials
        by_application = credentials.method == "application_credential"
        who = credentials.application_credential if by_application else credentials.user
        project = credentials.project
        parts = (credentials.auth_url or credentials.endpoint, who.id or who.name, project.id or project.name)
        return " ".join(part for part in parts if part)

    async def describe_instance(self, client: _http.Client, instance_id: str) -> Instance:
        """Describe one server.

        :raises NotFound: Nova does not know it.
        """
        return await self._show(client, checked_server_id(instance_id, hint=ID_HINT))

    async def describe_instances(self, client: _http.Client, instance_ids: t.Sequence[str]) -> list[Instance]:
        """Describe servers; unknown ones are simply absent.

        Nova has no call for some servers. Few are asked for one by one; many are looked up in the list of the project,
        and only those that are not in it (an administrator sees servers of other projects) are asked for again.

        :raises ConsoleError: an id is none, or a call failed.
        """
        ids = [checked_server_id(instance_id, hint=ID_HINT) for instance_id in instance_ids]
        found: dict[str, Instance] = {}
        if len(ids) > ONE_BY_ONE:
            doing = f"describing {len(ids)} instances{self._place}"
            found = {server.instance_id: server for server in await self._list_all(client, doing)}
        described = [found.get(instance_id.lower()) or await self._known(client, instance_id) for instance_id in ids]
        return [server for server in described if server is not None]

    async def find_instances(self, client: _http.Client, tags: t.Mapping[str, str]) -> list[Instance]:
        """Describe all servers of the project whose metadata has all tags; without tags, all servers."""
        found = await self._list_all(client, f"listing the instances{self._place}")
        return [server for server in found if tags.items() <= server.tags.items()]

    async def console(self, client: _http.Client, instance: Instance, console_type: str) -> Console:
        """Return a fresh console URL. Each call makes a new token, and older ones stay valid.

        :param instance: as describe_instances() returned it just now; otherwise it is read here, because Nova gives
            URLs of stopped servers that lead nowhere.
        :raises WrongState: the server does not run, or is about to go.
        """
        kind = CONSOLES.get(console_type)
        if kind is None:
            raise ConsoleError(
                f"{FACTS.title} has no console of type {console_type!r}", advice=f"Use one of {', '.join(CONSOLES)}."
            )
        instance_id = checked_server_id(instance.instance_id, hint=ID_HINT)
        server = instance if isinstance(instance, models.Server) else await self._show(client, instance_id)
        doing = f"asking for the {console_type} console of {instance_id}{self._place}"
        try:
            check_state(server.status, server.task_state)
            holder, request_id = await self._create_console(client, instance_id, kind, doing)
        except TimedOut as error:
            raise _explained(error, self._policy.timeout) from None
        except ConsoleError as error:
            raise error.while_doing(doing) from None
        return _console_of(holder.remote_console, kind, request_id)

    async def console_output(self, client: _http.Client, instance_id: str, lines: int) -> ConsoleOutput:
        """Return the last lines that the server wrote to its console (the action os-getConsoleOutput).

        Source: https://docs.openstack.org/api-ref/compute/#show-console-output-os-getconsoleoutput-action
        """
        from ansible_collections.cloudops.console.plugins.module_utils._console_output import ConsoleOutput

        instance_id = checked_server_id(instance_id, hint=ID_HINT)
        try:
            log, request_id = await self._ask(
                client,
                "POST",
                f"/servers/{instance_id}/action",
                models.ConsoleLog,
                doing=f"reading the console output of {instance_id}{self._place}",
                action="os_compute_api:os-console-output",
                body=json.dumps({"os-getConsoleOutput": {"length": lines}}, separators=(",", ":")).encode(),
            )
        except TimedOut as error:
            raise _explained(error, self._policy.timeout) from None
        return ConsoleOutput(log.output or "", request_id)

    @property
    def _place(self) -> str:
        return f" in {self.region}" if self.region else ""

    async def _create_console(
        self, client: _http.Client, instance_id: str, kind: ConsoleKind, doing: str
    ) -> Read[models.ConsoleHolder]:
        body = json.dumps({"remote_console": {"protocol": kind.protocol, "type": kind.type}}, separators=(",", ":"))
        return await self._ask(
            client,
            "POST",
            f"/servers/{instance_id}/remote-consoles",
            models.ConsoleHolder,
            doing=doing,
            action="os_compute_api:os-remote-consoles",
            microversion=kind.microversion,
            body=body.encode(),
        )

    async def _show(self, client: _http.Client, instance_id: str) -> models.Server:
        holder, _request_id = await self._ask(
            client,
            "GET",
            f"/servers/{instance_id}",
            models.ServerHolder,
            doing=f"describing {instance_id}{self._place}",
            action="os_compute_api:servers:show",
        )
        return holder.server.to_server(self.region)

    async def _known(self, client: _http.Client, instance_id: str) -> models.Server | None:
        """The server, None where Nova does not know it."""
        try:
            return await self._show(client, instance_id)
        except NotFound as error:
            if error.code == UNKNOWN_SERVER:
                return None
            raise

    async def _list_all(self, client: _http.Client, doing: str) -> list[Instance]:
        """Read page after page by marker; links are not followed.

        :raises UnexpectedAnswer: the list does not end, or has a page again.
        """
        found: dict[str, Instance] = {}
        query = {"limit": str(PAGE)}
        for _page in range(MOST_PAGES):
            page, _request_id = await self._ask(
                client,
                "GET",
                f"/servers/detail?{urlencode(query)}",
                models.ServerPage,
                doing=doing,
                action="os_compute_api:servers:detail",
            )
            before = len(found)
            found.update({server.id.lower(): server.to_server(self.region) for server in page.servers})
            if not any(link.rel == "next" for link in page.servers_links):
                return list(found.values())
            if len(found) == before:
                break
            query["marker"] = page.servers[-1].id
        raise UnexpectedAnswer(
            f"the list of instances does not end after {MOST_PAGES} pages, or has a page again",
            advice="Check auth_url and O(endpoint), and any proxy on the way to them.",
        ).while_doing(doing)

    async def _ask(
        self,
        client: _http.Client,
        method: str,
        path: str,
        model: type[Model],
        *,
        doing: str,
        action: str,
        microversion: str = MICROVERSION,
        body: bytes = b"",
    ) -> Read[Model]:
        """Send one call and return what it says, with the request id."""

        async def send(token: ScopedToken) -> Read[Model]:
            reply = await _http.call(
                client,
                lambda: _request(token, method, path, microversion, body),
                lambda response: _read(
                    response, model, action, token.url, (token.value, self._tokens.credentials.secret)
                ),
                policy=self._policy,
                limiter=self._limiter,
            )
            return reply.value

        try:
            return await self._renewing(client, send)
        except ConsoleError as error:
            raise error.while_doing(doing) from None

    async def _renewing(
        self, client: _http.Client, send: t.Callable[[ScopedToken], t.Awaitable[Read[Model]]]
    ) -> Read[Model]:
        """Send with the token in force; one that is refused, in the middle of a run, is renewed once."""
        token = await self._tokens.current(client)
        self.region, self.endpoint = token.region, token.url
        try:
            return await send(token)
        except AuthenticationError as error:
            if error.status != 401:
                raise
        return await send(await self._tokens.current(client, refused=token))


def _request(token: ScopedToken, method: str, path: str, microversion: str, body: bytes) -> _http.Request:
    """Both headers name the microversion: the first since Newton, the second in every version."""
    headers = {
        **_http.JSON_HEADERS,
        "x-auth-token": token.value,
        "openstack-api-version": f"compute {microversion}",
        "x-openstack-nova-api-version": microversion,
    }
    if body:
        headers["content-type"] = "application/json"
    return _http.Request(method, f"{token.url}{path}", headers, body)


def _read(response: _http.Response, model: type[Model], action: str, url: str, secrets: tuple[str, ...]) -> Read[Model]:
    if response.status not in (200, 201, 203):
        from ansible_collections.cloudops.console.plugins.module_utils._openstack.errors import error_of

        raise error_of(response, url=url, action=action, secrets=secrets)
    request_id = response.headers.get("x-openstack-request-id") or response.headers.get("x-compute-request-id")
    return read_model(model, response.json_object(), status=response.status, advice=models.ADVICE), request_id


def _explained(error: TimedOut, timeout: float) -> TimedOut:
    """Say why Nova may be slow: it waits for the compute host, 60 seconds by default."""
    if error.ambiguous and timeout <= 60:
        error.advice = (
            "Nova waits up to 60 seconds for the server's compute host: it may be down. Raise O(timeout) beyond that."
        )
    return error


def _console_of(console: models.RemoteConsole, kind: ConsoleKind, request_id: str | None) -> Console:
    if not is_console_url(console.url):
        raise UnexpectedAnswer("the answer has something other than a URL as the console's URL")
    return Console(
        vnc_url=console.url,
        protocol=console.protocol,
        type=console.type,
        request_id=request_id,
        websocket_url=websocket_url(console.url) if kind.websocket else None,
        expires_in=CONSOLE_SECONDS,
    )
