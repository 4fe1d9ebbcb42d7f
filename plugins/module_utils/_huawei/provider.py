# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""The operations of Huawei Cloud ECS that this collection uses, for one project in one region."""

from __future__ import annotations

import asyncio
import json
import os
import re
import typing as t

from ansible_collections.cloudops.console.plugins.module_utils import _http
from ansible_collections.cloudops.console.plugins.module_utils._endpoint import checked_endpoint
from ansible_collections.cloudops.console.plugins.module_utils._errors import (
    ConsoleError,
    NotFound,
    UnexpectedAnswer,
    WrongState,
)
from ansible_collections.cloudops.console.plugins.module_utils._huawei import models
from ansible_collections.cloudops.console.plugins.module_utils._huawei.credentials import find_credentials
from ansible_collections.cloudops.console.plugins.module_utils._huawei.facts import (
    APIS,
    CONSOLES,
    DEAD_STATES,
    DOMAIN,
    DOMAINS,
    FACTS,
    ID_HINT,
    MICROVERSION,
    NOVA_SECONDS,
    OUTPUT_MICROVERSION,
    UNKNOWN_SERVER,
)
from ansible_collections.cloudops.console.plugins.module_utils._huawei.rpc import Operation, Rpc
from ansible_collections.cloudops.console.plugins.module_utils._models import (
    Access,
    Console,
    Instance,
    checked_region,
    checked_server_id,
)
from ansible_collections.cloudops.console.plugins.module_utils._rate_limit import RateLimiter

if t.TYPE_CHECKING:
    from ansible_collections.cloudops.console.plugins.module_utils._console_output import ConsoleOutput

# Servers of one page; the vendor advises against the 1,000 that are allowed.
PAGE = 200
# A list of more pages than this is no list.
MOST_PAGES = 500
# How often a list is read that changes while it is read.
TURNS = 3
# The same permission has two names, one in each of the vendor's two kinds of policies.
LIST_PERMISSION = "ecs:cloudServers:list (in identity policies ecs:cloudServers:listServersDetails)"
_PROJECT_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}\Z")
_CONSOLE_URL = re.compile(r"https?://[^\s\"'<>]+\Z")


class HuaweiProvider:
    """ECS of one project in one region; safe to share between workers, each with its own Client.

    :raises ConsoleError: region, endpoint, api, project id or credentials are not usable; nothing was sent.
    """

    facts = FACTS

    def __init__(self, access: Access, policy: _http.Policy, limiter: RateLimiter) -> None:
        self.region = checked_region(access.region)
        plain = access.allow_plain_http
        named = access.endpoint or _region_endpoint(self.region)
        self.endpoint = checked_endpoint(named or _usual_endpoint(self.region), allow_plain_http=plain)
        self.trust = _http.Trust(access.validate_certs, access.ca_cert or None)
        self.api = _checked_api(access.api)
        credentials = find_credentials(access)
        self.rpc = Rpc(credentials, policy, limiter)
        self._project_id = _checked_project(access.project_id or (credentials.project_id if credentials else ""))
        self._iam = _iam_endpoint(self.endpoint, credentials.iam_endpoint if credentials else "", access)
        self._discovering = asyncio.Lock()

    @property
    def account(self) -> str:
        """Whose quota is used, as far as it can be seen from here: the access key id, empty for a machine's agency."""
        credentials = self.rpc.credentials
        return credentials.access_key_id if credentials else ""

    async def describe_instance(self, client: _http.Client, instance_id: str) -> Instance:
        """Describe one server.

        :raises NotFound: the service does not know it.
        """
        instance_id = checked_server_id(instance_id, hint=ID_HINT)
        operation = await self._operation(client, "GET", f"/cloudservers/{instance_id}", "ecs:cloudServers:get")
        doing = f"describing {instance_id} in {self.region}"
        reply = await self.rpc.ask(client, operation, models.ServerHolder, doing=doing)
        return reply.value[0].server.to_instance(self.region)

    async def describe_instances(self, client: _http.Client, instance_ids: t.Sequence[str]) -> list[Instance]:
        """Describe up to 100 servers in one call; unknown ones are simply absent.

        :raises ConsoleError: the call failed as a whole.
        """
        ids = [checked_server_id(instance_id, hint=ID_HINT) for instance_id in instance_ids]
        if len(ids) == 1:
            return await self._known(client, ids[0])
        doing = f"describing {len(ids)} instances in {self.region}"
        # Without a limit the service answers with 25.
        page, count = await self._list(client, (("limit", str(PAGE)), ("server_id", ",".join(ids))), doing=doing)
        wanted = {instance_id.lower() for instance_id in ids}
        if len(page) < (count or 0) or any(server.instance_id.lower() not in wanted for server in page):
            # The page is not all of it, or an older service that does not know the filter answers with its first page.
            page = await self._list_all(client, doing=doing)
        return [server for server in page if server.instance_id.lower() in wanted and server.status]

    async def find_instances(self, client: _http.Client, tags: t.Mapping[str, str]) -> list[Instance]:
        """Describe all servers that carry all tags; without tags, all servers of the project.

        The service's own filter finds values that contain what was asked for, so the choice is made here.
        """
        found = await self._list_all(client, doing=f"listing the instances in {self.region}")
        return [server for server in found if tags.items() <= server.tags.items()]

    async def console(self, client: _http.Client, instance: Instance, console_type: str) -> Console:
        """Return a fresh console URL, by the call that the option api names.

        :param instance: as describe_instances() returned it; its state decides.
        :raises WrongState: no machine runs that the console could show.
        """
        if console_type not in CONSOLES:
            raise ConsoleError(
                f"{FACTS.title} has no console of type {console_type!r}", advice=f"Use one of {', '.join(CONSOLES)}."
            )
        instance_id = checked_server_id(instance.instance_id, hint=ID_HINT)
        doing = f"asking for the console of {instance_id} in {self.region}"
        if instance.status in DEAD_STATES:
            raise WrongState(
                f"the server is {instance.status}, and a console has nothing to show",
                advice="Start it, and ask again when its status is ACTIVE.",
                code=instance.status,
            ).while_doing(doing)
        operation = await self._console_operation(client, instance_id, *CONSOLES[console_type])
        reply = await self.rpc.ask(client, operation, models.ConsoleHolder, doing=doing)
        holder, request_id = reply.value
        return _console_of(holder.remote_console, request_id, NOVA_SECONDS if self.api == "nova" else None)

    async def console_output(self, client: _http.Client, instance_id: str, lines: int) -> ConsoleOutput:
        """Return the last lines that the server wrote to its console, by the call that the option api names."""
        from ansible_collections.cloudops.console.plugins.module_utils._console_output import ConsoleOutput

        instance_id = checked_server_id(instance_id, hint=ID_HINT)
        operation = await self._output_operation(client, instance_id, lines)
        doing = f"reading the console output of {instance_id} in {self.region}"
        reply = await self.rpc.ask(client, operation, models.ConsoleLog, doing=doing)
        log, request_id = reply.value
        return ConsoleOutput(log.output or "", request_id)

    async def project_id(self, client: _http.Client) -> str:
        """Return the project's id; without the option, the one project that has the name of the region.

        :raises ConsoleError: there is none or more than one, or the key may not list projects.
        """
        async with self._discovering:
            if not self._project_id:
                self._project_id = await self._discover(client)
            return self._project_id

    async def _discover(self, client: _http.Client) -> str:
        doing = f"looking for the project of {self.region}"
        if not self._iam:
            raise ConsoleError(
                "the project id is not given, and the address of IAM cannot be told from this endpoint",
                advice="Set O(project_id), or HUAWEICLOUD_SDK_IAM_ENDPOINT.",
            ).while_doing(doing)
        operation = Operation(
            "GET", self._iam, "/v3/projects", "iam:projects:listProjects", query=(("name", self.region),)
        )
        reply = await self.rpc.ask(client, operation, models.ProjectList, doing=doing)
        projects = reply.value[0].projects
        if len(projects) != 1:
            kind, found = (ConsoleError, f"{len(projects)} projects") if projects else (NotFound, "no project")
            raise kind(
                f"this key sees {found} with the name {self.region}",
                advice="Check O(region), or set O(project_id).",
                request_id=reply.value[1],
            ).while_doing(doing)
        return _checked_project(projects[0].id)

    async def _known(self, client: _http.Client, instance_id: str) -> list[Instance]:
        """The server, or nothing where the service does not know it."""
        try:
            return [await self.describe_instance(client, instance_id)]
        except NotFound as error:
            if error.code in UNKNOWN_SERVER:
                return []
            raise

    async def _list(
        self, client: _http.Client, query: tuple[tuple[str, str], ...], *, doing: str
    ) -> tuple[list[Instance], int | None]:
        """Return one page, and how many servers all pages have."""
        operation = await self._operation(client, "GET", "/cloudservers/detail", LIST_PERMISSION, query=query)
        reply = await self.rpc.ask(client, operation, models.ServerPage, doing=doing)
        page = reply.value[0]
        return [server.to_instance(self.region) for server in page.servers], page.count

    async def _list_all(self, client: _http.Client, *, doing: str) -> list[Instance]:
        """Return all servers.

        Pages have numbers: a server that is deleted moves another one to a page that has been read already. So if the
        count changes on the way, all pages are read again.
        """
        found: list[Instance] = []
        for turn in range(1, TURNS + 1):
            found, is_steady = await self._read_pages(client, doing=doing, last=turn == TURNS)
            if is_steady:
                break
        return found

    async def _read_pages(self, client: _http.Client, *, doing: str, last: bool) -> tuple[list[Instance], bool]:
        """Read page after page, and say whether all had the same count.

        :param last: the pages are not read again, so a list that has changed must be whole, too.
        :raises UnexpectedAnswer: the list does not end, or has no more servers before its count is reached.
        """
        found: dict[str, Instance] = {}
        counts: set[int | None] = set()
        for number in range(1, MOST_PAGES + 1):
            page, count = await self._list(client, (("limit", str(PAGE)), ("offset", str(number))), doing=doing)
            counts.add(count)
            before = len(found)
            found.update({server.instance_id: server for server in page})
            if _is_end(len(page), len(found), count):
                return list(found.values()), len(counts) == 1
            if len(found) == before:
                if len(counts) > 1 and not last:
                    return list(found.values()), False
                break
        raise self._endless(len(found), count).while_doing(doing)

    def _endless(self, found: int, count: int | None) -> UnexpectedAnswer:
        """Say why a list cannot be trusted."""
        reason = f"the list of instances in {self.region} does not end after {MOST_PAGES} pages, or has a page again"
        if count is not None and found < count:
            reason = f"the list of instances in {self.region} has {found} of the {count} that the service counts"
        return UnexpectedAnswer(reason, advice="Check O(endpoint) and any proxy on the way to it, then run it again.")

    async def _console_operation(self, client: _http.Client, instance_id: str, protocol: str, kind: str) -> Operation:
        body = json.dumps({"remote_console": {"protocol": protocol, "type": kind}}, separators=(",", ":")).encode()
        if self.api == "ecs":
            path = f"/cloudservers/{instance_id}/remote_console"
            return await self._operation(client, "POST", path, "ecs:cloudServers:vnc", body=body)
        return await self._operation(
            client,
            "POST",
            f"/servers/{instance_id}/remote-consoles",
            "ecs:servers:createConsole",
            body=body,
            version="v2.1",
            headers={"x-openstack-nova-api-version": MICROVERSION},
        )

    async def _output_operation(self, client: _http.Client, instance_id: str, lines: int) -> Operation:
        """Sources: https://support.huaweicloud.com/api-ecs/ecs_02_1601.html and, of the older one, facts.py."""
        if self.api == "ecs":
            path, query = f"/cloudservers/{instance_id}/console-output", (("length", str(lines)),)
            return await self._operation(client, "GET", path, "ecs:cloudServers:getConsoleOutput", query=query)
        return await self._operation(
            client,
            "POST",
            f"/servers/{instance_id}/action",
            "for os-getConsoleOutput on servers",
            body=json.dumps({"os-getConsoleOutput": {"length": lines}}, separators=(",", ":")).encode(),
            version="v2.1",
            headers={"x-openstack-nova-api-version": OUTPUT_MICROVERSION},
        )

    async def _operation(
        self, client: _http.Client, method: str, path: str, permission: str, *, version: str = "v1", **more: t.Any
    ) -> Operation:
        project = await self.project_id(client)
        return Operation(method, self.endpoint, f"/{version}/{project}{path}", permission, project_id=project, **more)


def _is_end(on_page: int, found: int, count: int | None) -> bool:
    """Whether the list ends here: where the service counts, a page that is shorter than it was asked for is no end."""
    return on_page < PAGE if count is None or found > count else found == count


def _checked_project(project_id: str) -> str:
    if project_id and not _PROJECT_ID.match(project_id):
        raise ConsoleError(
            "the project id has characters that no project id has",
            advice="Set O(project_id) to the 32 characters of the project's id.",
        )
    return project_id


def _checked_api(api: str) -> str:
    if api and api not in APIS:
        raise ConsoleError(f"the api {api[:32]!r} is not known", advice=f"Set O(api) to one of {', '.join(APIS)}.")
    return api or APIS[0]


def _region_endpoint(region: str) -> str:
    """Return what the variable of the vendor's SDK says for this region; the first one, where it names several."""
    urls = os.environ.get(f"HUAWEICLOUD_SDK_REGION_ECS_{region.upper().replace('-', '_')}", "")
    return urls.split(",")[0].strip().rstrip("/")


def _usual_endpoint(region: str) -> str:
    domain = next((domain for prefix, domain in DOMAINS.items() if region.startswith(prefix)), DOMAIN)
    return f"https://ecs.{region}.{domain}"


def _iam_endpoint(endpoint: str, from_file: str, access: Access) -> str:
    """Return the URL of IAM beside endpoint, empty where it cannot be told: a key is not sent to another site."""
    named = os.environ.get("HUAWEICLOUD_SDK_IAM_ENDPOINT", "") or from_file
    if named:
        return checked_endpoint(named.rstrip("/"), allow_plain_http=access.allow_plain_http)
    scheme, _colon, host = endpoint.partition("://")
    return f"{scheme}://iam.{host.removeprefix('ecs.')}" if host.startswith("ecs.") else ""


def _console_of(console: models.RemoteConsole, request_id: str | None, seconds: int | None) -> Console:
    """Return it in our words; what the page behind it connects to is not documented."""
    if not _CONSOLE_URL.match(console.url):
        raise UnexpectedAnswer("the answer has something other than a URL as the console's URL")
    return Console(
        vnc_url=console.url,
        protocol=console.protocol,
        type=console.type,
        request_id=request_id,
        expires_in=seconds,
    )
