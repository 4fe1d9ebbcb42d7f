#!/usr/bin/python
# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: vnc_password_rotation_preflight
short_description: Check whether a rotation of VNC passwords has everything it needs
version_added: 1.0.0
author:
  - cloudops.console maintainers (@cloudops)
description:
  - Checks what a rotation of the play's hosts needs - Python libraries, the inventory's variables, endpoints,
    credentials, permissions, the ledger, and the clock of this machine - and gives the next step for what is missing.
  - It writes nothing, neither in the clouds nor in the ledger. A missing ledger is not created.
  - Each endpoint gets one request without credentials. Then the instances of all hosts are read, and for each account
    and region the restart of one running instance is requested as a dry run, which restarts nothing.
  - The permission to set VNC passwords cannot be checked without setting one, because the cloud has no dry run for it.
  - It fails only if there is a problem. Something that cannot be checked is not a problem.
  - Runs once for all hosts of the play, with or without C(run_once).
options:
  reboot_ok:
    description:
      - Whether rotations will restart instances. If so, a missing permission to restart is a problem.
    type: bool
    default: false
  hosts:
    description:
      - The inventory names of the hosts. By default, all hosts of the play that have not failed before.
    type: list
    elements: str
extends_documentation_fragment:
  - cloudops.console.fleet.calls
  - cloudops.console.fleet.vault
  - cloudops.console.fleet.ledger
  - cloudops.console.fleet.attributes
  - cloudops.console.connection
attributes:
  check_mode:
    support: full
    description: It writes nothing with or without check mode.
  diff_mode:
    support: none
    description: It changes nothing.
  idempotent:
    support: full
    description: It never reports a change.
seealso:
  - module: cloudops.console.vnc_password_rotation
  - module: cloudops.console.vnc_password_rotation_info
"""

EXAMPLES = r"""
- name: Has a rotation all that it needs?
  hosts: all
  gather_facts: false
  tasks:
    - name: Look
      cloudops.console.vnc_password_rotation_preflight:
        ledger: sqlite:////srv/console/ledger.db
      run_once: true
"""

RETURN = r"""
findings:
  description:
    - The findings, first those that are ok, then those that cannot be checked, then problems; the last 200 of them.
  returned: always, unless an option has the wrong type
  type: list
  elements: dict
  contains:
    subject:
      description:
        - The subject of the check, one of V(libraries), V(variables), V(inventory), V(endpoint), V(clock),
          V(credentials), V(permissions), V(instances), V(cloud), V(ledger), V(the rest).
      type: str
      sample: credentials
    state:
      description: One of V(ok), V(problem), and V(unchecked) for what cannot be known.
      type: str
      sample: ok
    message:
      description: The finding, as a sentence.
      type: str
      sample: those from the environment are accepted, and may describe instances.
    next_step:
      description: What to do. Empty if there is nothing to do, or if RV(findings[].message) says it.
      type: str
      sample: ""
    where:
      description: The regions, endpoints or hosts of the finding, at most 100. Empty if it applies to all.
      type: list
      elements: str
      sample: [cn-hangzhou, cn-beijing]
summary:
  description: How many findings have each state.
  returned: always, unless an option has the wrong type
  type: dict
  sample:
    ok: 7
    unchecked: 1
    problem: 0
lines:
  description: The findings as lines of text.
  returned: always, unless an option has the wrong type
  type: list
  elements: str
  sample:
    - "ok: inventory: 24 hosts with 24 instances."
"""
