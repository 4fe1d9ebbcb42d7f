# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rotates the VNC passwords of a whole inventory. The documentation stands in the module of the same name.

No password is ever part of the result: results are printed, and kept by callbacks and by AWX.
"""

from __future__ import annotations

import asyncio
import secrets
import time
import typing as t

from ansible.errors import AnsibleActionFail
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display
from ansible_collections.cloudops.console.plugins.module_utils import _deps
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.module_utils._module import missing_text
from ansible_collections.cloudops.console.plugins.module_utils._options import (
    access_of,
    check_bounds,
    connection_options,
    policy_of,
)
from ansible_collections.cloudops.console.plugins.module_utils._provider import NAMES
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.address import data_folder
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.options import ledger_from
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation._report import FORMATS, prepare, write_reports
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.inventory import read_host_vars
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.limits import parse_max_failures
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.plan import Wishes, parse_age
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.result import FleetResult
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.run import Order, rotate_fleet

display = Display()

ARGUMENT_SPEC: dict[str, dict[str, t.Any]] = {
    **connection_options(providers=NAMES),
    "hosts": {"type": "list", "elements": "str"},
    "ledger": {"type": "str"},
    "ledger_key": {"type": "str", "no_log": True},
    "ledger_vault_id": {"type": "str"},
    "allow_local_ledger": {"type": "bool", "default": False},
    "max_age": {"type": "str", "default": "30d"},
    "force": {"type": "bool", "default": False},
    "canary": {"type": "int", "default": 1},
    "max_failures": {"type": "str", "default": "10%"},
    "concurrency": {"type": "int", "default": 16},
    "requests_per_second": {"type": "float", "default": 0.0},
    "report_dir": {"type": "path"},
    "report_formats": {"type": "list", "elements": "str", "choices": list(FORMATS), "default": list(FORMATS)},
}
# Inclusive bounds of the numbers; beyond them a value is a slip of the hand.
BOUNDS = {"canary": (0, 100_000), "concurrency": (1, 1024), "requests_per_second": (0, 10_000)}


class ActionModule(ActionBase):
    """One run for all hosts of the play's batch; it works in this process and needs no connection to any host."""

    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        """Return the small result; hosts with problems do not fail the task, they stand in the result."""
        result: dict[str, t.Any] = super().run(tmp, task_vars)
        if _deps.MISSING is not None:
            raise AnsibleActionFail(missing_text(_deps.MISSING))
        _checked, params = t.cast("t.Any", self).validate_argument_spec(ARGUMENT_SPEC)
        try:
            folder = params["report_dir"] or str(data_folder() / "reports")
            if params["report_formats"] and not self._task.check_mode:
                prepare(folder)
            fleet = self._rotate(params, task_vars or {})
            report = {} if fleet.check_mode else self._report(fleet, folder, params["report_formats"])
        except ConsoleError as error:
            return {**result, "failed": True, "changed": False, "msg": error.message, "failure": error.failure}
        result.update(fleet.to_result(report))
        if self._task.diff:
            result["diff"] = fleet.diff()
        return result

    def _rotate(self, params: dict[str, t.Any], task_vars: dict[str, t.Any]) -> FleetResult:
        order = self._order(params, task_vars)
        ledger = ledger_from(
            address=params["ledger"] or "",
            ledger_key=params["ledger_key"] or "",
            vault_id=params["ledger_vault_id"] or "",
            loader=self._loader,
            read_only=order.check_mode,
            local_allowed=params["allow_local_ledger"] or not task_vars.get("awx_job_id"),
        )

        async def rotate() -> FleetResult:
            try:
                return await rotate_fleet(order, ledger, self._say)
            finally:
                await ledger.close()

        return asyncio.run(rotate())

    def _order(self, params: dict[str, t.Any], task_vars: dict[str, t.Any]) -> Order:
        for name, (least, most) in BOUNDS.items():
            check_bounds(name, params[name], least, most)
        names = params["hosts"] if params["hosts"] is not None else task_vars.get("ansible_play_batch", [])
        return Order(
            hosts=read_host_vars(names, task_vars["hostvars"], self._templar),
            defaults=access_of(params),
            wishes=Wishes(parse_age(params["max_age"]), params["force"]),
            run_id=new_run_id(),
            policy=policy_of(params),
            concurrency=params["concurrency"],
            per_second=params["requests_per_second"],
            canary=params["canary"],
            max_failures=parse_max_failures(params["max_failures"]),
            check_mode=boolean(self._task.check_mode),
        )

    def _report(self, fleet: FleetResult, folder: str, formats: t.Sequence[str]) -> dict[str, str]:
        """Write the reports; what was rotated is safe in the ledger, so a report that fails is a warning."""
        try:
            report = write_reports(fleet, folder, formats)
        except ConsoleError as error:
            display.warning(f"The report was not written. {error.message}")
            return {}
        if report:
            self._say(f"report {report.get('html') or next(iter(report.values()))}")
        return report

    def _say(self, line: str) -> None:
        display.display(f"{self._task.action.rpartition('.')[2]}: {line}")


def new_run_id() -> str:
    """Return a name for a run that sorts by time and is unique, for example 20260102T030405Z-5f2a9c."""
    return f"{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}-{secrets.token_hex(3)}"
