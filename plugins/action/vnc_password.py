# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the module of the same name, and handles the ledger on the controller.

Without record and without a ledger, it does what Ansible does for any module, and loads no more than that.
"""

from __future__ import annotations

import asyncio
import os
import typing as t

from ansible.errors import AnsibleActionFail
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.default import is_there

display = Display()

Result = dict[str, t.Any]
Mapping = t.Mapping[str, t.Any]

# What stays on the controller; module_utils/_options.py has the options themselves, and costs more to load.
LEDGER = (
    "record",
    "ledger",
    "ledger_key",
    "ledger_vault_id",
    "allow_local_ledger",
    "vault_token",
    "vault_role_id",
    "vault_secret_id",
    "vault_namespace",
    "vault_ca_cert",
)


class ActionModule(ActionBase):
    """The module may run on any host; the ledger is where ansible-playbook runs."""

    TRANSFERS_FILES = False
    _supports_check_mode = True
    _supports_async = True

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> Result:
        """Return what the module says, and what became of the record."""
        result: Result = super().run(tmp, task_vars)
        variables = task_vars or {}
        given = dict(self._task.args)
        # What is no boolean is the module's to refuse, with its name and place
        if boolean(given.get("record", False), strict=False):
            return {**result, **self._recorded(given, variables)}
        kept = {name: value for name, value in given.items() if name not in LEDGER[1:]}
        wrap_async = bool(self._task.async_val) and not self._connection.has_native_async
        answer: Result = self._execute_module(
            module_name="cloudops.console.vnc_password",
            module_args=kept,
            task_vars=variables,
            wrap_async=wrap_async,
        )
        if not answer.get("failed") and not wrap_async and _has_ledger(given, variables):
            self._warn(given, variables, answer)
        return {**result, **answer}

    def _warn(self, given: Mapping, variables: Mapping, answer: Mapping) -> None:
        """Say that the ledger has another password now; a plain call never fails for that."""
        from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
        from ansible_collections.cloudops.console.plugins.plugin_utils import _recording

        key = [str(answer.get(name)) for name in ("provider", "region", "instance_id")]
        try:
            params = _recording.ledger_params(given, variables, self._templar)
            look = _recording.warning_of(
                params, self._loader, key, str(given.get("password")), check_mode=bool(self._task.check_mode)
            )
            text = asyncio.run(look)
        except ConsoleError as error:
            text = f"Could not check whether the ledger manages {key[2]}. {error.message}"
        # A variable of the ledger may be a template that fails, and its text can quote a secret.
        except Exception as fault:  # noqa: BLE001
            text = f"Could not check whether the ledger manages {key[2]} ({type(fault).__name__})."
        if text:
            display.warning(text)

    def _recorded(self, given: Mapping, variables: dict[str, t.Any]) -> Result:
        """Set the password and record it."""
        from ansible_collections.cloudops.console.plugins.module_utils import _deps
        from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError

        if _deps.MISSING is not None:
            raise AnsibleActionFail(_deps.missing_text(_deps.MISSING))
        if self._task.async_val:
            raise AnsibleActionFail("record and async cannot be used together: the record is made while the task runs.")
        try:
            return self._carried_out(given, variables)
        except ConsoleError as error:
            failed = {"failed": True, "changed": False, "msg": error.message, "failure": error.failure}
            return {**failed, **_asked_for(given), "request_id": error.failure["request_id"], "recorded": False}

    def _carried_out(self, given: Mapping, variables: dict[str, t.Any]) -> Result:
        from ansible_collections.cloudops.console.plugins.module_utils._options import (
            RECORD_OPTIONS,
            connection_options,
            policy_of,
        )
        from ansible_collections.cloudops.console.plugins.module_utils._provider import NAMES, facts_of
        from ansible_collections.cloudops.console.plugins.plugin_utils import _recording
        from ansible_collections.cloudops.console.plugins.plugin_utils._actions import run_name
        from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.encryption import play_secrets
        from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.open import (
            is_new,
            ledger_options,
            new_ledger_text,
            opened_ledger,
        )

        own = {
            "instance_id": {"type": "str", "required": True},
            "password": {"type": "str", "required": True, "no_log": True},
        }
        spec = {**connection_options(providers=NAMES), **own, **RECORD_OPTIONS}
        _checked, params = t.cast("t.Any", self).validate_argument_spec(spec)
        facts, policy = facts_of(params["provider"]), policy_of(params, patient=False)
        facts.check_password(params["password"])
        recording = _recording.RecordingOptions(
            name=str(variables.get("inventory_hostname")),
            key=_recording.key_of(params),
            password=params["password"],
            module_options={name: value for name, value in given.items() if name not in LEDGER},
            facts=facts,
            policy=policy,
            run_id=run_name(variables)[0],
            check_mode=bool(self._task.check_mode),
        )
        options = ledger_options(
            _recording.ledger_params(given, variables, self._templar),
            policy=policy,
            in_awx=bool(variables.get("awx_job_id")),
        )

        def run(module: str, options: Mapping, /) -> Result:
            found: Result = self._execute_module(
                module_name=f"cloudops.console.{module}", module_args=dict(options), task_vars=variables
            )
            # Without pipelining, Ansible writes the options to a file: a kill between the steps leaves none
            self.cleanup(force=True)
            return found

        async def recorded() -> Result:
            async with opened_ledger(options, play_secrets(self._loader), read_only=recording.check_mode) as ledger:
                if is_new(ledger):
                    display.warning(new_ledger_text(ledger.where, check_mode=recording.check_mode))
                return await _recording.record_password(recording, ledger, run)

        return asyncio.run(recorded())


def _asked_for(given: Mapping) -> Result:
    """Return what every result says of its instance, from the task's options; the module has not run."""
    asked = {"provider": given.get("provider") or "alibaba", "region": given.get("region") or ""}
    return {**asked, **({"instance_id": given["instance_id"]} if given.get("instance_id") else {})}


def _has_ledger(given: Mapping, variables: Mapping) -> bool:
    """Whether something names a ledger, or one is in the default place."""
    named = given.get("ledger") or variables.get("vnc_rotation_ledger") or os.environ.get("CLOUDOPS_CONSOLE_LEDGER")
    return bool(named) or is_there()
