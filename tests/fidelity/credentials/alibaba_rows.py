# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files and surroundings for alibabacloud-credentials and the collection: where both find the same, where not."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

PROFILES, INI = ".aliyun/config.json", ".alibabacloud/credentials.ini"
PREFIX = "ALIBABA_CLOUD_"


@dataclass(frozen=True)
class Row:
    """One home directory and one environment; ``{home}`` in a variable is the directory."""

    name: str
    files: Mapping[str, str] = field(default_factory=dict)
    env: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Difference(Row):
    """A row for which the two differ on purpose.

    :param name: the first column of its row in the documentation.
    :param ours: the key id that is found here, or a part of the message.
    :param theirs: the key id that the SDK finds, empty where it finds none.
    """

    ours: str = ""
    theirs: str = ""


def profiles(*given: Mapping[str, Any], current: str | None = "default") -> str:
    return json.dumps({**({} if current is None else {"current": current}), "profiles": given, "meta_path": ""})


def key(number: int, name: str = "default", mode: str = "AK", **more: Any) -> dict[str, Any]:
    return {"name": name, "mode": mode, "access_key_id": f"LTAI{number}", "access_key_secret": f"s{number}", **more}


def ini(number: int, name: str = "default", end: str = "") -> str:
    return f"[{name}]\ntype = access_key\naccess_key_id = LTAI{number}{end}\naccess_key_secret = s{number}{end}\n"


# What ``aliyun configure`` leaves when it is given nothing.
EMPTY = {
    "name": "default",
    "mode": "AK",
    "access_key_id": "",
    "access_key_secret": "",
    "region_id": "",
    "output_format": "json",
    "language": "en",
}
ENV = {f"{PREFIX}ACCESS_KEY_ID": "LTAI9", f"{PREFIX}ACCESS_KEY_SECRET": "s9"}
PROGRAM = '#!/bin/sh\necho \'{"mode": "AK", "access_key_id": "LTAI7", "access_key_secret": "s7"}\'\n'

SAME = (
    Row("environment", {PROFILES: profiles(key(1))}, ENV),
    Row("environment-with-token", {}, {**ENV, f"{PREFIX}SECURITY_TOKEN": "t9"}),
    Row("current-profile", {PROFILES: profiles(key(1), key(2, "ops"), current="ops"), INI: ini(5)}),
    Row("profile-of-the-environment", {PROFILES: profiles(key(1), key(2, "ops"))}, {f"{PREFIX}PROFILE": "ops"}),
    Row("token-profile", {PROFILES: profiles(key(1, mode="StsToken", sts_token="t1"))}),
    Row("nulls", {PROFILES: profiles(key(1, sts_token=None, ram_role_arn=None, expired_seconds=None))}),
    Row("ini", {INI: ini(5)}),
    Row("section-of-the-environment", {INI: ini(5) + ini(6, "ops")}, {f"{PREFIX}PROFILE": "ops"}),
    Row("named-ini", {"own.ini": ini(6), INI: ini(5)}, {f"{PREFIX}CREDENTIALS_FILE": "{home}/own.ini"}),
    Row("comment-in-ini", {INI: ini(5, end="  # of the lab")}),
    Row("profiles-switched-off", {PROFILES: profiles(key(1)), INI: ini(5)}, {f"{PREFIX}CLI_PROFILE_DISABLED": "true"}),
    # what was not chosen
    Row("empty-profile", {PROFILES: profiles(EMPTY), INI: ini(5)}),
    Row("empty-profile-without-keys", {PROFILES: profiles({"name": "default", "mode": "AK"}), INI: ini(5)}),
    Row("empty-token-profile", {PROFILES: profiles({**EMPTY, "mode": "StsToken", "sts_token": ""}), INI: ini(5)}),
    Row("empty-role-profile", {PROFILES: profiles({**EMPTY, "mode": "RamRoleArn"}), INI: ini(5)}),
    Row("current-is-missing", {PROFILES: profiles(key(1), current="gone"), INI: ini(5)}),
    Row("no-profiles", {PROFILES: profiles(), INI: ini(5)}),
    Row(
        "program",
        {PROFILES: profiles({"name": "default", "mode": "External", "process_command": "sh prog"}), "prog": PROGRAM},
    ),
)

DIFFERENT = (
    Difference(
        "half a key",
        {PROFILES: profiles({**EMPTY, "access_key_id": "LTAI1"}), INI: ini(5)},
        ours="lack the access key secret",
        theirs="LTAI5",
    ),
    Difference(
        "a profile that ``ALIBABA_CLOUD_PROFILE`` names and that is empty",
        {PROFILES: profiles({**EMPTY, "name": "ops"}), INI: ini(5, "ops")},
        {f"{PREFIX}PROFILE": "ops"},
        ours="profile ops .* has no access key",
        theirs="LTAI5",
    ),
    Difference(
        "a profile of a mode that is not supported",
        {PROFILES: profiles({"name": "default", "mode": "Anonymous"}), INI: ini(5)},
        ours="the mode 'Anonymous'",
        theirs="LTAI5",
    ),
    Difference(
        "a file that is not JSON or INI",
        {PROFILES: "{", INI: ini(5)},
        ours="it is not the JSON",
        theirs="LTAI5",
    ),
    Difference("no ``current``", {PROFILES: profiles(key(1), current=None), INI: ini(5)}, ours="LTAI1", theirs="LTAI5"),
    Difference(
        "no ``mode``, or one in other letters",
        {PROFILES: profiles(key(1, mode="ak")), INI: ini(5)},
        ours="LTAI1",
        theirs="LTAI5",
    ),
    Difference(
        "an empty ``ALIBABA_CLOUD_PROFILE``",
        {INI: ini(5)},
        {f"{PREFIX}PROFILE": ""},
        ours="LTAI5",
        theirs="",
    ),
    Difference(
        "a switch that is ``1`` or ``yes``",
        {PROFILES: profiles(key(1)), INI: ini(5)},
        {f"{PREFIX}CLI_PROFILE_DISABLED": "1"},
        ours="LTAI5",
        theirs="LTAI1",
    ),
    Difference(
        "``~`` in ``ALIBABA_CLOUD_CREDENTIALS_FILE``",
        {"own.ini": ini(6)},
        {f"{PREFIX}CREDENTIALS_FILE": "~/own.ini"},
        ours="LTAI6",
        theirs="",
    ),
    Difference(
        "``ALIBABA_CLOUD_CREDENTIALS_FILE`` names no file",
        {},
        {f"{PREFIX}CREDENTIALS_FILE": "{home}/nothing.ini", f"{PREFIX}CREDENTIALS_URI": "http://127.0.0.1:1/"},
        ours="there is no file",
        theirs="",
    ),
    Difference(
        "``~`` before the program of ``process_command``",
        {PROFILES: profiles({"name": "default", "mode": "External", "process_command": "~/prog"}), "prog": PROGRAM},
        ours="LTAI7",
        theirs="",
    ),
)
