# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the documentation and the role repeat of the code, because Ansible wants it there: each says what it lacks."""

from __future__ import annotations

import importlib
import re
import typing as t
from pathlib import Path

import pytest
import yaml
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.module_utils._models import Access, Reboot
from ansible_collections.cloudops.console.plugins.module_utils._options import connection_options
from ansible_collections.cloudops.console.plugins.module_utils._provider import NAMES, facts_of, open_provider
from ansible_collections.cloudops.console.plugins.module_utils._rate_limit import RateLimiter
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.outcomes import OUTCOMES, PROBLEMS
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.variables import VARIABLES, role_variable

from tests.unit.argument_specs import OURS, Options, spec_of
from tests.unit.ledgers_and_runs import QUICK

ROOT = Path(__file__).resolve().parents[2]
ROLE = ROOT / "roles/vnc_rotation"
GUIDE = (ROOT / "docs/docsite/rst/rotation_guide.rst").read_text("utf-8")
MODULES = sorted(path.stem for path in (ROOT / "plugins/modules").glob("*.py"))
GROUPS = yaml.safe_load((ROOT / "meta/runtime.yml").read_text("utf-8"))["action_groups"]


def read(path: str) -> t.Any:
    return yaml.safe_load((ROLE / path).read_text("utf-8"))


DEFAULTS = read("defaults/main.yml")


def documented(module: str) -> Options:
    """The options in the documentation of a module; what it says itself goes before what a fragment says."""
    document = yaml.safe_load(importlib.import_module(f"{OURS}.modules.{module}").DOCUMENTATION)
    options: Options = {}
    for name in document.get("extends_documentation_fragment", []):
        file, _, part = name.removeprefix("cloudops.console.").partition(".")
        fragment = importlib.import_module(f"{OURS}.doc_fragments.{file}").ModuleDocFragment
        options |= yaml.safe_load(getattr(fragment, (part or "documentation").upper()))["options"]
    own = document.get("options", {})
    return {**options, **{name: {**options.get(name, {}), **option} for name, option in own.items()}}


def facts(options: Options) -> Options:
    """What documentation and argument spec both say of options."""
    return {
        name: {
            "type": option.get("type", "str"),
            "default": option.get("default"),
            "required": option.get("required", False),
            "elements": option.get("elements"),
            "choices": list(option.get("choices") or []),
            "options": sorted(option.get("suboptions") or option.get("options") or []),
        }
        for name, option in options.items()
    }


@pytest.mark.parametrize("module", MODULES)
def test_a_module_documents_the_options_that_it_takes(module: str) -> None:
    """ansible-test compares this for modules, slowly; for actions nothing else does."""
    said, true = facts(documented(module)), facts(spec_of(module))
    assert {name: (said.get(name), true.get(name)) for name in said.keys() ^ true.keys()} == {}
    assert {name: (said[name], true[name]) for name in said if said[name] != true[name]} == {}


def tasks_of(tasks: list[dict[str, t.Any]]) -> t.Iterator[dict[str, t.Any]]:
    """Tasks with those in their blocks."""
    for task in tasks:
        yield task
        yield from tasks_of(task.get("block", []))


def given_by_the_role(action: str) -> set[str]:
    """The options that tasks of the role give to an action."""
    files = (yaml.safe_load(path.read_text("utf-8")) for path in (ROLE / "tasks").glob("*.yml"))
    tasks = [task for file in files for task in tasks_of(file)]
    return {option for task in tasks for option in task.get(f"cloudops.console.{action}") or ()}


@pytest.mark.parametrize("action", GROUPS["fleet"])
def test_the_role_gives_an_action_what_it_has_variables_for(action: str) -> None:
    of_fleet = set(read("vars/main.yml")["__vnc_rotation_fleet"])
    possible = {option for option in spec_of(action) if role_variable(option) in DEFAULTS}
    assert possible - of_fleet == given_by_the_role(action) & possible


def test_each_option_of_a_rotation_has_a_variable_of_the_role() -> None:
    """Hosts give their own for the connection."""
    own = set(spec_of("vnc_password_rotation")) - set(connection_options(providers=NAMES)) - {"hosts"}
    assert {role_variable(option) for option in own} <= set(DEFAULTS)


def test_the_role_documents_each_variable_with_its_default() -> None:
    specs = read("meta/argument_specs.yml")["argument_specs"].values()
    described = {name: option.get("default") for spec in specs for name, option in spec["options"].items()}
    assert described == DEFAULTS
    rows = re.findall(r"^\| `(vnc_rotation_\w+)` \| `(.+?)` \|", (ROLE / "README.md").read_text("utf-8"), re.MULTILINE)
    assert {name: yaml.safe_load(value) for name, value in rows if name in DEFAULTS} == DEFAULTS


def test_the_guide_explains_each_outcome_and_whether_it_is_a_problem() -> None:
    rows = re.findall(r"^   \* - ``(\w+)``\n     - (yes|no)\n", GUIDE, re.MULTILINE)
    assert dict(rows) == {outcome: "yes" if outcome in PROBLEMS else "no" for outcome in OUTCOMES}


def test_the_module_lists_outcomes_and_reboot_states() -> None:
    document = yaml.safe_load(importlib.import_module(f"{OURS}.modules.vnc_password_rotation").RETURN)
    (line,) = (one for one in document["hosts"]["description"] if one.startswith("Outcomes are"))
    assert re.findall(r"V\((\w+)\)", line) == [*OUTCOMES, *t.get_args(Reboot)]


def opens(name: str) -> bool:
    """Whether the registry opens this cloud, or tries to: without credentials some refuse."""
    try:
        return open_provider(Access(provider=name, region="r"), QUICK, RateLimiter()).facts.name == name
    except ConsoleError as error:
        return "is not known" not in error.message


def test_every_cloud_is_in_the_registry() -> None:
    packages = sorted(path.parent.name[1:] for path in (ROOT / "plugins/module_utils").glob("_*/facts.py"))
    assert sorted(NAMES) == packages
    assert [name for name in NAMES if facts_of(name).name != name or not opens(name)] == []


def test_every_cloud_has_an_action_group() -> None:
    assert set(GROUPS) == {"all", "fleet", *NAMES}
    assert set(GROUPS["all"]) == {module for module in MODULES if "provider" in spec_of(module)}
    for cloud in NAMES:
        assert set(GROUPS[cloud]) <= {
            one for one in MODULES if cloud in spec_of(one).get("provider", {}).get("choices", [])
        }


def test_the_guide_names_every_cloud() -> None:
    row = GUIDE.partition("   * - ``console_provider``\n")[2].partition("   * -")[0]
    assert [name for name in NAMES if f"``{name}``" not in row] == []


def test_the_guide_has_every_variable_of_a_host() -> None:
    section = GUIDE.partition("Variables of a host\n")[2].partition("Before the first run\n")[0]
    assert [name for name in VARIABLES if f"``{name}``" not in section] == []
