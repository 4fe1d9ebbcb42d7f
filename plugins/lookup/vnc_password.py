# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: vnc_password
short_description: Read VNC passwords from the ledger
version_added: 1.0.0
author:
  - cloudops.console maintainers (@cloudops)
description:
  - Returns the VNC password of each named inventory host from the ledger of the rotation.
  - It uses the same variables for the ledger as the role P(cloudops.console.vnc_rotation#role).
options:
  _terms:
    description:
      - Inventory names, at least one. Variables C(console_*) tell the instance of each.
    type: list
    elements: str
    required: true
  which:
    description:
      - V(in_force) is what you need at a console, the list of the passwords that may open it now, the most likely
        first. If the password is certain, the list has only that one. The password in force is always in the list,
        unless it was set by hand or dates from before the first rotation; a warning says if the latter is possible.
      - V(current) is the last password that the cloud acknowledged. It is not yet in force if the instance still needs
        a reboot.
      - V(previous) is the one before it.
      - V(pending) is the new password of a run that did not finish; it may be in force.
      - V(all) returns a dictionary with all of them, their times, and the reboot that the current one still needs.
    type: str
    choices: [in_force, current, pending, previous, all]
    default: current
  ledger:
    description:
      - The address of the ledger.
    type: str
    default: ''
    vars:
      - name: vnc_rotation_ledger
    env:
      - name: CLOUDOPS_CONSOLE_LEDGER
  ledger_key:
    description:
      - The passphrase of a ledger in a file. Without it, the vault secrets of the play are used.
    type: str
    default: ''
    vars:
      - name: vnc_rotation_ledger_key
    env:
      - name: CLOUDOPS_CONSOLE_LEDGER_KEY
  ledger_vault_id:
    description:
      - The vault id of the secret to use, if the play has several.
    type: str
    default: ''
    vars:
      - name: vnc_rotation_ledger_vault_id
  vault_token:
    description:
      - A token for a ledger on HashiCorp Vault or OpenBao. Otherwise O(vault_role_id), then the environment variable
        E(VAULT_TOKEN), then E(VAULT_ROLE_ID).
    type: str
    default: ''
    vars:
      - name: vnc_rotation_vault_token
  vault_role_id:
    description:
      - The role id of an AppRole for such a ledger, if O(vault_token) is not set.
    type: str
    default: ''
    vars:
      - name: vnc_rotation_vault_role_id
  vault_secret_id:
    description:
      - The secret id of the AppRole, by default from the environment variable E(VAULT_SECRET_ID).
    type: str
    default: ''
    vars:
      - name: vnc_rotation_vault_secret_id
  vault_namespace:
    description:
      - The namespace on that server, by default from the environment variable E(VAULT_NAMESPACE).
    type: str
    default: ''
    vars:
      - name: vnc_rotation_vault_namespace
  vault_ca_cert:
    description:
      - A PEM file of certificate authorities to trust for that server instead of the system's, by default from the
        environment variable E(VAULT_CACERT).
    type: str
    default: ''
    vars:
      - name: vnc_rotation_vault_ca_cert
  mask:
    description:
      - Whether ansible-core 2.22 and later masks the passwords of these hosts in all output from then on.
      - Turn it off only in a task that shows them at a terminal. M(cloudops.console.vnc_password_view) does that.
    type: bool
    default: true
  allow_plain_http:
    description:
      - Whether that server may be reached unencrypted, by C(vault+http://), although it is not this machine.
    type: bool
    default: false
    vars:
      - name: vnc_rotation_allow_plain_http
notes:
  - Ansible prints what a task prints. Before ansible-core 2.22, set C(no_log=true) on tasks that use the value if
    output is kept. From ansible-core 2.22 on, the passwords of these hosts are masked in all output, unless O(mask) is
    off.
  - The lookup reads the ledger and no cloud. If an instance that is not I/O optimized was started since the last run,
    the lookup does not know it, so V(in_force) also contains the password that such a start would put into force.
    M(cloudops.console.vnc_password_rotation_info) reads the instances and records the starts that it sees.
"""

EXAMPLES = r"""
- name: Try each password that may open the console now
  ansible.builtin.command:
    cmd: my-vnc-check web-01
    stdin: "{{ lookup('cloudops.console.vnc_password', 'web-01', which='in_force') | join('\n') }}"
  delegate_to: localhost

- name: Hand the password to a tool that asks for it
  ansible.builtin.command:
    cmd: my-vnc-client web-01
    stdin: "{{ lookup('cloudops.console.vnc_password', 'web-01') }}"
  delegate_to: localhost

- name: See whether it needs a reboot
  ansible.builtin.debug:
    msg: "{{ lookup('cloudops.console.vnc_password', 'web-01', which='all').reboot }}"
"""

RETURN = r"""
_raw:
  description:
    - A password for each name, with O(which=in_force) a list of passwords for each name, or with O(which=all) a
      dictionary for each name.
    - In that dictionary, C(in_force) is the same list, and C(in_force_complete) is false if the password in force may
      date from before the first rotation.
  type: list
  elements: raw
  sample:
    - provider: alibaba
      region: cn-hangzhou
      instance_id: i-bp1hzoinajzkh91h0001
      current: "..."
      acknowledged_at: '2026-01-02T03:04:05Z'
      rotated_at: '2026-01-02T03:04:05Z'
      reboot: needed
      in_force: ["...", "..."]
      in_force_complete: true
      pending:
        password: "..."
        staged_at: '2026-02-02T03:04:05Z'
        attempts: 1
        run_id: 20260202T030405Z-5f2a9c
        maybe_applied: true
      previous: "..."
      history:
        - password: "..."
          acknowledged_at: '2025-12-02T03:04:05Z'
          retired_at: '2026-01-02T03:04:05Z'
          maybe: false
      last_outcome: ambiguous
      version: 7
"""

import asyncio
import os
import typing as t

from ansible.errors import AnsibleLookupError
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.lookup import LookupBase
from ansible.utils.display import Display
from ansible_collections.cloudops.console.plugins.module_utils import _deps
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError, NotFound
from ansible_collections.cloudops.console.plugins.module_utils._masking import register
from ansible_collections.cloudops.console.plugins.module_utils._models import Access
from ansible_collections.cloudops.console.plugins.module_utils._naming import naming
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.encryption import PlaySecrets, play_secrets
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.open import (
    LedgerOptions,
    ledger_options,
    opened_ledger,
)
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.present import WHICH, password_of, unknown_before
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.record import InstanceKey, Record
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.vault.login import VARIABLES
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.inventory import (
    read_host_vars,
    resolved_option,
    without_omitted,
)
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.targets import HostVars, select
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.variables import variable

display = Display()
# The variables of the environment that options are read from.
_ENVIRONMENT = {"ledger": "CLOUDOPS_CONSOLE_LEDGER", "ledger_key": "CLOUDOPS_CONSOLE_LEDGER_KEY"}


class LookupModule(LookupBase):
    """Reads the ledger, and nothing else."""

    def run(self, terms: list[str], variables: dict[str, t.Any] | None = None, **kwargs: t.Any) -> list[t.Any]:
        """Return one value for each term."""
        if _deps.MISSING is not None:
            raise AnsibleLookupError(_deps.missing_text(_deps.MISSING))
        _check(terms, kwargs.get("which", "current"))
        with naming(lambda option: option if option in kwargs else variable(option)):
            try:
                return self.read(terms, variables or {}, **kwargs)
            except ConsoleError as error:
                raise AnsibleLookupError(error.message) from None

    def read(self, terms: list[str], variables: dict[str, t.Any], **kwargs: t.Any) -> list[t.Any]:
        """Return one value for each term, also to an action; raises ConsoleError."""
        self._given = kwargs.keys()
        t.cast("t.Any", self).set_options(var_options=variables, direct=kwargs)
        return self._passwords([str(name) for name in t.cast("t.Any", self)._flatten(terms)], variables)

    def _passwords(self, names: list[str], variables: dict[str, t.Any]) -> list[t.Any]:
        options = self._ledger_options()
        # Before the event loop, because a variable of a host may be a lookup that needs one itself.
        hosts = read_host_vars(names, variables.get("hostvars", {}), t.cast("t.Any", self._templar))
        keys = _keys_of(hosts, options.where)
        records = asyncio.run(_read(options, play_secrets(self._loader), list(keys.values())))
        if boolean(self._option("mask")):
            register(password for record in records.values() for password in record.passwords)
        which = self._option("which")
        if which == "in_force":
            self._warn(keys, records)
        return [password_of(name, keys[name], records.get(keys[name]), which, options.where) for name in names]

    def _warn(self, keys: dict[str, InstanceKey], records: dict[InstanceKey, Record]) -> None:
        """Say where the list may lack the right one."""
        for name, key in keys.items():
            if key in records and records[key].unknown_before:
                display.warning(unknown_before(name))

    def _option(self, name: str) -> t.Any:
        """Return an option; one that came from a variable may still be a template, and be omitted by it.

        :raises ConsoleError: the template cannot be resolved.
        """
        value = t.cast("t.Any", self).get_option(name)
        if not isinstance(value, str):
            return value
        # Ansible has resolved what it was given; a passphrase of the environment is never a template
        if name in self._given or value == os.environ.get(_ENVIRONMENT.get(name, "")):
            return without_omitted(value) or ""
        return resolved_option(name, value, t.cast("t.Any", self._templar))

    def _ledger_options(self) -> LedgerOptions:
        params = {name: self._option(name) for name in ("ledger", "ledger_key", "ledger_vault_id", *VARIABLES)}
        register([params["ledger_key"]])
        return ledger_options({**params, "allow_plain_http": boolean(self._option("allow_plain_http"))})


def _keys_of(hosts: list[HostVars], where: str) -> dict[str, InstanceKey]:
    for host in hosts:
        if not host.known:
            raise NotFound(
                f"the ledger {where} has no password of {host.name}, because the inventory has no such host",
                advice="Check the name, and that the play has the inventory of the rotation.",
            )
    selection = select(hosts, Access())
    for result in selection.decided:
        raise NotFound(
            f"the host {result.name} is {result.outcome}, so the ledger {where} was not asked for its password",
            advice=result.message,
        )
    by_name = {name: target.key for target in selection.targets for name in target.names}
    return {host.name: by_name[host.name] for host in hosts}


async def _read(options: LedgerOptions, secrets: PlaySecrets, keys: list[InstanceKey]) -> dict[InstanceKey, Record]:
    async with opened_ledger(options, secrets, read_only=True) as ledger:
        return await ledger.read(keys)


def _check(terms: list[t.Any], which: t.Any) -> None:
    """Refuse what would be answered with nothing, or with something else than was meant."""
    if not terms:
        raise AnsibleLookupError("No host was named. Give at least one inventory name, such as inventory_hostname.")
    if which not in WHICH:
        raise AnsibleLookupError(f"which is {str(which)[:64]!r}. Use one of {', '.join(WHICH)}.")
