# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""The Security Token Service, version 2015-04-01: where it is, what it is asked for, and what its answers mean.

Source: https://www.alibabacloud.com/help/en/ram/developer-reference/api-sts-2015-04-01-assumerole.
"""

from __future__ import annotations

import hashlib
import typing as t
from dataclasses import dataclass, field

from ansible_collections.cloudops.console.plugins.module_utils import _http
from ansible_collections.cloudops.console.plugins.module_utils._alibaba import files, issued, models
from ansible_collections.cloudops.console.plugins.module_utils._alibaba.errors import error_of
from ansible_collections.cloudops.console.plugins.module_utils._alibaba.keys import Issue, unreadable
from ansible_collections.cloudops.console.plugins.module_utils._endpoint import checked_endpoint
from ansible_collections.cloudops.console.plugins.module_utils._errors import (
    AuthenticationError,
    ConsoleError,
    NotFound,
)
from ansible_collections.cloudops.console.plugins.module_utils._models import checked_region
from ansible_collections.cloudops.console.plugins.module_utils._rate_limit import RateLimiter
from ansible_collections.cloudops.console.plugins.module_utils._vendor_model import read_model

API_VERSION = "2015-04-01"
# What sessions are called in ActionTrail where nothing else is given.
SESSION_NAME = "cloudops-console"
# Seconds for which credentials are asked, and the least that STS gives.
LIFE = 3600
SHORTEST_LIFE = 900

# Codes of STS beyond those of _alibaba.errors: beginning, class, next step.
_OF_STS: tuple[tuple[str, type[ConsoleError], str], ...] = (
    (
        "AuthenticationFail.OIDCToken.Expired",
        AuthenticationError,
        "The OIDC token has expired: see that whoever writes its file renews it.",
    ),
    ("AuthenticationFail", AuthenticationError, "Check the OIDC token, its provider and the trust policy of the role."),
    ("EntityNotExist.Role", NotFound, "Check the ARN of the role."),
    ("EntityNotExist", NotFound, "Check the ARNs of the role and of the OIDC provider."),
    ("InvalidParameter.DurationSeconds", ConsoleError, "Set expired_seconds to at most what the role allows."),
    ("InvalidParameter.RoleArn", ConsoleError, "Write the ARN as acs:ram::ACCOUNT:role/NAME."),
)


@dataclass(frozen=True)
class Role:
    """What to ask STS for.

    :param session: its name in ActionTrail, SESSION_NAME where empty.
    :param life: seconds, LIFE where 0.
    :param policy: a policy that narrows the role's, or empty.
    """

    arn: str
    session: str = ""
    life: int = 0
    policy: str = ""
    external_id: str = field(default="", repr=False)

    def check(self, source: str) -> None:
        """Raise ConsoleError where STS would refuse this whatever the credentials are."""
        if not self.arn:
            raise ConsoleError(
                f"{source} lacks the ARN of the role", advice="Write it as acs:ram::ACCOUNT:role/NAME (ram_role_arn)."
            )
        for text in (self.arn, self.session, self.external_id):
            if not text.isascii() or not text.isprintable():
                raise ConsoleError(
                    f"{source} has characters in role, session name or external id that none of them has",
                    advice="Write the ARN as acs:ram::ACCOUNT:role/NAME.",
                )
        if self.life and self.life < SHORTEST_LIFE:
            raise ConsoleError(
                f"{source} asks for credentials for {self.life} seconds",
                advice=f"Use at least {SHORTEST_LIFE} (expired_seconds).",
            )

    @property
    def account(self) -> str:
        """The ARN, and a mark where policy or external id make the same role something else."""
        rest = f"{self.policy}\0{self.external_id}"
        return f"{self.arn}+{hashlib.sha256(rest.encode()).hexdigest()[:12]}" if len(rest) > 1 else self.arn

    def params(self) -> dict[str, str]:
        """Return the parameters that both operations share."""
        given = {
            "RoleArn": self.arn,
            "RoleSessionName": self.session or SESSION_NAME,
            "DurationSeconds": str(self.life or LIFE),
            "Policy": self.policy,
        }
        return {name: value for name, value in given.items() if value}


@dataclass(frozen=True)
class Service:
    """Where STS is, and how patiently it is asked."""

    endpoint: str
    policy: _http.Policy

    async def ask(
        self,
        client: _http.Client,
        sign: t.Callable[[], _http.Request],
        *,
        source: str,
        permission: str,
        hidden: t.Sequence[str],
    ) -> Issue:
        """Send one request and return what it gives.

        :param hidden: values that the answer could echo.
        """
        reply = await _http.call(
            client, sign, lambda answer: _read(answer, permission, hidden), policy=self.policy, limiter=RateLimiter()
        )
        return issued.read_issue(reply.value, source, at=reply.at)


def find_endpoint(env: t.Mapping[str, str], *, given: str = "", region: str = "", vpc: bool | None = None) -> str:
    """Return the URL of STS.

    :param given: what a profile names; ALIBABA_CLOUD_STS_ENDPOINT comes next, then the region.
    :param region: of a profile; ALIBABA_CLOUD_STS_REGION comes next, then the central endpoint.
    :param vpc: of a profile, None where it does not say; then ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED decides.
    :raises ConsoleError: it is no plain https URL; http is for this machine only.
    """
    endpoint = (given or env.get("ALIBABA_CLOUD_STS_ENDPOINT", "")).strip()
    if endpoint:
        try:
            return checked_endpoint(endpoint, allow_plain_http=False)
        except ConsoleError as error:
            raise ConsoleError(
                error.reason.replace("the endpoint", "the endpoint of STS", 1),
                advice="Correct ALIBABA_CLOUD_STS_ENDPOINT, or sts_endpoint of the profile: a host name, or https://host.",
            ) from None
    region = region or env.get("ALIBABA_CLOUD_STS_REGION", "")
    if not region:
        return "https://sts.aliyuncs.com"
    if vpc is None:
        vpc = files.is_true(env.get("ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED", ""))
    try:
        return f"https://sts{'-vpc' if vpc else ''}.{checked_region(region)}.aliyuncs.com"
    except ConsoleError as error:
        raise ConsoleError(
            f"{error.reason} (STS)", advice="Correct ALIBABA_CLOUD_STS_REGION, or sts_region of the profile."
        ) from None


def _read(answer: _http.Response, permission: str, hidden: t.Sequence[str]) -> dict[str, t.Any]:
    document = answer.json_object()
    given = document.get("Credentials")
    if answer.status == 200 and isinstance(given, dict):
        return given
    if "Code" not in document:
        raise unreadable("the answer of STS", status=answer.status)
    refusal = read_model(models.Refusal, document, status=answer.status)
    error = error_of(answer, refusal.code, refusal.message, refusal.request_id, permission=permission, secrets=hidden)
    raise _of_sts(error)


def _of_sts(error: ConsoleError) -> ConsoleError:
    """Return the error in the class and with the advice that a code of STS has."""
    if error.retryable:
        return error
    for prefix, kind, advice in _OF_STS:
        if (error.code or "").startswith(prefix):
            return kind(error.reason, advice=advice, code=error.code, request_id=error.request_id, status=error.status)
    return error
