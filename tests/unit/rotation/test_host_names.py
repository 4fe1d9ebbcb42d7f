# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which hosts add_host would miss, and what is left of a text of which a part was omitted."""

from __future__ import annotations

import typing as t

import pytest
from ansible.errors import AnsibleFilterError
from ansible.parsing.utils.addresses import parse_address
from ansible_collections.cloudops.console.plugins.filter.rotation import console_text, rotation_by_host, rotation_pages
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.example_counts import examples

PORTS = ("api:8080", "10.0.0.1:22", "[fe80::1]:22", "[web]:1", "é:1")
OTHERS = (
    "web-01",
    "LINUX - INFO 01",
    "k8s:worker:1",
    "db,primary",
    "web[1]",
    "fe80::1",
    "10.0.0.1",
    "api:",
    ":1",
    "é:1",
)


def host(name: str) -> dict[str, t.Any]:
    return {"name": name, "groups": ["vnc_reboot_needed"]}


def test_a_name_with_a_port() -> None:
    groups = [host(name) for name in (*PORTS, *OTHERS)]
    found = rotation_by_host(groups)
    assert list(found) == list(PORTS)
    assert found["api:8080"] == ["vnc_reboot_needed"]


@settings(max_examples=examples(100))
@given(names=st.lists(st.text("ab1:[]., -*é", min_size=1, max_size=8), unique=True))
def test_each_host_is_grouped_in_one_way(names: list[str]) -> None:
    groups = [host(name) for name in names]
    added = [one["name"] for page in rotation_pages(groups) for one in page]
    assert sorted([*added, *rotation_by_host(groups)]) == sorted(names)
    for name in added:
        assert as_add_host_reads(name) == name


def as_add_host_reads(name: str) -> str:
    try:
        found: str = parse_address(name, allow_ranges=False)[0]
    except Exception:  # noqa: BLE001 - as add_host does
        return name
    return found


@pytest.mark.parametrize(
    "wrong", [None, {}, "api:8080", ["api:8080"], [{}], [{"name": 1, "groups": []}], [{"name": "a"}]]
)
def test_what_is_no_list_of_groups(wrong: t.Any) -> None:
    for one in (rotation_by_host, rotation_pages):
        with pytest.raises(AnsibleFilterError, match="rotation_groups"):
            one(wrong)


def test_what_is_left_of_a_text() -> None:
    placeholder = f"__omit_place_holder__{'0a' * 20}"
    for value in (None, "", " ", placeholder, f"{placeholder}\n", "<<Omit>>"):
        assert console_text(value) == ""
    assert console_text(f" cn-{placeholder}hangzhou\n") == "cn-hangzhou"
    assert console_text(5) == "5"
