# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Says how old the VNC passwords of an inventory are and which hosts still need a reboot, or what has been done since.

The documentation is in the module of the same name.
"""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
import typing as t

from ansible.utils.display import Display
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.module_utils._naming import rendered
from ansible_collections.cloudops.console.plugins.plugin_utils._actions import (
    FLEET_OPTIONS,
    REPORT_OPTIONS,
    FleetAction,
    Params,
)
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.default import data_folder
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.report import FORMATS, prepare
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.result import FleetResult
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.rotate_one import utc_now
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.run import RunOptions, survey_fleet
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.since import outcome_since, parse_since

display = Display()

ARGUMENT_SPEC: dict[str, dict[str, t.Any]] = {
    **FLEET_OPTIONS,
    "since": {"type": "str"},
    "due_before": {"type": "str"},
    **REPORT_OPTIONS,
    "report_formats": {"type": "list", "elements": "str", "choices": list(FORMATS), "default": []},
}


class ActionModule(FleetAction):
    """Reads ledger and clouds; notes restarts that it sees in the ledger."""

    argument_spec = ARGUMENT_SPEC

    def perform(self, params: Params, task_vars: dict[str, t.Any]) -> dict[str, t.Any]:
        """Look, write reports where they are asked for, and return the small result."""
        now = utc_now()
        since = parse_since(params["since"], now) if params["since"] else None
        if params["due_before"]:
            params["max_age"] = f"{(now - parse_since(params['due_before'], now, 'due_before')).total_seconds():.0f}s"
        params["report_dir"] = params["report_dir"] or str(data_folder() / "reports")
        if params["report_formats"] and since is None:
            raise ConsoleError(
                "O(report_formats) needs O(since)", advice="A report tells what was done; say since when."
            )
        if params["report_formats"] and not self._task.check_mode:
            prepare(params["report_dir"])
        options = self.run_options(params, task_vars)
        fleet = asyncio.run(self._survey(options, params, task_vars, since))
        _warn_of_another_ledger(fleet)
        if since is None:
            return self.with_details(fleet, fleet.to_survey(), surveyed=True)
        report = {} if fleet.check_mode else self.write_reports(fleet, params)
        return self.with_details(fleet, {**fleet.to_collected(), "report": report})

    async def _survey(
        self, options: RunOptions, params: Params, task_vars: dict[str, t.Any], since: dt.datetime | None
    ) -> FleetResult:
        """Say what is due now, or what has been done since that moment."""
        async with self.opened_ledger(params, task_vars, options.policy, read_only=options.check_mode) as ledger:
            if since is None:
                return await survey_fleet(options, ledger, self.lines.say)
            fleet = await survey_fleet(options, ledger, self.lines.say, lambda one: outcome_since(one, since))
            return dataclasses.replace(fleet, started_at=since)


def _warn_of_another_ledger(fleet: FleetResult) -> None:
    if not fleet.has_records:
        text = "knows none of these hosts. If another one does, perhaps that of another user, set O(ledger) to its"
        display.warning(rendered(f"The ledger {fleet.ledger} {text} address."))
