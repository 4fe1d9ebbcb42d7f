# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""The operations of ECS that this collection uses, for one account in one region.

What only some modules need is imported where it is used: a module pays for every file that it imports.
"""

from __future__ import annotations

import datetime as dt
import json
import typing as t
from urllib.parse import quote, unquote

from ansible_collections.cloudops.console.plugins.module_utils import _http
from ansible_collections.cloudops.console.plugins.module_utils._alibaba import models
from ansible_collections.cloudops.console.plugins.module_utils._alibaba.facts import FACTS
from ansible_collections.cloudops.console.plugins.module_utils._alibaba.rpc import PAGE_SIZE, Rpc
from ansible_collections.cloudops.console.plugins.module_utils._errors import (
    ConsoleError,
    NotFound,
    checked_request_id,
)
from ansible_collections.cloudops.console.plugins.module_utils._models import (
    Access,
    Acknowledgement,
    Console,
    Instance,
    checked_instance_id,
)
from ansible_collections.cloudops.console.plugins.module_utils._rate_limit import RateLimiter

if t.TYPE_CHECKING:
    from ansible_collections.cloudops.console.plugins.module_utils._console_output import ConsoleOutput, Screenshot
    from ansible_collections.cloudops.console.plugins.module_utils._sessions import (
        SessionRequest,
        SessionState,
        StartedSession,
    )

# The management terminal, and the seconds within which its URL must be used for the first time. Source:
# https://www.alibabacloud.com/help/en/ecs/developer-reference/api-ecs-2014-05-26-describeinstancevncurl
CONSOLE_PAGE = "https://g.alicdn.com/aliyun/ecs-console-vnc2/0.0.8/index.html"
CONSOLE_SECONDS = 15
# Instances that a search by tags finds at most; a search that finds so many may have left some out.
# Source: the parameter Tag.N of DescribeInstances.
MOST_BY_TAGS = 1000
# Beyond this difference the service accepts no signature, so a Date that is further away is not its clock.
LARGEST_SKEW = dt.timedelta(seconds=FACTS.clock_tolerance or 0)


class AlibabaProvider:
    """ECS of one account in one region; safe to share between workers, each with its own Client.

    :raises ConsoleError: region, endpoint or credentials are not usable; nothing was sent.
    """

    facts = FACTS

    def __init__(self, access: Access, policy: _http.Policy, limiter: RateLimiter) -> None:
        self.rpc = Rpc(access, policy, limiter)
        self.region = self.rpc.region
        self.endpoint = self.rpc.endpoint
        self.trust = self.rpc.trust

    @property
    def account(self) -> str:
        """What the quota is counted for, as far as it can be seen from here: the access key id, or the role."""
        return self.rpc.credentials.account

    @property
    def credentials_from(self) -> str:
        """Where the credentials come from, for people."""
        return self.rpc.credentials.source

    async def describe_instance(self, client: _http.Client, instance_id: str) -> Instance:
        """Describe one instance (DescribeInstances).

        :raises NotFound: it is not in the answer. The service has no code for that.
        """
        for instance in await self.describe_instances(client, [instance_id]):
            if instance.instance_id.lower() == instance_id.lower():
                return instance
        raise NotFound(
            f"{instance_id} is not known in {self.region} to this account",
            advice="Check O(instance_id), O(region) and the credentials.",
        )

    async def describe_instances(self, client: _http.Client, instance_ids: t.Sequence[str]) -> list[Instance]:
        """Describe up to 100 instances in one call (DescribeInstances); unknown ones are simply absent.

        :raises ConsoleError: the call failed as a whole.
        """
        ids = [checked_instance_id(instance_id) for instance_id in instance_ids]
        params = {"InstanceIds": json.dumps(ids, separators=(",", ":")), "MaxResults": PAGE_SIZE}
        doing = (
            f"describing {len(ids)} instances in {self.region}"
            if len(ids) != 1
            else f"describing {ids[0]} in {self.region}"
        )
        page = await self.rpc.ask(client, "DescribeInstances", params, models.InstancePage, doing=doing)
        return [item.to_instance(self.region) for item in page.value.instances.instance]

    async def find_instances(self, client: _http.Client, tags: t.Mapping[str, str]) -> list[Instance]:
        """Describe all instances of the region that carry all of up to 20 tags; without tags, all instances.

        The service finds at most 1,000 by tags. If there may be more, all are listed, and the choice is made here.
        """
        found = await self._list(client, tags)
        if not tags or len(found) < MOST_BY_TAGS:
            return found
        return [instance for instance in await self._list(client, {}) if tags.items() <= instance.tags.items()]

    async def _list(self, client: _http.Client, tags: t.Mapping[str, str]) -> list[Instance]:
        """Read all pages of DescribeInstances."""
        params: dict[str, str] = {}
        for number, (key, value) in enumerate(tags.items(), start=1):
            params[f"Tag.{number}.Key"] = key
            params[f"Tag.{number}.Value"] = value
        doing = f"listing the instances in {self.region}"
        pages = self.rpc.pages(client, "DescribeInstances", params, models.InstancePage, doing=doing)
        return [item.to_instance(self.region) async for page in pages for item in page.instances.instance]

    async def set_vnc_password(self, client: _http.Client, instance_id: str, password: str) -> Acknowledgement:
        """Set the VNC password (ModifyInstanceVncPasswd).

        Sending the same value again has the same end state, so a try without an answer is simply repeated.
        """
        params = {"InstanceId": checked_instance_id(instance_id), "VncPassword": password}
        doing = f"setting the VNC password of {instance_id} in {self.region}"
        reply = await self.rpc.ask(
            client,
            "ModifyInstanceVncPasswd",
            params,
            models.Accepted,
            doing=doing,
            instance_id=instance_id,
            hidden=(password,),
        )
        now = dt.datetime.now(dt.timezone.utc)
        at = reply.at if abs(reply.at - now) <= LARGEST_SKEW else now
        return Acknowledgement(checked_request_id(reply.value.request_id), at, reply.ambiguous)

    async def restart(self, client: _http.Client, instance_id: str, *, force_stop: bool, dry_run: bool) -> str | None:
        """Restart an instance (RebootInstance), or only check that it could be; return the request id.

        Never sent again after a lost answer: two restarts are not one.
        """
        params = {
            "InstanceId": checked_instance_id(instance_id),
            "ForceStop": str(force_stop).lower(),
            "DryRun": str(dry_run).lower(),
        }
        doing = f"{'a dry run of ' if dry_run else ''}restarting {instance_id} in {self.region}"
        try:
            reply = await self.rpc.ask(
                client,
                "RebootInstance",
                params,
                models.Accepted,
                doing=doing,
                instance_id=instance_id,
                repeatable=False,
                regional=False,
            )
        except ConsoleError as error:
            # The service says by an error that a dry run would succeed.
            if dry_run and error.code == "DryRunOperation":
                return error.request_id
            raise
        return checked_request_id(reply.value.request_id)

    async def start_session(self, client: _http.Client, request: SessionRequest) -> StartedSession:
        """Start a terminal session, see terminal.start()."""
        from ansible_collections.cloudops.console.plugins.module_utils._alibaba import terminal

        return await terminal.start(self.rpc, client, request)

    async def end_session(self, client: _http.Client, session_id: str) -> str | None:
        """End a terminal session, see terminal.end()."""
        from ansible_collections.cloudops.console.plugins.module_utils._alibaba import terminal

        return await terminal.end(self.rpc, client, session_id)

    async def list_sessions(
        self, client: _http.Client, *, instance_id: str = "", session_id: str = ""
    ) -> list[SessionState]:
        """List terminal sessions, see terminal.sessions()."""
        from ansible_collections.cloudops.console.plugins.module_utils._alibaba import terminal

        return await terminal.sessions(self.rpc, client, instance_id=instance_id, session_id=session_id)

    async def console_output(self, client: _http.Client, instance_id: str, lines: int) -> ConsoleOutput:  # noqa: ARG002 - always all
        """Return what the instance last wrote to its console, see output.output(); the service knows no limit."""
        from ansible_collections.cloudops.console.plugins.module_utils._alibaba import output

        return await output.output(self.rpc, client, instance_id)

    async def screenshot(self, client: _http.Client, instance_id: str) -> Screenshot:
        """Return a picture of the screen, see output.screenshot()."""
        from ansible_collections.cloudops.console.plugins.module_utils._alibaba import output

        return await output.screenshot(self.rpc, client, instance_id)

    async def console(self, client: _http.Client, instance: Instance, console_type: str) -> Console:
        """Return a fresh console URL (DescribeInstanceVncUrl), to be opened within 15 seconds."""
        params = {"InstanceId": checked_instance_id(instance.instance_id)}
        doing = f"asking for the console of {instance.instance_id} in {self.region}"
        reply = await self.rpc.ask(
            client, "DescribeInstanceVncUrl", params, models.VncUrl, doing=doing, instance_id=instance.instance_id
        )
        encoded, plain = console_addresses(reply.value.vnc_url)
        windows = "true" if instance.os_type.lower() == "windows" else "false"
        return Console(
            vnc_url=f"{CONSOLE_PAGE}?vncUrl={encoded}&instanceId={instance.instance_id}&isWindows={windows}",
            websocket_url=plain,
            expires_in=CONSOLE_SECONDS,
            protocol="vnc",
            type=console_type,
            request_id=checked_request_id(reply.value.request_id),
        )


def console_addresses(vnc_url: str) -> tuple[str, str]:
    """Return VncUrl as it is appended to the page's address, and decoded once.

    It arrives percent-encoded once, and is never encoded a second time; should it ever arrive plain, it is encoded.
    """
    if vnc_url.lower().startswith(("wss%3a", "ws%3a")):
        return vnc_url, unquote(vnc_url)
    return quote(vnc_url, safe=""), vnc_url
