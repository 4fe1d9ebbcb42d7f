# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Roles from the emulator's STS, used for ECS; and what its refusals become."""

from __future__ import annotations

import asyncio
import json
import typing as t

import pytest
from ansible_collections.cloudops.console.plugins.module_utils._alibaba.provider import AlibabaProvider
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.module_utils._models import Access
from ansible_collections.cloudops.console.plugins.module_utils._rate_limit import RateLimiter

from tests.emulator.client import Emulator
from tests.emulator.fleet import AccessKey, Fleet, make_fleet
from tests.unit.alibaba_credentials.credential_sources import QUICK, Home, Served, failure, got
from tests.unit.ledgers_and_runs import client, pick

TOKEN = "header.payload+/=.signature"


@pytest.fixture(scope="session")
def fleet() -> Fleet:
    made = make_fleet(12, seed=5)
    made["accounts"][0]["roles"] = ["console", "next"]
    made["accounts"][0]["oidc_tokens"] = [TOKEN]
    return made


@pytest.fixture
def key(fleet: Fleet) -> AccessKey:
    return fleet["accounts"][0]["access_keys"][0]


@pytest.fixture
def arn(fleet: Fleet) -> str:
    return f"acs:ram::{fleet['accounts'][0]['account_id']}:role/console"


@pytest.fixture
def place(home: Home, cloud: Emulator, key: AccessKey, arn: str) -> Home:
    """A home whose default profile assumes a role with the key of profile ``ground``."""
    home.env["ALIBABA_CLOUD_STS_ENDPOINT"] = cloud.url
    ground = {
        "name": "ground",
        "mode": "AK",
        "access_key_id": key["access_key_id"],
        "access_key_secret": key["access_key_secret"],
    }
    role = {"ram_role_arn": arn, "ram_session_name": "ansible"}
    home.profiles(
        {**ground, **role, "name": "default", "mode": "RamRoleArn", "expired_seconds": 900},
        ground,
        {**role, "name": "chained", "mode": "ChainableRamRoleArn", "source_profile": "default"},
    )
    return home


def oidc_env(home: Home, arn: str, token: str = TOKEN) -> dict[str, str]:
    return {
        "ALIBABA_CLOUD_ROLE_ARN": arn,
        "ALIBABA_CLOUD_OIDC_PROVIDER_ARN": arn.replace("role/console", "oidc-provider/ci"),
        "ALIBABA_CLOUD_OIDC_TOKEN_FILE": str(home.file("token", f"{token}\n")),
    }


@pytest.mark.parametrize("profile", ["default", "chained"])
def test_an_assumed_role_works_for_ecs(
    place: Home, cloud: Emulator, fleet: Fleet, monkeypatch: pytest.MonkeyPatch, profile: str
) -> None:
    instance = pick(fleet)[0]
    for name, value in {**place.env, "HOME": str(place.path)}.items():
        monkeypatch.setenv(name, value)
    access = Access(region=instance["region"], endpoint=cloud.url, profile=profile)
    provider = AlibabaProvider(access, QUICK, RateLimiter(0.0, 8))

    async def run() -> list[str]:
        async with client() as one:
            ids = [instance["instance_id"]]
            found = await asyncio.gather(*(provider.describe_instances(one, ids) for _each in range(8)))
            return [item.instance_id for group in found for item in group]

    assert asyncio.run(run()) == [instance["instance_id"]] * 8
    assert cloud.calls("AssumeRole") == (1 if profile == "default" else 2)
    assert "role/console" in provider.account


def test_the_token_of_a_role_profile_is_honoured(place: Home, cloud: Emulator, key: AccessKey, arn: str) -> None:
    cloud.change_key(key["access_key_id"], security_token="CAISbase")
    assert failure(place.keys()).code == "MissingSecurityToken"
    place.profiles(
        {
            "name": "default",
            "mode": "RamRoleArn",
            "access_key_id": key["access_key_id"],
            "access_key_secret": key["access_key_secret"],
            "sts_token": "CAISbase",
            "ram_role_arn": arn,
        }
    )
    assert got(place.keys()).access_key_id.startswith("STS.")


def test_oidc_reads_its_token_anew_each_time(place: Home, cloud: Emulator, arn: str) -> None:
    keys = place.keys(**oidc_env(place, arn, "stale.token"))
    error = failure(keys)
    assert error.kind == "authentication"
    assert error.code == "AuthenticationFail.OIDCToken.Invalid"
    assert error.request_id
    assert "the OIDC token that the environment names" in error.message
    assert "stale.token" not in error.message
    fresh = place.keys(**oidc_env(place, arn))
    found = got(fresh)
    assert found.access_key_id.startswith("STS.")
    assert found.security_token
    assert cloud.calls("AssumeRoleWithOIDC") == 2


def test_oidc_in_a_profile(place: Home, arn: str) -> None:
    env = oidc_env(place, arn)
    place.profiles(
        {
            "name": "default",
            "mode": "OIDC",
            "ram_role_arn": arn,
            "oidc_provider_arn": env["ALIBABA_CLOUD_OIDC_PROVIDER_ARN"],
            "oidc_token_file": env["ALIBABA_CLOUD_OIDC_TOKEN_FILE"],
        }
    )
    assert got(place.keys()).access_key_id.startswith("STS.")


@pytest.mark.parametrize("content", [b"", b" \n", b"\xff\xfe", b"a\0b", b"two\nlines", b"x" * 3_000_000])
def test_hostile_token_files(place: Home, cloud: Emulator, arn: str, content: bytes) -> None:
    env = oidc_env(place, arn)
    place.file("token", content)
    error = failure(place.keys(**env))
    assert "the file of the OIDC token" in error.message
    assert cloud.calls("AssumeRoleWithOIDC") == 0


def test_a_wrong_secret_is_sent_once(place: Home, cloud: Emulator, key: AccessKey) -> None:
    cloud.change_key(key["access_key_id"], secret="another")
    keys = place.keys()
    for _each in range(3):
        error = failure(keys)
        assert error.code == "SignatureDoesNotMatch"
        assert error.kind == "authentication"
    assert cloud.calls("AssumeRole") == 1
    assert "profile default of ~/.aliyun/config.json" in error.message
    assert not any(secret in error.message for secret in (key["access_key_secret"], "StringToSign", "RoleArn"))


def test_echoed_secrets_are_masked(
    place: Home, cloud: Emulator, fleet: Fleet, key: AccessKey, arn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = key["access_key_secret"]
    cloud.add_fault("error", action="AssumeRole", status=400, code="Odd", message=f"you said {secret}", first=1)
    cloud.add_fault("error", action="AssumeRoleWithOIDC", status=400, code="Odd", message=f"you said {TOKEN}")
    for keys in (place.keys(), place.keys(**oidc_env(place, arn))):
        error = failure(keys)
        assert error.code == "Odd"
        assert "you said ********" in error.message
    for name, value in {**place.env, "HOME": str(place.path)}.items():
        monkeypatch.setenv(name, value)
    provider = AlibabaProvider(Access(region=fleet["regions"][0], endpoint=cloud.url), QUICK, RateLimiter())

    async def run() -> None:
        async with client() as one:
            held = await provider.rpc.credentials.current(one)
            echo = f"you said {held.security_token} {held.access_key_secret}"
            cloud.add_fault("error", action="DescribeInstances", status=400, code="Odd", message=echo)
            await provider.find_instances(one, {})

    with pytest.raises(ConsoleError, match=r"you said \*{8} \*{8}"):
        asyncio.run(run())


def test_a_role_that_is_not_there(place: Home, key: AccessKey, arn: str) -> None:
    place.profiles(
        {
            "name": "default",
            "mode": "RamRoleArn",
            "access_key_id": key["access_key_id"],
            "access_key_secret": key["access_key_secret"],
            "ram_role_arn": f"{arn}-other",
        }
    )
    error = failure(place.keys())
    assert (error.kind, error.code) == ("not_found", "EntityNotExist.Role")
    assert error.advice == "Check the ARN of the role."


def test_a_role_that_may_not_be_assumed(place: Home, cloud: Emulator, key: AccessKey, arn: str) -> None:
    cloud.deny(key["access_key_id"], {"actions": ["AssumeRole"]})
    error = failure(place.keys())
    assert error.kind == "permission"
    assert f"sts:AssumeRole on {arn}" in error.advice


@pytest.mark.parametrize("kind", ["drop_request", "drop_answer", "truncate", "garbage", "html", "error"])
def test_passing_faults_are_tried_again(place: Home, cloud: Emulator, kind: str) -> None:
    cloud.add_fault(kind, action="AssumeRole", first=1)
    assert got(place.keys()).access_key_id.startswith("STS.")


def test_faults_that_stay_are_told(place: Home, cloud: Emulator, key: AccessKey) -> None:
    cloud.add_fault("error", action="AssumeRole", status=503, code="ServiceUnavailable")
    error = failure(place.keys())
    assert error.code == "ServiceUnavailable"
    assert error.doing == "getting credentials from profile default of ~/.aliyun/config.json"
    assert key["access_key_secret"] not in error.message


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"Credentials": []},
        {"Credentials": {"AccessKeyId": "a"}},
        {"Credentials": {"AccessKeyId": 7, "AccessKeySecret": "b", "SecurityToken": "c", "Expiration": "d"}},
        {
            "Credentials": {
                "AccessKeyId": "a",
                "AccessKeySecret": "b\n",
                "SecurityToken": "c",
                "Expiration": "2099-01-02T03:04:05Z",
            }
        },
        {"Credentials": {"AccessKeyId": "a", "AccessKeySecret": "b", "SecurityToken": "c", "Expiration": "tomorrow"}},
        {"Code": 7},
    ],
    ids=range(7),
)
def test_answers_of_a_stranger(place: Home, served: Served, arn: str, body: dict[str, t.Any]) -> None:
    env = oidc_env(place, arn)

    class Any(dict[str, tuple[int, bytes]]):
        def get(self, _key: object, _default: object = None) -> tuple[int, bytes]:
            return 200, json.dumps(body).encode()

    served.answers = Any()
    error = failure(place.keys(**env, ALIBABA_CLOUD_STS_ENDPOINT=served.url))
    assert error.kind in ("unexpected_answer", "invalid")
    assert TOKEN not in error.message
    assert "token" not in served.requests[0].lower().replace("rolewithoidc", "")


def test_expired_in_the_middle_of_a_run_is_renewed_once(
    place: Home, cloud: Emulator, fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    instance = pick(fleet)[0]
    for name, value in {**place.env, "HOME": str(place.path)}.items():
        monkeypatch.setenv(name, value)
    provider = AlibabaProvider(Access(region=instance["region"], endpoint=cloud.url), QUICK, RateLimiter(0.0, 16))

    async def run(one: t.Any) -> None:
        await provider.set_vnc_password(one, instance["instance_id"], "Aa1bcd")
        first = await provider.rpc.credentials.current(one)
        cloud.change_key(first.access_key_id, expires_at=1.0)
        await asyncio.gather(
            *(provider.set_vnc_password(one, instance["instance_id"], "Aa1bce") for _each in range(16))
        )
        second = await provider.rpc.credentials.current(one)
        cloud.change_key(second.access_key_id, expires_at=1.0)
        with pytest.raises(ConsoleError) as caught:
            await provider.set_vnc_password(one, instance["instance_id"], "Aa1bcf")
        assert caught.value.code == "InvalidSecurityToken.Expired"
        assert second.security_token not in caught.value.message

    async def in_wire() -> None:
        async with client() as one:
            await run(one)

    asyncio.run(in_wire())
    assert cloud.calls("AssumeRole") == 2


def test_without_credentials_nothing_is_sent_to_ecs(
    place: Home, cloud: Emulator, fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    instance = pick(fleet)[0]
    for name, value in {**place.env, "HOME": str(place.path)}.items():
        monkeypatch.setenv(name, value)
    cloud.add_fault("drop_answer", action="AssumeRole")
    provider = AlibabaProvider(Access(region=instance["region"], endpoint=cloud.url), QUICK, RateLimiter())

    async def run() -> None:
        async with client() as one:
            await provider.set_vnc_password(one, instance["instance_id"], "Aa1bcd")

    with pytest.raises(ConsoleError) as caught:
        asyncio.run(run())
    assert not caught.value.ambiguous
    assert cloud.calls("ModifyInstanceVncPasswd") == 0
