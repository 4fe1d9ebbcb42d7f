# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shape of a fleet file, and a generator of realistic fleets that depends on its arguments alone."""

from __future__ import annotations

import random
import string
from typing import TypedDict

from .server_fleet import HuaweiPart, OpenstackPart, make_huawei, make_openstack

REGIONS = (
    "cn-hangzhou",
    "cn-shanghai",
    "eu-central-1",
    "ap-southeast-1",
    "us-west-1",
    "cn-beijing",
    "cn-shenzhen",
    "ap-northeast-1",
)
_ROLES = ("web", "app", "db", "cache", "queue", "build", "proxy", "mail")
_BASE62 = string.ascii_letters + string.digits
_BASE36 = string.ascii_lowercase + string.digits
FIRST_START = 1_767_225_600.0  # 2026-01-01T00:00:00Z
_DAY = 86_400


class Denial(TypedDict, total=False):
    """RAM denies ``actions`` on ``instances``; an absent or empty list means all of them."""

    actions: list[str]
    instances: list[str]


class AccessKey(TypedDict, total=False):
    """``security_token`` makes it an STS key; ``expires_at`` is in seconds since 1970 by the emulator's clock."""

    access_key_id: str
    access_key_secret: str
    security_token: str | None
    expires_at: float | None
    inactive: bool
    denied: list[Denial]


class Account(TypedDict, total=False):
    """``roles`` are role names that STS may assume, absent: any; ``oidc_tokens`` those accepted from an IdP."""

    account_id: str
    access_keys: list[AccessKey]
    roles: list[str]
    oidc_tokens: list[str]


class InstanceData(TypedDict, total=False):
    """One instance. ``instance_id``, ``account_id`` and ``region`` are wanted; the rest has likely values."""

    instance_id: str
    account_id: str
    region: str
    name: str
    os_type: str
    status: str
    io_optimized: bool
    started_at: float | None
    created_at: float
    tags: dict[str, str]
    operation_locks: list[str]
    agent: bool
    vnc_password: str
    vnc_waiting: str | None
    vpc_id: str
    private_ips: list[str]
    public_ips: list[str]
    elastic_ip: str


class _Alibaba(TypedDict):
    regions: list[str]
    accounts: list[Account]
    instances: list[InstanceData]


class Fleet(_Alibaba, total=False):
    """What ``--seed`` and the control endpoint's ``fleet`` take; the parts of the further clouds may be absent."""

    huawei: HuaweiPart
    openstack: OpenstackPart


def make_fleet(
    count: int,
    *,
    seed: int = 1,
    regions: int = 3,
    accounts: int = 2,
    not_io_optimized: float = 1 / 3,
    stopped: float = 0.05,
    windows: float = 0.25,
    huawei: int = 0,
    openstack: int = 0,
) -> Fleet:
    """``count`` instances spread evenly over regions and accounts; the shares are met exactly, up to rounding.

    ``huawei`` and ``openstack`` are numbers of servers beside them; the other instances do not depend on these.
    """
    dice = random.Random(f"fleet {seed}")
    owners = [_account(dice) for _each in range(accounts)]
    places = list(REGIONS[:regions])
    slow, off, win = (_share(dice, count, share) for share in (not_io_optimized, stopped, windows))
    instances = [
        _instance(
            dice,
            number,
            account_id=owners[(number // len(places)) % accounts]["account_id"],
            region=places[number % len(places)],
            io_optimized=number not in slow,
            status="Stopped" if number in off else "Running",
            os_type="windows" if number in win else "linux",
        )
        for number in range(count)
    ]
    fleet: Fleet = {"regions": places, "accounts": owners, "instances": instances}
    if huawei:
        fleet["huawei"] = make_huawei(huawei, seed=seed, regions=regions, stopped=stopped, windows=windows)
    if openstack:
        fleet["openstack"] = make_openstack(openstack, seed=seed, stopped=stopped, windows=windows)
    return fleet


def _share(dice: random.Random, count: int, share: float) -> frozenset[int]:
    return frozenset(dice.sample(range(count), round(count * share)))


def _account(dice: random.Random) -> Account:
    key: AccessKey = {
        "access_key_id": "LTAI5t" + _word(dice, _BASE62, 18),
        "access_key_secret": _word(dice, _BASE62, 30),
    }
    return {"account_id": str(1_000_000_000_000_000 + dice.randrange(10**15)), "access_keys": [key]}


def _instance(
    dice: random.Random,
    number: int,
    *,
    account_id: str,
    region: str,
    io_optimized: bool,
    status: str,
    os_type: str,
) -> InstanceData:
    role = _ROLES[number % len(_ROLES)]
    created = FIRST_START - dice.randrange(400) * _DAY
    return {
        "instance_id": "i-" + _word(dice, _BASE36, 20),
        "account_id": account_id,
        "region": region,
        "name": f"{role}-{number + 1:04d}",
        "os_type": os_type,
        "status": status,
        "io_optimized": io_optimized,
        "started_at": FIRST_START + dice.randrange(30 * _DAY),
        "created_at": created,
        "tags": {"role": role, "stage": dice.choice(("production", "staging"))},
        "vnc_password": "",
        "vpc_id": f"vpc-{region}",
        "private_ips": [f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"],
        "public_ips": [f"203.0.113.{number % 256}"] if number % 4 == 1 else [],
        "elastic_ip": f"198.51.100.{number % 256}" if number % 4 == 2 else "",
    }


def _word(dice: random.Random, letters: str, length: int) -> str:
    return "".join(dice.choices(letters, k=length))
