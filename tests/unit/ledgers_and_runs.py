# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""What several unit tests share: times, keys, open ledgers, hosts of the emulated fleet, whole runs."""

from __future__ import annotations

import contextlib
import datetime as dt
import typing as t
from pathlib import Path

from ansible.parsing.vault import VaultSecret
from ansible_collections.cloudops.console.plugins.module_utils._http import Client, Policy, Trust
from ansible_collections.cloudops.console.plugins.module_utils._models import Access
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.encryption import VaultSecrets
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.record import InstanceKey, Record
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.sqlite.ledger import open_sqlite
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.store import Ledger
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.limits import parse_max_failures
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.operations import Operation
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.plan import RotationOptions, parse_age
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.result import FleetResult
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.run import RunOptions, rotate_fleet
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.targets import HostVars

from tests.emulator.client import Emulator
from tests.emulator.fleet import Fleet, InstanceData

PASSPHRASE = "correct horse battery staple"
KEY = InstanceKey("alibaba", "cn-hangzhou", "i-0001")
NOON = dt.datetime(2026, 1, 1, 12, 0, 30, tzinfo=dt.timezone.utc)
SET = "ModifyInstanceVncPasswd"
QUICK = Policy(timeout=2.0, retries=2)
# No other try, but time enough for an answer on a busy machine
ONCE = Policy(timeout=10.0, retries=0)


def after(**parts: float) -> dt.datetime:
    """NOON and so much more."""
    return NOON + dt.timedelta(**parts)


def lock(passphrase: str = PASSPHRASE) -> VaultSecrets:
    return VaultSecrets([("ledger_key", VaultSecret(passphrase.encode()))], "the passphrase ledger_key")


def sqlite_ledger(path: Path, passphrase: str = PASSPHRASE, *, read_only: bool = False) -> Ledger:
    return open_sqlite(path, lock(passphrase), read_only=read_only)


@contextlib.asynccontextmanager
async def opened(path: Path, passphrase: str = PASSPHRASE, *, read_only: bool = False) -> t.AsyncIterator[Ledger]:
    ledger = sqlite_ledger(path, passphrase, read_only=read_only)
    try:
        yield ledger
    finally:
        await ledger.close()


async def records_of(path: Path, keys: t.Iterable[InstanceKey]) -> dict[InstanceKey, Record]:
    async with opened(path, read_only=True) as ledger:
        return await ledger.read(keys)


def pick(fleet: Fleet, count: int = 1, *, account: int = 0, **wanted: t.Any) -> list[InstanceData]:
    """Instances of one account, in fleet order, that have what is wanted, for example status or region."""
    owner = fleet["accounts"][account]["account_id"]
    found = [
        one
        for one in fleet["instances"]
        if one["account_id"] == owner and all(one.get(name) == value for name, value in wanted.items())
    ]
    assert len(found) >= count
    return found[:count]


def key_of(instance: InstanceData) -> InstanceKey:
    return InstanceKey("alibaba", instance["region"], instance["instance_id"])


def access_for(cloud: Emulator, fleet: Fleet, *, account: int = 0, region: str = "", **more: t.Any) -> Access:
    key = fleet["accounts"][account]["access_keys"][0]
    given = {
        "region": region or fleet["regions"][0],
        "endpoint": cloud.url,
        "access_key_id": key["access_key_id"],
        "access_key_secret": key["access_key_secret"],
    }
    return Access(**{**given, **more})


def host_of(instance: InstanceData, fleet: Fleet, name: str = "", **more: t.Any) -> HostVars:
    owner = next(one for one in fleet["accounts"] if one["account_id"] == instance["account_id"])
    key = owner["access_keys"][0]
    values = {
        "console_region": instance["region"],
        "console_instance_id": instance["instance_id"],
        "console_access_key_id": key["access_key_id"],
        "console_access_key_secret": key["access_key_secret"],
    }
    return HostVars(name or instance["name"], {**values, **more})


def run_options(
    cloud: Emulator,
    hosts: t.Sequence[HostVars],
    *,
    max_age: str = "30d",
    force: bool = False,
    max_failures: str = "100%",
    operation: Operation = "rotate",
    rollback_to: dt.datetime | None = None,
    **more: t.Any,
) -> RunOptions:
    given: dict[str, t.Any] = {"policy": QUICK, "canary": 0, "run_id": "run-1", **more}
    return RunOptions(
        hosts=hosts,
        defaults=Access(endpoint=cloud.url),
        rotation=RotationOptions(parse_age(max_age), force, operation, rollback_to),
        max_failures=parse_max_failures(max_failures),
        **given,
    )


async def run(wanted: RunOptions, path: Path, say: t.Callable[[str], None] | None = None) -> FleetResult:
    """One run as the action does it, with a ledger file of its own opening and closing."""
    async with opened(path, read_only=wanted.check_mode) as ledger:
        return await rotate_fleet(wanted, ledger, say or (lambda _line: None))


def client(policy: Policy = QUICK, trust: Trust | None = None) -> Client:
    return Client(trust or Trust(), policy)


def outcomes(result: FleetResult) -> dict[str, str]:
    return {host.name: host.outcome for host in result.hosts}
