# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The vendor's files: modes and types, chains, and broken files."""

from __future__ import annotations

import json
import os
import typing as t

import pytest
from ansible_collections.cloudops.console.plugins.module_utils._alibaba.credentials.profiles import LONGEST_CHAIN
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.module_utils._models import Access

from tests.unit.alibaba_credentials.credential_sources import PROVIDER, ROLE, Home, ak, failure, got

SECRETS = ("profile-secret", "ini-secret", "sts-secret-token")


def role(name: str = "default", **more: t.Any) -> dict[str, t.Any]:
    return {**ak(name), "mode": "RamRoleArn", "ram_role_arn": ROLE, "ram_session_name": "ansible", **more}


def test_static_modes(home: Home) -> None:
    home.profiles(ak(), ak("sts", 2, mode="StsToken", sts_token="sts-secret-token"), ak("late", 3, sts_token="left"))
    assert got(home.keys()).security_token == ""
    assert got(home.keys(Access(profile="sts"))).security_token == "sts-secret-token"
    assert got(home.keys(Access(profile="late"))).security_token == ""
    assert "sts-secret-token" not in repr(got(home.keys(Access(profile="sts"))))


@pytest.mark.parametrize(
    ("fields", "account"),
    [
        ({"mode": "ak"}, "LTAIprofile1"),
        ({"mode": "", "sts_token": "t"}, "LTAIprofile1"),
        ({"mode": None, "sts_token": None}, "LTAIprofile1"),
        ({"mode": "ramrolearn", "ram_role_arn": ROLE}, f"{ROLE} via LTAIprofile1"),
        ({"mode": "", "ram_role_arn": ROLE}, f"{ROLE} via LTAIprofile1"),
        ({"mode": "", "access_key_id": "", "process_command": "true"}, "profile/default"),
    ],
)
def test_modes_as_the_command_line_reads_them(home: Home, fields: dict[str, t.Any], account: str) -> None:
    home.profiles(ak(**fields))
    assert home.keys().account == account


@pytest.mark.parametrize(
    "mode",
    ["CloudSSO", "OAuth", "RsaKeyPair", "RamRoleArnWithRoleName", "BearerToken", "Anonymous", "Unheard-of\nmode"],
)
def test_other_modes_are_named(home: Home, mode: str) -> None:
    home.profiles(ak(mode=mode))
    error = home.refused()
    assert " ".join(mode.split()) in error.message
    assert "which is not supported" in error.message
    assert "\n" not in error.message
    assert "ChainableRamRoleArn" in error.advice


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"access_key_secret": ""}, "lack the access key secret"),
        ({"access_key_id": "", "access_key_secret": ""}, "has no access key"),
        ({"access_key_secret": "with\nnewline"}, "spaces or other characters"),
        ({"access_key_secret": "with\0nul"}, "spaces or other characters"),
        ({"mode": "StsToken"}, "no token"),
        ({"mode": "RamRoleArn"}, "lacks the ARN of the role"),
        ({"mode": "RamRoleArn", "ram_role_arn": "acs:\0"}, "characters in role"),
        ({"mode": "RamRoleArn", "ram_role_arn": ROLE, "expired_seconds": 60}, "for 60 seconds"),
        ({"mode": "RamRoleArn", "ram_role_arn": ROLE, "sts_region": "cn/../evil"}, "region has characters"),
        ({"mode": "RamRoleArn", "ram_role_arn": ROLE, "sts_endpoint": "http://sts.example.com"}, "not encrypted"),
        ({"mode": "RamRoleArn", "ram_role_arn": ROLE, "access_key_id": "", "access_key_secret": ""}, "no access key"),
        ({"mode": "ChainableRamRoleArn", "ram_role_arn": ROLE}, "lacks its source_profile"),
        ({"mode": "ChainableRamRoleArn", "ram_role_arn": ROLE, "source_profile": "gone"}, "has no profile 'gone'"),
        ({"mode": "External"}, "no command"),
        ({"mode": "External", "process_command": "echo 'half"}, "no command"),
        ({"mode": "External", "process_command": "echo \0"}, "no command"),
        ({"mode": "CredentialsURI"}, "has not the form"),
        ({"mode": "OIDC", "ram_role_arn": ROLE}, "lacks the ARN of the OIDC provider"),
        ({"mode": "OIDC", "ram_role_arn": ROLE, "oidc_provider_arn": PROVIDER}, "lacks the file of the OIDC token"),
        ({"mode": "EcsRamRole"}, "ALIBABA_CLOUD_ECS_METADATA_DISABLED switches off"),
        ({"expired_seconds": "soon"}, "wrong type of expired_seconds"),
        ({"access_key_id": ["a"]}, "wrong type of access_key_id"),
    ],
)
def test_what_is_wrong_already_is_said_at_once(home: Home, fields: dict[str, t.Any], reason: str) -> None:
    home.profiles(ak(**fields))
    error = home.refused(Access(profile="default"))
    assert reason in error.message
    assert not any(secret in error.message for secret in (*SECRETS, "newline", "nul", "half"))


EMPTY = ak(access_key_id="", access_key_secret="", region_id="", language="en")
EMPTY_INI = "[default]\ntype = access_key\naccess_key_id =\naccess_key_secret =\n"


@pytest.mark.parametrize(
    ("profile", "section", "said"),
    [
        (EMPTY, "", "profile default of ~/.aliyun/config.json is empty"),
        ({"name": "default"}, "", "profile default of ~/.aliyun/config.json is empty"),
        ({**EMPTY, "mode": "External"}, "", "profile default of ~/.aliyun/config.json is empty"),
        (EMPTY, EMPTY_INI, "json is empty; section default of ~/.alibabacloud/credentials.ini is empty"),
        (EMPTY, "[default]\n", "section default of ~/.alibabacloud/credentials.ini is empty"),
    ],
)
def test_what_is_empty_and_not_chosen_counts_as_absent(
    home: Home, profile: dict[str, t.Any], section: str, said: str
) -> None:
    home.profiles(profile, current="default")
    home.ini(section)
    error = home.refused()
    assert "There are no Alibaba Cloud credentials" in error.message
    assert said in error.message
    home.env["ALIBABA_CLOUD_CREDENTIALS_URI"] = "http://127.0.0.1:1/"
    assert home.keys().source == "ALIBABA_CLOUD_CREDENTIALS_URI"
    assert said in failure(home.keys()).message


@pytest.mark.parametrize(
    "fields",
    [
        {"access_key_id": "LTAIhalf"},
        {"access_key_secret": "profile-secret"},
        {"mode": "RamRoleArn", "ram_role_arn": ROLE},
        {"mode": "StsToken", "sts_token": "sts-secret-token"},
        {"mode": "OIDC", "oidc_token_file": "/token"},
        {"mode": "CloudSSO"},
    ],
)
def test_a_part_of_a_profile_is_an_error(home: Home, fields: dict[str, t.Any]) -> None:
    home.profiles({**EMPTY, **fields})
    home.ini("[default]\ntype = access_key\naccess_key_id = LTAIini\naccess_key_secret = ini-secret\n")
    assert "profile default of ~/.aliyun/config.json" in home.refused().reason


def test_what_was_chosen_must_not_be_empty(home: Home) -> None:
    home.profiles(EMPTY)
    home.ini("[default]\ntype = access_key\naccess_key_id = LTAIini\naccess_key_secret = ini-secret\n")
    assert "profile default" in home.refused(Access(profile="default")).reason
    assert "profile default" in home.refused(ALIBABA_CLOUD_PROFILE="default").reason
    path = home.file("own.ini", EMPTY_INI)
    assert "section default" in home.refused(ALIBABA_CLOUD_CREDENTIALS_FILE=str(path)).reason


def test_a_current_profile_that_is_missing_is_told_where_nothing_else_is_found(home: Home) -> None:
    home.profiles(ak("ops"), ak("lab"), current="gone")
    error = home.refused()
    assert "; ~/.aliyun/config.json names 'gone' as its current profile, and has: lab, ops." in error.message
    home.ini("[default]\ntype = access_key\naccess_key_id = LTAIini\naccess_key_secret = ini-secret\n")
    assert home.keys().account == "LTAIini"


def test_the_home_directory_in_paths(home: Home) -> None:
    home.file("token", "header.payload.signature")
    oidc: dict[str, t.Any] = {
        "mode": "OIDC",
        "ram_role_arn": ROLE,
        "oidc_provider_arn": PROVIDER,
        "oidc_token_file": "~/token",
    }
    home.profiles(ak(**oidc))
    assert str(home.path / "token") in home.keys().account
    home.file(
        "own.ini",
        f"[default]\ntype=oidc_role_arn\nrole_arn={ROLE}\noidc_provider_arn={PROVIDER}\noidc_token_file_path=~/token\n",
    )
    home.profiles()
    assert str(home.path / "token") in home.keys(ALIBABA_CLOUD_CREDENTIALS_FILE="~/own.ini").account
    env = {"ROLE_ARN": ROLE, "OIDC_PROVIDER_ARN": PROVIDER, "OIDC_TOKEN_FILE": "~/token"}
    assert str(home.path / "token") in home.keys(**{f"ALIBABA_CLOUD_{name}": one for name, one in env.items()}).account


def chained(name: str, source: str) -> dict[str, t.Any]:
    return {"name": name, "mode": "ChainableRamRoleArn", "ram_role_arn": f"{ROLE}-{name}", "source_profile": source}


def test_a_chain_is_followed(home: Home) -> None:
    home.profiles(chained("default", "middle"), chained("middle", "ground"), ak("ground", 7))
    assert home.keys().account == f"{ROLE}-default via {ROLE}-middle via LTAIprofile7"


@pytest.mark.parametrize("length", [1, 2, 3])
def test_cycles_are_refused(home: Home, length: int) -> None:
    names = ["default", "b", "c"][:length]
    home.profiles(*(chained(name, names[(place + 1) % length]) for place, name in enumerate(names)))
    assert home.refused().reason.endswith(f": {' → '.join([*names, names[0]])}")


def test_an_endless_chain_is_refused(home: Home) -> None:
    home.profiles(*(chained(f"p{place}", f"p{place + 1}") for place in range(5000)))
    error = home.refused(Access(profile="p0"))
    assert "no end" in error.message
    assert len(error.message) < 100 * LONGEST_CHAIN


def test_external_id_and_policy_make_another_account(home: Home) -> None:
    home.profiles(role(), role("b", external_id="secret-id"), role("c", policy="{}"), role("d", ram_session_name="x"))
    accounts = [home.keys(Access(profile=name)).account for name in ("default", "b", "c", "d")]
    assert accounts[0] == accounts[3]
    assert len(set(accounts)) == 3
    assert not any("secret-id" in account for account in accounts)


DEEP = b'{"profiles":' * 200_000
HOSTILE = [
    b"",
    b"\0" * 100,
    b"\xff\xfe\x00",
    b"[]",
    b"null",
    b'"text"',
    b'{"profiles": 7}',
    b'{"profiles": ["x"]}',
    b'{"profiles": {"name": "default"}}',
    b'{"current": {"a": 1}, "profiles": []}',
    b'{"profiles": [{"name": "default", "mode": {"a": "top-secret"}}]}',
    b'{"profiles": [{"name": "default", "mode": "AK", "access_key_id": 12345678901234567890}]}',
    b'{"profiles": [{"name": "default", "mode": "\\ud800"}]}',
    b'{"expired": ' + b"9" * 10_000 + b"}",
    DEEP,
    b'{"profiles": [' + b'{"name": "top-secret"},' * 300_000,
]


@pytest.mark.parametrize("content", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_profiles_end_in_our_error(home: Home, content: bytes) -> None:
    home.file(".aliyun/config.json", content)
    error = home.refused(Access(profile="default"))
    assert "~/.aliyun/config.json" in error.message
    assert "top-secret" not in error.message
    assert len(error.message) < 400


def test_a_file_that_nobody_may_read_is_said_so(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    home.profiles(ak())

    def forbidden(*_args: object, **_more: object) -> t.NoReturn:
        raise PermissionError(13, "Permission denied", "/secret/path")

    monkeypatch.setattr("pathlib.Path.open", forbidden)
    assert home.refused().reason == "~/.aliyun/config.json cannot be used: Permission denied"


def test_pipes_and_directories_are_never_waited_for(home: Home) -> None:
    (home.path / ".aliyun").mkdir()
    os.mkfifo(home.path / ".aliyun/config.json")
    (home.path / ".alibabacloud/credentials.ini").mkdir(parents=True)
    assert home.refused().kind == "authentication"


INI = """[default]
type = access_key
access_key_id = LTAIini   # the robot's
access_key_secret = ini-secret%(x)s
[role]
type = ram_role_arn
access_key_id = LTAIini
access_key_secret = ini-secret
role_arn = acs:ram::1234567890123456:role/console
[oidc]
type = oidc_role_arn
role_arn = acs:ram::1234567890123456:role/console
oidc_provider_arn = acs:ram::1234567890123456:oidc-provider/ci
[ecs]
type = ecs_ram_role
role_name = ops
[pair]
type = rsa_key_pair
[typeless]
access_key_id = LTAIini
[bare]
type = access_key
[roleless]
type = ram_role_arn
[half]
type = access_key
access_key_id = LTAIini
"""


def test_sections(home: Home) -> None:
    home.ini(INI)
    assert got(home.keys()).access_key_secret == "ini-secret%(x)s"
    assert home.keys(ALIBABA_CLOUD_PROFILE="role").account == f"{ROLE} via LTAIini"
    token = {"ALIBABA_CLOUD_OIDC_TOKEN_FILE": str(home.file("token", "x.y.z"))}
    assert PROVIDER in home.keys(ALIBABA_CLOUD_PROFILE="oidc", **token).account
    on_ecs = {"ALIBABA_CLOUD_ECS_METADATA_DISABLED": ""}
    assert home.keys(ALIBABA_CLOUD_PROFILE="ecs", **on_ecs).account == "ecs-ram-role/ops"


@pytest.mark.parametrize(
    ("section", "reason"),
    [
        ("pair", "has the type 'rsa_key_pair', which is not supported"),
        ("typeless", "has no type"),
        ("bare", "has no access key"),
        ("roleless", "lacks the ARN of the role"),
        ("half", "lack the access key secret"),
        ("oidc", "lacks the file of the OIDC token"),
        ("ecs", "switches off"),
    ],
)
def test_sections_that_are_wrong(home: Home, section: str, reason: str) -> None:
    home.ini(INI)
    error = home.refused(ALIBABA_CLOUD_PROFILE=section)
    assert reason in error.message
    assert "ini-secret" not in error.message


def test_a_credentials_file_of_ones_own(home: Home) -> None:
    path = home.file("mine", INI.replace("LTAIini", "LTAImine"))
    assert home.keys(ALIBABA_CLOUD_CREDENTIALS_FILE=str(path)).account == "LTAImine"
    error = home.refused(ALIBABA_CLOUD_CREDENTIALS_FILE=str(home.path / "gone"))
    assert "there is no file" in error.reason
    assert "gone" in error.reason


@pytest.mark.parametrize(
    "content",
    [b"\xff\xfe", b"no section", b"[a]\n[a]\n", b"[default]\n  = x\n", b"[\0", b"x" * 5_000_000, b"[default]\ntype"],
    ids=range(7),
)
def test_hostile_sections_end_in_our_error(home: Home, content: bytes) -> None:
    home.file(".alibabacloud/credentials.ini", content)
    error = home.refused(ALIBABA_CLOUD_CLI_PROFILE_DISABLED="1")
    assert isinstance(error, ConsoleError)
    assert len(error.message) < 400


def test_the_switch_of_the_command_line(home: Home) -> None:
    home.profiles(
        ak(mode="External", process_command="true"),
        ak("uri", mode="CredentialsURI", credentials_uri="http://127.0.0.1:1/"),
    )
    off = {"ALIBABA_CLOUD_DISABLE_EXTERNAL_PROCESS": "true"}
    for name in ("default", "uri"):
        assert (
            "switched off by ALIBABA_CLOUD_DISABLE_EXTERNAL_PROCESS" in home.refused(Access(profile=name), **off).reason
        )
    (home.path / ".aliyun/config.json").unlink()
    both = {**off, "ALIBABA_CLOUD_CREDENTIALS_URI": "http://127.0.0.1:1/"}
    assert home.refused(**both).kind == "authentication"


def test_profiles_in_json_with_nulls(home: Home) -> None:
    nulls = dict.fromkeys(("sts_token", "expired_seconds", "enable_vpc", "policy", "oidc_token_file"))
    home.file(".aliyun/config.json", json.dumps({"current": None, "profiles": [{**ak(), **nulls}]}))
    assert home.keys().account == "LTAIprofile1"
