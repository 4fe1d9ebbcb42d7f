#!/usr/bin/python
# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: vnc_password_rotation
short_description: Rotate the VNC passwords of a whole inventory
version_added: 1.0.0
author:
  - cloudops.console maintainers (@cloudops)
description:
  - Sets a new VNC password on every instance of the inventory whose password is due, many instances at once, and
    records all passwords in an encrypted ledger. It can also set passwords that are in the ledger, see O(operation).
  - Each password is written to the ledger before the cloud sees it, and becomes the current one only after the cloud
    has acknowledged it. A run that is killed at any moment loses nothing; the next one finishes the rest.
  - Runs once for all hosts of the play, with or without C(run_once). With C(run_once), all hosts of the play have the
    registered result; without it, only the first one has. A condition is evaluated once, for the first host. The role
    P(cloudops.console.vnc_rotation#role) is the best way to use it.
  - Hosts with problems do not fail the task; they are in RV(problems), and the role marks exactly these hosts as
    failed.
options:
  operation:
    description:
      - V(rotate) sets a new password on every host that is due.
      - V(reconcile) sets the recorded password of every host again, for hosts whose password was changed by hand.
      - V(rollback) goes back to a former password, see O(rollback_to).
      - The last two apply to all hosts of the play, whatever the age of their passwords. A host whose record has no
        such password has the outcome V(failed).
      - If an earlier run left a password pending, that one is sent first, and the host is V(resumed).
    type: str
    choices: [rotate, reconcile, rollback]
    default: rotate
  rollback_to:
    description:
      - V(previous) is the last acknowledged password before the current one. A second run with it goes forward again.
      - A time in ISO 8601 with its zone, such as V(2026-01-02T03:04:05Z), selects the password that was current at that
        moment. A second run with it has nothing to do.
      - Used with O(operation=rollback) only.
    type: str
    default: previous
  force:
    description:
      - Whether to rotate passwords that are not due, too. Used with O(operation=rotate) only.
    type: bool
    default: false
  canary:
    description:
      - This many instances must succeed before the others are started; V(0) for none.
      - A canary that is missing or not ready is replaced by another one. Any other failure of a canary stops the run.
    type: int
    default: 1
  max_failures:
    description:
      - The run stops when more than this many hosts have failed; a count, or a share of the due hosts such as
        V(10%), rounded up.
    type: str
    default: 10%
  export:
    description:
      - The file for an export at the end of the run, for the day when ledger and controller are lost. It has mode 0600
        and is encrypted with Ansible Vault, under the secret of O(ledger_key) or O(ledger_vault_id).
      - It contains the passwords of each host of the run, as C(vnc_passwords). Other hosts in the file stay unchanged.
      - If the file is not writable, the run stops before anything is rotated. If writing fails at the end, there is a
        warning, and RV(export_failure) has the reason. Check mode writes no export.
    type: path
  export_vault_id:
    description:
      - The vault id of the secret for O(export), if it is not that of the ledger.
    type: str
  report_dir:
    description:
      - The folder for the reports. A missing folder is created with mode 0700. The reports have mode 0600.
      - By default C(cloudops-console/reports) in the user's data directory. Check mode writes no report.
      - The links C(latest.html) and so on in that folder lead to the last reports.
    type: path
  report_keep:
    description:
      - How many runs keep their reports in O(report_dir), including this one; the reports of older runs are removed.
        The slices of an AWX job are one run. V(0) keeps all.
      - Only this user's files with the name and the first bytes of a report are removed. A report that cannot be
        removed is a warning.
    type: int
    default: 0
  report_always:
    description:
      - Whether to write reports even after a run that changed nothing and found no problem.
    type: bool
    default: false
  report_formats:
    description:
      - Which reports to write.
    type: list
    elements: str
    choices: [json, csv, md, html]
    default: [json, csv, md, html]
extends_documentation_fragment:
  - cloudops.console.fleet
  - cloudops.console.fleet.calls
  - cloudops.console.fleet.vault
  - cloudops.console.fleet.ledger
  - cloudops.console.fleet.attributes
  - cloudops.console.connection
attributes:
  check_mode:
    support: full
    description: Reads ledger and clouds, writes nowhere, and returns what a real run would do.
  diff_mode:
    support: partial
    description: Shows the hosts whose password changes, its age and its outcome, never a password.
  idempotent:
    support: partial
    description:
      - With O(operation=rotate), a second run within O(max_age) writes neither to the cloud nor to the ledger.
      - With O(operation=reconcile), every run writes and is changed, because the cloud does not return passwords.
      - With O(operation=rollback), a second run to the same time writes nothing.
seealso:
  - module: cloudops.console.vnc_password_rotation_info
  - plugin: cloudops.console.vnc_password
    plugin_type: lookup
  - module: cloudops.console.vnc_password
"""

EXAMPLES = r"""
- name: Rotate what is older than 30 days
  hosts: all
  gather_facts: false
  tasks:
    - name: Rotate the VNC passwords
      cloudops.console.vnc_password_rotation:
        max_age: 30d
        max_failures: 5%
      run_once: true
      register: rotation

    - name: Name the hosts that need a reboot
      ansible.builtin.debug:
        var: rotation.reboot_needed
      run_once: true

- name: Go back to the passwords that were current before a change went wrong
  hosts: all
  gather_facts: false
  tasks:
    - name: Roll back
      cloudops.console.vnc_password_rotation:
        operation: rollback
        rollback_to: '2026-01-02T03:04:05Z'
      run_once: true
"""

RETURN = r"""
hosts:
  description:
    - The outcome of every host of the play, and the reboot that its current password still needs. If two inventory
      names belong to one instance, C(same_as) is the name under which it was handled.
    - All hosts up to 5,000, if their names have about 75 characters or less on average; otherwise see RV(shortened).
      The reports have all of them.
    - Outcomes are V(rotated), V(resumed), V(fresh), V(excluded), V(unsupported), V(unmapped), V(rejected), V(failed),
      V(ambiguous), V(acknowledged), V(conflict) and V(not_attempted); reboot is V(none), V(needed) or V(at_next_start).
    - With O(operation=reconcile) and O(operation=rollback), V(rotated) means that the recorded or the former password
      was set. A host that is V(resumed) instead of rolled back has a C(message).
  returned: success
  type: dict
  sample: {web-01: {outcome: rotated, reboot: needed}}
problems:
  description:
    - The first 200 hosts with a problem, each with outcome, message and failure; fewer if thousands of hosts leave no
      room. RV(problems_total) counts all, and the reports have all of them.
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
  description:
    - The hosts whose current password is not in force before a restart through the cloud's API or console.
    - With thousands, perhaps only the first ones. RV(reboot_needed_total) counts all, RV(hosts) has the state of each
      host, and the role's group C(vnc_reboot_needed) contains all.
  returned: success
  type: list
  elements: str
  sample: [web-01]
report:
  description:
    - The path of each report that was written.
    - Empty in check mode, and after a run that changed nothing and found no problem; see O(report_always).
  returned: success
  type: dict
  sample: {html: /home/ops/.local/share/cloudops-console/reports/vnc-rotation-20260102T030405Z-5f2a9c.html}
export:
  description: The path of the export, null if none was requested or written.
  returned: success
  type: str
  sample: null
export_failure:
  description:
    - Why the export was not written, with C(kind), C(code), C(message), C(request_id) and C(status), as in RV(failure).
    - Null if it was written or not requested.
  returned: success
  type: dict
  sample: null
reboot_needed_total:
  description: How many hosts need a reboot.
  returned: success
  type: int
  sample: 1
shortened:
  description:
    - Whether RV(hosts) or RV(reboot_needed) are incomplete, because AWX empties a result with more than 700,000
      characters. A warning says so, too.
    - Hosts with a problem and those that need a reboot come before all others. Counts are always complete.
  returned: success
  type: bool
  sample: false
details:
  description:
    - If the result lacks a host or a problem, a file of mode 0600 with one line of JSON for each host, for the filters
      of this collection. It is in the temporary folder that C(ansible-playbook) removes at its end; check mode writes
      it, too. Null if the result lacks nothing.
  returned: success
  type: str
  sample: null
check_mode:
  description: Whether nothing was written. The outcomes are then those that a real run would attempt.
  returned: success
  type: bool
  sample: false
ledger:
  description: The address of the ledger that was used.
  returned: success
  type: str
  sample: sqlite:///home/ops/.local/share/cloudops-console/ledger.db
ledger_created:
  description:
    - Whether this run created a new file ledger; in check mode, whether a real run would. All hosts are due then, and a
      warning says so.
  returned: success
  type: bool
  sample: false
started_at:
  description: When the run began, in UTC.
  returned: success
  type: str
  sample: '2026-01-02T03:04:02Z'
due_before:
  description: Passwords from before that time were due; null if age did not matter.
  returned: success
  type: str
  sample: '2025-12-03T03:04:02Z'
ended_at:
  description: When the run ended, in UTC.
  returned: success
  type: str
  sample: '2026-01-02T03:04:05Z'
operation:
  description: The operation of the run.
  returned: success
  type: str
  sample: rotate
run_id:
  description:
    - The name of this run, which is also in the reports and in the ledger.
    - In an AWX job, it is C(awx-) and the number of the workflow job or of the job, so that slices share it.
  returned: success
  type: str
  sample: 20260102T030405Z-5f2a9c
part:
  description: In an AWX job, the job's part of the run; otherwise empty.
  returned: success
  type: str
  sample: ''
stopped:
  description: Why the run stopped early; null if it did not.
  returned: success
  type: str
  sample: null
failure:
  description:
    - If nothing could be done at all, what went wrong, with C(kind), C(code), C(message), C(request_id), C(status).
    - C(kind) is V(invalid), V(authentication), V(permission), V(not_found), V(wrong_state), V(throttled), V(network),
      V(timeout), V(unexpected_answer) or V(ledger).
  returned: failure
  type: dict
  sample:
    kind: ledger
    code: Ledger.NoKey
    message: There is no key to encrypt the ledger with (Ledger.NoKey). ...
    request_id: null
    status: null
"""
