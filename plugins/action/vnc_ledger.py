# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Maintenance of a ledger in a file. The documentation is in the module of the same name."""

from __future__ import annotations

import pathlib
import typing as t

from ansible.module_utils.parsing.convert_bool import boolean
from ansible.utils.display import Display
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.module_utils._naming import rendered
from ansible_collections.cloudops.console.plugins.module_utils._options import LEDGER_OPTIONS
from ansible_collections.cloudops.console.plugins.plugin_utils._actions import (
    ConsoleAction,
    Params,
    check_inventory,
)
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.encryption import (
    VaultSecrets,
    choose_secrets,
    play_secrets,
)
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.errors import ledger_error
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.maintenance import (
    Health,
    MaintenanceOptions,
    MaintenanceResult,
    maintain,
)
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.open import LedgerOptions, ledger_options
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.variables import check_role_variables

display = Display()

ARGUMENT_SPEC: dict[str, dict[str, t.Any]] = {
    **LEDGER_OPTIONS,
    "new_ledger_key": {"type": "str", "no_log": True},
    "new_ledger_vault_id": {"type": "str"},
    "backup": {"type": "path"},
    "backup_overwrite": {"type": "bool", "default": False},
}


class ActionModule(ConsoleAction):
    argument_spec = ARGUMENT_SPEC

    def perform(self, params: Params, task_vars: dict[str, t.Any]) -> dict[str, t.Any]:
        """Look at the ledger, change its key and copy it where that is asked for, return the small result."""
        check_role_variables("the play", task_vars)
        if self.of_role() and not params["ledger"]:
            # The inventory names the ledger, as a rule; without it the user's own would be copied, night after night
            check_inventory(task_vars, "Without an inventory, say which ledger: set O(ledger).")
        options = ledger_options(params, in_awx=bool(task_vars.get("awx_job_id")))
        path = _file_of(options)
        maintenance = MaintenanceOptions(
            new=self._new_secrets(params),
            backup=pathlib.Path(params["backup"]) if params["backup"] else None,
            overwrite=params["backup_overwrite"],
            check_mode=boolean(self._task.check_mode),
        )
        secrets = choose_secrets(options.key, play_secrets(self._loader), options.vault_id)
        done = maintain(path, secrets, maintenance)
        if maintenance.new is not None and not maintenance.check_mode and not done.health.clean:
            display.warning(
                "The ledger has its new key, but the file may still hold pages that the old key opens, because another "
                "process is using it or the disk is full. Run this again later to remove them."
            )
        return _result(path, done, _opener(params), check_mode=maintenance.check_mode)

    def _new_secrets(self, params: Params) -> VaultSecrets | None:
        key, vault_id = params["new_ledger_key"] or "", params["new_ledger_vault_id"] or ""
        if key and vault_id:
            raise ConsoleError(
                "O(new_ledger_key) and O(new_ledger_vault_id) are both given",
                advice="Set only the one that the ledger gets.",
            )
        if not key and not vault_id:
            return None
        return choose_secrets(key, play_secrets(self._loader), vault_id, "new_ledger_vault_id")


def _file_of(options: LedgerOptions) -> pathlib.Path:
    file = options.file
    if file is None:
        raise ledger_error(
            "Ledger.Address",
            "only file ledgers are supported here",
            "Use sqlite:///absolute/path of a file; other stores have their own backups and keys.",
        )
    return file


def _opener(params: Params) -> str:
    """Say what opens the ledger from a change of its key on, and where to give it."""
    vault_id = params["new_ledger_vault_id"]
    key, option = (f"the vault id {vault_id!r}", "ledger_vault_id") if vault_id else ("the new key", "ledger_key")
    return rendered(f"{key} opens the ledger, and no other key: give it as O({option})")


def _state(health: Health) -> str:
    waiting, stopped = health.reboot_needed, health.at_next_start
    return (
        f"{health.records} {'record' if health.records == 1 else 'records'}, {health.pending} pending, "
        f"{waiting} {'needs' if waiting == 1 else 'need'} a reboot, "
        f"{stopped} {'takes effect at its' if stopped == 1 else 'take effect at their'} next start"
    )


def _result(path: pathlib.Path, done: MaintenanceResult, opener: str, *, check_mode: bool) -> dict[str, t.Any]:
    health = done.health
    changed = "the key would be changed; after that" if check_mode else "the key was changed; from now on"
    parts = [f"ledger sqlite://{path}: {_state(health)}"]
    parts += [f"{changed} {opener}"] if done.rekeyed else []
    parts += [f"a copy {'would be' if check_mode else 'was'} made at {done.backup}"] if done.backup else []
    return {
        "changed": done.rekeyed or done.backup is not None,
        "msg": "; ".join(parts),
        "ledger": f"sqlite://{path}",
        "schema": health.schema,
        "integrity": "ok",
        "records": health.records,
        "pending": health.pending,
        "reboot_needed": health.reboot_needed,
        "at_next_start": health.at_next_start,
        "rekeyed": done.rekeyed,
        "backup": str(done.backup) if done.backup else None,
    }
