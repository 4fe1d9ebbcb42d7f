#!/usr/bin/python
# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: instance_reboot
short_description: Restart an instance and wait for its new start
version_added: 1.0.0
author:
  - cloudops.console maintainers (@cloudops)
description:
  - Restarts an instance through the cloud (C(RebootInstance) of Alibaba Cloud ECS), and waits until a new start has
    been seen and the instance is running again. After that, a waiting VNC password is in force.
  - The restart is sent once and never repeated blindly. If its answer is lost, the instance is watched instead.
options:
  instance_id:
    description:
      - The id of the instance. It must be running.
    type: str
    required: true
  force_stop:
    description:
      - Whether to cut the power instead of shutting the system down. Unwritten data is lost.
    type: bool
    default: false
  after:
    description:
      - A time in UTC, such as V(2026-01-02T03:04:05Z). The restart waits until the minute of that time is over, at most
        61 seconds.
      - Start times have a precision of one minute, so a start in the minute of a change would not prove that it came
        after the change.
    type: str
  wait_timeout:
    description:
      - Seconds to wait for the new start, up to 3600; V(0) does not wait.
    type: int
    default: 300
  provider:
    choices: [alibaba]
extends_documentation_fragment:
  - cloudops.console.connection
attributes:
  check_mode:
    support: full
    description: Reads the instance and asks the cloud for a dry run, which checks the permission and restarts nothing.
  diff_mode:
    support: none
    description: There is nothing to compare.
  idempotent:
    support: none
    description: Every run restarts the instance.
  platform:
    support: full
    platforms: posix
    description: The platform of the host that runs the task.
"""

EXAMPLES = r"""
- name: Restart the instance of this host
  cloudops.console.instance_reboot:
    region: "{{ console_region }}"
    instance_id: "{{ console_instance_id }}"
  delegate_to: localhost
"""

RETURN = r"""
started_at:
  description:
    - The last start that was seen, in UTC, with a precision of one minute. Without waiting and in check mode, the start
      before the restart.
  returned: success
  type: str
  sample: '2026-01-02T03:04:00Z'
status:
  description: The status that was seen last.
  returned: success
  type: str
  sample: Running
request_id:
  description: The vendor's id of the restart; null if its answer was lost.
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
    code: null
    message: i-bp1hzoinajzkh91h0001 is Stopped, and only a running instance can be restarted. ...
    request_id: null
    status: null
"""

import datetime as dt

from ansible.module_utils.basic import AnsibleModule

# First of ours: with a Python that is too old, it ends the module with a sentence
from ansible_collections.cloudops.console.plugins.module_utils import _check_python  # noqa: F401 # pylint: disable=unused-import
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.module_utils._module import Result, run_module
from ansible_collections.cloudops.console.plugins.module_utils._options import check_bounds, connection_options
from ansible_collections.cloudops.console.plugins.module_utils._provider import Session
from ansible_collections.cloudops.console.plugins.module_utils._restart import ready, restart


async def reboot(module: AnsibleModule, session: Session) -> Result:
    """Restart and wait, or ask for a dry run."""
    instance_id, force_stop = module.params["instance_id"], module.params["force_stop"]
    check_bounds("wait_timeout", module.params["wait_timeout"], 0, 3600)
    after = moment(module.params["after"])
    if module.check_mode:
        seen = await ready(session, instance_id)
        request_id = await session.restarts.restart(session.client, instance_id, force_stop=force_stop, dry_run=True)
    else:
        wait_timeout = module.params["wait_timeout"]
        seen, request_id = await restart(
            session, instance_id, force_stop=force_stop, wait_timeout=wait_timeout, after=after
        )
    result = seen.to_result()
    return {
        "changed": True,
        "started_at": result["started_at"],
        "status": result["status"],
        "request_id": request_id,
    }


def moment(text: "str | None") -> "dt.datetime | None":
    """Read a moment in UTC; None where none is given."""
    if not text:
        return None
    try:
        return dt.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=dt.timezone.utc)
    except ValueError:
        raise ConsoleError(
            "the option O(after) is not a time in UTC", advice="Use the form 2026-01-02T03:04:05Z."
        ) from None


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            **connection_options(providers=["alibaba"]),
            "instance_id": {"type": "str", "required": True},
            "force_stop": {"type": "bool", "default": False},
            "after": {"type": "str"},
            "wait_timeout": {"type": "int", "default": 300},
        },
        supports_check_mode=True,
    )
    run_module(module, reboot)


if __name__ == "__main__":
    main()
