# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""What the actions share: libraries, options, the open ledger, one place for what goes wrong, a line for people."""

from __future__ import annotations

import contextlib
import functools
import re
import secrets
import time
import typing as t

from ansible.errors import AnsibleActionFail, AnsibleError
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display
from ansible_collections.cloudops.console.plugins.module_utils import _deps
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.module_utils._http import Policy
from ansible_collections.cloudops.console.plugins.module_utils._masking import register
from ansible_collections.cloudops.console.plugins.module_utils._naming import Naming, as_option, naming
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
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.encryption import play_secrets
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.open import ledger_options, opened_ledger
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.store import Ledger
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
    role_variable,
    variable,
)

display = Display()

Params = dict[str, t.Any]

ROLE = "cloudops.console.vnc_rotation"

# How ansible-core names an option whose value does not fit.
_NAMED = re.compile(r"(?<=argument ')[a-z_]+(?=')|(?<=value of )[a-z_]+(?= )")

# What the actions over an inventory take; their documentation is in the modules of their names.
FLEET_OPTIONS: dict[str, dict[str, t.Any]] = {
    **connection_options(providers=NAMES),
    "hosts": {"type": "list", "elements": "str"},
    **LEDGER_OPTIONS,
    **VAULT_OPTIONS,
    "max_age": {"type": "str", "default": "30d"},
    "concurrency": {"type": "int", "default": 16},
    "requests_per_second": {"type": "float", "default": 0.0},
}
# What two of them take about reports; their formats have other defaults.
REPORT_OPTIONS: dict[str, dict[str, t.Any]] = {
    "report_dir": {"type": "path"},
    "report_keep": {"type": "int", "default": 0},
}
# What only a rotation takes, with its defaults, so that one way serves all.
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


class FleetAction(ConsoleAction):
    """One run for all hosts of the play, or of its current batch where the play has serial.

    Strategies that work host by host (free, host_pinned) refuse such an action before it begins.
    """

    BYPASS_HOST_LOOP = True

    argument_spec: t.ClassVar[dict[str, dict[str, t.Any]]] = FLEET_OPTIONS

    @functools.cached_property
    def lines(self) -> Lines:
        """What is printed while it works."""
        return Lines(self.say)

    def names(self) -> Naming:
        """What a host says for itself is a variable of the inventory, wherever the other options come from."""
        return variable if self.of_role() else host_variable

    def run_options(self, params: Params, task_vars: dict[str, t.Any]) -> RunOptions:
        """Turn options and the hosts' variables into those of a run; raises ConsoleError."""
        params = {**_ROTATION_DEFAULTS, **params}
        for name, (least, most) in _BOUNDS.items():
            check_bounds(name, params[name], least, most)
        check_inventory(task_vars)
        if self.of_role():
            check_waves(*(self._templar.template(task_vars.get(name)) for name in (SERIAL, TIMEOUT)))
        run_id, part = run_name(task_vars)
        return RunOptions(
            hosts=self._hosts(params["hosts"], task_vars),
            defaults=access_of(params),
            rotation=RotationOptions(
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

    def _hosts(self, names: t.Sequence[str] | None, task_vars: dict[str, t.Any]) -> list[HostVars]:
        """Return the variables of the hosts that are named, or else of those of the play; raises ConsoleError."""
        if names is None:
            names = task_vars.get("ansible_play_batch", [])
            check_conditions(self._task, self._templar, self._loader, names, task_vars)
        hosts = read_host_vars(names, task_vars["hostvars"], self._templar, self.lines.still)
        register_keys(hosts)
        check_names(hosts, task_vars)
        return hosts

    def opened_ledger(
        self, params: Params, task_vars: dict[str, t.Any], policy: Policy, *, read_only: bool, create: bool = False
    ) -> contextlib.AbstractAsyncContextManager[Ledger]:
        """Open the ledger that the options name, and close it at the end of the context; raises ConsoleError."""
        options = ledger_options(params, policy=policy, in_awx=bool(task_vars.get("awx_job_id")))
        return opened_ledger(options, play_secrets(self._loader), read_only=read_only, create=create)

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

    def write_reports(self, fleet: FleetResult, params: Params) -> dict[str, str]:
        """Write the reports and tidy their folder; what goes wrong there is a warning.

        :raises ConsoleError: a report cannot be written.
        """
        report = write_reports(fleet, params["report_dir"], params["report_formats"], self.lines.still)
        for error in tidy(report, params["report_keep"]):
            display.warning(error.message)
        return report


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
