#!/usr/bin/python
# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: vnc_password_view
short_description: Show at a terminal which VNC passwords may open the console of a host
version_added: 1.0.0
author:
  - cloudops.console maintainers (@cloudops)
description:
  - For people at a terminal. The playbook C(cloudops.console.show_vnc_password) uses it; to work with a password in a
    play, use the lookup P(cloudops.console.vnc_password#lookup).
  - It asks at the terminal. After you have typed V(yes), it prints the passwords that may open the console now, the
    most likely first.
  - They are on the screen only. They are not in the result, and so not in logs, callbacks and registered variables.
  - It finds the ledger by the same variables as the lookup.
options:
  host:
    description:
      - The name of the host in the inventory.
    type: str
    required: true
attributes:
  check_mode:
    support: full
    description: It changes nothing; passwords are shown in check mode too.
  diff_mode:
    support: none
    description: There is nothing to compare.
  idempotent:
    support: full
    description: It never reports a change.
  action:
    support: full
    description: Runs on the controller.
  async:
    support: none
    description: It cannot be run with C(async).
  platform:
    support: full
    platforms: posix
    description: The platform of the controller.
notes:
  - It refuses to run in AWX, which keeps the output of its jobs, and where standard input or output is not a terminal.
    Programs that keep what a terminal shows, such as C(script), keep the passwords too.
seealso:
  - plugin: cloudops.console.vnc_password
    plugin_type: lookup
  - module: cloudops.console.console_view
"""

EXAMPLES = r"""
- name: Show the passwords of one host
  cloudops.console.vnc_password_view:
    host: web-01
  run_once: true
"""

RETURN = r"""
shown:
  description: How many passwords were shown.
  returned: success
  type: int
  sample: 1
failure:
  description: What went wrong, with C(kind), C(code), C(message), C(request_id) and C(status).
  returned: failure
  type: dict
  sample:
    kind: invalid
    code: null
    message: "Nothing is shown: standard input is not a terminal. ..."
    request_id: null
    status: null
"""
