# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where credentials come from, in which order, and what is said of those that cannot be used."""

from __future__ import annotations

import errno
import json
import typing as t
from pathlib import Path

import pytest
from ansible_collections.cloudops.console.plugins.module_utils._alibaba.credentials import profiles
from ansible_collections.cloudops.console.plugins.module_utils._alibaba.credentials.cache import Credentials
from ansible_collections.cloudops.console.plugins.module_utils._alibaba.credentials.chain import find_credentials
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.module_utils._key_material import LARGEST_FILE
from ansible_collections.cloudops.console.plugins.module_utils._models import Access
from hypothesis import given
from hypothesis import strategies as st

SECRET = "Zq7SecretZq7"
ENVIRONMENT = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "env-id", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": SECRET}
OPTIONS = Access(access_key_id="option-id", access_key_secret=SECRET)


def profile(name: str, **parts: t.Any) -> dict[str, t.Any]:
    return {"name": name, "mode": "AK", "access_key_id": f"{name}-id", "access_key_secret": SECRET, **parts}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path


def write(home: Path, content: t.Any) -> Path:
    path = home / ".aliyun" / "config.json"
    path.parent.mkdir(exist_ok=True)
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        path.write_text(json.dumps(content))
    return path


def found(home: Path, access: Access | None = None, **environ: str) -> Credentials:
    env = {"HOME": str(home), "ALIBABA_CLOUD_ECS_METADATA_DISABLED": "true", **environ}
    keys = find_credentials(access or Access(), env).static
    assert keys is not None, "no call is needed to get them"
    return keys


def refused(home: Path, access: Access | None = None, **environ: str) -> ConsoleError:
    with pytest.raises(ConsoleError) as caught:
        found(home, access, **environ)
    error = caught.value
    for text in (error.message, repr(error), str(error.failure)):
        assert SECRET not in text
        assert SECRET[2:-2] not in text
    assert error.advice
    return error


TWO = {"current": "main", "profiles": [profile("main"), profile("other")]}


def test_the_order(home: Path) -> None:
    """Options, the profile option, the environment, the environment's profile, the current profile."""
    write(home, TWO)
    everything = {**ENVIRONMENT, "ALIBABA_CLOUD_PROFILE": "other"}
    both = Access(access_key_id="option-id", access_key_secret=SECRET, profile="other")
    assert found(home, both, **everything).access_key_id == "option-id"
    assert found(home, Access(profile="other"), **everything).access_key_id == "other-id"
    assert found(home, None, **everything).access_key_id == "env-id"
    assert found(home, ALIBABA_CLOUD_PROFILE="other").access_key_id == "other-id"
    assert found(home).access_key_id == "main-id"


def test_the_profile_named_default(home: Path) -> None:
    write(home, {"profiles": [profile("default")]})
    assert found(home).access_key_id == "default-id"


@pytest.mark.parametrize("word", ["true", "TRUE", "1", "yes"])
def test_profiles_can_be_switched_off(home: Path, word: str) -> None:
    write(home, TWO)
    assert refused(home, ALIBABA_CLOUD_CLI_PROFILE_DISABLED=word).kind == "authentication"
    assert found(home, Access(profile="main"), ALIBABA_CLOUD_CLI_PROFILE_DISABLED=word).access_key_id == "main-id"


def test_empty_is_not_given(home: Path) -> None:
    """AWX injects empty strings."""
    write(home, TWO)
    empty = dict.fromkeys(
        (*ENVIRONMENT, "ALIBABA_CLOUD_SECURITY_TOKEN", "ALIBABA_CLOUD_PROFILE", "ALIBABA_CLOUD_CLI_PROFILE_DISABLED"),
        "",
    )
    assert found(home, Access(), **empty).access_key_id == "main-id"


def test_none_anywhere(home: Path) -> None:
    error = refused(home)
    assert error.kind == "authentication"
    assert "ALIBABA_CLOUD_ACCESS_KEY_ID" in error.advice


@pytest.mark.parametrize(
    ("access", "environ", "absent"),
    [
        (Access(access_key_id="a"), {}, "access key secret"),
        (Access(access_key_secret=SECRET), {}, "access key id"),
        (Access(), {"ALIBABA_CLOUD_ACCESS_KEY_ID": "a"}, "access key secret"),
        (Access(), {"ALIBABA_CLOUD_ACCESS_KEY_SECRET": SECRET}, "access key id"),
        (Access(access_key_id="a"), ENVIRONMENT, "access key secret"),  # never halves of two sources
    ],
)
def test_half_a_key(home: Path, access: Access, environ: dict[str, str], absent: str) -> None:
    assert f"lack the {absent}" in refused(home, access, **environ).message


@pytest.mark.parametrize(
    "stray", [f"{SECRET}\n", f" {SECRET}", f"{SECRET}\r", f"{SECRET}é", f"{SECRET}\0", f"\t{SECRET}"]
)
def test_stray_characters(home: Path, stray: str) -> None:
    assert "spaces" in refused(home, Access(access_key_id="a", access_key_secret=stray)).message
    assert "spaces" in refused(home, Access(access_key_id=stray, access_key_secret=SECRET)).message
    token = Access(access_key_id="a", access_key_secret=SECRET, security_token=stray)
    assert "spaces" in refused(home, token).message


@given(st.text(max_size=10), st.text(max_size=10), st.text(max_size=10))
def test_a_key_is_usable_or_refused(key_id: str, secret: str, token: str) -> None:
    """Whatever is given, it ends as credentials that fit into a header, or as our error."""
    access = Access(access_key_id=key_id, access_key_secret=secret, security_token=token)
    try:
        keys = found(Path("/nonexistent"), access)
    except ConsoleError:
        return
    assert f"{keys.access_key_id}{keys.security_token}".encode("ascii").isascii()


def test_a_token(home: Path) -> None:
    write(home, {"current": "sts", "profiles": [profile("sts", mode="StsToken", sts_token="tok")]})
    assert found(home).security_token == "tok"
    assert found(home, None, ALIBABA_CLOUD_SECURITY_TOKEN="tok2", **ENVIRONMENT).security_token == "tok2"
    write(home, {"current": "ak", "profiles": [profile("ak", sts_token="left-over")]})
    assert found(home).security_token == ""


def test_a_token_that_is_missing(home: Path) -> None:
    write(home, {"current": "sts", "profiles": [profile("sts", mode="StsToken")]})
    assert "no token" in refused(home).message


@pytest.mark.parametrize(
    "mode", ["CloudSSO", "OAuth", "BearerToken", "Anonymous", "RsaKeyPair", "RamRoleArnWithRoleName", "Nonsense"]
)
def test_a_mode_that_is_not_supported_is_named(home: Path, mode: str) -> None:
    write(home, {"current": "x", "profiles": [profile("x", mode=mode)]})
    error = refused(home)
    assert repr(mode) in error.message
    assert "StsToken" in error.advice


def test_a_profile_without_a_key(home: Path) -> None:
    write(home, {"current": "x", "profiles": [{"name": "x", "mode": "AK"}]})
    assert "no access key" in refused(home, Access(profile="x")).message
    assert "profile x of ~/.aliyun/config.json is empty" in refused(home).message


def test_an_unknown_profile_names_the_known_ones(home: Path) -> None:
    write(home, TWO)
    error = refused(home, Access(profile="nobody"))
    assert "'nobody'" in error.message
    assert "main, other" in error.advice
    assert "nobody" in refused(home, ALIBABA_CLOUD_PROFILE="nobody").message


def test_a_profile_and_no_file(home: Path) -> None:
    assert "~/.aliyun/config.json" in refused(home, Access(profile="x")).message


BROKEN_PROFILES: dict[str, t.Any] = {
    "without a name": {"mode": "AK", "access_key_secret": SECRET},
    "with a secret that is an object": profile("main", access_key_secret={SECRET: SECRET}),
    "with a list for a mode": profile("main", mode=[SECRET]),
}


@pytest.mark.parametrize("broken", BROKEN_PROFILES.values(), ids=BROKEN_PROFILES.keys())
def test_a_broken_profile(home: Path, broken: t.Any) -> None:
    write(home, {"current": "main", "profiles": [broken]})
    refused(home)
    refused(home, Access(profile="main"))


GARBAGE: dict[str, t.Any] = {
    "nothing": b"",
    "text": b"key=" + SECRET.encode(),
    "cut": json.dumps(TWO).encode()[:-20],
    "bytes": b"\xff\xfe\x00" + SECRET.encode(),
    "a list": [profile("main")],
    "a number": 5,
    "null": None,
    "profiles as an object": {"profiles": profile("main")},
    "deep": b"[" * 200_000,
    "huge number": b'{"profiles": ' + b"1" * 5000 + b"}",
}


@pytest.mark.parametrize("content", GARBAGE.values(), ids=GARBAGE.keys())
def test_a_file_of_something_else(home: Path, content: t.Any) -> None:
    write(home, content)
    error = refused(home)
    assert "~/.aliyun/config.json cannot be used" in error.message
    assert error.__suppress_context__ or error.__context__ is None


def test_an_oversized_file(home: Path) -> None:
    write(home, json.dumps(TWO).encode() + b" " * LARGEST_FILE)
    assert "1024 KiB" in refused(home).message


def test_an_unreadable_file(home: Path) -> None:
    """For root too: reading this one fails after opening it."""
    (home / ".aliyun").mkdir()
    (home / ".aliyun" / "config.json").symlink_to("/proc/self/mem")
    assert "cannot be used" in refused(home).message


def test_a_home_that_cannot_be_looked_into(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the file system says on the way to the file is our error too, and no traceback."""
    assert refused(Path("/", "a" * 300)).kind in ("authentication", "invalid")

    def closed(_path: Path, **_more: t.Any) -> t.NoReturn:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "stat", closed)
    with pytest.raises(ConsoleError):
        found(home)


def test_a_folder_in_the_place_of_the_file(home: Path) -> None:
    (home / ".aliyun" / "config.json").mkdir(parents=True)
    assert refused(home).kind == "authentication"


def test_no_secret_in_a_repr(home: Path) -> None:
    write(home, {"current": "sts", "profiles": [profile("sts", mode="StsToken", sts_token=SECRET)]})
    keys = found(home)
    assert (keys.access_key_secret, keys.security_token) == (SECRET, SECRET)
    assert SECRET not in repr(keys)
    assert SECRET not in repr(OPTIONS)


def test_no_secret_in_the_repr_of_the_file() -> None:
    """A traceback that shows values shows these."""
    document = {"current": "sts", "profiles": [profile("sts", mode="StsToken", sts_token=SECRET)]}
    file = profiles.ProfilesFile.model_validate(document)
    one = profiles.Profile.model_validate(profile("ak"))
    for model in (file, one):
        assert SECRET not in repr(model)
        assert SECRET not in str(model)
