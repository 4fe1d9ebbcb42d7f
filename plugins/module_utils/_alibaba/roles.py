# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""RAM roles as sources of credentials: assumed with a key, or with the OIDC token of a workload.

AssumeRole is signed with V1 (HMAC-SHA1) and sent as GET, AssumeRoleWithOIDC is not signed and carries its token in a
form body: so do the vendor's own credential libraries. Source of V1:
https://www.alibabacloud.com/help/en/sdk/product-overview/rpc-mechanism.
"""

from __future__ import annotations

import base64
import hmac
import pathlib
import secrets
import time
import typing as t
from dataclasses import dataclass

from ansible_collections.cloudops.console.plugins.module_utils import _http, _paths
from ansible_collections.cloudops.console.plugins.module_utils._alibaba import files
from ansible_collections.cloudops.console.plugins.module_utils._alibaba.keys import Credentials, Issue, Source
from ansible_collections.cloudops.console.plugins.module_utils._alibaba.signing import canonical_query, percent_encode
from ansible_collections.cloudops.console.plugins.module_utils._alibaba.sts import API_VERSION, Role, Service
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.module_utils._redact import name_of

_HEADERS = {"accept": "application/json", "accept-encoding": "identity", "user-agent": _http.USER_AGENT}


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

    async def fetch(self, client: _http.Client) -> Issue:
        """Call AssumeRole."""
        keys = (await self.base.fetch(client)).credentials
        params = {**self.role.params(), "Action": "AssumeRole"}
        if self.role.external_id:
            params["ExternalId"] = self.role.external_id

        def sign() -> _http.Request:
            query = signed_query("GET", {**params, **_fresh()}, keys)
            return _http.Request("GET", f"{self.service.endpoint}/?{query}", _HEADERS)

        return await self.service.ask(
            client,
            sign,
            source=self.name,
            permission=f"sts:AssumeRole on {self.role.arn}",
            hidden=(*keys.secrets, self.role.external_id),
        )


@dataclass(frozen=True)
class OidcRole:
    """A role, assumed with the token that somebody (a Kubernetes node, a CI runner) keeps fresh in a file."""

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
        if not _paths.is_file(self.token_file):
            raise ConsoleError(
                f"the file of the OIDC token, {name_of(str(self.token_file))}, does not exist",
                advice=f"It is named by {self.name}.",
            )

    async def fetch(self, client: _http.Client) -> Issue:
        """Call AssumeRoleWithOIDC with the token that the file has now."""
        token = self._token()
        form = {**self.role.params(), "OIDCProviderArn": self.provider_arn, "OIDCToken": token}
        body = canonical_query(form).encode()
        headers = {**_HEADERS, "content-type": "application/x-www-form-urlencoded"}

        def sign() -> _http.Request:
            query = canonical_query({"Action": "AssumeRoleWithOIDC", **_fresh()})
            return _http.Request("POST", f"{self.service.endpoint}/?{query}", headers, body)

        return await self.service.ask(
            client, sign, source=self.name, permission=f"sts:AssumeRoleWithOIDC on {self.role.arn}", hidden=(token,)
        )

    def _token(self) -> str:
        path = self.token_file or pathlib.Path()
        shown = f"the file of the OIDC token, {name_of(str(path))},"
        advice = "See that whoever writes it does, and that this user may read it."
        content = files.read_bytes(path, shown, advice=advice)
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


def signed_query(method: str, params: t.Mapping[str, str], keys: Credentials) -> str:
    """Return the query with its V1 signature, HMAC-SHA1 over the sorted parameters; params has date and nonce."""
    whole = {
        **params,
        "AccessKeyId": keys.access_key_id,
        "SignatureMethod": "HMAC-SHA1",
        "SignatureVersion": "1.0",
    }
    if keys.security_token:
        whole["SecurityToken"] = keys.security_token
    text = f"{method}&%2F&{percent_encode(canonical_query(whole))}"
    digest = hmac.new(f"{keys.access_key_secret}&".encode(), text.encode(), "sha1").digest()
    return canonical_query({**whole, "Signature": base64.b64encode(digest).decode()})
