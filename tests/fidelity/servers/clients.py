# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The vendors' own clients, pointed at the emulator over plain http on loopback."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.region.region import Region
from huaweicloudsdkecs.v2 import EcsClient
from openstack.config import OpenStackConfig
from openstack.connection import Connection

from tests.emulator.client import Emulator
from tests.emulator.server_fleet import (
    HuaweiAccount,
    HuaweiKey,
    HuaweiPart,
    OpenstackPart,
    OpenstackUser,
    ServerData,
)


@dataclass(frozen=True)
class HuaweiPlace:
    """The first project of the first account."""

    part: HuaweiPart

    @property
    def account(self) -> HuaweiAccount:
        return self.part["accounts"][0]

    @property
    def key(self) -> HuaweiKey:
        return self.account["access_keys"][0]

    @property
    def project_id(self) -> str:
        return self.account["projects"][0]["id"]

    @property
    def region(self) -> str:
        return self.account["projects"][0]["name"]

    def servers(self, status: str = "ACTIVE") -> list[ServerData]:
        return [one for one in self.part["servers"] if (one["project_id"], one["status"]) == (self.project_id, status)]


@dataclass(frozen=True)
class OpenstackPlace:
    """The first project, and ways to log in to it."""

    part: OpenstackPart

    @property
    def project_id(self) -> str:
        return self.part["projects"][0]["id"]

    def user(self, name: str) -> OpenstackUser:
        return next(one for one in self.part["users"] if one["name"] == name)

    def password_login(self, name: str) -> dict[str, Any]:
        user = self.user(name)
        return {
            "auth_type": "v3password",
            "auth": {
                "username": name,
                "password": user["password"],
                "user_domain_id": "default",
                "project_id": self.project_id,
            },
        }

    def credential_login(self) -> dict[str, Any]:
        (credential,) = self.user("operator")["application_credentials"]
        names = {"application_credential_id": credential["id"], "application_credential_secret": credential["secret"]}
        return {"auth_type": "v3applicationcredential", "auth": names}

    def servers(self, status: str = "ACTIVE") -> list[ServerData]:
        return [one for one in self.part["servers"] if one["status"] == status]


def huawei_client(
    cloud: Emulator, key: Mapping[str, Any], region: str, project_id: str | None, *, secret: str | None = None
) -> EcsClient:
    """Without a project id, the SDK asks IAM for it."""
    credentials = BasicCredentials(key["access_key_id"], secret or key["access_key_secret"], project_id)
    credentials.with_iam_endpoint(cloud.huawei_url)
    if key.get("security_token"):
        credentials.with_security_token(key["security_token"])
    builder = EcsClient.new_builder().with_credentials(credentials).with_region(Region(region, cloud.huawei_url))
    return builder.build()


def connect(cloud: Emulator, login: Mapping[str, Any], **options: Any) -> Connection:
    """Take nothing from files or the environment."""
    auth = {"auth_url": cloud.auth_url, **login["auth"]}
    files = OpenStackConfig(load_yaml_config=False, load_envvars=False)
    region = files.get_one(auth=auth, auth_type=login["auth_type"], region_name="RegionOne", **options)
    return Connection(config=region)


def ask(
    cloud: Emulator, method: str, path: str, headers: Mapping[str, str] | None = None, body: object = None
) -> tuple[int, http.client.HTTPMessage, bytes]:
    """Send one request as it is; a body that is no text goes as JSON."""
    connection = http.client.HTTPConnection(cloud.url.partition("://")[2], timeout=20)
    data = body if isinstance(body, str) or body is None else json.dumps(body)
    try:
        connection.request(method, path, body=data, headers=dict(headers or {}))
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()
