#!/usr/bin/python
# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: vnc_url_info
short_description: Get a fresh console URL of an instance
version_added: 1.0.0
author:
  - cloudops.console maintainers (@cloudops)
description:
  - Returns a URL that opens the console of an instance in a browser, on Alibaba Cloud ECS, Huawei Cloud ECS or
    OpenStack Nova. Get the URL as late as possible, because it is short-lived.
  - The state of the instance is read first, because some clouds return URLs that lead nowhere.
options:
  instance_id:
    description:
      - The id of the instance; a name is not an id.
    type: str
    required: true
  type:
    description:
      - The kind of console. Alibaba Cloud and Huawei Cloud have V(novnc) only; the others depend on the OpenStack
        cloud.
    type: str
    choices: [novnc, spice-html5, serial, mks, spice-direct]
    default: novnc
  validate:
    description:
      - Whether to check that the URL works, by connecting to it once. This is possible with O(provider=openstack) and
        O(type=novnc) only; otherwise it is an error.
      - It needs the Python library websockets, 15 or newer, on the host that runs the task.
    type: bool
    default: false
extends_documentation_fragment:
  - cloudops.console.connection
attributes:
  check_mode:
    support: full
    description: This module changes nothing on the instance; a console URL is made in check mode too.
  diff_mode:
    support: none
    description: There is nothing to compare.
  idempotent:
    support: full
    description: It never reports a change, although every URL is new.
  platform:
    support: full
    platforms: posix
    description: The platform of the host that runs the task.
notes:
  - Anyone with the URL can open the console. Before ansible-core 2.22, set C(no_log=true) on this task and on those
    that use its result, because Ansible prints and keeps results. From ansible-core 2.22 on, RV(vnc_url) and
    RV(websocket_url) are masked in all output; the registered result still contains them for the next task.
"""

EXAMPLES = r"""
- name: Get a console URL
  cloudops.console.vnc_url_info:
    region: cn-hangzhou
    instance_id: i-bp1hzoinajzkh91h0001
  delegate_to: localhost
  register: console
  no_log: true

# To open it in a browser, use the playbook cloudops.console.open_console; it keeps the URL out of command lines
"""

RETURN = r"""
vnc_url:
  description: The URL to open in a browser, unchanged; a secret.
  returned: success
  type: str
  sample: https://g.alicdn.com/aliyun/ecs-console-vnc2/0.0.8/index.html?vncUrl=wss%3A%2F%2F...
websocket_url:
  description: The URL that the page connects to, decoded once; a secret. Null if the cloud does not return it.
  returned: success
  type: str
  sample: wss://hz01-vncproxy.aliyun.com/websockify/?s=...
expires_in:
  description:
    - Seconds for which the URL is valid, 15 for the first use on Alibaba Cloud, 600 on OpenStack and on Huawei Cloud
      with O(api=nova); null if unknown.
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
request_id:
  description: The vendor's id of the call, null if it sent none.
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
  returned: always, if it was given
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
    message: "Asking for the console of i-bp1hzoinajzkh91h0001 in cn-hangzhou failed: ..."
    request_id: 473469C7-AA6F-4DC5-B3DB-A3DC0DE3C83E
    status: 403
"""

from collections.abc import Mapping
from typing import Any

from ansible.module_utils.basic import AnsibleModule

# First of ours: with a Python that is too old, it ends the module with a sentence
from ansible_collections.cloudops.console.plugins.module_utils import _check_python  # noqa: F401 # pylint: disable=unused-import
from ansible_collections.cloudops.console.plugins.module_utils._models import Facts
from ansible_collections.cloudops.console.plugins.module_utils._module import Result, run_module
from ansible_collections.cloudops.console.plugins.module_utils._options import connection_options
from ansible_collections.cloudops.console.plugins.module_utils._provider import NAMES, Session


async def console_url(module: AnsibleModule, session: Session) -> Result:
    """Read the instance, ask for its console."""
    instance = await session.describe(module.params["instance_id"])
    console = await session.provider.console(session.client, instance, module.params["type"])
    if module.params["validate"]:
        await session.prove(console, module.params["timeout"])
    return console.to_result()


def check(params: Mapping[str, Any], facts: Facts) -> None:
    """Refuse what the cloud does not have, and a proof that this Python cannot make."""
    facts.check_console(params["type"], prove=params["validate"])
    if params["validate"]:
        from ansible_collections.cloudops.console.plugins.module_utils._console_probe import required_websockets

        required_websockets()


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            **connection_options(providers=NAMES),
            "instance_id": {"type": "str", "required": True},
            "type": {
                "type": "str",
                "choices": ["novnc", "spice-html5", "serial", "mks", "spice-direct"],
                "default": "novnc",
            },
            "validate": {"type": "bool", "default": False},
        },
        supports_check_mode=True,
    )
    run_module(module, console_url, check)


if __name__ == "__main__":
    main()
