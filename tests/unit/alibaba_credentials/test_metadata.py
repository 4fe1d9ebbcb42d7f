# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The metadata service of an ECS instance."""

from __future__ import annotations

import threading
import time

import pytest
from ansible_collections.cloudops.console.plugins.module_utils._alibaba.credentials import sources

from tests.unit.alibaba_credentials.credential_sources import Home, Served, failure, got, handed_out

ROLES = "/latest/meta-data/ram/security-credentials/"
PUT = "PUT /latest/api/token"
# As it is before any test replaces it.
ADDRESS = sources.METADATA_SERVICE


def test_the_address_is_the_vendors() -> None:
    assert ADDRESS == "http://100.100.100.200"
    assert sources.METADATA_POLICY.timeout == 1.0


def test_version_two(ecs: Home, served: Served) -> None:
    served.say(PUT, b"metadata-token")
    served.say(f"GET {ROLES}", b"console-role")
    served.say(f"GET {ROLES}console-role", handed_out())
    keys = ecs.keys()
    found = got(keys)
    assert (found.access_key_id, found.security_token) == ("STS.handed1", "handed-token-1")
    assert served.requests == [PUT, f"GET {ROLES}", f"GET {ROLES}console-role"]
    assert served.seen[0].headers["x-aliyun-ecs-metadata-token-ttl-seconds"] == "21600"
    assert [one.headers.get("x-aliyun-ecs-metadata-token") for one in served.seen[1:]] == ["metadata-token"] * 2
    assert got(keys) is found


def test_the_role_of_the_environment_is_not_asked_for(ecs: Home, served: Served) -> None:
    served.say(PUT, b"metadata-token")
    served.say(f"GET {ROLES}ops", handed_out())
    got(ecs.keys(ALIBABA_CLOUD_ECS_METADATA="ops"))
    assert served.requests == [PUT, f"GET {ROLES}ops"]


def test_version_one_where_there_is_no_token(ecs: Home, served: Served) -> None:
    served.say(f"GET {ROLES}", b"console-role\n")
    served.say(f"GET {ROLES}console-role", handed_out())
    assert got(ecs.keys()).access_key_id == "STS.handed1"
    assert "x-aliyun-ecs-metadata-token" not in served.seen[-1].headers


def test_version_one_can_be_forbidden(ecs: Home, served: Served) -> None:
    served.say(f"GET {ROLES}", b"console-role")
    error = failure(ecs.keys(ALIBABA_CLOUD_IMDSV1_DISABLED="true"))
    assert "ALIBABA_CLOUD_IMDSV1_DISABLED" in error.message
    assert served.requests == [PUT]


def test_profiles_and_sections_for_a_role(ecs: Home, served: Served) -> None:
    served.say(PUT, b"metadata-token")
    served.say(f"GET {ROLES}ops", handed_out())
    ecs.profiles({"name": "default", "mode": "EcsRamRole", "ram_role_name": "ops"})
    assert got(ecs.keys()).source == "profile default of ~/.aliyun/config.json"
    ecs.ini("[default]\ntype = ecs_ram_role\nrole_name = ops\n")
    off = {"ALIBABA_CLOUD_CLI_PROFILE_DISABLED": "true"}
    assert got(ecs.keys(**off)).source == "section default of ~/.alibabacloud/credentials.ini"


def test_never_through_a_proxy(ecs: Home, served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.setattr(
        "ansible_collections.cloudops.console.plugins.module_utils._proxies.is_loopback", lambda _h: False
    )
    served.say(PUT, b"t")
    served.say(f"GET {ROLES}ops", handed_out())
    got(ecs.keys(ALIBABA_CLOUD_ECS_METADATA="ops"))


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        ({}, "this instance has no RAM role"),
        ({f"GET {ROLES}": (200, b"")}, "names no RAM role"),
        ({f"GET {ROLES}": (200, b"../../user-data")}, "names no RAM role"),
        ({f"GET {ROLES}": (200, b"<html>\xff\x00")}, "names no RAM role"),
        ({f"GET {ROLES}": (500, b"x")}, "names no RAM role"),
        ({f"GET {ROLES}": (200, b"r")}, "the RAM role r is not attached"),
        ({f"GET {ROLES}": (200, b"r"), f"GET {ROLES}r": (403, b"{}")}, "HTTP status 403"),
        ({f"GET {ROLES}": (200, b"r"), f"GET {ROLES}r": (200, b"\0")}, "not a set of temporary credentials"),
        ({f"GET {ROLES}": (200, b"r"), f"GET {ROLES}r": (200, b"[" * 100_000)}, "not a set of temporary credentials"),
        ({f"GET {ROLES}": (200, b"r"), f"GET {ROLES}r": (200, b'{"Code":"Failed"}')}, "has no credentials to give"),
        ({f"GET {ROLES}": (200, b"r"), f"GET {ROLES}r": (200, b"x" * 9_000_000)}, "no usable answer"),
    ],
    ids=range(11),
)
def test_hostile_metadata(ecs: Home, served: Served, answers: dict[str, tuple[int, bytes]], reason: str) -> None:
    served.answers.update(answers)
    error = failure(ecs.keys())
    assert error.kind == "authentication"
    assert "there are no Alibaba Cloud credentials" in error.message
    assert reason in error.message


def test_the_name_of_a_role_cannot_bend_the_path(ecs: Home) -> None:
    assert "characters" in ecs.refused(ALIBABA_CLOUD_ECS_METADATA="../../user-data").reason


def test_a_silent_service_costs_little_time(ecs: Home, served: Served) -> None:
    served.hang = threading.Event()
    began = time.monotonic()
    error = failure(ecs.keys(ALIBABA_CLOUD_IMDSV1_DISABLED="1"))
    assert time.monotonic() - began < 2
    assert "no usable answer" in error.message
    assert served.requests == [PUT]


def test_where_nobody_listens_one_request_is_enough(home: Home) -> None:
    home.env.clear()
    began = time.monotonic()
    home.profiles({"name": "default", "mode": "EcsRamRole"})
    error = failure(home.keys())
    assert error.kind == "timeout"
    assert "ALIBABA_CLOUD_ECS_METADATA_DISABLED" in error.advice
    assert time.monotonic() - began < 1
