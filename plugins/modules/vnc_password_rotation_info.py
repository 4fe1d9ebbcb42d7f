#!/usr/bin/python
# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: vnc_password_rotation_info
short_description: Say how old VNC passwords are and which hosts need a reboot
version_added: 0.1.0
author:
  - cloudops.console maintainers (@cloudops)
description:
  - Reads the ledger and the clouds for every host of the play, and says how old its VNC password is, whether it is due,
    whether a candidate is pending, and whether the current password still waits for a restart.
  - A host no longer needs a reboot once a start later than its last change has been seen. That is noted in the ledger,
    except in check mode; nothing else is written, and nothing in the clouds.
  - Works once for all hosts of the play. Use it with C(run_once).
options:
  provider:
    choices: [alibaba, huawei, openstack]
extends_documentation_fragment:
  - cloudops.console.fleet
  - cloudops.console.fleet.ledger
  - cloudops.console.connection
attributes:
  check_mode:
    support: full
    description: Reads only. Without check mode, restarts that it sees are noted in the ledger.
  diff_mode:
    support: none
    description: It changes nothing in the clouds.
  idempotent:
    support: full
    description: It never reports a change.
  action:
    support: full
    description: Runs on the controller, once for all hosts.
  async:
    support: none
    description: It cannot be run with C(async); many instances at once are its own work.
  bypass_host_loop:
    support: none
    description: It runs for each host of the play unless C(run_once) is set, so set it.
  platform:
    support: full
    platforms: posix
    description: The platform of the controller.
seealso:
  - module: cloudops.console.vnc_password_rotation
"""

EXAMPLES = r"""
- name: Who still needs a reboot?
  hosts: all
  gather_facts: false
  tasks:
    - name: Look
      cloudops.console.vnc_password_rotation_info:
      run_once: true
      register: state

    - name: Tell
      ansible.builtin.debug:
        var: state.reboot_needed
      run_once: true
"""

RETURN = r"""
hosts:
  description:
    - For every host of the play, what a rotation would lead to now (C(outcome), as in
      M(cloudops.console.vnc_password_rotation)), what it takes until its current password is in force (C(reboot)),
      whether it is C(due), whether a candidate is C(pending), and the age of its current password in C(age_days).
    - With more than 1,000 hosts, only those with a problem and those that need a reboot.
  returned: success
  type: dict
  sample: {web-01: {outcome: fresh, reboot: needed, due: false, pending: false, age_days: 12}}
problems:
  description: The first 200 hosts with a problem, each with outcome, message and failure.
  returned: success
  type: dict
  sample:
    db-03:
      outcome: rejected
      message: i-bp1hzoinajzkh91h0003 is not known in cn-hangzhou to this account.
      failure: {kind: not_found, code: null, message: ..., request_id: null, status: null}
problems_total:
  description: How many hosts have a problem.
  returned: success
  type: int
  sample: 1
summary:
  description: Each outcome with its count, and C(total).
  returned: success
  type: dict
  sample: {rotated: 231, fresh: 0, total: 240}
reboot_needed:
  description: The hosts whose current password is not in force before a restart through the cloud's API or console.
  returned: success
  type: list
  elements: str
  sample: [web-01]
ledger:
  description: The address of the ledger that was used.
  returned: success
  type: str
  sample: sqlite:///home/ops/.local/share/cloudops-console/ledger.db
ended_at:
  description: When the run ended, in UTC.
  returned: success
  type: str
  sample: '2026-01-02T03:04:05Z'
run_id:
  description: The name of this run; it stands in the reports and in the ledger.
  returned: success
  type: str
  sample: 20260102T030405Z-5f2a9c
stopped:
  description: Why the run stopped before its end, null where it did not.
  returned: success
  type: str
  sample: null
failure:
  description:
    - Where nothing could be done at all, what went wrong, with C(kind), C(code), C(message), C(request_id), C(status).
    - C(kind) is V(invalid), V(authentication), V(permission), V(not_found), V(wrong_state), V(throttled), V(timeout)
      or V(unexpected_answer).
  returned: failure
  type: dict
  sample:
    kind: invalid
    code: Ledger.NoKey
    message: There is no key to encrypt the ledger with (Ledger.NoKey). ...
    request_id: null
    status: null
"""
