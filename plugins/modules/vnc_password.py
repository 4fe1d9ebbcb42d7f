#!/usr/bin/python
# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: vnc_password
short_description: Set the VNC password of an instance
version_added: 0.1.0
author:
  - cloudops.console maintainers (@cloudops)
description:
  - Sets the password that the console asks for, with C(ModifyInstanceVncPasswd) of Alibaba Cloud ECS.
  - On an I/O optimized instance it is in force at once. On others it is in force after a restart through the cloud's
    API or console; until then the old one stays in force.
  - For whole inventories use M(cloudops.console.vnc_password_rotation), which also keeps the passwords.
options:
  instance_id:
    description:
      - The id of the instance.
    type: str
    required: true
  password:
    description:
      - The new password, exactly six characters, only A-Z, a-z and 0-9, at least one of each.
    type: str
    required: true
  provider:
    choices: [alibaba, huawei, openstack]
extends_documentation_fragment:
  - cloudops.console.connection
attributes:
  check_mode:
    support: full
    description: Validates everything and reads the instance, and skips only the change.
  diff_mode:
    support: none
    description: The password in force cannot be read, so there is nothing to compare.
  idempotent:
    support: none
    description: No call reads the password back, so every run sets it and reports a change.
  platform:
    support: full
    platforms: posix
    description: The platform of the host that runs the task.
notes:
  - Results do not hold the password. Before ansible-core 2.22, a play that registers and prints its own variables must
    take care itself not to print it.
"""

EXAMPLES = r"""
- name: Set the VNC password
  cloudops.console.vnc_password:
    region: cn-hangzhou
    instance_id: i-bp1hzoinajzkh91h0001
    password: "{{ lookup('ansible.builtin.env', 'NEW_VNC_PASSWORD') }}"
  delegate_to: localhost
  register: vnc

- name: Say whether a restart is needed
  ansible.builtin.debug:
    msg: "Restart needed: {{ vnc.reboot_needed }}"
"""

RETURN = r"""
reboot:
  description: What it takes until the password is in force; V(none), V(needed), or V(at_next_start) when stopped.
  returned: success
  type: str
  sample: needed
reboot_needed:
  description: Whether RV(reboot) is V(needed).
  returned: success
  type: bool
  sample: true
io_optimized:
  description: Whether the instance is I/O optimized.
  returned: success
  type: bool
  sample: false
status:
  description: The status of the instance before the change.
  returned: success
  type: str
  sample: Running
provider:
  description: The cloud that was called.
  returned: always
  type: str
  sample: alibaba
region:
  description: The region of the instance.
  returned: always
  type: str
  sample: cn-hangzhou
instance_id:
  description: The id of the instance.
  returned: always
  type: str
  sample: i-bp1hzoinajzkh91h0001
request_id:
  description: The vendor's id of the call, null in check mode.
  returned: always
  type: str
  sample: 473469C7-AA6F-4DC5-B3DB-A3DC0DE3C83E
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
    message: "Setting the VNC password of i-bp1hzoinajzkh91h0001 in cn-hangzhou failed: ..."
    request_id: 473469C7-AA6F-4DC5-B3DB-A3DC0DE3C83E
    status: 403
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.cloudops.console.plugins.module_utils import _check_python  # noqa: F401 - first of ours
from ansible_collections.cloudops.console.plugins.module_utils._module import Result, run_module
from ansible_collections.cloudops.console.plugins.module_utils._options import connection_options
from ansible_collections.cloudops.console.plugins.module_utils._provider import NAMES, Session


async def set_password(module: AnsibleModule, session: Session) -> Result:
    """Read the instance, set the password."""
    instance_id, password = module.params["instance_id"], module.params["password"]
    instance = await session.describe(instance_id)
    result: Result = {
        "changed": True,
        "reboot": instance.reboot_after_change,
        "reboot_needed": instance.reboot_after_change == "needed",
        "io_optimized": instance.io_optimized,
        "status": instance.status,
    }
    if not module.check_mode:
        acknowledged = await session.provider.set_vnc_password(session.wire, instance_id, password)
        result["request_id"] = acknowledged.request_id
    return result


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            **connection_options(providers=NAMES),
            "instance_id": {"type": "str", "required": True},
            "password": {"type": "str", "required": True, "no_log": True},
        },
        supports_check_mode=True,
    )
    run_module(module, set_password, check=lambda params, facts: facts.check_password(params["password"]))


if __name__ == "__main__":
    main()
