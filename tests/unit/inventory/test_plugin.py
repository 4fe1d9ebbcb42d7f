# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plugin as Ansible uses it: from a file to hosts, groups, warnings and a cache."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest
import yaml
from ansible import constants as C  # noqa: N812 - as ansible-core calls it
from ansible.errors import AnsibleParserError
from ansible.inventory.data import InventoryData
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.doc_fragments import constructed, inventory_cache
from ansible.template import Templar
from ansible.utils.display import Display
from ansible_collections.cloudops.console.plugins.inventory import instances

from tests.emulator.client import Emulator
from tests.emulator.fleet import Fleet, make_fleet

Hosts = dict[str, dict[str, t.Any]]
NAME = "cloudops.console.instances"


@pytest.fixture(scope="module")
def fleet() -> Fleet:
    return make_fleet(12, seed=5, regions=1, accounts=1, stopped=0)


def loaded() -> t.Any:
    """The plugin as Ansible's loader makes it, which does not find collections in this process."""
    options: dict[str, t.Any] = {}
    for text in (constructed.ModuleDocFragment, inventory_cache.ModuleDocFragment, instances):
        options |= yaml.safe_load(text.DOCUMENTATION)["options"]
    C.config.initialize_plugin_configuration_definitions("inventory", NAME, options)
    plugin = t.cast("t.Any", instances.InventoryModule())
    plugin._load_name = plugin.ansible_name = NAME
    plugin._redirected_names = [NAME]
    return plugin


class File:
    """An inventory file, read by the plugin."""

    def __init__(self, path: Path, cloud: Emulator, fleet: Fleet) -> None:
        self.path = path / "web.console.yml"
        self.key = fleet["accounts"][0]["access_keys"][0]
        self.source = {
            "provider": "alibaba",
            "region": fleet["regions"][0],
            "endpoint": cloud.url,
            "access_key_id": "{{ lookup('env', 'ID_OF_KEY') }}",
            "access_key_secret": "{{ lookup('env', 'SECRET_OF_KEY') }}",
            "retries": 0,
        }
        self.inventory = InventoryData()

    def read(self, *, kept: bool = True, **options: t.Any) -> Hosts:
        """Write the file with these options, and return its hosts; kept is False where Ansible reads all anew."""
        self.inventory = InventoryData()
        return self.read_also(kept=kept, **options)

    def read_also(self, *, kept: bool = True, **options: t.Any) -> Hosts:
        """Do the same beside what the inventory has already."""
        text = {"plugin": "cloudops.console.instances", "sources": [self.source], **options}
        self.path.write_text(json.dumps(text), encoding="utf-8")
        plugin = loaded()
        assert plugin.verify_file(str(self.path))
        plugin.parse(self.inventory, DataLoader(), str(self.path), cache=kept)
        plugin_cache = getattr(plugin, "_cache", None)
        if plugin_cache:
            plugin.update_cache_if_changed()
        self.inventory.reconcile_inventory()
        return {name: host.get_vars() for name, host in self.inventory.hosts.items()}

    def groups(self) -> dict[str, set[str]]:
        return {name: {host.name for host in group.get_hosts()} for name, group in self.inventory.groups.items()}


@pytest.fixture
def file(tmp_path: Path, cloud: Emulator, fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> File:
    made = File(tmp_path, cloud, fleet)
    monkeypatch.setenv("ID_OF_KEY", made.key["access_key_id"])
    monkeypatch.setenv("SECRET_OF_KEY", made.key["access_key_secret"])
    return made


@pytest.fixture
def warnings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    found: list[str] = []
    monkeypatch.setattr(Display, "warning", lambda _self, text, **_more: found.append(text))
    return found


@pytest.mark.parametrize(
    ("name", "ours"),
    [
        ("console.yml", True),
        ("a.console.yaml", True),
        ("a-console.yml", True),
        ("hosts.yml", False),
        ("console.json", False),
    ],
)
def test_which_files_are_ours(tmp_path: Path, name: str, ours: bool) -> None:
    (tmp_path / name).touch()
    plugin = instances.InventoryModule()
    assert plugin.verify_file(str(tmp_path / name)) is ours
    assert plugin.verify_file(str(tmp_path / "missing.console.yml")) is False


def test_hosts_with_their_variables(cloud: Emulator, fleet: Fleet, file: File, warnings: list[str]) -> None:
    hosts = file.read()
    assert set(hosts) == {one["name"] for one in fleet["instances"]}
    first = fleet["instances"][0]
    found = {name: value for name, value in hosts[first["name"]].items() if name.startswith("console_")}
    assert found == {
        "console_provider": "alibaba",
        "console_region": first["region"],
        "console_instance_id": first["instance_id"],
        "console_endpoint": cloud.url,
        "console_name": first["name"],
        "console_status": "Running",
        "console_os_type": first["os_type"],
        "console_tags": first["tags"],
        "console_zone": f"{first['region']}-b",
        "console_vpc_id": first["vpc_id"],
        "console_private_ips": first["private_ips"],
        "console_public_ips": first["public_ips"],
    }
    assert warnings == []


def test_constructed(fleet: Fleet, file: File) -> None:
    hosts = file.read(
        compose={"ansible_host": "console_private_ips | first", "label": "console_name ~ '.' ~ console_region"},
        groups={"windows": "console_os_type == 'windows'"},
        keyed_groups=[{"key": "console_tags.role", "prefix": "role"}, {"key": "label", "prefix": "at"}],
        strict=True,
    )
    first = fleet["instances"][0]
    assert hosts[first["name"]]["ansible_host"] == first["private_ips"][0]
    groups = file.groups()
    assert groups["windows"] == {one["name"] for one in fleet["instances"] if one["os_type"] == "windows"}
    assert groups["role_web"] == {one["name"] for one in fleet["instances"] if one["tags"]["role"] == "web"}
    assert groups["at_web_0001_cn_hangzhou"] == {"web-0001"}
    with pytest.raises(Exception, match="no_such"):
        file.read(compose={"x": "no_such"}, strict=True)
    assert "x" not in file.read(compose={"x": "no_such"})[first["name"]]


def test_no_host_stays_if_one_cannot_be_constructed(cloud: Emulator, fleet: Fleet, file: File) -> None:
    cloud.change_instance(fleet["instances"][5]["instance_id"], tags={})
    file.inventory.add_host("by-hand")
    with pytest.raises(Exception, match="role"):
        file.read_also(compose={"role": "console_tags.role"}, groups={"x": "true"}, strict=True)
    assert list(file.inventory.hosts) == ["by-hand"]


@pytest.mark.parametrize("condition", ["true", "console_tags.role == 'web'"])
def test_a_host_and_a_group_of_one_name(
    cloud: Emulator, fleet: Fleet, file: File, warnings: list[str], condition: str
) -> None:
    last = fleet["instances"][-1]
    cloud.change_instance(last["instance_id"], name="web")
    hosts = file.read(groups={"web": condition})
    assert hosts[last["instance_id"]]["console_name"] == "web"
    assert file.inventory.groups["web"].vars == {}
    assert "not used: web. Their instances" in warnings[0]


def test_a_host_has_its_variables_although_a_group_of_keys_has_its_name(
    cloud: Emulator, fleet: Fleet, file: File, warnings: list[str]
) -> None:
    last = fleet["instances"][-1]
    cloud.change_instance(last["instance_id"], name="web")
    keys = [{"key": "console_tags.role", "separator": ""}]
    host = file.read(compose={"id": "console_instance_id"}, keyed_groups=keys)["web"]
    assert host["console_instance_id"] == host["id"] == last["instance_id"]
    assert file.inventory.groups["web"].vars == {}
    assert warnings == ["Found both group and host with same name: web"]


def test_the_name_of_another_instance_in_the_inventory(
    cloud: Emulator, fleet: Fleet, file: File, warnings: list[str]
) -> None:
    first, second = fleet["instances"][:2]
    file.read()
    cloud.change_instance(second["instance_id"], name=first["name"])
    # Whether this file lists both, or the second one alone
    hosts = file.read_also()
    assert hosts[first["name"]]["console_instance_id"] == first["instance_id"]
    assert warnings == []
    file.read()
    file.inventory.remove_host(file.inventory.hosts[second["instance_id"]])
    file.inventory.remove_host(file.inventory.hosts[first["instance_id"]])
    file.inventory.add_host(first["name"])
    file.inventory.set_variable(first["name"], "console_instance_id", first["instance_id"])
    cloud.remove_instance(first["instance_id"])
    hosts = file.read_also()
    assert {host["console_instance_id"] for host in hosts.values()} == {
        one["instance_id"] for one in fleet["instances"]
    }
    assert hosts[first["name"]]["console_instance_id"] == first["instance_id"]
    assert [f"not used: {first['name']}. Their instances" in text for text in warnings] == [True]


def test_extra_variables_in_compose(file: File, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ansible.plugins.inventory.load_extra_vars", lambda _loader: {"given": "x"})
    assert "y" not in file.read(compose={"y": "given"})["web-0001"]
    assert file.read(compose={"y": "given"}, use_extra_vars=True)["web-0001"]["y"] == "x"


def test_hostnames_by_tag(cloud: Emulator, fleet: Fleet, file: File) -> None:
    first = fleet["instances"][0]
    cloud.change_instance(first["instance_id"], tags={"host": "shop 1"})
    assert file.read(hostnames=["tag:host", "instance_id"])["shop_1"]["console_instance_id"] == first["instance_id"]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"hostname": ["name"]}, "Unknown option hostname in the file. Did you mean hostnames?"),
        ({"hostnames": ["nam"]}, "Use name, instance_id, or tag:KEY"),
        ({"hostnames": [["name"]]}, "Use name, instance_id, or tag:KEY"),
        ({"hostnames": [{"tag": "name"}]}, "Use name, instance_id, or tag:KEY"),
        ({"sources": []}, "The file has no sources."),
        ({"sources": {"access_key_secret": "Sesame0pen"}}, "Sources is not a list."),
        ({"sources": ["Sesame0pen"]}, "Source 1 is not a dictionary of options."),
        ({"sources": [{"region": "x", "secret_key": "Sesame0pen"}]}, "Unknown option secret_key in source 1."),
    ],
)
def test_mistakes_are_named_before_any_call(cloud: Emulator, file: File, options: dict[str, t.Any], told: str) -> None:
    with pytest.raises(AnsibleParserError) as caught:
        file.read(**options)
    assert told in str(caught.value)
    assert "Sesame0pen" not in str(caught.value)
    assert cloud.counters()["calls"] == 0


def test_no_instances_are_a_warning(file: File, warnings: list[str]) -> None:
    file.source |= {"tags": {"role": "none"}}
    assert file.read() == {}
    asked = "source 1 (alibaba), regions cn-hangzhou, tags role=none"
    assert warnings == [
        f"{file.path}: no instances found. Asked: {asked}. Check regions, tags, statuses and account.",
    ]


@pytest.fixture
def cached(tmp_path: Path) -> dict[str, t.Any]:
    """Options of a cache in a folder."""
    folder = tmp_path / "cache"
    return {"cache": True, "cache_plugin": "jsonfile", "cache_connection": str(folder)}


def test_the_cache(cloud: Emulator, fleet: Fleet, file: File, cached: dict[str, t.Any]) -> None:
    hosts = file.read(**cached)
    assert file.read(**cached) == hosts
    assert cloud.calls("DescribeInstances") == 1
    cloud.remove_instance(fleet["instances"][0]["instance_id"])
    assert file.read(**cached) == hosts
    # As with --flush-cache, and with the task meta: refresh_inventory
    fewer = file.read(**cached, kept=False)
    assert len(fewer) == len(hosts) - 1
    assert file.read(**cached) == fewer
    assert cloud.calls("DescribeInstances") == 2
    file.source |= {"tags": {"role": "web"}}
    assert len(file.read(**cached)) < len(fewer)
    assert cloud.calls("DescribeInstances") == 3


def test_the_cache_has_no_secret(tmp_path: Path, file: File, cached: dict[str, t.Any]) -> None:
    file.read(**cached)
    (kept,) = (tmp_path / "cache").iterdir()
    text = f"{kept.name} {kept.read_text(encoding='utf-8')}"
    assert "web-0001" in text
    assert file.key["access_key_secret"] not in text
    assert file.key["access_key_id"] not in text
    assert "http" not in text


def test_a_failure_is_not_cached(tmp_path: Path, cloud: Emulator, file: File, cached: dict[str, t.Any]) -> None:
    fault = cloud.add_fault("error", action="DescribeInstances", status=403, code="Forbidden.RAM")
    with pytest.raises(AnsibleParserError, match=r"Forbidden\.RAM, request id") as caught:
        file.read(**cached)
    assert "ecs:DescribeInstances" in str(caught.value)
    assert file.inventory.hosts == {}
    assert not (tmp_path / "cache").exists() or not list((tmp_path / "cache").iterdir())
    cloud.remove_fault(fault)
    assert len(file.read(**cached)) == 12
    cloud.add_fault("error", action="DescribeInstances", status=403, code="Forbidden.RAM")
    assert len(file.read(**cached)) == 12
    with pytest.raises(AnsibleParserError):
        file.read(**cached, kept=False)
    assert len(file.read(**cached)) == 12


@pytest.mark.parametrize("broken", [b"", b"[1, 2]", b'{"__payload__": "[1]"}', b'{"format": 1', b"\xff\xfe"])
def test_a_broken_cache_is_read_anew(
    tmp_path: Path, cloud: Emulator, file: File, cached: dict[str, t.Any], broken: bytes
) -> None:
    hosts = file.read(**cached)
    (kept,) = (tmp_path / "cache").iterdir()
    kept.write_bytes(broken)
    for _each in ("from the clouds", "from the cache"):
        assert file.read(**cached) == hosts
    assert cloud.calls("DescribeInstances") == 2


def test_names_and_tags_are_no_templates(cloud: Emulator, fleet: Fleet, file: File, cached: dict[str, t.Any]) -> None:
    evil = "{{ lookup('pipe', 'echo owned') }}"
    cloud.change_instance(fleet["instances"][0]["instance_id"], name=evil, tags={"x": evil})
    for _each in ("from the cloud", "from the cache"):
        hosts = file.read(**cached, compose={"y": "console_tags.x ~ '!'"})
        (host,) = (host for host in hosts.values() if host["console_tags"].get("x"))
        assert (host["console_name"], host["console_tags"]["x"], host["y"]) == (evil, evil, f"{evil}!")
        assert Templar(DataLoader(), variables=host).template("{{ console_name }}") == "{{ console_name }}"
