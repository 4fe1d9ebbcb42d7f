# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """Options of the actions; plugin_utils/_actions.py and module_utils/_options.py have their argument specs."""

    # What all of them take that open a ledger: cloudops.console.fleet.ledger
    LEDGER = r"""
options:
  ledger:
    description:
      - The address of the ledger, C(sqlite:///absolute/path), or C(vault+https://host:8200/mount/prefix) in a
        key/value store, version 2, of HashiCorp Vault or OpenBao.
      - By default C(cloudops-console/ledger.db) in the user's data directory, E(XDG_DATA_HOME) or C(~/.local/share).
    type: str
  ledger_key:
    description:
      - A passphrase for a ledger in a file. Without it, a vault secret of the play is used.
    type: str
  ledger_vault_id:
    description:
      - The vault id of the secret to use, if the play has several. By default the first one.
    type: str
  allow_local_ledger:
    description:
      - Whether a file ledger is allowed inside an AWX job, which normally deletes its files.
    type: bool
    default: false
"""

    # What those take whose ledger can be on a server: cloudops.console.fleet.vault
    VAULT = r"""
options:
  vault_token:
    description:
      - A token for a ledger on HashiCorp Vault or OpenBao. Otherwise O(vault_role_id), then the environment variable
        E(VAULT_TOKEN), then E(VAULT_ROLE_ID).
    type: str
  vault_role_id:
    description:
      - The role id of an AppRole for such a ledger, if O(vault_token) is not set.
    type: str
  vault_secret_id:
    description:
      - The secret id of the AppRole, by default from the environment variable E(VAULT_SECRET_ID).
    type: str
  vault_namespace:
    description:
      - The namespace on that server, by default from the environment variable E(VAULT_NAMESPACE).
    type: str
  vault_ca_cert:
    description:
      - A PEM file of certificate authorities to trust for that server instead of the system's, by default from the
        environment variable E(VAULT_CACERT).
    type: path
"""

    # What all over an inventory take for their calls: cloudops.console.fleet.calls
    CALLS = r"""
options:
  concurrency:
    description:
      - The most calls under way at once, for each account and region, from 1 to 1024.
    type: int
    default: 16
  requests_per_second:
    description:
      - The most calls that start within a second, for each account and region. V(0) sets no fixed limit.
      - In both cases a throttled account slows down as a whole and recovers by itself.
    type: float
    default: 0.0
"""

    # What all over an inventory have in common: cloudops.console.fleet.attributes
    ATTRIBUTES = r"""
options: {}
attributes:
  action:
    support: full
    description: Runs on the controller, once for all hosts.
  async:
    support: none
    description: It cannot run with C(async); it works on many instances at once by itself.
  bypass_host_loop:
    support: full
    description: It runs once for all hosts of the play, so the strategies V(free) and V(host_pinned) refuse it.
  platform:
    support: full
    platforms: posix
    description: The platform of the controller.
"""

    # What those take besides that work with the passwords of an inventory: cloudops.console.fleet
    DOCUMENTATION = r"""
options:
  hosts:
    description:
      - The inventory names of the hosts. Variables C(console_*) tell the instance of each.
      - By default, all hosts of the play that have not failed before. In a play with C(serial), each batch is a
        separate run over its hosts.
      - With this option, the run covers these hosts instead of those of the play. In a play with C(serial), each batch
        covers all of them.
    type: list
    elements: str
  max_age:
    description:
      - The age from which passwords are due, a number with a unit V(s), V(m), V(h), V(d) or V(w); V(0) makes all due.
    type: str
    default: 30d
notes:
  - The variables of each host, templates allowed, are C(console_provider), C(console_region), C(console_instance_id),
    C(console_endpoint), C(console_profile), C(console_access_key_id), C(console_access_key_secret),
    C(console_security_token) and C(console_exclude).
  - They are read from the inventory, from facts and from extra variables, not from C(vars) of the play.
  - The shared options are defaults for hosts without these variables.
"""
