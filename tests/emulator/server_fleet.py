# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Huawei and OpenStack parts of a fleet file, and their generator; each depends on its arguments alone."""

from __future__ import annotations

import random
import string
from typing import TypedDict

HUAWEI_REGIONS = ("cn-north-4", "eu-west-101", "af-south-1")
OPENSTACK_REGION = "RegionOne"
FIRST_LAUNCH = 1_767_225_600.0  # 2026-01-01T00:00:00Z
_ROLES = ("web", "app", "db", "cache", "queue", "build", "proxy", "mail")
_UPPER = string.ascii_uppercase + string.digits
_BASE62 = string.ascii_letters + string.digits
_DAY = 86_400


class ServerData(TypedDict, total=False):
    """One server. ``instance_id`` and ``project_id`` are wanted; the rest has likely values.

    ``status`` implies ``vm_state`` and ``task_state``. ``placed: False`` means that no host ever took the server,
    ``host_down`` that its compute host is dead; ``consoles`` are the types its host offers, None: as the settings say.
    """

    instance_id: str
    project_id: str
    region: str
    name: str
    os_type: str
    flavor: str
    status: str
    vm_state: str
    task_state: str | None
    tags: list[str]
    metadata: dict[str, str]
    created_at: float
    updated_at: float
    launched_at: float | None
    locked: bool
    placed: bool
    host_down: bool
    consoles: list[str] | None
    vpc_id: str
    private_ips: list[str]
    floating_ips: list[str]


class ServerDenial(TypedDict, total=False):
    """``actions`` on ``instances`` are denied (absent or empty: all); ``code`` of Huawei: ``Pdp.0001`` when absent."""

    actions: list[str]
    instances: list[str]
    code: str


class HuaweiKey(TypedDict, total=False):
    """``security_token`` makes it a temporary key; ``expires_at`` is in seconds since 1970 by the emulator's clock."""

    access_key_id: str
    access_key_secret: str
    security_token: str | None
    expires_at: float | None
    inactive: bool
    denied: list[ServerDenial]


class HuaweiProject(TypedDict):
    """``name`` is the region's, or ``REGION_anything`` of a subproject."""

    id: str
    name: str


class HuaweiUser(TypedDict, total=False):
    """An IAM user, for tokens."""

    id: str
    name: str
    password: str
    denied: list[ServerDenial]


class HuaweiAccount(TypedDict):
    """``account_id`` is what Huawei calls the domain id, ``name`` the domain's name."""

    account_id: str
    name: str
    access_keys: list[HuaweiKey]
    users: list[HuaweiUser]
    projects: list[HuaweiProject]


class HuaweiPart(TypedDict):
    accounts: list[HuaweiAccount]
    servers: list[ServerData]


class ApplicationCredential(TypedDict, total=False):
    """``roles`` absent: those of the user in the project."""

    id: str
    name: str
    secret: str
    project_id: str
    roles: list[str]


class OpenstackUser(TypedDict, total=False):
    """``roles``: project id to role names, of ``admin``, ``member`` and ``reader``."""

    id: str
    name: str
    password: str
    roles: dict[str, list[str]]
    application_credentials: list[ApplicationCredential]
    denied: list[ServerDenial]


class OpenstackProject(TypedDict):
    id: str
    name: str


class OpenstackPart(TypedDict):
    """One domain, ``Default``. The first region is the one that serves; the others are in the catalogue only."""

    regions: list[str]
    projects: list[OpenstackProject]
    users: list[OpenstackUser]
    servers: list[ServerData]


def make_huawei(count: int, *, seed: int, regions: int, stopped: float, windows: float) -> HuaweiPart:
    """One account with one key, one IAM user, and a project in each of up to three regions."""
    dice = random.Random(f"huawei fleet {seed}")
    projects: list[HuaweiProject] = [{"id": _hex(dice), "name": region} for region in HUAWEI_REGIONS[:regions]]
    key: HuaweiKey = {"access_key_id": _word(dice, _UPPER, 20), "access_key_secret": _word(dice, _BASE62, 40)}
    user: HuaweiUser = {"id": _hex(dice), "name": "operator", "password": _word(dice, _BASE62, 20)}
    account: HuaweiAccount = {
        "account_id": _hex(dice),
        "name": "console-tests",
        "access_keys": [key],
        "users": [user],
        "projects": projects,
    }
    places = [(project["id"], project["name"]) for project in projects]
    return {"accounts": [account], "servers": _servers(dice, "huawei", count, places, stopped, windows)}


def make_openstack(count: int, *, seed: int, stopped: float, windows: float) -> OpenstackPart:
    """Two projects; users ``operator`` (with an application credential), ``auditor`` (reader), ``admin``."""
    dice = random.Random(f"openstack fleet {seed}")
    ours, other = _hex(dice), _hex(dice)
    users: list[OpenstackUser] = [
        _user(dice, "operator", {ours: ["member", "reader"]}),
        _user(dice, "auditor", {ours: ["reader"]}),
        _user(dice, "admin", {ours: ["admin", "member", "reader"], other: ["admin", "member", "reader"]}),
    ]
    credential: ApplicationCredential = {
        "id": _hex(dice),
        "name": "console",
        "secret": _word(dice, _BASE62, 64),
        "project_id": ours,
        "roles": ["member"],
    }
    users[0]["application_credentials"] = [credential]
    return {
        "regions": [OPENSTACK_REGION],
        "projects": [{"id": ours, "name": "operations"}, {"id": other, "name": "other"}],
        "users": users,
        "servers": _servers(dice, "openstack", count, [(ours, OPENSTACK_REGION)], stopped, windows),
    }


def _user(dice: random.Random, name: str, roles: dict[str, list[str]]) -> OpenstackUser:
    return {"id": _hex(dice), "name": name, "password": _word(dice, _BASE62, 20), "roles": roles}


def _servers(
    dice: random.Random, cloud: str, count: int, places: list[tuple[str, str]], stopped: float, windows: float
) -> list[ServerData]:
    off, win = (frozenset(dice.sample(range(count), round(count * share))) for share in (stopped, windows))
    return [
        _server(dice, cloud, number, places[number % len(places)], number in off, number in win)
        for number in range(count)
    ]


def _server(
    dice: random.Random, cloud: str, number: int, place: tuple[str, str], off: bool, windows: bool
) -> ServerData:
    role = _ROLES[number % len(_ROLES)]
    created = FIRST_LAUNCH - dice.randrange(400) * _DAY
    return {
        "instance_id": _uuid(dice),
        "project_id": place[0],
        "region": place[1],
        "name": f"{cloud}-{role}-{number + 1:04d}",
        "os_type": "windows" if windows else "linux",
        "status": "SHUTOFF" if off else "ACTIVE",
        "tags": [f"role={role}", f"stage={dice.choice(('production', 'staging'))}"],
        "created_at": created,
        "launched_at": created + 60,
        "vpc_id": f"vpc-{place[1]}" if cloud == "huawei" else "",
        "private_ips": [f"192.168.{number >> 8}.{number & 255}"],
        "floating_ips": [f"198.51.100.{number % 256}"] if number % 2 else [],
    }


def _word(dice: random.Random, letters: str, length: int) -> str:
    return "".join(dice.choices(letters, k=length))


def _hex(dice: random.Random) -> str:
    return f"{dice.getrandbits(128):032x}"


def _uuid(dice: random.Random) -> str:
    digits = _hex(dice)
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"
