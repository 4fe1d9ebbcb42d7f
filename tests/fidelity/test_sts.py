# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The vendor's credential providers get keys from the emulator's STS and use them for ECS."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from alibabacloud_credentials.exceptions import CredentialException
from alibabacloud_credentials.provider import OIDCRoleArnCredentialsProvider, RamRoleArnCredentialsProvider
from alibabacloud_credentials.provider.static_ak import StaticAKCredentialsProvider
from alibabacloud_ecs20140526 import models
from darabonba.runtime import RuntimeOptions

from tests.emulator.client import Emulator
from tests.emulator.fleet import Fleet, make_fleet
from tests.fidelity.sdk import Place, sdk_client
from tests.unit.http.certificates import make_certificate

OIDC_TOKEN = "header.payload.signature"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Certificate and key for 127.0.0.1: the providers speak https only."""
    return make_certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def sts_fleet() -> Fleet:
    fleet = make_fleet(6)
    fleet["accounts"][0]["roles"] = ["console"]
    fleet["accounts"][0]["oidc_tokens"] = [OIDC_TOKEN]
    return fleet


@pytest.fixture(scope="module")
def https_cloud(sts_fleet: Fleet, certificate: tuple[Path, Path]) -> Iterator[Emulator]:
    with Emulator.start(sts_fleet, certfile=str(certificate[0]), keyfile=str(certificate[1])) as running:
        yield running


def role(fleet: Fleet, name: str = "console") -> str:
    return f"acs:ram::{fleet['accounts'][0]['account_id']}:role/{name}"


def assume(cloud: Emulator, fleet: Fleet, certfile: Path, role_arn: str) -> RamRoleArnCredentialsProvider:
    key = fleet["accounts"][0]["access_keys"][0]
    provider = RamRoleArnCredentialsProvider(
        credentials_provider=StaticAKCredentialsProvider(
            access_key_id=key["access_key_id"], access_key_secret=key["access_key_secret"]
        ),
        role_arn=role_arn,
        role_session_name="tests",
        sts_endpoint=cloud.url.partition("://")[2],
    )
    provider._runtime_options["ca"] = str(certfile)  # it has no public way to name an authority
    return provider


def test_assumed_role_may_call_ecs(https_cloud: Emulator, sts_fleet: Fleet, certificate: tuple[Path, Path]) -> None:
    given = assume(https_cloud, sts_fleet, certificate[0], role(sts_fleet)).get_credentials()
    assert given.get_security_token() in https_cloud.secrets()
    place = Place(sts_fleet, sts_fleet["accounts"][0], sts_fleet["regions"][0])
    client = sdk_client(
        https_cloud,
        {
            "access_key_id": given.get_access_key_id(),
            "access_key_secret": given.get_access_key_secret(),
            "security_token": given.get_security_token(),
        },
        place.region,
    )
    client._protocol = "HTTPS"
    runtime = RuntimeOptions(ca=str(certificate[0]))
    body = client.describe_instances_with_options(models.DescribeInstancesRequest(region_id=place.region), runtime).body
    assert body.total_count == len(place.instances()) + len(place.instances(status="Stopped"))


def test_unknown_role(https_cloud: Emulator, sts_fleet: Fleet, certificate: tuple[Path, Path]) -> None:
    provider = assume(https_cloud, sts_fleet, certificate[0], role(sts_fleet, "nobody"))
    with pytest.raises(CredentialException, match=r"EntityNotExist\.Role"):
        provider.get_credentials()


@pytest.mark.parametrize("good", [True, False])
def test_oidc(
    https_cloud: Emulator, sts_fleet: Fleet, certificate: tuple[Path, Path], tmp_path: Path, good: bool
) -> None:
    token_file = tmp_path / "token"
    token_file.write_text(OIDC_TOKEN if good else "forged", encoding="utf-8")
    provider = OIDCRoleArnCredentialsProvider(
        role_arn=role(sts_fleet),
        oidc_provider_arn="acs:ram::1:oidc-provider/tests",
        oidc_token_file_path=str(token_file),
        role_session_name="tests",
        sts_endpoint=https_cloud.url.partition("://")[2],
    )
    provider._runtime_options["ca"] = str(certificate[0])
    if good:
        assert provider.get_credentials().get_access_key_id().startswith("STS.")
        return
    with pytest.raises(CredentialException, match=r"AuthenticationFail\.OIDCToken\.Invalid"):
        provider.get_credentials()
