# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The connection's documentation beside what other rooms know of it, and beside ansible.builtin.ssh."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from ansible.plugins.connection import ssh as builtin
from ansible.template import trust_as_template
from ansible_collections.cloudops.console.plugins.connection import terminal_session
from ansible_collections.cloudops.console.plugins.doc_fragments import ssh
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.variables import (
    CONNECTION_VARIABLES,
    KNOWN_VARIABLES,
)
from ansible_collections.cloudops.console.plugins.plugin_utils._terminal import handover
from ansible_collections.cloudops.console.plugins.plugin_utils._terminal.session import SILENCE

OPTIONS: dict[str, dict[str, Any]] = yaml.safe_load(terminal_session.DOCUMENTATION)["options"]
OF_SSH: dict[str, dict[str, Any]] = yaml.safe_load(builtin.DOCUMENTATION)["options"]
SHARED: dict[str, dict[str, Any]] = yaml.safe_load(ssh.ModuleDocFragment.DOCUMENTATION)["options"]


def test_a_rotation_knows_every_variable() -> None:
    """None of them is taken for a misspelt one."""
    variables = {variable["name"] for option in OPTIONS.values() for variable in option["vars"]}
    assert variables <= set(KNOWN_VARIABLES)
    assert set(CONNECTION_VARIABLES) < variables


def test_every_option_has_the_variable_that_messages_name() -> None:
    assert {name: [{"name": handover.variable(name)}] for name in OPTIONS} == {
        name: option["vars"] for name, option in OPTIONS.items()
    }


@pytest.mark.parametrize("name", sorted(OF_SSH))
def test_every_option_of_ssh_is_there_with_its_variables(name: str) -> None:
    def names(option: dict[str, Any]) -> set[str]:
        return {variable["name"] for variable in option.get("vars", [])}

    assert names(SHARED[name]) == names(OF_SSH[name])
    assert SHARED[name].get("type") == OF_SSH[name].get("type")
    assert name == "timeout" or SHARED[name].get("default") == OF_SSH[name].get("default")


@pytest.mark.parametrize("nothing", ["", " ", f"__omit_place_holder__{'0' * 40}"])
def test_what_is_left_out_is_not_given(nothing: str) -> None:
    """On ansible-core 2.16, it turned off the check of certificates, and was sent as a token."""
    given = {"console_validate_certs": nothing, "console_session_port": nothing, "console_region": "cn-hangzhou"}
    others = {"ansible_user": nothing, "console_security_token": None, "console_profile": 7}
    assert terminal_session.as_meant({"console_validate_certs": None}) == {"console_validate_certs": None}
    assert terminal_session.as_meant({**given, **others}) == {"console_region": "cn-hangzhou", **others}


def test_a_misspelt_flag_turns_off_no_check() -> None:
    values: list[Any] = [None, True, False, 0, 1, "yes", "False", "ture", "nope", 2, []]
    assert [value for value in values if not terminal_session.is_flag(value)] == ["ture", "nope", 2, []]


def test_templates_of_a_reset_are_resolved() -> None:
    """Before ansible-core 2.19, meta: reset_connection passes all variables of the host as they are written."""
    template = trust_as_template("{{ 'i-' ~ number }}")
    others = {"number": 7, "ansible_user": template}
    assert terminal_session.as_meant({**others, "console_instance_id": template})["console_instance_id"] == template
    found = terminal_session.as_meant({**others, "console_instance_id": template, "inventory_hostname": "web-01"})
    assert found == {**others, "console_instance_id": "i-7", "inventory_hostname": "web-01"}


def test_no_option_has_two_meanings() -> None:
    assert not OPTIONS.keys() & OF_SSH.keys()


def test_ssh_asks_often_enough_for_the_proxy() -> None:
    """It gives up a far side before the proxy does, and asks several times before that.

    It gives up one interval after ServerAliveCountMax questions without an answer.
    """
    given = dict(word.split("=") for word in terminal_session.ALIVE if "=" in word)
    interval, times = int(given["ServerAliveInterval"]), int(given["ServerAliveCountMax"])
    assert interval * (times + 1) < SILENCE
    assert f"{interval * (times + 1)} seconds without an answer" in " ".join(terminal_session.DOCUMENTATION.split())
    assert interval * 3 < SILENCE
