# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""A condition on a task for all hosts is asked of each of them, with the variables that Ansible would ask it with."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

import ansible.template
import pytest
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.vars.hostvars import HostVars
from ansible.vars.manager import VariableManager
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.plugin_utils._conditions import check_conditions

# From ansible-core 2.19 on, only what comes from a playbook or an inventory is a template
as_written: t.Callable[[str], str] = getattr(ansible.template, "trust_as_template", str)

BY_NAME = as_written("{{ inventory_hostname == 'a' }}")


@dataclass
class Task:
    """What is asked of Ansible's."""

    when: t.Any
    parent: Task | None = None

    def __post_init__(self) -> None:
        if isinstance(self.when, list):
            self.when = [as_written(one) for one in self.when]
        elif isinstance(self.when, str):
            self.when = as_written(self.when)

    def get_first_parent_include(self) -> Task | None:
        return self.parent


@dataclass
class Play:
    """Hosts a and b with variables, and what a play, a role or a task says besides."""

    hosts: dict[str, dict[str, t.Any]] = field(default_factory=lambda: {"a": {}, "b": {}})
    above: dict[str, t.Any] = field(default_factory=dict)
    below: dict[str, t.Any] = field(default_factory=dict)

    def check(self, task: Task) -> None:
        """As for the first host, whose variables Ansible gives to the task."""
        loader = DataLoader()
        inventory = InventoryManager(loader, sources=[f"{','.join(self.hosts)},"])
        for name, variables in self.hosts.items():
            for variable, value in variables.items():
                inventory.get_host(name).set_variable(variable, value)
        manager = VariableManager(loader=loader, inventory=inventory)
        hostvars = HostVars(inventory, manager, loader)
        own = manager.get_vars(host=inventory.get_host("a"), include_hostvars=False)
        variables = {**self.below, **own, **self.above, "hostvars": hostvars}
        check_conditions(
            task, ansible.template.Templar(loader, variables=variables), loader, list(self.hosts), variables
        )


def is_refused(play: Play, task: Task) -> bool:
    """Whether the condition is refused for the second host; for the first one, Ansible has asked it."""
    try:
        play.check(task)
    except ConsoleError as error:
        if "not for b. " not in error.message:
            raise
        return True
    return False


@pytest.mark.parametrize(
    ("condition", "refused"),
    [
        ("inventory_hostname in ('a', 'b')", False),
        ("inventory_hostname == 'a'", True),
        (["true", "inventory_hostname == 'a'"], True),
        ("nowhere is defined or inventory_hostname == 'a'", True),
        ("hostvars['a'].inventory_hostname == 'a'", False),
        ([], False),
        (True, False),
    ],
)
def test_names(condition: t.Any, *, refused: bool) -> None:
    assert is_refused(Play(), Task(condition)) == refused
    assert is_refused(Play(), Task([], parent=Task([], parent=Task(condition)))) == refused


def test_variables_of_hosts() -> None:
    assert is_refused(Play({"a": {"mine": True}, "b": {"mine": False}}), Task("mine"))
    assert is_refused(Play({"a": {"mine": True}, "b": {}}), Task("mine"))
    assert not is_refused(Play({"a": {"mine": True}, "b": {"mine": True}}), Task("mine"))


def test_a_variable_of_the_play_or_the_role() -> None:
    assert is_refused(Play(above={"wanted": BY_NAME}), Task("wanted | bool"))
    assert not is_refused(Play(above={"wanted": True}), Task("wanted"))
    # The defaults of a role give way
    assert is_refused(Play({"a": {"wanted": True}, "b": {"wanted": False}}, below={"wanted": True}), Task("wanted"))


def test_a_variable_of_the_play_counts_before_one_of_the_inventory() -> None:
    everywhere = {"a": {"wanted": True}, "b": {"wanted": True}}
    assert is_refused(Play(everywhere, above={"wanted": BY_NAME}), Task("wanted | bool"))
    nowhere = {"a": {"wanted": False}, "b": {"wanted": False}}
    assert not is_refused(Play(nowhere, above={"wanted": True}), Task("wanted"))


def test_a_value_that_cannot_be_compared() -> None:
    """Such as a vaulted one without its secret."""

    class Vaulted:
        __hash__ = None  # type: ignore[assignment]

        def __eq__(self, _other: object) -> bool:
            raise ValueError("no secret")

    play = Play({"a": {"secret": Vaulted()}, "b": {}}, above={"secret": Vaulted()})
    assert not is_refused(play, Task("inventory_hostname in ('a', 'b')"))
