# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names and variables of hosts: no two share a name, and every name selects its own host alone."""

from __future__ import annotations

import typing as t

import pytest
from ansible.inventory.data import InventoryData
from ansible.inventory.manager import InventoryManager, split_host_pattern
from ansible.parsing.dataloader import DataLoader
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.module_utils._models import Instance
from ansible_collections.cloudops.console.plugins.plugin_utils._inventory.hosts import (
    Variables,
    as_data,
    check_hostnames,
    could_be_template,
    host_name,
    hosts_of,
    names_of,
    variables_of,
)
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.variables import (
    INVENTORY_VARIABLES,
    KNOWN_VARIABLES,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.example_counts import examples

USUAL = ("name", "instance_id")


def one(
    instance_id: str, name: str = "", region: str = "cn-hangzhou", provider: str = "alibaba", **tags: str
) -> Variables:
    return variables_of(provider, Instance(instance_id, region, "Running", name=name, tags=tags))


def test_the_first_name_that_is_there() -> None:
    instances = [one("i-1", "web"), one("i-2"), one("i-3", "db", host="database")]
    assert names_of(instances, USUAL) == ["web", "i-2", "db"]
    assert names_of(instances, ["tag:host", "name"]) == ["web", "i-2", "database"]
    assert names_of(instances, ["instance_id", "name"]) == ["i-1", "i-2", "i-3"]
    assert names_of(instances, []) == ["i-1", "i-2", "i-3"]


def test_a_shared_name_is_used_by_neither() -> None:
    instances = [one("i-1", "web"), one("i-2", "web"), one("i-3", "db", host="a"), one("i-4", "x", host="a")]
    assert names_of(instances, USUAL) == ["i-1", "i-2", "db", "x"]
    assert names_of(instances, ["tag:host", "name"]) == ["i-1", "i-2", "db", "x"]


def test_names_that_are_one_name_to_ansible_are_shared() -> None:
    assert names_of([one("i-1", "web 1"), one("i-2", "web:1")], USUAL) == ["i-1", "i-2"]


def test_an_instance_cannot_take_the_id_of_another_as_its_name() -> None:
    taken = names_of(
        [one("i-1", "web"), one("i-2", "web"), one("i-3", "i-1"), one("i-4", "alibaba.cn-hangzhou.i-1")], USUAL
    )
    assert taken == ["alibaba.cn-hangzhou.i-1", "i-2", "i-3", "i-4"]


def test_an_id_in_two_regions_or_clouds() -> None:
    instances = [one("i-1", region="a"), one("i-1", region="b"), one("i-1", region="a", provider="huawei")]
    assert list(hosts_of(instances, USUAL)) == ["alibaba.a.i-1", "alibaba.b.i-1", "huawei.a.i-1"]


def test_an_instance_that_two_sources_find_is_one_host() -> None:
    first, second = {**one("i-1", "web"), "console_profile": "a"}, {**one("i-1", "web"), "console_profile": "b"}
    assert hosts_of([first, second], USUAL) == {"web": first}


def test_a_name_that_the_inventory_has_already() -> None:
    instances = [one("i-1", "web"), one("i-2", "db"), one("i-3", "dns"), one("i-4", "app"), one("i-5", "log")]
    others: dict[str, Variables | None] = {
        "web": None,
        "db": one("i-9", "db"),
        "dns": one("i-3", "dns"),
        "app": {"ansible_user": "admin"},
        "log": {"console_instance_id": "{{ id_of_log }}"},
    }
    assert names_of(instances, USUAL, others) == ["i-1", "i-2", "dns", "app", "log"]


@pytest.mark.parametrize("name", ["localhost", "LOCALHOST", "all", "ungrouped", "127.0.0.1", "", " ", "::", "---"])
def test_names_that_no_host_can_have(name: str) -> None:
    assert host_name(name) == ""


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("web-01.example.com", "web-01.example.com"),
        ("LINUX - INFO 01", "LINUX_-_INFO_01"),
        ("db: main, left", "db_main_left"),
        ("web[1:9]", "web_1_9_"),
        ("!web", "_web"),
        ("-web", "_web"),
        ("@file", "_file"),
        ("用户 1", "用户_1"),
        ("{{ 1 }}", "_1_"),
    ],
)
def test_names_become_names_of_one_host(name: str, wanted: str) -> None:
    assert host_name(name) == wanted


NAMES = st.text(max_size=6) | st.sampled_from(
    ("web", "i-1", "i-2", "alibaba.r.i-1", "a b", "a:b", "all", "!a", "~a", "*")
)


@settings(max_examples=examples(150))
@given(names=st.lists(NAMES, min_size=1, max_size=6))
def test_every_host_has_a_name_and_its_limit_is_this_host(names: list[str]) -> None:
    instances = [one(f"i-{number}", name, region="r") for number, name in enumerate(names)]
    hosts = hosts_of(instances, USUAL)
    assert list(hosts.values()) == instances
    inventory = InventoryData()
    for name in hosts:
        inventory.add_host(name)
    inventory.reconcile_inventory()
    manager = t.cast("t.Any", InventoryManager(DataLoader(), parse=False))
    manager._inventory = inventory
    for name in hosts:
        assert split_host_pattern(name) == [name]
        manager.subset(name)
        assert [host.name for host in manager.get_hosts("all")] == [name]


def test_a_rotation_knows_every_variable() -> None:
    variables = set(one("i-1"))
    assert variables <= set(KNOWN_VARIABLES)
    assert variables - set(INVENTORY_VARIABLES) == {"console_provider", "console_region", "console_instance_id"}


def test_what_could_be_a_template_is_marked() -> None:
    marked = as_data({"a": "{{ x }}", "b": ["{% x %}", "plain"], "c": {"d": "{# x #}"}, "e": "plain"})
    assert marked == {"a": "{{ x }}", "b": ["{% x %}", "plain"], "c": {"d": "{# x #}"}, "e": "plain"}
    assert type(marked["e"]) is type(marked["b"][1]) is str


@pytest.mark.parametrize(
    ("text", "could"),
    [
        ("{{ x }}", True),
        ("{% x %}", True),
        ("a {# x #}", True),
        ("#jinja2:variable_start_string:'[['\n[[ x ]]", True),
        ("a #jinja2: in the middle", False),
        ("[[ x ]]", False),
        ("# a comment", False),
        ("", False),
    ],
)
def test_what_ansible_could_read_as_a_template(text: str, could: bool) -> None:
    assert could_be_template(text) is could


@pytest.mark.parametrize("entry", ["nam", "tag:", "tags", "Name", ""])
def test_an_unknown_entry_of_hostnames(entry: str) -> None:
    with pytest.raises(ConsoleError, match="Use name, instance_id, or tag:KEY"):
        check_hostnames(["name", entry])
