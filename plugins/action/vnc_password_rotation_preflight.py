# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Says whether a rotation has all that it needs. The documentation is in the module of the same name."""

from __future__ import annotations

import asyncio
import contextlib
import pathlib
import typing as t

from ansible_collections.cloudops.console.plugins.module_utils import _deps
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.plugin_utils._actions import FLEET_OPTIONS, FleetAction, Params
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.open import ledger_options
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.store import Ledger
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.preflight import (
    check_everything,
    check_libraries_only,
    check_without_options,
    to_result,
)

ARGUMENT_SPEC: dict[str, dict[str, t.Any]] = {
    **{name: option for name, option in FLEET_OPTIONS.items() if name != "max_age"},
    "reboot_ok": {"type": "bool", "default": False},
}
# What a run has besides, and nothing is decided by here.
_UNUSED: dict[str, t.Any] = {"max_age": "0", "report_keep": 0}


class ActionModule(FleetAction):
    """Reads ledger and clouds; writes nothing."""

    argument_spec = ARGUMENT_SPEC
    needs_libraries = False

    def perform(self, params: Params, task_vars: dict[str, t.Any]) -> dict[str, t.Any]:
        """Look at everything, and return what was found."""
        if _deps.MISSING is not None:
            return to_result(check_libraries_only())
        if params["hosts"] is None and not task_vars["groups"]["all"]:
            params["hosts"] = []  # the play is over the implicit localhost, which no rotation is about
        try:
            options = self.run_options({**_UNUSED, **params}, task_vars)
        except ConsoleError as error:
            return to_result(check_without_options(error))

        @contextlib.asynccontextmanager
        async def opened() -> t.AsyncIterator[tuple[Ledger, pathlib.Path | None]]:
            file = ledger_options(params, in_awx=bool(task_vars.get("awx_job_id"))).file
            async with self.opened_ledger(params, task_vars, options.policy, read_only=file is not None) as ledger:
                yield ledger, file

        found = check_everything(options, opened, self.lines.say, reboot_ok=params["reboot_ok"])
        return to_result(asyncio.run(found))
