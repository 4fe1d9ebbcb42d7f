# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory of the demo: 240 hosts, most of them on the emulated cloud, some odd ones for the difference."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.emulator.client import Emulator
from tests.emulator.fleet import Fleet, InstanceData, make_fleet

from .folder import Folder, write_private

HOSTS = 240
HUAWEI = 12
OPENSTACK = 8
ALIAS = "shop"  # a second name of the first instance
WITHOUT_ID = "imported-01"  # its instance id has not been entered yet
ACCOUNTS = ("main", "lab")
SIX_LINES = "demo.console.yml"

_HOSTS_TEXT = """\
# The instance id of each host. What many hosts have in common is in group_vars/.
"""


@dataclass(frozen=True)
class Estate:
    """The cloud's side and the inventory's side of the same instances."""

    fleet: Fleet
    names: dict[str, tuple[str, ...]]

    @property
    def instances(self) -> list[InstanceData]:
        return self.fleet["instances"]

    @property
    def rotated(self) -> list[str]:
        """Names of all hosts whose password can be rotated."""
        return [name for names in self.names.values() for name in names]

    def waiting(self) -> list[str]:
        """Names of the hosts whose new password waits for a reboot: they run, and are not I/O optimized."""
        return [
            name
            for one in self.instances
            if one["status"] == "Running" and not one["io_optimized"]
            for name in self.names[one["instance_id"]]
        ]


def make_estate() -> Estate:
    """Make the same estate every time."""
    instances = HOSTS - HUAWEI - OPENSTACK - len((ALIAS, WITHOUT_ID))
    fleet = make_fleet(instances, regions=3, accounts=len(ACCOUNTS), huawei=HUAWEI, openstack=OPENSTACK)
    names: dict[str, tuple[str, ...]] = {one["instance_id"]: (one["name"],) for one in fleet["instances"]}
    first = fleet["instances"][0]
    names[first["instance_id"]] = (first["name"], ALIAS)
    return Estate(fleet, names)


def write_inventory(estate: Estate, cloud: Emulator, folder: Folder, ledger: str) -> list[str]:
    """Write ``hosts.yml`` and ``group_vars/``; return the names of the files with keys, which want to be vaulted."""
    group_vars = folder.inventory / "group_vars"
    group_vars.mkdir(mode=0o700)
    write_private(folder.inventory / "hosts.yml", _HOSTS_TEXT + _yaml(_hosts(estate)))
    for group, (comment, variables) in _variables(estate.fleet, cloud.url, folder, ledger).items():
        write_private(group_vars / f"{group}.yml", f"# {comment}\n{_yaml(variables)}")
    return [str((group_vars / f"account_{account}.yml").relative_to(folder.path)) for account in ACCOUNTS]


def write_six_lines(estate: Estate, cloud: Emulator, folder: Folder) -> Path:
    """Write an inventory that finds the same instances, and the credentials where the vendors' tools have them."""
    fleet, at = estate.fleet, f"endpoint: '{cloud.url}'"
    regions = f"regions: [{', '.join(fleet['regions'])}]"
    projects = ", ".join(project["name"] for project in fleet["huawei"]["accounts"][0]["projects"])
    lines = [
        "plugin: cloudops.console.instances",
        "sources:",
        *(f"  - {{provider: alibaba, profile: {name}, {regions}, {at}}}" for name in ACCOUNTS),
        f"  - {{provider: huawei, regions: [{projects}], {at}}}",
        "  - {provider: openstack, cloud: private}",
    ]
    _write_credentials(fleet, cloud, folder.scratch)
    path = folder.inventory / SIX_LINES
    write_private(path, "\n".join([*lines, ""]))
    return path


def _write_credentials(fleet: Fleet, cloud: Emulator, home: Path) -> None:
    """Write the files of the three vendors, for the accounts of the emulated clouds."""
    keys = [account["access_keys"][0] for account in fleet["accounts"]]
    profiles = [
        {"name": name, "mode": "AK", **{part: key[part] for part in ("access_key_id", "access_key_secret")}}
        for name, key in zip(ACCOUNTS, keys, strict=True)
    ]
    key = fleet["huawei"]["accounts"][0]["access_keys"][0]
    basic = f"ak = {key['access_key_id']}\nsk = {key['access_key_secret']}\niam_endpoint = {cloud.huawei_url}\n"
    credential = fleet["openstack"]["users"][0]["application_credentials"][0]
    auth = {
        "auth_url": cloud.auth_url,
        "application_credential_id": credential["id"],
        "application_credential_secret": credential["secret"],
    }
    clouds = {"clouds": {"private": {"auth_type": "v3applicationcredential", "auth": auth}}}
    for name, text in (
        (".aliyun/config.json", json.dumps({"current": ACCOUNTS[0], "profiles": profiles})),
        (".huaweicloud/credentials", f"[basic]\n{basic}"),
        (".config/openstack/clouds.yaml", _yaml(clouds)),
    ):
        (home / name).parent.mkdir(mode=0o700, parents=True)
        write_private(home / name, text)


def _hosts(estate: Estate) -> dict[str, Any]:
    regions: dict[str, Any] = {_group(region): {"hosts": {}} for region in estate.fleet["regions"]}
    accounts: dict[str, Any] = {f"account_{account}": {"hosts": {}} for account in ACCOUNTS}
    owners = [account["account_id"] for account in estate.fleet["accounts"]]
    for one in estate.instances:
        for name in estate.names[one["instance_id"]]:
            regions[_group(one["region"])]["hosts"][name] = {"console_instance_id": one["instance_id"]}
            accounts[f"account_{ACCOUNTS[owners.index(one['account_id'])]}"]["hosts"][name] = {}
    regions[_group(estate.fleet["regions"][0])]["hosts"][WITHOUT_ID] = {}
    accounts[f"account_{ACCOUNTS[0]}"]["hosts"][WITHOUT_ID] = {}
    huawei = {
        f"erp-{n:02d}": {"console_instance_id": f"8c3b2f7e-0000-4000-8000-{n:012d}"} for n in range(1, HUAWEI + 1)
    }
    nova = {
        f"edge-{n:02d}": {"console_instance_id": f"5d1a6c90-0000-4000-8000-{n:012d}"} for n in range(1, OPENSTACK + 1)
    }
    clouds = {"alibaba": {"children": regions}, "huawei": {"hosts": huawei}, "openstack": {"hosts": nova}}
    # The accounts first: ansible counts what happens once for all hosts under the first host of the inventory
    return {"all": {"children": {**accounts, **clouds}}}


def _variables(fleet: Fleet, endpoint: str, folder: Folder, ledger: str) -> dict[str, tuple[str, dict[str, Any]]]:
    """Return for each group what its file is for, and its variables."""
    rotation = {"vnc_rotation_ledger": ledger, "vnc_rotation_report_dir": str(folder.reports)}
    cloud = {"console_provider": "alibaba", "console_endpoint": endpoint}
    regions = {
        _group(region): ("The region of these instances.", {"console_region": region}) for region in fleet["regions"]
    }
    accounts = {
        f"account_{name}": (
            "The keys of this account.",
            {
                "console_access_key_id": account["access_keys"][0]["access_key_id"],
                "console_access_key_secret": account["access_keys"][0]["access_key_secret"],
            },
        )
        for name, account in zip(ACCOUNTS, fleet["accounts"], strict=True)
    }
    return {
        "all": ("Where the ledger and the reports are kept.", rotation),
        "alibaba": ("The emulated cloud. At home leave the endpoint out: it follows from the region.", cloud),
        "huawei": ("Has no VNC password.", {"console_provider": "huawei", "console_region": "ap-southeast-3"}),
        "openstack": ("Has no VNC password.", {"console_provider": "openstack", "console_cloud": "private"}),
        **regions,
        **accounts,
    }


def _group(region: str) -> str:
    return region.replace("-", "_")


def _yaml(data: dict[str, Any]) -> str:
    return str(yaml.safe_dump(data, sort_keys=False, width=120))
