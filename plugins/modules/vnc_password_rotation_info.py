#!/usr/bin/python
# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: vnc_password_rotation_info
short_description: Report the age of VNC passwords and the hosts that need a reboot
version_added: 1.0.0
author:
  - cloudops.console maintainers (@cloudops)
description:
  - Reads the ledger and the clouds for every host of the play, and returns the age of its VNC password, whether it is
    due, whether a new one is pending, and whether the host still needs a reboot.
  - A host no longer needs a reboot once a start later than its last change has been seen. The ledger records this,
    except in check mode; nothing else is written, and nothing in the clouds.
  - With O(since), it returns what has been done since then instead, for a rotation in several jobs or one that was
    killed.
  - Runs once for all hosts of the play, with or without C(run_once). With C(run_once), all hosts of the play have the
    registered result; without it, only the first one has. A condition is evaluated once, for the first host.
options:
  since:
    description:
      - A time in ISO 8601 with its zone, such as V(2026-01-02T03:04:05Z), or an age such as V(12h).
      - A host whose password was set since then is V(rotated) or V(resumed). A host with a pending password is
        V(failed) or V(ambiguous). A host that is still due is V(not_attempted), or V(rejected) if the cloud refused the
        last attempt. The others have the outcomes that a rotation would give them now.
    type: str
  due_before:
    description:
      - With O(since), passwords from before that time are due. Used instead of O(max_age), in the forms of O(since).
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
  report_formats:
    description:
      - Which reports to write; needs O(since).
    type: list
    elements: str
    choices: [json, csv, md, html]
    default: []
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
    description: Reads only. Without check mode, the ledger records the restarts that it sees.
  diff_mode:
    support: none
    description: It changes nothing in the clouds.
  idempotent:
    support: full
    description: It never reports a change.
seealso:
  - module: cloudops.console.vnc_password_rotation
  - plugin: cloudops.console.vnc_password
    plugin_type: lookup
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
    - For every host of the play, the outcome of a rotation now (C(outcome), as in
      M(cloudops.console.vnc_password_rotation)), the reboot that its current password still needs (C(reboot)), whether
      it is C(due), and the age of its current password in C(age_days). C(pending) is present, and true, if a new
      password is pending. C(same_as) names the host under which an instance with two hosts was handled.
    - C(in_force_count) is the number of passwords in the ledger that may open its console now, 1 if the password is
      certain. C(in_force_complete) is present, and false, if the password in force may also date from before the first
      rotation, which the ledger never had. The passwords themselves are returned by
      P(cloudops.console.vnc_password#lookup) only, with C(which=in_force); it reads only the ledger, so it can
      return one more than were counted here.
    - With O(since), only C(outcome) and C(reboot).
    - A host has its own C(looked_at) if it differs from the others, see RV(looked_at).
    - All hosts up to 5,000, if their names have about 75 characters or less on average. All fields are present for
      5,000 hosts with names of 32 characters, or 3,500 with names of 64, if about a tenth of them needs a reboot.
      Otherwise only C(outcome) and C(reboot) of each are present; see RV(shortened).
  returned: success
  type: dict
  sample:
    web-01:
      outcome: fresh
      reboot: needed
      due: false
      age_days: 12
      in_force_count: 2
looked_at:
  description:
    - The time up to which starts of the instances are taken into account; null if no instance could be read. If only
      some hosts could not be read, each of them has its own C(looked_at), which is null.
  returned: without O(since)
  type: str
  sample: '2026-01-02T03:04:02Z'
problems:
  description:
    - The first 200 hosts with a problem, each with outcome, message and failure; fewer if thousands of hosts leave no
      room. RV(problems_total) counts all.
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
    - If the result lacks a host, a problem or a detail of a host, a file of mode 0600 with one line of JSON for each
      host, for the filters of this collection. It is in the temporary folder that C(ansible-playbook) removes at its
      end; check mode writes it, too. Null if the result lacks nothing.
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
report:
  description: The path of each report that was written.
  returned: with O(since)
  type: dict
  sample: {html: /home/ops/.local/share/cloudops-console/reports/vnc-rotation-20260102T030405Z-5f2a9c.html}
failure:
  description:
    - If nothing could be done at all, what went wrong, with C(kind), C(code), C(message), C(request_id), C(status).
    - C(kind) is V(invalid), V(authentication), V(permission), V(not_found), V(wrong_state), V(throttled), V(network),
      V(timeout), V(unexpected_answer) or V(ledger).
  returned: failure
  type: dict
  sample:
    kind: invalid
    code: Ledger.NoKey
    message: There is no key to encrypt the ledger with (Ledger.NoKey). ...
    request_id: null
    status: null
"""
