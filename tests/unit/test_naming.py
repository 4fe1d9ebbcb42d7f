# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an option is called in a message: as where the message is read, by one mechanism for all texts."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.module_utils._naming import naming, rendered
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.variables import (
    host_variable,
    role_variable,
    variable,
)

ROOT = Path(__file__).resolve().parents[2]
PLUGINS = ROOT / "plugins"
FILES = sorted(path for path in PLUGINS.rglob("*.py") if path.parts[-2] not in ("doc_fragments", "__pycache__"))
IDS = [str(path.relative_to(PLUGINS)) for path in FILES]
ROLE = ROOT / "roles" / "vnc_rotation"
_MARKED = re.compile(r"\bO\(([a-z_]+)\)")
# Names of options that no other word of a message can be: those in two parts.
_PLAIN = re.compile(r"\b(access_key_\w+|security_token|ca_cert|allow_plain_http|max_age|max_failures|rollback_to)\b")
# What is to be typed as an extra variable has no other name.
_OF_ROLE = re.compile(r"(?<!-e )\bvnc_rotation_[a-z]\w+")
_OF_HOSTS = re.compile(r"\bconsole_[a-z]\w+")
# The keys of the vendors' own files and programs, which the messages of these files are about.
FOREIGN = ("_alibaba/credentials/ini.py", "_alibaba/credentials/sources.py")


def texts(path: Path) -> Iterator[str]:
    """Every text of a file with a blank in it, without docstrings and documentation; values in it as ``{}``."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    out: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr):
            out.add(id(node.value))
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id.isupper():
            out |= {id(node.value)} if node.targets[0].id in ("DOCUMENTATION", "EXAMPLES", "RETURN") else set()
        if isinstance(node, ast.JoinedStr):
            out |= {id(value) for value in node.values}
    for node in ast.walk(tree):
        if id(node) in out:
            continue
        if isinstance(node, ast.JoinedStr):
            text = "".join(str(value.value) if isinstance(value, ast.Constant) else "{}" for value in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
        else:
            continue
        if " " in text:
            yield text


@functools.cache
def options() -> frozenset[str]:
    """Every option of every module, lookup and connection."""
    found: set[str] = set()
    folders = ("modules", "connection", "doc_fragments")
    for path in (path for folder in folders for path in (PLUGINS / folder).glob("*.py")):
        for text in re.findall(r'r?"""(.*?)"""', path.read_text(encoding="utf-8"), re.DOTALL):
            document = yaml.safe_load(text) if "options:" in text else None
            found |= set(document.get("options", {})) if isinstance(document, dict) else set()
    return frozenset(found)


# What only the playbooks around the role use, and no option takes.
OF_PLAYS = {"reboot_serial", "reboot_timeout"}


@pytest.mark.parametrize("path", FILES, ids=IDS)
def test_messages_name_options_in_the_neutral_form(path: Path) -> None:
    """The code that raises does not know where the message is read."""
    known = options() | OF_PLAYS
    for text in texts(path):
        assert set(_MARKED.findall(text)) <= known, text
        if not str(path).endswith(FOREIGN):
            assert not _PLAIN.findall(_MARKED.sub("", text)), text
        # What no option takes has no other name, such as a group
        assert not {name.removeprefix("vnc_rotation_") for name in _OF_ROLE.findall(text)} & known, text
        if "module_utils" in path.parts or "_ledger" in path.parts:
            assert not _OF_HOSTS.findall(text), text


def test_an_option_is_called_as_the_rim_says() -> None:
    error = ConsoleError("O(max_age) is no age", advice="Set O(region), see `O(Other)`.")
    assert error.message == "max_age is no age. Set region, see `O(Other)`."
    with naming(variable):
        assert error.message == "vnc_rotation_max_age is no age. Set console_region, see `O(Other)`."
        assert error.failure["message"] == error.message
    assert rendered("O(region)") == "region"


@pytest.mark.parametrize(
    ("option", "of_host", "of_role", "of_rotation"),
    [
        ("region", "console_region", "vnc_rotation_region", "console_region"),
        ("instance_id", "console_instance_id", "vnc_rotation_instance_id", "console_instance_id"),
        ("backup_overwrite", "backup_overwrite", "vnc_rotation_backup_overwrite", "vnc_rotation_backup_overwrite"),
        ("due_before", "due_before", "due_before", "due_before"),
    ],
)
def test_variables_of_options(option: str, of_host: str, of_role: str, of_rotation: str) -> None:
    assert (host_variable(option), role_variable(option), variable(option)) == (of_host, of_role, of_rotation)


def test_the_role_has_every_variable_that_a_message_can_name() -> None:
    """What its tasks give to an option, they take from the variable that messages call it."""
    known = set(yaml.safe_load((ROLE / "defaults" / "main.yml").read_text(encoding="utf-8")))
    tasks = ("rotate", "reboot_report", "collected_report", "ledger_care")
    paths = [ROLE / "vars" / "main.yml", *(ROLE / "tasks" / f"{name}.yml" for name in tasks)]
    text = "".join(path.read_text(encoding="utf-8") for path in paths)
    given = set(re.findall(r"^ {2,8}([a-z][a-z_]+): \"\{\{ vnc_rotation_", text, re.MULTILINE)) - {
        "msg",
        "data",
        "since",
    }
    assert len(given) > 20
    assert {role_variable(option) for option in given} <= known
