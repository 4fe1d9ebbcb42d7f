# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The emulator answers what a real Nova and Keystone answered to the same requests."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.emulator.client import Emulator
from tests.emulator.fleet import Fleet
from tests.emulator.server_fleet import OpenstackPart, OpenstackUser, ServerData
from tests.fidelity.servers.clients import ask

EXCHANGES = json.loads(Path(__file__).with_name("nova_exchanges.json").read_text(encoding="utf-8"))["exchanges"]
PROJECT, OTHER = "b6f64e3245ae4df9adca3446580ee0c1", "13c67a214ced4afb88d911ae4bd5721a"
PASSWORD = "adminpw"
CREDENTIAL = {"id": "f4d46263bd00482d8b0ec453561e09ce", "secret": "appsecret"}
FIRST = 1795283176.0  # 2026-11-21T17:46:16Z
# What a fake driver, another host name or the moment of the recording decided.
UNCOMPARED = frozenset({"hostId", "expires_at", "issued_at", "audit_ids"})


def user(user_id: str, name: str, roles: dict[str, list[str]]) -> OpenstackUser:
    return {"id": user_id, "name": name, "password": PASSWORD, "roles": roles}


def server(instance_id: str, name: str, later: int, more: ServerData | None = None) -> ServerData:
    return {
        "instance_id": instance_id,
        "project_id": PROJECT,
        "name": name,
        "created_at": FIRST + later,
        "launched_at": FIRST + later,
        **(more or {}),
    }


def recorded_fleet() -> Fleet:
    demo = user("a1100b04c0204bd3ba09e02a788f302f", "demo", {PROJECT: ["member", "reader"]})
    demo["application_credentials"] = [
        {"id": CREDENTIAL["id"], "name": "console", "secret": "appsecret", "project_id": PROJECT, "roles": ["member"]}
    ]
    part: OpenstackPart = {
        "regions": ["RegionOne"],
        "projects": [{"id": PROJECT, "name": "demo"}, {"id": OTHER, "name": "other"}],
        "users": [
            demo,
            user("u2", "reader", {PROJECT: ["reader"]}),
            user("u3", "other", {OTHER: ["member", "reader"]}),
            user("u4", "admin", {OTHER: ["admin"]}),
        ],
        "servers": [
            server("d6a39163-764f-4f29-bda3-1cd0c9689a3d", "running", 0),
            server(
                "610d492d-8759-4e9d-9a0f-b93f862fdf98", "stopped", 1, {"status": "SHUTOFF", "updated_at": FIRST + 2}
            ),
            server("44f8b7cc-7016-4e0f-b976-e3abcd9835ff", "states", 2),
            server(
                "d8bb55a1-418d-4945-ba5d-db6f06e15cca",
                "nohost",
                15,
                {"status": "ERROR", "placed": False, "updated_at": FIRST + 16, "flavor": "98"},
            ),
        ],
    }
    return {"regions": [], "accounts": [], "instances": [], "openstack": part}


@pytest.fixture(scope="module")
def recorded() -> Iterator[Emulator]:
    with Emulator.start(recorded_fleet()) as running:
        yield running


def log_in(cloud: Emulator, who: str) -> str:
    identity: dict[str, object]
    if who == "credential":
        identity = {"methods": ["application_credential"], "application_credential": CREDENTIAL}
        auth: dict[str, object] = {"identity": identity}
    else:
        name = who if who in ("reader", "other", "admin") else "demo"
        login = {"user": {"name": name, "domain": {"id": "default"}, "password": PASSWORD}}
        identity = {"methods": ["password"], "password": login}
        project = OTHER if name in ("other", "admin") else PROJECT
        auth = {"identity": identity, "scope": {"project": {"id": project}}}
    status, headers, _body = ask(cloud, "POST", "/identity/v3/auth/tokens", body={"auth": auth})
    assert status == 201
    return headers["X-Subject-Token"]


def token_for(cloud: Emulator, who: str | None) -> str:
    if who in (None, "invalid"):
        return who or ""
    token = log_in(cloud, str(who))
    if who == "revoked":
        cloud.revoke_tokens()
    if who == "expired":
        cloud.expire_tokens("openstack")
    return token


def prepare(cloud: Emulator, exchange: dict[str, Any]) -> None:
    cloud.reset()
    if "settings" in exchange:
        cloud.configure(**exchange["settings"])
    if "change" in exchange:
        cloud.change_server(exchange["change"]["id"], **{k: v for k, v in exchange["change"].items() if k != "id"})


@pytest.mark.parametrize("exchange", EXCHANGES, ids=lambda exchange: str(exchange["title"]))
def test_exchange(recorded: Emulator, exchange: dict[str, Any]) -> None:
    prepare(recorded, exchange)
    sent = {"X-Auth-Token": token_for(recorded, exchange["who"]), **exchange.get("send", {})}
    status, headers, body = ask(recorded, exchange["method"], exchange["path"], sent, exchange.get("body"))
    assert status == exchange["status"]
    text = generalise(recorded, body.decode())
    answer = json.loads(text) if isinstance(exchange["answer"], dict) else text
    assert comparable(answer) == comparable(exchange["answer"])
    for name, value in exchange["headers"].items():
        assert generalise(recorded, headers.get(name) or "") == (value or ""), name
    assert headers.get("X-OpenStack-Request-Id", "req-").startswith("req-")


def generalise(cloud: Emulator, text: str) -> str:
    text = text.replace(cloud.url, "{url}").replace(cloud.websocket_url, "{ws}")
    return re.sub(r"(token(?:=|%3D))[0-9a-f-]{36}", r"\1{token}", text)


def comparable(value: Any, key: str = "") -> Any:
    """Drop what can't be the same: the fields above, and generated ids in catalogue and roles."""
    if key in UNCOMPARED:
        return type(value).__name__
    if isinstance(value, dict):
        generated = {"endpoints", "interface", "type", "name"} & set(value) and "domain" not in value
        return {
            name: comparable(one, name)
            for name, one in value.items()
            if not (name == "id" and generated and re.fullmatch("[0-9a-f]{32}", str(one)))
        }
    if isinstance(value, list):
        return [comparable(one) for one in value]
    return value
