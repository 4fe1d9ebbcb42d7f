# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Credentials from a URI."""

from __future__ import annotations

import asyncio
import time

import pytest

from tests.unit.alibaba_credentials.credential_sources import Home, Served, failure, got, handed_out
from tests.unit.ledgers_and_runs import client


def uri_env(served: Served) -> dict[str, str]:
    return {"ALIBABA_CLOUD_CREDENTIALS_URI": f"{served.url}/secret-path?token=secret-query"}


def test_a_uri(home: Home, served: Served) -> None:
    served.say("GET /secret-path?token=secret-query", handed_out())
    keys = home.keys(**uri_env(served))
    assert got(keys).access_key_secret == "handed-secret-1"
    assert "secret-" not in repr(got(keys))


def test_a_uri_comes_after_metadata_and_is_kept(ecs: Home, served: Served) -> None:
    served.say("GET /secret-path?token=secret-query", handed_out(Expiration=_soon()))
    keys = ecs.keys(**uri_env(served))

    async def twice() -> None:
        async with client() as one:
            first = await keys.current(one)
            served.seen.clear()
            assert await keys.refused(first, "InvalidSecurityToken.Expired", one) is False

    asyncio.run(twice())
    assert served.requests == ["GET /secret-path?token=secret-query"]


def _soon() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600))


def test_a_uri_of_a_profile(home: Home, served: Served) -> None:
    served.say("GET /secret-path?token=secret-query", handed_out())
    uri = uri_env(served)["ALIBABA_CLOUD_CREDENTIALS_URI"]
    home.profiles({"name": "default", "mode": "CredentialsURI", "credentials_uri": uri})
    assert got(home.keys()).source == "profile default of ~/.aliyun/config.json"
    home.profiles({"name": "default", "mode": "CredentialsURI"})
    assert got(home.keys(**uri_env(served))).access_key_id == "STS.handed1"


@pytest.mark.parametrize(
    "uri",
    [
        "http://secret.example.com/x",
        "http://10.0.0.1/secret",
        "ftp://127.0.0.1/secret",
        "file:///etc/secret",
        "https://user:secret@example.com/",
        "https://",
        "secret",
        "https://example.com/sec ret",
        "https://example.com/secret\0",
        "https://example.com:port/secret",
        "http://[::1/secret",
        "https://example.com/\udcffsecret",
    ],
)
def test_uris_that_are_not_asked(home: Home, uri: str) -> None:
    error = home.refused(ALIBABA_CLOUD_CREDENTIALS_URI=uri)
    assert "ALIBABA_CLOUD_CREDENTIALS_URI" in error.message
    assert "/x" not in error.message
    assert "secret" not in error.message.replace("secret.example.com", "")


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (500, b"secret", "HTTP status 500"),
        (302, b"", "HTTP status 302"),
        (200, b"secret", "not a set"),
        (200, b'["secret"]', "not a set"),
        (200, b'{"Code": "No", "Message": "secret"}', "no credentials to give"),
        (200, b'{"Code": {"secret": 1}}', "not a set"),
        (200, b'{"AccessKeyId": "a", "AccessKeySecret": "secret"}', "not a set"),
        (200, b'{"AccessKeyId":"a","SecurityToken":"secret","Expiration":"2099-01-02T03:04:05Z"}', "lack the access"),
        (
            200,
            b'{"AccessKeyId":"a","AccessKeySecret":"s","SecurityToken":"secret","Expiration":"2001-01-02T03:04:05Z"}',
            "already expired",
        ),
    ],
    ids=range(9),
)
def test_hostile_answers_of_a_uri(home: Home, served: Served, status: int, body: bytes, reason: str) -> None:
    served.say("GET /secret-path?token=secret-query", body, status)
    error = failure(home.keys(**uri_env(served)))
    assert reason in error.message
    assert "secret" not in error.message.replace("access_key_secret", "").replace("KEY_SECRET", "").replace(
        "access key secret", ""
    )


def test_a_chain_may_begin_with_any_source(home: Home, served: Served) -> None:
    served.say("GET /secret-path?token=secret-query", handed_out(), 500)
    uri = uri_env(served)["ALIBABA_CLOUD_CREDENTIALS_URI"]
    home.profiles(
        {"name": "default", "mode": "ChainableRamRoleArn", "ram_role_arn": "acs:ram::1:role/x", "source_profile": "u"},
        {"name": "u", "mode": "CredentialsURI", "credentials_uri": uri},
    )
    error = failure(home.keys())
    assert "HTTP status 500" in error.message
    assert served.requests == ["GET /secret-path?token=secret-query"]
