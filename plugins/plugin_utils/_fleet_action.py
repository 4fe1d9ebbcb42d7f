# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""What the actions over a whole inventory share: options, the ledger, and the order."""

from __future__ import annotations

import asyncio
import functools
import re
import secrets
import time
import typing as t

from ansible.module_utils.parsing.convert_bool import boolean
from ansible.utils.display import Display
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.module_utils._http import Policy
from ansible_collections.cloudops.console.plugins.module_utils._masking import register
from ansible_collections.cloudops.console.plugins.module_utils._naming import Naming
from ansible_collections.cloudops.console.plugins.module_utils._options import (
    LEDGER_OPTIONS,
    VAULT_OPTIONS,
    access_of,
    check_bounds,
    connection_options,
    policy_of,
)
from ansible_collections.cloudops.console.plugins.module_utils._provider import NAMES
from ansible_collections.cloudops.console.plugins.plugin_utils._conditions import check_conditions
from ansible_collections.cloudops.console.plugins.plugin_utils._console_action import (
    ConsoleAction,
    Params,
    check_inventory,
    local_allowed,
)
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.base import Ledger
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.options import (
    is_new,
    ledger_from,
    new_ledger_text,
)
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.details import shortened_text, write_details
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.inventory import read_host_vars
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.limits import parse_max_failures
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.operations import PREVIOUS, parse_rollback_to
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.plan import RotationOptions, parse_age
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.progress import Lines
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.report import tidy, write_reports
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.result import FleetResult
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.rotate_one import utc_now
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.run import RunOptions
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.targets import HostVars
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.variables import (
    SECRET_VARIABLES,
    SERIAL,
    TIMEOUT,
    check_role_variables,
    check_waves,
    host_variable,
    variable,
)

display = Display()

# What both actions take; the documentation stands in the modules of their names.
FLEET_OPTIONS: dict[str, dict[str, t.Any]] = {
    **connection_options(providers=NAMES),
    "hosts": {"type": "list", "elements": "str"},
    **LEDGER_OPTIONS,
    **VAULT_OPTIONS,
    "max_age": {"type": "str", "default": "30d"},
    "concurrency": {"type": "int", "default": 16},
    "requests_per_second": {"type": "float", "default": 0.0},
}
# What both take about reports; their formats have other defaults.
REPORT_OPTIONS: dict[str, dict[str, t.Any]] = {
    "report_dir": {"type": "path"},
    "report_keep": {"type": "int", "default": 0},
}
# What only a rotation takes, with its defaults, so that one order serves both.
_ROTATION_DEFAULTS: Params = {
    "operation": "rotate",
    "rollback_to": PREVIOUS,
    "force": False,
    "canary": 0,
    "max_failures": "100%",
}
# Inclusive bounds of the numbers; beyond them a value is a slip of the hand.
_BOUNDS = {
    "canary": (0, 100_000),
    "concurrency": (1, 1024),
    "requests_per_second": (0, 10_000),
    "report_keep": (0, 100_000),
}


class FleetAction(ConsoleAction):
    """One run for all hosts of the play, or of its current batch where the play has serial.

    Strategies that work host by host (free, host_pinned) refuse such an action before it begins.
    """

    BYPASS_HOST_LOOP = True

    creates_ledger: t.ClassVar[bool] = False
    ledger_created = False
    argument_spec: t.ClassVar[dict[str, dict[str, t.Any]]] = FLEET_OPTIONS

    @functools.cached_property
    def lines(self) -> Lines:
        """What is printed while it works."""
        return Lines(self.say)

    def names(self) -> Naming:
        """What a host says for itself is a variable of the inventory, whoever gives the other options."""
        return variable if self.of_role() else host_variable

    async def work(self, order: RunOptions, ledger: Ledger) -> FleetResult:
        """Carry out order with an open ledger."""
        raise NotImplementedError

    def with_details(self, fleet: FleetResult, result: dict[str, t.Any], surveyed: bool = False) -> dict[str, t.Any]:
        """Say that a result is shortened, and keep beside it what it has no room for, for groups and host states."""
        if result["shortened"]:
            display.warning(shortened_text(result))
        elif len(result["problems"]) == result["problems_total"]:
            return result
        try:
            return {**result, "details": write_details(fleet, surveyed)}
        except ConsoleError as error:
            display.warning(error.message)
            return result

    def write_reports(self, fleet: FleetResult, folder: str, params: Params) -> dict[str, str]:
        """Write the reports and look after their folder; what goes wrong there is a warning.

        :raises ConsoleError: a report cannot be written.
        """
        report = write_reports(fleet, folder, params["report_formats"], self.lines.still)
        for error in tidy(report, params["report_keep"]):
            display.warning(error.message)
        return report

    def fleet_result(self, params: Params, task_vars: dict[str, t.Any]) -> FleetResult:
        """Open the ledger, work, close it."""
        order = self.order(params, task_vars)
        ledger = self.ledger(params, task_vars, order.policy, read_only=order.check_mode)
        self.ledger_created = self.creates_ledger and is_new(ledger)
        if self.ledger_created:
            display.warning(new_ledger_text(ledger.where, check_mode=order.check_mode))

        async def with_ledger() -> FleetResult:
            try:
                return await self.work(order, ledger)
            finally:
                await ledger.close()

        return asyncio.run(with_ledger())

    def ledger(self, params: Params, task_vars: dict[str, t.Any], policy: Policy, *, read_only: bool) -> Ledger:
        """Open the ledger that the options name; raises ConsoleError."""
        return ledger_from(
            address=params["ledger"] or "",
            ledger_key=params["ledger_key"] or "",
            vault_id=params["ledger_vault_id"] or "",
            loader=self._loader,
            read_only=read_only,
            create=self.creates_ledger,
            local_allowed=local_allowed(params, task_vars),
            vault=params,
            policy=policy,
            allow_plain_http=params["allow_plain_http"],
        )

    def order(self, params: Params, task_vars: dict[str, t.Any]) -> RunOptions:
        """Turn options and the hosts' variables into an order; raises ConsoleError."""
        return self._order({**_ROTATION_DEFAULTS, **params}, task_vars)

    def _order(self, params: Params, task_vars: dict[str, t.Any]) -> RunOptions:
        for name, (least, most) in _BOUNDS.items():
            check_bounds(name, params[name], least, most)
        check_inventory(task_vars)
        if self.of_role():
            check_waves(*(self._templar.template(task_vars.get(name)) for name in (SERIAL, TIMEOUT)))
        names = params["hosts"]
        if names is None:
            names = task_vars.get("ansible_play_batch", [])
            check_conditions(self._task, self._templar, self._loader, names, task_vars)
        hosts = read_host_vars(names, task_vars["hostvars"], self._templar, self.lines.still)
        register_keys(hosts)
        check_names(hosts, task_vars)
        run_id, part = run_name(task_vars)
        return RunOptions(
            hosts=hosts,
            defaults=access_of(params),
            wishes=RotationOptions(
                max_age=parse_age(params["max_age"]),
                force=params["force"],
                operation=params["operation"],
                rollback_to=parse_rollback_to(params["rollback_to"], utc_now()),
            ),
            run_id=run_id,
            part=part,
            policy=policy_of(params, patient=True),
            concurrency=params["concurrency"],
            per_second=params["requests_per_second"],
            canary=params["canary"],
            max_failures=parse_max_failures(params["max_failures"]),
            check_mode=boolean(self._task.check_mode),
        )


def register_keys(hosts: t.Iterable[HostVars]) -> None:
    """Have the secrets among the hosts' variables masked in output, also where another variable has a problem."""
    register(host.values.get(name) for host in hosts for name in SECRET_VARIABLES)


def check_names(hosts: t.Iterable[HostVars], task_vars: t.Mapping[str, t.Any]) -> None:
    """Refuse a misspelt variable of the role, wherever it was given.

    :raises ConsoleError: there is one.
    """
    check_role_variables("the play", task_vars)
    # Most hosts have the variables of their group, and many have the same.
    seen: set[frozenset[str]] = set()
    for host in hosts:
        if host.role_names not in seen:
            seen.add(host.role_names)
            check_role_variables(f"the host {host.name}", host.role_names)


def run_name(task_vars: t.Mapping[str, t.Any]) -> tuple[str, str]:
    """Return the name of the run, and that of this part of it.

    The slices of an AWX job are parts of one run. A job is a part once for each time that it rotates.
    """
    job = _number(task_vars.get("awx_job_id"))
    if not job:
        return new_run_id(), ""
    return f"awx-{_number(task_vars.get('awx_workflow_job_id')) or job}", f"{job}-{secrets.token_hex(2)}"


def _number(value: t.Any) -> str:
    return str(value) if re.fullmatch(r"[0-9]{1,18}", str(value)) else ""


def new_run_id() -> str:
    """Return a name for a run that sorts by time and is unique, for example 20260102T030405Z-5f2a9c."""
    return f"{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}-{secrets.token_hex(3)}"
