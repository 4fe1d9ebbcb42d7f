# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""The Security Token Service, version 2015-04-01: temporary credentials for a RAM role.

AssumeRole is signed with V1 (HMAC-SHA1) and sent as GET, AssumeRoleWithOIDC is not signed and carries its token in a
form body: so do the vendor's own credential libraries. The metadata service and a credentials URI answer in the form of
STS, and are read here, too. Sources: https://www.alibabacloud.com/help/en/ram/developer-reference/api-sts-2015-04-01-assumerole
and, for V1, https://www.alibabacloud.com/help/en/sdk/product-overview/rpc-mechanism.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import pathlib
import secrets
import time
import typing as t
from dataclasses import dataclass, field

from ansible_collections.cloudops.console.plugins.module_utils import _http
from ansible_collections.cloudops.console.plugins.module_utils._alibaba import models
from ansible_collections.cloudops.console.plugins.module_utils._alibaba.credentials.cache import (
    Credentials,
    Source,
    TemporaryCredentials,
    complete,
    is_on,
)
from ansible_collections.cloudops.console.plugins.module_utils._alibaba.errors import error_of
from ansible_collections.cloudops.console.plugins.module_utils._alibaba.signing import canonical_query, percent_encode
from ansible_collections.cloudops.console.plugins.module_utils._deps import ValidationError
from ansible_collections.cloudops.console.plugins.module_utils._endpoint import checked_endpoint
from ansible_collections.cloudops.console.plugins.module_utils._errors import (
    AuthenticationError,
    ConsoleError,
    NotFound,
    UnexpectedAnswer,
)
from ansible_collections.cloudops.console.plugins.module_utils._key_material import is_file, read_file
from ansible_collections.cloudops.console.plugins.module_utils._models import checked_region, parse_time
from ansible_collections.cloudops.console.plugins.module_utils._rate_limit import RateLimiter
from ansible_collections.cloudops.console.plugins.module_utils._redact import name_of, scrub
from ansible_collections.cloudops.console.plugins.module_utils._vendor_model import read_model

API_VERSION = "2015-04-01"
# What sessions are called in ActionTrail where nothing else is given.
SESSION_NAME = "cloudops-console"
# Seconds for which credentials are asked, and the least that STS gives.
LIFE = 3600
SHORTEST_LIFE = 900

# Characters of a code that are shown.
_LONGEST_CODE = 100

# Codes of STS beyond those of _alibaba.errors: beginning, class, next step.
_OF_STS: tuple[tuple[str, type[ConsoleError], str], ...] = (
    (
        "AuthenticationFail.OIDCToken.Expired",
        AuthenticationError,
        "The OIDC token has expired: renew its file.",
    ),
    ("AuthenticationFail", AuthenticationError, "Check the OIDC token, its provider and the trust policy of the role."),
    ("EntityNotExist.Role", NotFound, "Check the ARN of the role."),
    ("EntityNotExist", NotFound, "Check the ARNs of the role and of the OIDC provider."),
    ("InvalidParameter.DurationSeconds", ConsoleError, "Set expired_seconds to at most what the role allows."),
    ("InvalidParameter.RoleArn", ConsoleError, "Write the ARN as acs:ram::ACCOUNT:role/NAME."),
)


class Issued(models.AlibabaModel):
    """What is handed out; Code is missing where STS does."""

    code: str = "Success"
    access_key_id: str = ""
    access_key_secret: str = ""
    security_token: str = ""
    expiration: str = ""


def unreadable(what: str, *, status: int | None = None) -> UnexpectedAnswer:
    """Return the error for an answer that is no set of credentials."""
    return UnexpectedAnswer(
        f"{what} is not a set of temporary credentials",
        advice="Check where it comes from: AccessKeyId, AccessKeySecret, SecurityToken and Expiration belong there.",
        status=status,
    )


def read_credentials(
    document: t.Mapping[str, t.Any], source: str, *, at: dt.datetime, status: int | None = None
) -> TemporaryCredentials:
    """Return the credentials that document holds.

    :param source: where it came from, for people.
    :param at: when it was handed out, by the clock that its Expiration is of.
    :raises ConsoleError: it holds none, or half of one.
    """
    try:
        issued = Issued.model_validate(document)
    except ValidationError:
        raise unreadable("the answer", status=status) from None
    if issued.code != "Success":
        raise AuthenticationError(
            "it has no credentials to give",
            code=scrub(issued.code, (issued.access_key_secret, issued.security_token))[:_LONGEST_CODE],
            status=status,
            advice="Check that a role is set where they come from.",
        )
    expiration = parse_time(issued.expiration)
    if not (issued.security_token and expiration):
        raise unreadable("the answer", status=status)
    found = complete(issued.access_key_id, issued.access_key_secret, issued.security_token, source)
    if found is None:
        raise unreadable("the answer", status=status)
    return TemporaryCredentials(found, (expiration - at).total_seconds())


def read_response(response: _http.Response, source: str) -> TemporaryCredentials:
    """Return the credentials of a 200 answer that has the form of STS.

    :raises ConsoleError: it is something else, or holds none.
    """
    if response.status != 200:
        raise AuthenticationError(
            f"it answered with HTTP status {response.status}",
            status=response.status,
            advice="Check that the address is right and that a role is set there.",
        )
    try:
        document = response.json_object()
    except ConsoleError:
        raise unreadable("the answer", status=response.status) from None
    return read_credentials(document, source, at=response.at, status=response.status)


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
    ) -> TemporaryCredentials:
        """Send one request and return what it gives.

        :param hidden: values that the answer could echo.
        """
        reply = await _http.call(
            client,
            sign,
            lambda response: _read(response, permission, hidden),
            policy=self.policy,
            limiter=RateLimiter(),
        )
        return read_credentials(reply.value, source, at=reply.at)


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
        vpc = is_on(env, "ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED")
    try:
        return f"https://sts{'-vpc' if vpc else ''}.{checked_region(region)}.aliyuncs.com"
    except ConsoleError as error:
        raise ConsoleError(
            f"{error.reason} (STS)", advice="Correct ALIBABA_CLOUD_STS_REGION, or sts_region of the profile."
        ) from None


def _read(response: _http.Response, permission: str, hidden: t.Sequence[str]) -> dict[str, t.Any]:
    document = response.json_object()
    given = document.get("Credentials")
    if response.status == 200 and isinstance(given, dict):
        return given
    if "Code" not in document:
        raise unreadable("the answer of STS", status=response.status)
    refusal = read_model(models.Refusal, document, status=response.status)
    error = error_of(response, refusal.code, refusal.message, refusal.request_id, permission=permission, secrets=hidden)
    raise _of_sts(error)


def _of_sts(error: ConsoleError) -> ConsoleError:
    """Return the error in the class and with the advice that a code of STS has."""
    if error.retryable:
        return error
    for prefix, kind, advice in _OF_STS:
        if (error.code or "").startswith(prefix):
            return kind(error.reason, advice=advice, code=error.code, request_id=error.request_id, status=error.status)
    return error


@dataclass(frozen=True)
class AssumedRole:
    """A role, assumed with the credentials of another source."""

    name: str
    role: Role
    base: Source
    service: Service

    @property
    def account(self) -> str:
        return f"{self.role.account} via {self.base.account}"

    async def fetch(self, client: _http.Client) -> TemporaryCredentials:
        """Call AssumeRole."""
        credentials = (await self.base.fetch(client)).credentials
        params = {**self.role.params(), "Action": "AssumeRole"}
        if self.role.external_id:
            params["ExternalId"] = self.role.external_id

        def sign() -> _http.Request:
            query = signed_query("GET", {**params, **_fresh()}, credentials)
            return _http.Request("GET", f"{self.service.endpoint}/?{query}", _http.JSON_HEADERS)

        return await self.service.ask(
            client,
            sign,
            source=self.name,
            permission=f"sts:AssumeRole on {self.role.arn}",
            hidden=(*credentials.secrets, self.role.external_id),
        )


@dataclass(frozen=True)
class OidcRole:
    """A role, assumed with the token that a Kubernetes node or a CI runner keeps fresh in a file."""

    name: str
    role: Role
    provider_arn: str
    token_file: pathlib.Path | None
    service: Service

    @property
    def account(self) -> str:
        return f"{self.role.account} via {self.provider_arn} {self.token_file}"

    def check(self) -> None:
        """Raise ConsoleError where something is missing already."""
        self.role.check(self.name)
        if not self.provider_arn or self.token_file is None:
            absent = "file of the OIDC token" if self.provider_arn else "ARN of the OIDC provider"
            raise ConsoleError(f"{self.name} lacks the {absent}", advice="Give role, provider and file of the token.")
        if not self.provider_arn.isascii() or not self.provider_arn.isprintable():
            raise ConsoleError(
                f"{self.name} has characters in the ARN of the OIDC provider that no ARN has",
                advice="Write it as acs:ram::ACCOUNT:oidc-provider/NAME.",
            )
        if not is_file(self.token_file):
            raise ConsoleError(
                f"the file of the OIDC token, {name_of(str(self.token_file))}, does not exist",
                advice=f"It is named by {self.name}.",
            )

    async def fetch(self, client: _http.Client) -> TemporaryCredentials:
        """Call AssumeRoleWithOIDC with the token that the file has now."""
        token = self._token()
        form = {**self.role.params(), "OIDCProviderArn": self.provider_arn, "OIDCToken": token}
        body = canonical_query(form).encode()
        headers = {**_http.JSON_HEADERS, "content-type": "application/x-www-form-urlencoded"}

        def sign() -> _http.Request:
            query = canonical_query({"Action": "AssumeRoleWithOIDC", **_fresh()})
            return _http.Request("POST", f"{self.service.endpoint}/?{query}", headers, body)

        return await self.service.ask(
            client, sign, source=self.name, permission=f"sts:AssumeRoleWithOIDC on {self.role.arn}", hidden=(token,)
        )

    def _token(self) -> str:
        path = self.token_file or pathlib.Path()
        shown = f"the file of the OIDC token, {name_of(str(path))},"
        advice = "Check that the file is written, and that this user may read it."
        content = read_file(path, shown, advice=advice)
        token = content.decode("ascii", "replace").strip()
        if not token or not token.isascii() or not token.isprintable():
            raise ConsoleError(f"{shown} cannot be used: it has no token in it", advice=advice)
        return token


def _fresh() -> dict[str, str]:
    """Return what each try has of its own, and what each has in common."""
    return {
        "Format": "JSON",
        "Version": API_VERSION,
        "Timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "SignatureNonce": secrets.token_hex(16),
    }


def signed_query(method: str, params: t.Mapping[str, str], credentials: Credentials) -> str:
    """Return the query with its V1 signature, HMAC-SHA1 over the sorted parameters; params has date and nonce."""
    whole = {
        **params,
        "AccessKeyId": credentials.access_key_id,
        "SignatureMethod": "HMAC-SHA1",
        "SignatureVersion": "1.0",
    }
    if credentials.security_token:
        whole["SecurityToken"] = credentials.security_token
    text = f"{method}&%2F&{percent_encode(canonical_query(whole))}"
    digest = hmac.new(f"{credentials.access_key_secret}&".encode(), text.encode(), "sha1").digest()
    return canonical_query({**whole, "Signature": base64.b64encode(digest).decode()})
