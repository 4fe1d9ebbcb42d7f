# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""The operations of ECS that this collection uses, for one account in one region.

What only some modules need is imported where it is used: a module pays for every file that it imports.

Every parameter travels in the query string, as the vendor's own SDK sends it, so no URL of a request may ever be shown.
"""

from __future__ import annotations

import datetime as dt
import json
import secrets
import time
import typing as t
from urllib.parse import quote, unquote

from ansible_collections.cloudops.console.plugins.module_utils import _http
from ansible_collections.cloudops.console.plugins.module_utils._alibaba import answers, signing
from ansible_collections.cloudops.console.plugins.module_utils._alibaba.credentials import Credentials, find_keys
from ansible_collections.cloudops.console.plugins.module_utils._alibaba.facts import FACTS
from ansible_collections.cloudops.console.plugins.module_utils._endpoint import checked_endpoint
from ansible_collections.cloudops.console.plugins.module_utils._errors import (
    AuthenticationError,
    ConsoleError,
    NotFound,
    UnexpectedAnswer,
    checked_request_id,
)
from ansible_collections.cloudops.console.plugins.module_utils._models import (
    Access,
    Acknowledgement,
    Console,
    Instance,
    checked_instance_id,
    checked_region,
)
from ansible_collections.cloudops.console.plugins.module_utils._rate_limit import RateLimiter
from ansible_collections.cloudops.console.plugins.module_utils._vendor_model import Model, read_model

if t.TYPE_CHECKING:
    from ansible_collections.cloudops.console.plugins.module_utils._sessions import (
        SessionRequest,
        SessionState,
        StartedSession,
    )

API_VERSION = "2014-05-26"
# The management terminal, and the seconds within which its URL must be used for the first time. Source:
# https://www.alibabacloud.com/help/en/ecs/developer-reference/api-ecs-2014-05-26-describeinstancevncurl
CONSOLE_PAGE = "https://g.alicdn.com/aliyun/ecs-console-vnc2/0.0.8/index.html"
CONSOLE_SECONDS = 15
# Beyond this difference the service accepts no signature, so a Date that is further away is not its clock.
LARGEST_SKEW = dt.timedelta(minutes=15)
# Pages of a list that are read at most; a list of instances that is longer has no end.
MOST_PAGES = 1000
PAGE = "100"


class AlibabaClient:
    """ECS of one account in one region; safe to share between workers, each with its own Wire.

    :raises ConsoleError: region, endpoint or credentials are not usable; nothing was sent.
    """

    facts = FACTS

    def __init__(self, access: Access, policy: _http.Policy, limiter: RateLimiter) -> None:
        self.region = checked_region(access.region)
        self.trust = _http.Trust(access.validate_certs, access.ca_cert or None)
        endpoint = access.endpoint or f"https://ecs.{self.region}.aliyuncs.com"
        self.endpoint = checked_endpoint(endpoint, allow_plain_http=access.allow_plain_http)
        self.keys = find_keys(access, policy=policy)
        self._host = self.endpoint.partition("://")[2]
        self._policy = policy
        self._limiter = limiter

    @property
    def account(self) -> str:
        """What the quota is counted for, as far as it can be seen from here: the access key id, or the role."""
        return self.keys.account

    async def describe_instance(self, wire: _http.Wire, instance_id: str) -> Instance:
        """Describe one instance (DescribeInstances).

        :raises NotFound: it is not in the answer. The service has no code for that.
        """
        for instance in await self.describe_instances(wire, [instance_id]):
            if instance.instance_id.lower() == instance_id.lower():
                return instance
        raise NotFound(
            f"{instance_id} is not known in {self.region} to this account",
            advice="Check instance_id, region and the credentials.",
        )

    async def describe_instances(self, wire: _http.Wire, instance_ids: t.Sequence[str]) -> list[Instance]:
        """Describe up to 100 instances in one call (DescribeInstances); unknown ones are simply absent.

        :raises ConsoleError: the call failed as a whole.
        """
        ids = [checked_instance_id(instance_id) for instance_id in instance_ids]
        params = {"InstanceIds": json.dumps(ids, separators=(",", ":")), "MaxResults": PAGE}
        doing = (
            f"describing {len(ids)} instances in {self.region}"
            if len(ids) != 1
            else f"describing {ids[0]} in {self.region}"
        )
        page = await self.ask(wire, "DescribeInstances", params, answers.InstancePage, doing=doing)
        return [item.to_instance(self.region) for item in page.value.instances.instance]

    async def find_instances(self, wire: _http.Wire, tags: t.Mapping[str, str]) -> list[Instance]:
        """Describe all instances of the region that carry all of up to 20 tags; without tags, all instances."""
        params = {"MaxResults": PAGE}
        for number, (key, value) in enumerate(tags.items(), start=1):
            params[f"Tag.{number}.Key"] = key
            params[f"Tag.{number}.Value"] = value
        found: list[Instance] = []
        for _page in range(MOST_PAGES):
            doing = f"listing the instances in {self.region}"
            page = (await self.ask(wire, "DescribeInstances", params, answers.InstancePage, doing=doing)).value
            found += [item.to_instance(self.region) for item in page.instances.instance]
            if not page.next_token or params.get("NextToken") == page.next_token:
                return found
            params["NextToken"] = page.next_token
        raise UnexpectedAnswer(
            f"the list of instances in {self.region} does not end after {MOST_PAGES} pages",
            advice="Ask by tags.",
        )

    async def set_vnc_password(self, wire: _http.Wire, instance_id: str, password: str) -> Acknowledgement:
        """Set the VNC password (ModifyInstanceVncPasswd).

        Sending the same value again has the same end state, so a try without an answer is simply repeated.
        """
        params = {"InstanceId": checked_instance_id(instance_id), "VncPassword": password}
        doing = f"setting the VNC password of {instance_id} in {self.region}"
        reply = await self.ask(
            wire,
            "ModifyInstanceVncPasswd",
            params,
            answers.Accepted,
            doing=doing,
            instance_id=instance_id,
            hidden=(password,),
        )
        now = dt.datetime.now(dt.timezone.utc)
        at = reply.at if abs(reply.at - now) <= LARGEST_SKEW else now
        return Acknowledgement(checked_request_id(reply.value.request_id), at, reply.ambiguous)

    async def restart(self, wire: _http.Wire, instance_id: str, *, force_stop: bool, dry_run: bool) -> str | None:
        """Restart an instance (RebootInstance), or only check that it could be; return the request id.

        Never sent again after a lost answer: two restarts are not one.
        """
        params = {
            "InstanceId": checked_instance_id(instance_id),
            "ForceStop": str(force_stop).lower(),
            "DryRun": str(dry_run).lower(),
        }
        doing = f"restarting {instance_id} in {self.region}"
        try:
            reply = await self.ask(
                wire,
                "RebootInstance",
                params,
                answers.Accepted,
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

    async def start_session(self, wire: _http.Wire, request: SessionRequest) -> StartedSession:
        """Start a terminal session, see terminal.start()."""
        from ansible_collections.cloudops.console.plugins.module_utils._alibaba import terminal

        return await terminal.start(self, wire, request)

    async def end_session(self, wire: _http.Wire, session_id: str) -> str | None:
        """End a terminal session, see terminal.end()."""
        from ansible_collections.cloudops.console.plugins.module_utils._alibaba import terminal

        return await terminal.end(self, wire, session_id)

    async def list_sessions(
        self, wire: _http.Wire, *, instance_id: str = "", session_id: str = ""
    ) -> list[SessionState]:
        """List terminal sessions, see terminal.sessions()."""
        from ansible_collections.cloudops.console.plugins.module_utils._alibaba import terminal

        return await terminal.sessions(self, wire, instance_id=instance_id, session_id=session_id)

    async def console(self, wire: _http.Wire, instance: Instance, console_type: str) -> Console:
        """Return a fresh console URL (DescribeInstanceVncUrl), to be opened within 15 seconds."""
        params = {"InstanceId": checked_instance_id(instance.instance_id)}
        doing = f"asking for the console of {instance.instance_id} in {self.region}"
        reply = await self.ask(
            wire, "DescribeInstanceVncUrl", params, answers.VncUrl, doing=doing, instance_id=instance.instance_id
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

    async def ask(
        self,
        wire: _http.Wire,
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

        async def send(keys: Credentials) -> _http.Reply[Model]:
            return await _http.call(
                wire,
                lambda: self._sign(action, query, keys),
                lambda answer: self._read(answer, model, permission, (*hidden, *keys.secrets)),
                policy=self._policy,
                limiter=self._limiter,
                repeatable=repeatable,
                deadline=deadline,
            )

        try:
            keys = await self.keys.current(wire)
            try:
                return await send(keys)
            except AuthenticationError as error:
                if not await self.keys.refused(keys, error.code, wire):
                    raise
            return await send(await self.keys.current(wire))
        except ConsoleError as error:
            raise error.while_doing(doing) from None

    def _sign(self, action: str, query: str, keys: Credentials) -> _http.Request:
        """Make a request with its own date and nonce."""
        headers = {
            "accept": "application/json",
            "accept-encoding": "identity",
            "user-agent": _http.USER_AGENT,
            "x-acs-action": action,
            "x-acs-version": API_VERSION,
            "x-acs-date": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "x-acs-signature-nonce": secrets.token_hex(16),
        }
        if keys.security_token:
            headers["x-acs-accesskey-id"] = keys.access_key_id
            headers["x-acs-security-token"] = keys.security_token
        signed = signing.signed_headers(
            method="POST",
            host=self._host,
            query=query,
            headers=headers,
            access_key_id=keys.access_key_id,
            access_key_secret=keys.access_key_secret,
        )
        return _http.Request("POST", f"{self.endpoint}/?{query}", signed)

    def _read(self, answer: _http.Answer, model: type[Model], permission: str, hidden: tuple[str, ...]) -> Model:
        document = answer.json_object()
        if answer.status < 300 and "Code" not in document:
            return read_model(model, document, status=answer.status)
        refusal = read_model(answers.Refusal, document, status=answer.status)
        if not refusal.code:
            raise UnexpectedAnswer(
                f"something in between answered with status {answer.status}",
                advice="Check the endpoint and any proxy on the way to it.",
                status=answer.status,
                retryable=True,
                ambiguous=True,
            )
        from ansible_collections.cloudops.console.plugins.module_utils._alibaba.errors import error_of

        raise error_of(
            answer,
            refusal.code,
            refusal.message,
            refusal.request_id,
            permission=permission,
            secrets=hidden,
        )


def console_addresses(vnc_url: str) -> tuple[str, str]:
    """Return VncUrl as it is appended to the page's address, and decoded once.

    It arrives percent-encoded once, and is never encoded a second time; should it ever arrive plain, it is encoded.
    """
    if vnc_url.lower().startswith(("wss%3a", "ws%3a")):
        return vnc_url, unquote(vnc_url)
    return quote(vnc_url, safe=""), vnc_url
