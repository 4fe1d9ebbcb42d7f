# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""From inventory variables to targets: each host in one place, duplicates merged, slips of the pen named."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.cloudops.console.plugins.module_utils._models import Access
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.targets import HostVars, Selection, select
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.variables import VARIABLES
from hypothesis import given
from hypothesis import strategies as st

GOOD = {"console_region": "cn-hangzhou", "console_instance_id": "i-1"}


def chosen(*hosts: HostVars, defaults: Access | None = None) -> Selection:
    return select(hosts, defaults or Access())


def test_a_target() -> None:
    (target,) = chosen(HostVars("web", GOOD)).targets
    assert (target.names, str(target.key)) == (("web",), "alibaba/cn-hangzhou/i-1")


def test_two_names_for_one_instance() -> None:
    """I14: one target, the first one's access."""
    selection = chosen(
        HostVars("a", {**GOOD, "console_access_key_id": "first"}),
        HostVars("b", {**GOOD, "console_instance_id": "i-2"}),
        HostVars("c", {**GOOD, "console_access_key_id": "second"}),
    )
    assert [target.names for target in selection.targets] == [("a", "c"), ("b",)]
    assert selection.targets[0].access.access_key_id == "first"


def test_the_same_id_in_another_region_is_another_instance() -> None:
    assert len(chosen(HostVars("a", GOOD), HostVars("b", {**GOOD, "console_region": "eu-central-1"})).targets) == 2


@pytest.mark.parametrize("value", [True, "true", "True", "yes", "on", "1", 1, " YES "])
def test_excluded(value: t.Any) -> None:
    (host,) = chosen(HostVars("web", {"console_exclude": value})).decided
    assert host.outcome == "excluded"


@pytest.mark.parametrize("value", [False, "false", "no", "off", "0", "", None, 0])
def test_not_excluded(value: t.Any) -> None:
    assert chosen(HostVars("web", {**GOOD, "console_exclude": value})).targets


@pytest.mark.parametrize("provider", ["huawei", "openstack"])
def test_unsupported(provider: str) -> None:
    (host,) = chosen(HostVars("web", {"console_provider": provider, "console_instance_id": "x"})).decided
    assert (host.outcome, host.provider, host.instance_id, host.failure) == ("unsupported", provider, "x", None)
    assert "no VNC password" in host.message


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, "console_instance_id"),
        ({"console_region": "cn-hangzhou"}, "console_instance_id"),
        ({"console_region": "", "console_instance_id": "i-1"}, "console_region"),
        ({"console_region": None, "console_instance_id": "i-1"}, "console_region"),
        ({**GOOD, "console_region": "cn-hangzhou.evil.example"}, "region has characters"),
        ({**GOOD, "console_instance_id": "i-1/../x"}, "instance id has characters"),
        ({**GOOD, "console_instance_id": "i-1&Action=X"}, "instance id has characters"),
        ({**GOOD, "console_instance_id": "i-1\n"}, None),
        ({**GOOD, "console_instance_id": "i-\u0661"}, "instance id has characters"),
        ({**GOOD, "console_provider": "azure"}, "'azure' is not known"),
    ],
)
def test_unmapped(values: dict[str, t.Any], said: str | None) -> None:
    selection = chosen(HostVars("web", values))
    if said is None:
        assert selection.targets[0].key.instance_id == "i-1"
        return
    (host,) = selection.decided
    assert host.outcome == "unmapped"
    assert said in host.message
    assert host.failure is not None
    assert host.failure["kind"] == "invalid"
    assert host.failure["message"] == host.message


def test_a_template_that_cannot_be_resolved() -> None:
    (host,) = chosen(HostVars("web", GOOD, "the template in console_region cannot be resolved")).decided
    assert host.outcome == "unmapped"
    assert "template" in host.message


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [
        ("console_instanceid", "console_instance_id"),
        ("console_instance_ids", "console_instance_id"),
        ("console_regoin", "console_region"),
        ("console_acces_key_id", "console_access_key_id"),
    ],
)
def test_spelling_hint(wrong: str, meant: str) -> None:
    (host,) = chosen(HostVars("web", {wrong: "secret-value"})).decided
    assert f"{wrong}: did you mean {meant}?" in host.message
    assert "secret-value" not in host.message


@pytest.mark.parametrize("name", VARIABLES)
def test_no_hint_for_variables_of_the_contract(name: str) -> None:
    (host,) = chosen(HostVars("web", {name: ""})).decided
    assert "did you mean" not in host.message


def test_defaults_fill_what_a_host_does_not_say() -> None:
    defaults = Access(region="cn-beijing", access_key_id="id", access_key_secret="secret", endpoint="https://x.example")
    (target,) = chosen(HostVars("web", {"console_instance_id": "i-1"}), defaults=defaults).targets
    assert target.access == defaults
    (target,) = chosen(HostVars("web", GOOD), defaults=defaults).targets
    assert target.access.region == "cn-hangzhou"


@pytest.mark.parametrize("own", ["console_profile", "console_access_key_id", "console_security_token"])
def test_a_host_with_credentials_of_its_own_inherits_no_part_of_others(own: str) -> None:
    defaults = Access(access_key_id="id", access_key_secret="secret", security_token="token", profile="p")
    (target,) = chosen(HostVars("web", {**GOOD, own: "mine"}), defaults=defaults).targets
    shown = (target.access.access_key_id, target.access.access_key_secret, target.access.security_token)
    assert not {"id", "secret", "token"} & set(shown)
    assert target.access.profile in ("", "mine")


def test_empty_values_are_not_given() -> None:
    defaults = Access(access_key_id="id", access_key_secret="secret")
    empty = dict.fromkeys(("console_access_key_id", "console_access_key_secret", "console_profile"), "")
    (target,) = chosen(HostVars("web", {**GOOD, **empty}), defaults=defaults).targets
    assert target.access.access_key_id == "id"


VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.text(max_size=8), st.sampled_from(["i-1", "cn-x", "alibaba"])
)
HOSTS = st.lists(st.dictionaries(st.sampled_from(VARIABLES), VALUES, max_size=6), max_size=12)


@given(HOSTS)
def test_every_host_ends_up_in_one_place(values: list[dict[str, t.Any]]) -> None:
    """I13, whatever the inventory holds."""
    hosts = [HostVars(f"h{number}", each) for number, each in enumerate(values)]
    selection = select(hosts, Access())
    names = [name for target in selection.targets for name in target.names]
    names += [host.name for host in selection.decided]
    assert sorted(names) == sorted(host.name for host in hosts)
    assert len({target.key for target in selection.targets}) == len(selection.targets)
