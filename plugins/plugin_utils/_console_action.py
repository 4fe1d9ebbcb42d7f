# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""What all actions share: the libraries, the options, one place for what goes wrong, and a line for people."""

from __future__ import annotations

import re
import typing as t

from ansible.errors import AnsibleActionFail, AnsibleError
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display
from ansible_collections.cloudops.console.plugins.module_utils import _deps
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.module_utils._naming import Naming, as_option, naming
from ansible_collections.cloudops.console.plugins.module_utils._options import LEDGER_OPTIONS
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.variables import role_variable

display = Display()

Params = dict[str, t.Any]


ROLE = "cloudops.console.vnc_rotation"

# How ansible-core names an option whose value does not fit.
_NAMED = re.compile(r"(?<=argument ')[a-z_]+(?=')|(?<=value of )[a-z_]+(?= )")


class ConsoleAction(ActionBase):
    """Works in this process and needs no connection to any host."""

    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True
    _supports_async = False

    argument_spec: t.ClassVar[dict[str, dict[str, t.Any]]] = LEDGER_OPTIONS
    # False for an action that says by itself which libraries are missing.
    needs_libraries: t.ClassVar[bool] = True

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        """Return what perform() returns, or a failure with its parts."""
        result: dict[str, t.Any] = super().run(tmp, task_vars)
        if self.needs_libraries and _deps.MISSING is not None:
            raise AnsibleActionFail(_deps.missing_text(_deps.MISSING))
        params = self.checked_params()
        with naming(self.names()):
            try:
                return {**result, **self.perform(params, task_vars or {})}
            except ConsoleError as error:
                return {**result, "failed": True, "changed": False, "msg": error.message, "failure": error.failure}

    def names(self) -> Naming:
        """What options are called where the messages of this task are read."""
        return role_variable if self.of_role() else as_option

    def of_role(self) -> bool:
        """Whether the role of this collection gives the options, from its variables."""
        role = self._task._role
        return role is not None and role.get_name() == ROLE

    def checked_params(self) -> Params:
        """Return the task's options by argument_spec, with defaults; raises AnsibleActionFail."""
        try:
            _checked, params = t.cast("t.Any", self).validate_argument_spec(self.argument_spec)
        except AnsibleError as error:
            raise AnsibleActionFail(_renamed(str(error), self.names())) from None
        return t.cast("Params", params)

    def perform(self, params: Params, task_vars: dict[str, t.Any]) -> dict[str, t.Any]:
        """Do the work and return the result; raises ConsoleError where nothing could be done."""
        raise NotImplementedError

    def say(self, line: str) -> None:
        """Print one line for people, to stderr: what a callback such as JSON writes to stdout stays as it is."""
        display.display(f"{self._task.action.rpartition('.')[2]}: {line}", stderr=True)


def _renamed(text: str, names: Naming) -> str:
    """Return what ansible-core says of an option's value, with the option as it is called here."""
    return _NAMED.sub(lambda found: names(found[0]), text)


def check_inventory(task_vars: t.Mapping[str, t.Any], more: str = "") -> None:
    """Refuse to work for no hosts: a scheduled run with a wrong inventory must not end well.

    :param more: what else to do.
    :raises ConsoleError: the inventory is empty.
    """
    if not task_vars["groups"]["all"]:
        advice = "Check the path after -i, and what Ansible says of it above."
        raise ConsoleError("the inventory has no hosts", advice=f"{advice} {more}".strip())
