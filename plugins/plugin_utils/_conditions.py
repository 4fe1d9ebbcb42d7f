# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""Conditions (when) on a task that works for all hosts at once: Ansible asks them of the first host alone.

Where such a condition is not true for another host, the task would still work on that host.
"""

from __future__ import annotations

import typing as t

from ansible.playbook.conditional import Conditional
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError


def check_conditions(
    task: t.Any, templar: t.Any, loader: t.Any, names: t.Sequence[str], task_vars: t.Mapping[str, t.Any]
) -> None:
    """Refuse a condition on the task, or on what it is included by, that is not true for all hosts.

    :param task: Ansible's object; its condition is true for the host whose variables task_vars are.
    :raises ConsoleError: there is one.
    """
    conditions = _conditions_of(task)
    if not conditions:
        return
    hostvars = task_vars["hostvars"]
    # What all hosts share: the variables of the play, of the role and of the task; some override those of hosts
    own = hostvars.raw_get(task_vars["inventory_hostname"])
    shared = {name: value for name, value in task_vars.items() if name not in own}
    overriding = {name: value for name, value in task_vars.items() if name in own and not _is_same(value, own[name])}
    for name in names:
        variables = {**shared, **hostvars.raw_get(name), **overriding, "hostvars": hostvars}
        if not _is_true(conditions, templar, loader, variables):
            raise ConsoleError(
                f"a condition (when) on this task or its role is not true for all hosts of the play; not for {name}",
                advice="One task works for all hosts, so it would take that host, too. Leave the condition out; choose "
                "hosts by the pattern of the play (hosts), by --limit, or by console_exclude.",
            )


def _is_same(value: t.Any, other: t.Any) -> bool:
    """Whether both are one value; a vaulted one is decrypted to be compared, which can fail."""
    if value is other:
        return True
    try:
        return bool(value == other)
    except Exception:  # noqa: BLE001 - its text can quote a secret
        return False


def _conditions_of(task: t.Any) -> list[str]:
    """Those of the task, which inherits from its blocks and its role, and those of what includes it."""
    found: list[t.Any] = []
    while task is not None:
        # That of an import is what was written, a list or not
        found += task.when if isinstance(task.when, list) else [task.when]
        task = task.get_first_parent_include()
    return list(dict.fromkeys(one for one in found if isinstance(one, str) and one))


def _is_true(conditions: list[str], templar: t.Any, loader: t.Any, variables: dict[str, t.Any]) -> bool:
    """Whether Ansible would run a task with these conditions; not where it would fail in asking."""
    asked = templar.copy_with_new_env(available_variables=variables)
    try:
        if hasattr(asked, "evaluate_conditional"):
            return all(asked.evaluate_conditional(one) for one in conditions)
        # Before ansible-core 2.19
        conditional: t.Any = Conditional(loader=loader)
        conditional.when = conditions
        return bool(conditional.evaluate_conditional(asked, variables))
    except Exception:  # noqa: BLE001 - anything can go wrong in a template, and its text can quote a secret
        return False
