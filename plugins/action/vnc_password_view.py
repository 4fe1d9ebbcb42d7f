# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The passwords of one host, on the screen. The documentation is in the module of that name.

They are in no result, because callbacks and logs keep results.
"""

from __future__ import annotations

import typing as t

from ansible.plugins.loader import lookup_loader
from ansible_collections.cloudops.console.plugins.module_utils._errors import NotFound
from ansible_collections.cloudops.console.plugins.module_utils._naming import Naming
from ansible_collections.cloudops.console.plugins.plugin_utils._actions import ConsoleAction, Params
from ansible_collections.cloudops.console.plugins.plugin_utils._at_terminal import ask, refuse_in_awx, show
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.variables import variable

LOOKUP = "cloudops.console.vnc_password"


class ActionModule(ConsoleAction):
    argument_spec: t.ClassVar[dict[str, dict[str, t.Any]]] = {"host": {"type": "str", "required": True}}

    def names(self) -> Naming:
        """The ledger is found by the role's variables."""
        return variable

    def perform(self, params: Params, task_vars: dict[str, t.Any]) -> dict[str, t.Any]:
        """Read them, ask, show them, and return how many they are."""
        refuse_in_awx(task_vars, "no password")
        host = params["host"]
        passwords = self._passwords(host, task_vars)
        if not passwords:
            raise NotFound(
                f"the ledger has no password that may open the console of {host}", advice="Rotate this host first."
            )
        ask(f"The passwords of {host} will be readable on this screen.")
        show(_told(host, passwords))
        return {"changed": False, "shown": len(passwords)}

    def _passwords(self, host: str, task_vars: dict[str, t.Any]) -> list[str]:
        """What the lookup reads, without having it masked on the screen; raises ConsoleError."""
        lookup = lookup_loader.get(LOOKUP, loader=self._loader, templar=self._templar)
        (passwords,) = lookup.read([host], task_vars, which="in_force", mask=False)
        return t.cast("list[str]", passwords)


def _told(host: str, passwords: t.Sequence[str]) -> str:
    which = "This password opens" if len(passwords) == 1 else "One of these passwords opens, the most likely first,"
    lines = "\n".join(f"  {password}" for password in passwords)
    return f"\n{which} the console of {host}, as far as the ledger knows:\n\n{lines}\n"
