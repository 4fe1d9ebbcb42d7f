# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rotates the VNC passwords of a whole inventory, or sets recorded ones again.

The documentation stands in the module of the same name.
No password is ever part of the result: results are printed, and kept by callbacks and by AWX.
"""

from __future__ import annotations

import typing as t

from ansible.utils.display import Display
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.module_utils._naming import rendered
from ansible_collections.cloudops.console.plugins.plugin_utils._fleet_action import (
    FLEET_OPTIONS,
    REPORT_OPTIONS,
    FleetAction,
)
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.base import Ledger
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.default import data_folder
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.options import lock_from
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
    """Hosts with problems do not fail the task; they stand in the result."""

    creates_ledger = True
    argument_spec = ARGUMENT_SPEC
    export: Export | None = None
    export_error: ConsoleError | None = None

    def perform(self, params: dict[str, t.Any], task_vars: dict[str, t.Any]) -> dict[str, t.Any]:
        """Rotate, write export and reports, return the small result."""
        folder, formats = params["report_dir"] or str(data_folder() / "reports"), params["report_formats"]
        if formats and not self._task.check_mode:
            prepare(folder)
        self.export = self._prepared_export(params)
        fleet = self.fleet_result(params, task_vars)
        report = {} if fleet.check_mode else self._report(fleet, folder, params)
        if waiting := waiting_line(fleet):
            self.lines.say(waiting)
        diff = {"diff": difference(fleet)} if self._task.diff else {}
        small = {**fleet.to_result(report), "ledger_created": self.ledger_created}
        return {**self.with_details(fleet, small), **self._export_result(), **diff}

    async def work(self, order: RunOptions, ledger: Ledger) -> FleetResult:
        """Rotate; an export that fails is a warning, because what was rotated is safe in the ledger."""
        fleet = await rotate_fleet(order, ledger, self.lines.say)
        if self.export is not None and not fleet.check_mode:
            try:
                await self.export.write(fleet, ledger)
            except ConsoleError as error:
                self.export_error = error
                display.warning(f"The export was not written. {error.message}")
        return fleet

    def _prepared_export(self, params: dict[str, t.Any]) -> Export | None:
        """Return the export to write; raise before anything is rotated where that cannot work."""
        if not params["export"]:
            return None
        vault_id = params["export_vault_id"] or ""
        passphrase = "" if vault_id else params["ledger_key"] or ""
        try:
            option = "export_vault_id" if vault_id else "ledger_vault_id"
            lock = lock_from(passphrase, params[option] or "", self._loader, option)
        except ConsoleError as error:
            raise error.while_doing(f"preparing the export {params['export']!r}") from None
        export = Export(params["export"], lock)
        export.prepare(check_mode=bool(self._task.check_mode))
        return export

    def _export_result(self) -> dict[str, t.Any]:
        written = self.export is not None and self.export_error is None and not self._task.check_mode
        return {
            "export": str(self.export.path) if self.export is not None and written else None,
            "export_failure": self.export_error.failure if self.export_error else None,
        }

    def _report(self, fleet: FleetResult, folder: str, params: dict[str, t.Any]) -> dict[str, str]:
        """Write the reports; what was rotated is safe in the ledger, so a report that fails is a warning."""
        if fleet.is_quiet and not params["report_always"]:
            self._say_no_report(folder, params["report_formats"])
            return {}
        try:
            report = self.write_reports(fleet, folder, params)
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
            + rendered(" (O(report_always) writes one in any case)")
        )
