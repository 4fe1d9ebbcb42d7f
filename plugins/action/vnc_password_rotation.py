# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rotates the VNC passwords of a whole inventory, or sets recorded ones again.

The documentation is in the module of the same name.
No password is ever part of the result: results are printed, and kept by callbacks and by AWX.
"""

from __future__ import annotations

import asyncio
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
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.encryption import choose_secrets, play_secrets
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.open import is_new, new_ledger_text
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.store import Ledger
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.export import Export
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.operations import OPERATIONS, PREVIOUS
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.report import FORMATS, latest, prepare
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.result import FleetResult
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.run import RunOptions, rotate_fleet
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.screen import difference, waiting_line

display = Display()

ARGUMENT_SPEC: dict[str, dict[str, t.Any]] = {
    **FLEET_OPTIONS,
    "operation": {"type": "str", "choices": list(OPERATIONS), "default": "rotate"},
    "rollback_to": {"type": "str", "default": PREVIOUS},
    "force": {"type": "bool", "default": False},
    "canary": {"type": "int", "default": 1},
    "max_failures": {"type": "str", "default": "10%"},
    "export": {"type": "path"},
    "export_vault_id": {"type": "str"},
    **REPORT_OPTIONS,
    "report_always": {"type": "bool", "default": False},
    "report_formats": {"type": "list", "elements": "str", "choices": list(FORMATS), "default": list(FORMATS)},
}


class ActionModule(FleetAction):
    """Hosts with problems do not fail the task; they are in the result."""

    argument_spec = ARGUMENT_SPEC

    def perform(self, params: Params, task_vars: dict[str, t.Any]) -> dict[str, t.Any]:
        """Prepare what a run writes to, so that what cannot work costs nothing; then rotate."""
        folder = params["report_dir"] or str(data_folder() / "reports")
        if params["report_formats"] and not self._task.check_mode:
            prepare(folder)
        export = self._prepared_export(params)
        options = self.run_options(params, task_vars)
        return asyncio.run(self._rotate(options, {**params, "report_dir": folder}, task_vars, export))

    async def _rotate(
        self, options: RunOptions, params: Params, task_vars: dict[str, t.Any], export: Export | None
    ) -> dict[str, t.Any]:
        """Rotate, write export and reports, return the small result."""
        check = options.check_mode
        async with self.opened_ledger(params, task_vars, options.policy, read_only=check, create=True) as ledger:
            if created := is_new(ledger):
                display.warning(new_ledger_text(ledger.where, check_mode=check))
            fleet = await rotate_fleet(options, ledger, self.lines.say)
            exported = await _exported(export, fleet, ledger)
        report = {} if check else self._report(fleet, params)
        if waiting := waiting_line(fleet):
            self.lines.say(waiting)
        diff = {"diff": difference(fleet)} if self._task.diff else {}
        return {**self.with_details(fleet, fleet.to_result(report)), "ledger_created": created, **exported, **diff}

    def _prepared_export(self, params: Params) -> Export | None:
        """Return the export to write; raise before anything is rotated where that cannot work."""
        if not params["export"]:
            return None
        vault_id = params["export_vault_id"] or ""
        passphrase = "" if vault_id else params["ledger_key"] or ""
        try:
            option = "export_vault_id" if vault_id else "ledger_vault_id"
            secrets = choose_secrets(passphrase, play_secrets(self._loader), params[option] or "", option)
        except ConsoleError as error:
            raise error.while_doing(f"preparing the export {params['export']!r}") from None
        export = Export(params["export"], secrets)
        export.prepare(check_mode=bool(self._task.check_mode))
        return export

    def _report(self, fleet: FleetResult, params: Params) -> dict[str, str]:
        """Write the reports; what was rotated is safe in the ledger, so a report that fails is a warning."""
        if fleet.is_quiet and not params["report_always"]:
            self._say_no_report(params["report_dir"], params["report_formats"])
            return {}
        try:
            report = self.write_reports(fleet, params)
        except ConsoleError as error:
            display.warning(f"The report was not written. {error.message}")
            return {}
        if report:
            self.lines.say(f"report {report.get('html') or next(iter(report.values()))}")
        return report

    def _say_no_report(self, folder: str, formats: t.Sequence[str]) -> None:
        if not formats:
            return
        before = latest(folder)
        self.lines.say(
            "no report, because nothing changed and no host has a problem"
            + (f"; the latest one is {before}" if before else "")
            + rendered(" (O(report_always) always writes one)")
        )


async def _exported(export: Export | None, fleet: FleetResult, ledger: Ledger) -> dict[str, t.Any]:
    """Write the export; one that fails is a warning, because what was rotated is safe in the ledger."""
    if export is None or fleet.check_mode:
        return {"export": None, "export_failure": None}
    try:
        await export.write(fleet, ledger)
    except ConsoleError as error:
        display.warning(f"The export was not written. {error.message}")
        return {"export": None, "export_failure": error.failure}
    return {"export": str(export.path), "export_failure": None}
