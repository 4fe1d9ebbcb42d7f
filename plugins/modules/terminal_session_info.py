#!/usr/bin/python
# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: terminal_session_info
short_description: List terminal sessions and their connections
version_added: 1.0.0
author:
  - cloudops.console maintainers (@cloudops)
description:
  - Lists the sessions of Session Manager in a region, with their connections and why those ended
    (C(DescribeTerminalSessions)). The vendor keeps them for four weeks.
options:
  instance_id:
    description:
      - Only sessions on this instance.
    type: str
  session_id:
    description:
      - Only this session.
    type: str
  provider:
    choices: [alibaba]
extends_documentation_fragment:
  - cloudops.console.connection
attributes:
  check_mode:
    support: full
    description: This module only reads.
  diff_mode:
    support: none
    description: This module only reads.
  idempotent:
    support: full
    description: This module only reads.
  platform:
    support: full
    platforms: posix
    description: The platform of the host that runs the task.
seealso:
  - module: cloudops.console.terminal_session
"""

EXAMPLES = r"""
- name: See who is on an instance
  cloudops.console.terminal_session_info:
    region: cn-hangzhou
    instance_id: i-bp1hzoinajzkh91h0001
  delegate_to: localhost
  register: found

- name: End all that are active
  cloudops.console.terminal_session:
    region: cn-hangzhou
    session_id: "{{ item }}"
    state: absent
  loop: "{{ found.sessions | selectattr('active') | map(attribute='session_id') }}"
  delegate_to: localhost
"""

RETURN = r"""
sessions:
  description: The sessions, in the vendor's order.
  returned: success
  type: list
  elements: dict
  contains:
    session_id:
      description: The id.
      type: str
      sample: s-hz023od0x9j1xyz
    created_at:
      description: When it was started, in UTC.
      type: str
      sample: '2026-01-02T03:04:05Z'
    active:
      description: Whether it has no connection yet, or one that has not ended.
      type: bool
      sample: false
    username:
      description: The user on the instance.
      type: str
      sample: ecs-assist-user
    target_server:
      description: The host that was forwarded to.
      type: str
      sample: ''
    port_number:
      description: The port that was forwarded to; null if none was.
      type: int
      sample: 22
    client_ip:
      description: The address that it was started from.
      type: str
      sample: 203.0.113.7
    identity_type:
      description: V(Account), V(RAMUser) or V(AssumedRoleUser).
      type: str
      sample: RAMUser
    principal_id:
      description: The id of that identity.
      type: str
      sample: '237000000000001234'
    connections:
      description:
        - Each connection with C(instance_id), C(status), C(started_at), C(ended_at), C(closed_reason) and C(detail).
      type: list
      elements: dict
      sample:
        - instance_id: i-bp1hzoinajzkh91h0001
          status: Terminated
          started_at: '2026-01-02T03:04:05Z'
          ended_at: '2026-01-02T03:09:05Z'
          closed_reason: ClientClosed
          detail: ''
instance_id:
  description: The id of the instance.
  returned: if O(instance_id) was given
  type: str
  sample: i-bp1hzoinajzkh91h0001
request_id:
  description: Null, because the answer may come from several calls.
  returned: success
  type: str
  sample: null
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
failure:
  description:
    - What went wrong, with C(kind), C(code), C(message), C(request_id) and C(status).
    - C(kind) is V(invalid), V(authentication), V(permission), V(not_found), V(wrong_state), V(throttled), V(network),
      V(timeout) or V(unexpected_answer).
  returned: failure
  type: dict
  sample:
    kind: permission
    code: Forbidden.RAM
    message: "Listing the terminal sessions in cn-hangzhou failed: ..."
    request_id: 473469C7-AA6F-4DC5-B3DB-A3DC0DE3C83E
    status: 403
"""

from ansible.module_utils.basic import AnsibleModule

# First of ours: with a Python that is too old, it ends the module with a sentence
from ansible_collections.cloudops.console.plugins.module_utils import _check_python  # noqa: F401 # pylint: disable=unused-import
from ansible_collections.cloudops.console.plugins.module_utils._module import Result, run_module
from ansible_collections.cloudops.console.plugins.module_utils._options import connection_options
from ansible_collections.cloudops.console.plugins.module_utils._provider import Session


async def list_sessions(module: AnsibleModule, session: Session) -> Result:
    """List what was asked for."""
    found = await session.terminals.list_sessions(
        session.client,
        instance_id=module.params["instance_id"] or "",
        session_id=module.params["session_id"] or "",
    )
    return {"sessions": [state.to_result() for state in found]}


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            **connection_options(providers=["alibaba"]),
            "instance_id": {"type": "str"},
            "session_id": {"type": "str"},
        },
        supports_check_mode=True,
    )
    run_module(module, list_sessions)


if __name__ == "__main__":
    main()
