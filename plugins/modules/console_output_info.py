#!/usr/bin/python
# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: console_output_info
short_description: Read what an instance last wrote to its console
version_added: 1.0.0
author:
  - cloudops.console maintainers (@cloudops)
description:
  - Returns the end of the text that an instance wrote to its console, on Alibaba Cloud ECS, Huawei Cloud ECS or
    OpenStack Nova. On Alibaba Cloud it can also save a picture of the screen.
  - This is what to look at when an instance does not answer over SSH, before you open its console.
options:
  instance_id:
    description:
      - The id of the instance; a name is not an id.
    type: str
    required: true
  lines:
    description:
      - Return at most this many lines, the last ones, from 1 to 10000.
      - At most 200,000 characters are returned, whatever the number of lines.
    type: int
    default: 100
  output:
    description:
      - Whether to read the text. Set it to V(false) to take a screenshot only, for example of a Windows instance, which
        has no console output on Alibaba Cloud.
    type: bool
    default: true
  screenshot:
    description:
      - Whether to save a picture of the screen to O(dest). Alibaba Cloud only; the instance must be running.
      - The cloud takes one screenshot of an instance in ten seconds.
    type: bool
    default: false
  dest:
    description:
      - Where to save the screenshot, on the host that executes the module. Required with O(screenshot=true).
      - In a folder that exists, the file gets the instance's id as its name. The folder is not made.
      - An existing file is replaced as a whole, and stays as it is where the screenshot cannot be taken.
    type: path
  mode:
    description:
      - The permissions of the file in O(dest), as a quoted octal number such as V('0640') or as symbols such as
        V(u=rw,g=r).
    type: raw
    default: '0600'
extends_documentation_fragment:
  - cloudops.console.connection
attributes:
  check_mode:
    support: full
    description: In check mode, output and screenshot are read and checked, and no file is written.
  diff_mode:
    support: partial
    description: For O(screenshot), the diff has size and hash of both pictures, because a picture is not text.
  idempotent:
    support: partial
    description:
      - It changes nothing on the instance. RV(ignore:changed) is true only where a file was written or its permissions
        were set, so never without O(screenshot). A new picture of a screen is usually another one.
  platform:
    support: full
    platforms: posix
    description: The platform of the host that runs the task.
notes:
  - Console output can hold secrets, such as passwords that cloud-init or an installer prints, and so can a screen. Set
    C(no_log=true) on this task, and on those that use its result, where that can be so. Without it, Ansible prints the
    result at higher verbosity, and AWX keeps it.
  - The text comes from the instance, so it is made safe to print. Escape sequences and invisible characters are
    removed, bytes that are not UTF-8 become U+FFFD, and carriage returns become line ends. RV(cleaned) says whether
    anything was removed.
  - Alibaba Cloud keeps the text of the last start, restart or stop. On Huawei Cloud and OpenStack it is the end of the
    log of the serial console, which the guest must write to (C(console=ttyS0) on the command line of a Linux kernel).
"""

EXAMPLES = r"""
- name: Read the last 50 lines
  cloudops.console.console_output_info:
    region: cn-hangzhou
    instance_id: i-bp1hzoinajzkh91h0001
    lines: 50
  delegate_to: localhost
  register: console

- name: Show them
  ansible.builtin.debug:
    msg: "{{ console.output.splitlines() }}"

- name: Save a picture of the screen as well
  cloudops.console.console_output_info:
    region: cn-hangzhou
    instance_id: i-bp1hzoinajzkh91h0001
    screenshot: true
    dest: ~/screenshots/
  delegate_to: localhost

- name: Read the console log of an OpenStack server
  cloudops.console.console_output_info:
    provider: openstack
    cloud: private
    instance_id: 8f6c1f4e-4d3c-4d5b-8d9e-0a1b2c3d4e5f
  delegate_to: localhost
"""

RETURN = r"""
output:
  description: The text, safe to print. Empty where the cloud has none, null with O(output=false).
  returned: success
  type: str
  sample: |-
    [  OK  ] Reached target Multi-User System.
    web-01 login:
cleaned:
  description: Whether escape sequences or invisible characters were removed from RV(output).
  returned: success
  type: bool
  sample: false
truncated:
  description: Whether older text was left out.
  returned: success
  type: bool
  sample: true
updated_at:
  description: When the cloud took the text, in UTC. Null on other clouds than Alibaba Cloud.
  returned: success
  type: str
  sample: '2026-01-02T03:04:05Z'
screenshot:
  description: The picture that was saved, in check mode the one that would be. Null without O(screenshot).
  returned: success
  type: dict
  contains:
    path:
      description: The file.
      type: str
      sample: /home/ops/screenshots/i-bp1hzoinajzkh91h0001.jpg
    format:
      description: V(jpg) or V(png).
      type: str
      sample: jpg
    size:
      description: Its bytes.
      type: int
      sample: 23456
    sha256:
      description: Its SHA-256 hash.
      type: str
      sample: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
request_id:
  description: The vendor's id of the last call; null if none was made, or if it sent none.
  returned: always
  type: str
  sample: 473469C7-AA6F-4DC5-B3DB-A3DC0DE3C83E
provider:
  description: The cloud that was called.
  returned: always
  type: str
  sample: alibaba
region:
  description: The region that was called.
  returned: always
  type: str
  sample: cn-hangzhou
instance_id:
  description: The id of the instance.
  returned: always
  type: str
  sample: i-bp1hzoinajzkh91h0001
failure:
  description:
    - What went wrong, with C(kind), C(code), C(message), C(request_id) and C(status).
    - C(kind) is V(invalid), V(authentication), V(permission), V(not_found), V(wrong_state), V(throttled), V(network),
      V(timeout) or V(unexpected_answer).
  returned: failure
  type: dict
  sample:
    kind: wrong_state
    code: IncorrectInstanceStatus
    message: "Taking a screenshot of i-bp1hzoinajzkh91h0001 in cn-hangzhou failed: ..."
    request_id: 473469C7-AA6F-4DC5-B3DB-A3DC0DE3C83E
    status: 403
"""

from collections.abc import Mapping
from typing import Any

from ansible.module_utils.basic import AnsibleModule

# First of ours: with a Python that is too old, it ends the module with a sentence
from ansible_collections.cloudops.console.plugins.module_utils import _check_python  # noqa: F401 # pylint: disable=unused-import
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.module_utils._models import Facts
from ansible_collections.cloudops.console.plugins.module_utils._module import Result, run_module
from ansible_collections.cloudops.console.plugins.module_utils._options import check_bounds, connection_options
from ansible_collections.cloudops.console.plugins.module_utils._picture_file import (
    check_dest,
    check_permissions,
    keep_picture,
    path_of,
)
from ansible_collections.cloudops.console.plugins.module_utils._provider import NAMES, Session

_NOTHING: Result = {"output": None, "cleaned": False, "truncated": False, "updated_at": None, "screenshot": None}


async def console_output(module: AnsibleModule, session: Session) -> Result:
    """Read what is asked for, the text first; what the cloud cannot do is said before any call."""
    params = module.params
    screens = session.screenshots if params["screenshot"] else None
    outputs = session.outputs if params["output"] else None
    result = dict(_NOTHING)
    if outputs is not None:
        # One more than asked for, to know whether there is more
        read = await outputs.console_output(session.client, params["instance_id"], params["lines"] + 1)
        result |= read.to_result(params["lines"])
    if screens is not None:
        picture = await screens.screenshot(session.client, params["instance_id"])
        path = path_of(params["dest"], params["instance_id"], picture)
        result |= {**keep_picture(module, path, picture), "request_id": picture.request_id}
    return result


def check(params: Mapping[str, Any], facts: Facts) -> None:  # noqa: ARG001 - the same for all clouds
    """Refuse options that make no sense together, and a place where nothing can be written."""
    check_bounds("lines", params["lines"], 1, 10_000)
    if not params["output"] and not params["screenshot"]:
        raise ConsoleError("O(output) and O(screenshot) are both false", advice="Set one of them to true.")
    if params["dest"] and not params["screenshot"]:
        raise ConsoleError("O(dest) is for a screenshot", advice="Set O(screenshot) to true, or leave O(dest) out.")
    if params["screenshot"]:
        check_dest(params["dest"])
        check_permissions(params["mode"])


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            **connection_options(providers=NAMES),
            "instance_id": {"type": "str", "required": True},
            "lines": {"type": "int", "default": 100},
            "output": {"type": "bool", "default": True},
            "screenshot": {"type": "bool", "default": False},
            "dest": {"type": "path"},
            "mode": {"type": "raw", "default": "0600"},
        },
        required_if=[("screenshot", True, ["dest"])],
        supports_check_mode=True,
    )
    run_module(module, console_output, check)


if __name__ == "__main__":
    main()
