# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options of the lookup: what is a template, what is none, and that no error quotes one."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
import yaml
from ansible import constants as C  # noqa: N812 - as ansible-core calls it
from ansible.errors import AnsibleLookupError
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template
from ansible_collections.cloudops.console.plugins.lookup import vnc_password

NAME = "cloudops.console.vnc_password"
ODD = "Ab{{ secret-of-the-ledger"


class HostVars(dict[str, dict[str, str]]):
    """As Ansible hands it to a lookup."""

    def raw_get(self, name: str) -> dict[str, str]:
        return self[name]


@pytest.fixture
def ledger(tmp_path: Path) -> str:
    return f"sqlite://{tmp_path}/ledger.db"


def told(variables: dict[str, t.Any], **given: str) -> str:
    """Look a host up that no ledger has, and return why that fails."""
    options = yaml.safe_load(vnc_password.DOCUMENTATION)["options"]
    C.config.initialize_plugin_configuration_definitions("lookup", NAME, options)
    host = {"console_region": "cn-hangzhou", "console_instance_id": "i-1"}
    known = {**variables, "hostvars": HostVars({"web": host})}
    plugin = t.cast("t.Any", vnc_password.LookupModule(DataLoader(), Templar(DataLoader(), variables=known)))
    plugin._load_name = plugin.ansible_name = NAME
    plugin._redirected_names = [NAME]
    with pytest.raises(AnsibleLookupError) as caught:
        plugin.run(["web"], known, **given)
    return str(caught.value)


def test_a_passphrase_of_the_environment_is_no_template(ledger: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOUDOPS_CONSOLE_LEDGER", ledger)
    monkeypatch.setenv("CLOUDOPS_CONSOLE_LEDGER_KEY", ODD)
    assert "has no record of web" in told({})


def test_a_passphrase_that_is_given_is_no_template(ledger: str) -> None:
    assert "has no record of web" in told({}, ledger=ledger, ledger_key=ODD)


def test_a_variable_is_a_template(ledger: str) -> None:
    variables = {
        "vnc_rotation_ledger": trust_as_template("{{ where }}"),
        "where": ledger,
        "vnc_rotation_ledger_key": "k",
    }
    assert f"The ledger {ledger} has no record of web" in told(variables)


@pytest.mark.parametrize(("text", "reason"), [(ODD, "AnsibleTemplateSyntaxError"), ("{{ no_such }}", "no_such")])
def test_a_variable_that_cannot_be_resolved_is_named_and_not_quoted(ledger: str, text: str, reason: str) -> None:
    error = told({"vnc_rotation_ledger": ledger, "vnc_rotation_ledger_key": trust_as_template(text)})
    assert error.startswith("The value of vnc_rotation_ledger_key cannot be resolved: ")
    assert reason in error
    assert "secret-of-the-ledger" not in error
