#!/usr/bin/python
# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: vnc_ledger
short_description: Check a ledger, change its key, back it up
version_added: 1.0.0
author:
  - cloudops.console maintainers (@cloudops)
description:
  - Checks the file ledger of the rotation, changes its key, and backs it up. Rotations and lookups may use the ledger
    meanwhile.
  - Every call first checks the whole ledger. The file must be intact and each record must open; otherwise the task
    fails and nothing is changed.
  - A change of the key also makes a new data key and encrypts every record again. The old key opens old copies, but no
    later ones.
options:
  new_ledger_key:
    description:
      - The new passphrase of the ledger. O(ledger_key), or a vault secret of the play, must open the ledger.
      - If it already opens the ledger, nothing is changed.
    type: str
  new_ledger_vault_id:
    description:
      - The vault id of the new secret of the ledger. The play needs the old secret, too.
      - If several secrets have this id, the first one is used.
    type: str
  backup:
    description:
      - The file to copy the ledger to. It has mode 0600, is encrypted like the ledger, and is a ledger itself. After a
        change of the key, the copy has the new key.
      - The copy is checked before it gets its name. Missing folders are created with mode 0700.
    type: path
  backup_overwrite:
    description:
      - Whether an existing copy of a ledger at O(backup) may be replaced, in one step. Any other file there is never
        replaced.
    type: bool
    default: false
extends_documentation_fragment:
  - cloudops.console.fleet.ledger
attributes:
  check_mode:
    support: full
    description: Checks the ledger and returns what would be done.
  diff_mode:
    support: none
    description: There is nothing to show.
  idempotent:
    support: partial
    description: A ledger that already has the new key is not changed. A backup is made each time.
  action:
    support: full
    description: Runs on the controller.
  async:
    support: none
    description: It cannot be run with C(async).
  bypass_host_loop:
    support: none
    description: It runs for each host of the play, so set C(run_once) or use C(localhost).
  platform:
    support: full
    platforms: posix
    description: The platform of the controller.
notes:
  - After a change of the key, set the new one wherever the ledger is used, and delete copies that the old key opens.
seealso:
  - module: cloudops.console.vnc_password_rotation
"""

EXAMPLES = r"""
- name: Check and back up the ledger
  hosts: localhost
  gather_facts: false
  tasks:
    - name: Check it
      cloudops.console.vnc_ledger:

    - name: Copy it, while runs go on
      cloudops.console.vnc_ledger:
        backup: "/srv/backup/ledger-{{ now(fmt='%Y%m%dT%H%M%S') }}.db"

    # ansible-playbook --vault-id old@~/.vault-pass --vault-id new@~/.vault-pass-new
    - name: Change the vault password
      cloudops.console.vnc_ledger:
        ledger_vault_id: old
        new_ledger_vault_id: new
"""

RETURN = r"""
ledger:
  description: The address of the ledger.
  returned: success
  type: str
  sample: sqlite:///home/ops/.local/share/cloudops-console/ledger.db
schema:
  description: The number of the file's schema. The next rotation of a newer release raises it.
  returned: success
  type: int
  sample: 2
integrity:
  description: V(ok). If something is wrong, the task fails with the code C(Ledger.Corrupt).
  returned: success
  type: str
  sample: ok
records:
  description: How many instances have a record.
  returned: success
  type: int
  sample: 240
pending:
  description: How many of them have a pending password, left by an earlier run or in progress now.
  returned: success
  type: int
  sample: 0
reboot_needed:
  description: How many of them need a reboot, as far as the ledger knows, before the current password is in force.
  returned: success
  type: int
  sample: 12
at_next_start:
  description: How many of them were stopped, so that the current password takes effect at their next start.
  returned: success
  type: int
  sample: 1
rekeyed:
  description: Whether the key was changed, in check mode whether it would be.
  returned: success
  type: bool
  sample: false
backup:
  description: The path of the copy; null if none was requested.
  returned: success
  type: str
  sample: /srv/backup/ledger-20260102T030405.db
failure:
  description: What went wrong, with C(kind), C(code), C(message), C(request_id), C(status).
  returned: failure
  type: dict
  sample:
    kind: ledger
    code: Ledger.WrongKey
    message: The ledger is encrypted with another key than the vault secret 'old' (Ledger.WrongKey). ...
    request_id: null
    status: null
"""
