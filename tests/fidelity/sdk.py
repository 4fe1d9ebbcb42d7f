# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The vendor's own SDK, pointed at the emulator over plain http on loopback."""

from __future__ import annotations

import hashlib
import http.client
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from alibabacloud_ecs20140526.client import Client
from alibabacloud_tea_openapi.models import Config
from alibabacloud_tea_openapi.utils import Utils
from darabonba.request import DaraRequest

from tests.emulator.client import Emulator
from tests.emulator.fleet import AccessKey, Account, Fleet, InstanceData

ALGORITHM = "ACS3-HMAC-SHA256"


@dataclass(frozen=True)
class Place:
    """One account in one region of a fleet."""

    fleet: Fleet
    account: Account
    region: str

    @property
    def key(self) -> AccessKey:
        return self.account["access_keys"][0]

    def instances(self, *, io_optimized: bool | None = None, status: str = "Running") -> list[InstanceData]:
        return [
            one
            for one in self.fleet["instances"]
            if one["account_id"] == self.account["account_id"]
            and one["region"] == self.region
            and one["status"] == status
            and io_optimized in (None, one["io_optimized"])
        ]


def sdk_client(cloud: Emulator, key: Mapping[str, object], region: str) -> Client:
    config = Config(
        access_key_id=key["access_key_id"],
        access_key_secret=key["access_key_secret"],
        security_token=key.get("security_token"),
        endpoint=cloud.url.partition("://")[2],
        protocol="HTTP",
        region_id=region,
    )
    return Client(config)


class RawCaller:
    """Requests signed by the SDK's signer, but with headers and parameters the SDK would never send."""

    def __init__(self, cloud: Emulator, key: AccessKey) -> None:
        self._host = cloud.url.partition("://")[2]
        self._key = key

    def headers(self, action: str, body: bytes = b"") -> dict[str, str]:
        return {
            "host": self._host,
            "x-acs-action": action,
            "x-acs-version": "2014-05-26",
            "x-acs-date": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "x-acs-signature-nonce": uuid.uuid4().hex,
            "x-acs-content-sha256": hashlib.sha256(body).hexdigest(),
        }

    def send(
        self,
        headers: Mapping[str, str],
        query: Mapping[str, str],
        body: bytes = b"",
        after: Mapping[str, str] | None = None,
    ) -> tuple[int, bytes]:
        """``after`` replaces headers once the signature has been made."""
        connection = http.client.HTTPConnection(self._host, timeout=10)
        try:
            sent = {**headers, "authorization": self._sign(headers, query), **(after or {})}
            connection.request("POST", f"/?{urlencode(query)}", body=body, headers=sent)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def send_and_leave(self, headers: Mapping[str, str], query: Mapping[str, str]) -> None:
        """Like a client that is killed: the request is on its way, and the answer is not awaited."""
        connection = http.client.HTTPConnection(self._host, timeout=10)
        sent = {**headers, "authorization": self._sign(headers, query)}
        connection.request("POST", f"/?{urlencode(query)}", headers=sent)
        connection.close()

    def _sign(self, headers: Mapping[str, str], query: Mapping[str, str]) -> str:
        request = DaraRequest()
        request.method, request.pathname = "POST", "/"
        request.query, request.headers = dict(query), dict(headers)
        key = self._key
        digest = headers["x-acs-content-sha256"]
        return str(Utils.get_authorization(request, ALGORITHM, digest, key["access_key_id"], key["access_key_secret"]))
