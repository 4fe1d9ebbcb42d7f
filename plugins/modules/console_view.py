#!/usr/bin/python
# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: console_view
short_description: Show a fresh console URL of a host, or open it in the browser
version_added: 1.0.0
author:
  - cloudops.console maintainers (@cloudops)
description:
  - For people at a terminal. The playbook C(cloudops.console.open_console) uses it; to work with a URL in a play, use
    M(cloudops.console.vnc_url_info).
  - The URL is printed on the screen only, after you have typed V(yes) at the terminal. It is not in the result, and so
    not in logs, callbacks and registered variables.
options:
  host:
    description:
      - The name of the host in the inventory. Its C(console_*) variables say which instance it is, and how to reach its
        cloud. They come before the connection options of the task.
    type: str
    required: true
  type:
    description:
      - The kind of console. Alibaba Cloud and Huawei Cloud have V(novnc) only; the others depend on the OpenStack
        cloud.
    type: str
    choices: [novnc, spice-html5, serial, mks, spice-direct]
    default: novnc
  browser:
    description:
      - Whether to open the URL in the browser of the controller instead of printing it. The environment variable
        E(BROWSER) chooses the browser.
      - The URL is in no command line. The browser opens a page that only this user can read and that leads to the URL.
        The task removes the page after ten seconds.
    type: bool
    default: false
extends_documentation_fragment:
  - cloudops.console.connection
attributes:
  check_mode:
    support: full
    description: It changes nothing on the instance; a console URL is made in check mode too.
  diff_mode:
    support: none
    description: There is nothing to compare.
  idempotent:
    support: full
    description: It never reports a change, although every URL is new.
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
  - It refuses to run in AWX, which keeps the output of its jobs, and to print where standard input or output is not a
    terminal. Programs that keep what a terminal shows, such as C(script), keep the URL too.
  - A browser keeps the URL in its history. URLs are short-lived; see RV(expires_in).
  - A browser that comes as a snap cannot read the folder C(/tmp). Set E(TMPDIR) to a folder in your home that does not
    begin with a dot.
"""

EXAMPLES = r"""
- name: Open the console of one host in the browser
  cloudops.console.console_view:
    host: web-01
    browser: true
  run_once: true
"""

RETURN = r"""
expires_in:
  description: Seconds within which the URL must be opened; null if unknown.
  returned: success
  type: int
  sample: 15
protocol:
  description: The protocol behind the URL.
  returned: success
  type: str
  sample: vnc
type:
  description: The kind of console.
  returned: success
  type: str
  sample: novnc
browser:
  description: Whether it was opened in the browser instead of printed.
  returned: success
  type: bool
  sample: false
request_id:
  description: The vendor's id of the call, null if it sent none.
  returned: success
  type: str
  sample: 473469C7-AA6F-4DC5-B3DB-A3DC0DE3C83E
provider:
  description: The cloud that was called.
  returned: success
  type: str
  sample: alibaba
region:
  description: The region that was called.
  returned: success
  type: str
  sample: cn-hangzhou
instance_id:
  description: The id of the instance.
  returned: success
  type: str
  sample: i-bp1hzoinajzkh91h0001
failure:
  description: What went wrong, with C(kind), C(code), C(message), C(request_id) and C(status).
  returned: failure
  type: dict
  sample:
    kind: wrong_state
    code: IncorrectInstanceStatus
    message: "Asking for the console of i-bp1hzoinajzkh91h0001 in cn-hangzhou failed: ..."
    request_id: 473469C7-AA6F-4DC5-B3DB-A3DC0DE3C83E
    status: 403
"""
