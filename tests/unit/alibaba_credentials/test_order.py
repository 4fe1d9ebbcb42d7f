# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which source is used: the order of the vendor's SDK, with the options before it and empty values as absent ones."""

from __future__ import annotations

import json
import socket
import typing as t

import pytest
from ansible_collections.cloudops.console.plugins.module_utils._errors import AuthenticationError
from ansible_collections.cloudops.console.plugins.module_utils._models import Access

from tests.unit.alibaba_credentials.credential_sources import PROVIDER, ROLE, Home, ak

OPTIONS = Access(access_key_id="LTAIoption", access_key_secret="option-secret")
KEY = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "LTAIenv", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "env-secret"}
URI = {"ALIBABA_CLOUD_CREDENTIALS_URI": "http://127.0.0.1:1/secret-path?token=secret-query"}
ON_ECS = {"ALIBABA_CLOUD_ECS_METADATA_DISABLED": ""}
INI = "[default]\ntype = access_key\naccess_key_id = LTAIini\naccess_key_secret = ini-secret\n"


def oidc(home: Home, token: str = "header.payload.signature") -> dict[str, str]:
    return {
        "ALIBABA_CLOUD_ROLE_ARN": ROLE,
        "ALIBABA_CLOUD_OIDC_PROVIDER_ARN": PROVIDER,
        "ALIBABA_CLOUD_OIDC_TOKEN_FILE": str(home.file("token", token)),
    }


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: object) -> t.NoReturn:
        raise AssertionError("finding keys asked the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.fixture
def full(home: Home) -> Home:
    """Everything is there at once."""
    home.profiles(ak(), ak("named", 2), current="default")
    home.ini(INI)
    home.env = {**oidc(home), **URI, **KEY}
    return home


def test_each_source_comes_before_the_next(full: Home) -> None:
    assert full.keys(OPTIONS).source == "the options"
    assert full.keys(Access(profile="named")).source == "profile named of ~/.aliyun/config.json"
    assert full.keys().source == "the environment"
    for name in KEY:
        del full.env[name]
    assert full.keys().source == "the OIDC token that the environment names"
    del full.env["ALIBABA_CLOUD_ROLE_ARN"]
    assert full.keys().source == "profile default of ~/.aliyun/config.json"
    assert full.keys(ALIBABA_CLOUD_PROFILE="named").source == "profile named of ~/.aliyun/config.json"
    off = full.keys(ALIBABA_CLOUD_CLI_PROFILE_DISABLED="true")
    assert off.source == "section default of ~/.alibabacloud/credentials.ini"
    (full.path / ".aliyun/config.json").unlink()
    assert full.keys().source == "section default of ~/.alibabacloud/credentials.ini"
    (full.path / ".alibabacloud/credentials.ini").unlink()
    assert full.keys().source == "the RAM role of this ECS instance or ALIBABA_CLOUD_CREDENTIALS_URI"
    assert full.keys(ALIBABA_CLOUD_CREDENTIALS_URI="").source == "the RAM role of this ECS instance"
    full.env["ALIBABA_CLOUD_ECS_METADATA_DISABLED"] = "true"
    assert full.keys().source == "ALIBABA_CLOUD_CREDENTIALS_URI"
    del full.env["ALIBABA_CLOUD_CREDENTIALS_URI"]
    assert isinstance(full.refused(), AuthenticationError)


def test_empty_means_unset(home: Home) -> None:
    names = (
        *KEY,
        "ALIBABA_CLOUD_SECURITY_TOKEN",
        "ALIBABA_CLOUD_PROFILE",
        "ALIBABA_CLOUD_CREDENTIALS_FILE",
        "ALIBABA_CLOUD_ROLE_ARN",
        "ALIBABA_CLOUD_OIDC_PROVIDER_ARN",
        "ALIBABA_CLOUD_OIDC_TOKEN_FILE",
        "ALIBABA_CLOUD_CREDENTIALS_URI",
        "ALIBABA_CLOUD_CLI_PROFILE_DISABLED",
        "ALIBABA_CLOUD_STS_ENDPOINT",
    )
    home.env.update(dict.fromkeys(names, ""))
    home.profiles(ak())
    assert home.keys().source == "profile default of ~/.aliyun/config.json"


@pytest.mark.parametrize("absent", ["ROLE_ARN", "OIDC_PROVIDER_ARN", "OIDC_TOKEN_FILE"])
def test_oidc_needs_all_three(home: Home, absent: str) -> None:
    home.env.update({**oidc(home), f"ALIBABA_CLOUD_{absent}": ""})
    home.profiles(ak())
    assert home.keys().source == "profile default of ~/.aliyun/config.json"


def test_a_profile_of_the_environment_may_be_in_either_file(home: Home) -> None:
    home.profiles(ak())
    home.ini(INI.replace("default", "ops"))
    assert home.keys(ALIBABA_CLOUD_PROFILE="ops").source == "section ops of ~/.alibabacloud/credentials.ini"
    error = home.refused(ALIBABA_CLOUD_PROFILE="other")
    assert error.message == "~/.aliyun/config.json has no profile 'other'. It has: default."
    error = home.refused(ALIBABA_CLOUD_PROFILE="other", ALIBABA_CLOUD_CLI_PROFILE_DISABLED="true")
    assert "has no section 'other'" in error.reason


def test_the_option_profile_must_be_there(home: Home) -> None:
    home.env.update(KEY)
    assert "there is no ~/.aliyun/config.json" in home.refused(Access(profile="ops")).reason
    home.profiles(ak())
    assert "no profile 'ops'" in home.refused(Access(profile="ops")).reason


def test_what_is_half_there_stops_the_search(home: Home) -> None:
    home.profiles(ak())
    error = home.refused(ALIBABA_CLOUD_ACCESS_KEY_ID="LTAIhalf")
    assert error.reason == "the credentials from the environment lack the access key secret"
    home.file("token", "x")
    error = home.refused(**{**oidc(home), "ALIBABA_CLOUD_OIDC_TOKEN_FILE": str(home.path / "absent")})
    assert "absent, does not exist" in error.reason


def test_the_account_is_stable_and_no_secret(full: Home) -> None:
    assert full.keys(OPTIONS).account == "LTAIoption"
    for name in KEY:
        del full.env[name]
    assert full.keys().account.startswith(f"{ROLE} via {PROVIDER} ")
    del full.env["ALIBABA_CLOUD_ROLE_ARN"]
    full.env["ALIBABA_CLOUD_CLI_PROFILE_DISABLED"] = "1"
    full.env["ALIBABA_CLOUD_CREDENTIALS_FILE"] = str(full.file("empty.ini", "[default]\ntype=ecs_ram_role\n"))
    assert full.keys(**ON_ECS).account == "ecs-ram-role/*"
    assert full.keys(**ON_ECS, ALIBABA_CLOUD_ECS_METADATA="ops").account == "ecs-ram-role/ops"
    del full.env["ALIBABA_CLOUD_CREDENTIALS_FILE"]
    (full.path / ".alibabacloud/credentials.ini").unlink()
    account = full.keys(ALIBABA_CLOUD_ECS_METADATA_DISABLED="true").account
    assert account == full.keys(ALIBABA_CLOUD_ECS_METADATA_DISABLED="true").account
    assert "secret" not in account
    other = {"ALIBABA_CLOUD_CREDENTIALS_URI": "http://127.0.0.1:1/other"}
    assert account != full.keys(**other, ALIBABA_CLOUD_ECS_METADATA_DISABLED="true").account


def test_a_key_that_is_given_is_known_without_a_call(home: Home) -> None:
    given, environment = home.keys(OPTIONS).static, home.keys(**KEY).static
    assert given is not None
    assert given.access_key_secret == "option-secret"
    assert environment is not None
    assert environment.access_key_id == "LTAIenv"
    assert home.keys(**oidc(home)).static is None
    assert home.keys(**ON_ECS).static is None
    assert "no Alibaba Cloud credentials" in home.refused().reason


def test_a_broken_profile_breaks_only_itself(home: Home) -> None:
    document = {"current": "default", "profiles": [ak(), {"name": "odd", "expired_seconds": "many"}, {"name": 7}]}
    home.file(".aliyun/config.json", json.dumps(document))
    assert home.keys().account == "LTAIprofile1"
    assert "cannot be used" in home.refused(Access(profile="odd")).reason
