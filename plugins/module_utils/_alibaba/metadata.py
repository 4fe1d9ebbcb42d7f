# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""The temporary credentials of the RAM role of the ECS instance that this runs on, from its metadata service.

The address is unencrypted by nature and outside of a cloud it leads nowhere, or to a stranger (100.64.0.0/10 is shared
address space): so it is asked directly and never through a proxy, each request has one second, and nothing is sent but
the request for a token of its own. Source: https://www.alibabacloud.com/help/en/ecs/user-guide/view-instance-metadata.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ansible_collections.cloudops.console.plugins.module_utils import _http
from ansible_collections.cloudops.console.plugins.module_utils._alibaba import issued
from ansible_collections.cloudops.console.plugins.module_utils._alibaba.keys import Issue
from ansible_collections.cloudops.console.plugins.module_utils._errors import (
    AuthenticationError,
    ConsoleError,
    TimedOut,
)

SERVICE = "http://100.100.100.200"
# Seconds for which the token is asked.
LIFETIME = "21600"
# Each request has one second in all, and half of it to connect: whoever is there answers within milliseconds.
POLICY = _http.Policy(timeout=1.0, retries=0)

_ROLES = "/latest/meta-data/ram/security-credentials/"
_ROLE = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9])?\Z")
_TOKEN = re.compile(r"[!-~]{1,4096}\Z")
_HEADERS = {"accept": "application/json", "accept-encoding": "identity", "user-agent": _http.USER_AGENT}


@dataclass(frozen=True)
class EcsRole:
    """The RAM role of this machine.

    :param role: its name; where empty, the service is asked for it.
    :param with_v1: whether requests without a token may be tried where the service gives none.
    """

    name: str
    role: str = ""
    with_v1: bool = True

    @property
    def account(self) -> str:
        return f"ecs-ram-role/{self.role or '*'}"

    def check(self) -> None:
        """Raise ConsoleError where the role's name could bend the path."""
        if self.role and not _ROLE.match(self.role):
            raise ConsoleError(
                f"the name of the RAM role in {self.name} has characters that no role's name has",
                advice="Correct ALIBABA_CLOUD_ECS_METADATA, or ram_role_name of the profile.",
            )

    async def fetch(self, client: _http.Client) -> Issue:  # noqa: ARG002 - the worker's client may lead through a proxy
        """Ask the metadata service; at most four requests of one second each."""
        async with _http.Client(_http.Trust(), POLICY, direct=True) as direct:
            token = await self._token(direct)
            role = self.role or await self._find_role(direct, token)
            answer = await self._get(direct, f"{_ROLES}{role}", token)
            if answer.status == 404:
                raise _no_role(f"the RAM role {role} is not attached to this instance", answer)
            document = issued.document_of(answer)
            return issued.read_issue(document, self.name, at=issued.answered_at(answer), status=answer.status)

    async def _token(self, direct: _http.Client) -> str:
        """Return the token of version 2, empty for version 1.

        :raises ConsoleError: nothing is there at all, or version 1 is not wanted.
        """
        headers = {**_HEADERS, "x-aliyun-ecs-metadata-token-ttl-seconds": LIFETIME}
        try:
            answer = await direct.send(_http.Request("PUT", f"{SERVICE}/latest/api/token", headers))
        except ConsoleError as error:
            if self.with_v1 and error.ambiguous:
                return ""
            raise _nobody(error) from None
        token = answer.body.decode("ascii", "replace").strip()
        if answer.status == 200 and _TOKEN.match(token):
            return token
        if self.with_v1:
            return ""
        raise AuthenticationError(
            "the metadata service gives no token, and ALIBABA_CLOUD_IMDSV1_DISABLED forbids to do without",
            status=answer.status,
            advice="Let the instance offer metadata in security hardening mode, or unset that variable.",
        )

    async def _find_role(self, direct: _http.Client, token: str) -> str:
        answer = await self._get(direct, _ROLES, token)
        if answer.status == 404:
            raise _no_role("this instance has no RAM role", answer)
        role = answer.body.decode("ascii", "replace").strip().partition("\n")[0].strip()
        if answer.status != 200 or not _ROLE.match(role):
            raise _no_role("the metadata service names no RAM role", answer)
        return role

    async def _get(self, direct: _http.Client, path: str, token: str) -> _http.Response:
        headers = {**_HEADERS, "x-aliyun-ecs-metadata-token": token} if token else _HEADERS
        try:
            answer = await direct.send(_http.Request("GET", f"{SERVICE}{path}", headers))
            if answer.status not in (200, 404) and token and self.with_v1:
                return await direct.send(_http.Request("GET", f"{SERVICE}{path}", _HEADERS))
        except ConsoleError as error:
            raise _nobody(error) from None
        return answer


def _no_role(reason: str, answer: _http.Response) -> AuthenticationError:
    return AuthenticationError(
        reason,
        status=answer.status,
        advice="Attach a RAM role to the ECS instance, or give credentials in another way.",
    )


def _nobody(error: ConsoleError) -> TimedOut:
    """Say that there is no such service, whatever the client saw."""
    return TimedOut(
        f"no usable answer from the metadata service at {SERVICE.partition('://')[2]} ({error.reason})",
        advice="It exists on ECS instances only. Set ALIBABA_CLOUD_ECS_METADATA_DISABLED to true elsewhere.",
        retryable=True,
    )
