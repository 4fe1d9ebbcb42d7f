# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which variables count as misspelt ones of the role, and that its own ones are all known."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.plugin_utils._actions import FLEET_OPTIONS
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.variables import (
    HOST_PREFIX,
    KNOWN_VARIABLES,
    ROLE_VARIABLES,
    check_role_variables,
    check_variable,
    role_names,
    role_variable,
)

ROOT = Path(__file__).resolve().parents[3]
DEFAULTS = yaml.safe_load((ROOT / "roles/vnc_rotation/defaults/main.yml").read_text("utf-8"))
# Of the playbooks, and not of the role
OF_PLAYBOOKS = {"vnc_rotation_reboot_serial"}
GROUPS = {"vnc_rotation_failed", "vnc_rotation_reboot", "vnc_rotation_reboot_failed", "vnc_rotation_by_host"}


def test_every_variable_of_the_role_is_known() -> None:
    assert set(ROLE_VARIABLES) == set(DEFAULTS) | OF_PLAYBOOKS


def test_what_the_collection_itself_says_is_no_slip() -> None:
    """Variables and results, wherever they are written."""
    places = [
        ROOT / "README.md",
        *(path for name in ("roles", "playbooks", "docs") for path in (ROOT / name).rglob("*")),
    ]
    texts = [path.read_text("utf-8") for path in places if path.suffix in (".md", ".rst", ".yml")]
    said = {name for text in texts for name in re.findall(r"\bvnc_rotation_[a-z_]*[a-z]\b", text)}
    assert len(said) > len(ROLE_VARIABLES)
    check_role_variables("the play", {*said - GROUPS, "vnc_rotation_4711", "vnc_rotation", "__vnc_rotation_pages", 7})


def test_no_variable_of_a_playbook_is_a_slip() -> None:
    """An extra variable such as console_type of open_console is a variable of every host."""
    texts = [path.read_text("utf-8") for path in (ROOT / "playbooks").glob("*.yml")]
    said = {name for text in texts for name in re.findall(r"\b(console_[a-z_]+) \| default", text)}
    assert {"console_host", "console_type", "console_open"} <= said
    for name in said:
        check_variable("the host", name, KNOWN_VARIABLES, HOST_PREFIX)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("vnc_rotation_max_agee", "vnc_rotation_max_age"),
        ("vnc_rotation_maxage", "vnc_rotation_max_age"),
        ("vnc_rotation_Force", "vnc_rotation_force"),
        ("vnc_rotation_report_folder", "vnc_rotation_report_dir"),
        # A group of that name there is, and what a variable of that name is to say, is clear
        ("vnc_rotation_failed", "vnc_rotation_fail"),
        ("vnc_rotation_slack_channel", None),
        ("vnc_rotation_team", None),
    ],
)
def test_a_slip(name: str, meant: str | None) -> None:
    if meant is None:
        check_role_variables("the play", [name])
        return
    with pytest.raises(
        ConsoleError, match=f"^The play has the unknown variable {name}: did you mean {meant}"
    ) as caught:
        check_role_variables("the play", [name])
    assert "give it a name that does not start with vnc_rotation_" in caught.value.message
    assert caught.value.kind == "invalid"


def test_what_a_name_cannot_do_to_the_message() -> None:
    with pytest.raises(ConsoleError) as caught:
        check_role_variables("the play", ["vnc_rotation_forc\x1b[2J"])
    assert caught.value.message.isprintable()


def test_names_of_the_role() -> None:
    assert role_names(["vnc_rotation_force", "console_region", 3, None]) == {"vnc_rotation_force"}


def test_the_role_gives_each_option_of_the_fleet_in_one_place() -> None:
    """A new option of the fleet that has a variable of the role is a default of the action group, too."""
    given = yaml.safe_load((ROOT / "roles/vnc_rotation/vars/main.yml").read_text("utf-8"))["__vnc_rotation_fleet"]
    # The preflight decides nothing by age
    expected = {option for option in FLEET_OPTIONS if role_variable(option) in DEFAULTS} - {"max_age"}
    assert given == {option: f"{{{{ {role_variable(option)} }}}}" for option in expected}
