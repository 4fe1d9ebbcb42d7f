#!/usr/bin/python
# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: terminal_session
short_description: Start and end terminal sessions
version_added: 1.0.0
author:
  - cloudops.console maintainers (@cloudops)
description:
  - Starts a session of Session Manager on an instance of Alibaba Cloud ECS, for a shell or for port forwarding, and
    returns the WebSocket URL to connect to; or ends one.
  - The instance needs the Cloud Assistant agent, and Session Manager must be enabled for the account.
options:
  state:
    description:
      - V(present) starts a session (C(StartTerminalSession)), V(absent) ends O(session_id) (C(EndTerminalSession)).
    type: str
    choices: [present, absent]
    default: present
  instance_id:
    description:
      - The instance to start a session on. Required for O(state=present).
    type: str
  session_id:
    description:
      - The session to end. Required for O(state=absent).
    type: str
  port_number:
    description:
      - The port on the instance, or on O(target_server), to forward to, from 1 to 65535.
    type: int
  command_line:
    description:
      - A command to run instead of a shell, at most 512 characters.
      - Not together with O(port_number) or O(target_server).
    type: str
  target_server:
    description:
      - A host that the instance can reach, to forward to through it, at most 128 characters. Needs O(port_number).
    type: str
  username:
    description:
      - The user on the instance. Without it, Linux uses C(ecs-assist-user) and Windows C(System).
      - On Windows, any other user than C(System) needs O(password_name).
    type: str
  connection_type:
    description:
      - The network over which to connect. The vendor's default is V(Internet).
    type: str
    choices: [Internet, Intranet]
  password_name:
    description:
      - The name of the parameter in Operation Orchestration Service with the password of O(username), at most 255
        characters. Windows only.
    type: str
  client_token:
    description:
      - At most 64 ASCII characters that make the request unique. The same token and options return the same session.
      - By default, each run makes one, so that a try without an answer cannot start a second session.
    type: str
  encryption_options:
    description:
      - Encryption of the data by the agent, on top of TLS. Not together with O(port_number) or O(target_server).
    type: dict
    suboptions:
      enabled:
        description: Whether to encrypt. If not, the other suboptions cannot be set.
        type: bool
        default: true
      mode:
        description:
          - V(Auto) for keys made for the session, V(Kms) for a key of Key Management Service, which needs
            O(encryption_options.kms_key_id). The vendor's default is V(Auto).
        type: str
        choices: [Auto, Kms]
      kms_key_id:
        description: The id of a symmetric key, with O(encryption_options.mode=Kms) only.
        type: str
  provider:
    choices: [alibaba]
extends_documentation_fragment:
  - cloudops.console.connection
attributes:
  check_mode:
    support: full
    description: Checks all options, reads the instance or the session, and skips only the change.
  diff_mode:
    support: none
    description: There is nothing to compare.
  idempotent:
    support: partial
    description: Ending an ended session changes nothing. Starting is idempotent with your own O(client_token) only.
  platform:
    support: full
    platforms: posix
    description: The platform of the host that runs the task.
notes:
  - Anyone with RV(websocket_url) or RV(security_token) can open the session. Before ansible-core 2.22, set
    C(no_log=true) on this task and on those that use its result, because Ansible prints and keeps results. From
    ansible-core 2.22 on, both are masked in all output; the registered result still contains them for the next task.
seealso:
  - module: cloudops.console.terminal_session_info
"""

EXAMPLES = r"""
- name: Start a session that forwards to SSH
  cloudops.console.terminal_session:
    region: cn-hangzhou
    instance_id: i-bp1hzoinajzkh91h0001
    port_number: 22
  delegate_to: localhost
  register: session
  no_log: true

- name: End it
  cloudops.console.terminal_session:
    region: cn-hangzhou
    session_id: "{{ session.session_id }}"
    state: absent
  delegate_to: localhost
"""

RETURN = r"""
session_id:
  description: The id of the session; null in check mode.
  returned: success
  type: str
  sample: s-hz023od0x9j1xyz
websocket_url:
  description: The URL to connect to; a secret.
  returned: success, with O(state=present) and not in check mode
  type: str
  sample: wss://cn-hangzhou.axt.aliyuncs.com/session?sessionId=s-hz023od0x9j1xyz&token=...
security_token:
  description: The token in that URL; a secret.
  returned: success, with O(state=present) and not in check mode
  type: str
  sample: d86c2df7-1b6c-4b5c-a2b3-...
expires_in:
  description: Seconds within which the URL can be used.
  returned: success, with O(state=present)
  type: int
  sample: 600
instance_id:
  description: The id of the instance.
  returned: with O(state=present)
  type: str
  sample: i-bp1hzoinajzkh91h0001
request_id:
  description: The vendor's id of the call; null if none was needed.
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
failure:
  description:
    - What went wrong, with C(kind), C(code), C(message), C(request_id) and C(status).
    - C(kind) is V(invalid), V(authentication), V(permission), V(not_found), V(wrong_state), V(throttled), V(network),
      V(timeout) or V(unexpected_answer).
  returned: failure
  type: dict
  sample:
    kind: wrong_state
    code: InvalidInstance.NotRunning
    message: "Starting a terminal session on i-bp1hzoinajzkh91h0001 in cn-hangzhou failed: ..."
    request_id: 473469C7-AA6F-4DC5-B3DB-A3DC0DE3C83E
    status: 403
"""

import secrets
import typing as t

from ansible.module_utils.basic import AnsibleModule

# First of ours: with a Python that is too old, it ends the module with a sentence
from ansible_collections.cloudops.console.plugins.module_utils import _check_python  # noqa: F401 # pylint: disable=unused-import
from ansible_collections.cloudops.console.plugins.module_utils._errors import WrongState
from ansible_collections.cloudops.console.plugins.module_utils._models import Facts
from ansible_collections.cloudops.console.plugins.module_utils._module import Result, run_module
from ansible_collections.cloudops.console.plugins.module_utils._options import connection_options
from ansible_collections.cloudops.console.plugins.module_utils._provider import Session
from ansible_collections.cloudops.console.plugins.module_utils._sessions import URL_SECONDS, Encryption, SessionRequest

TERMINAL_OPTIONS = {
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "instance_id": {"type": "str"},
    "session_id": {"type": "str"},
    "port_number": {"type": "int"},
    "command_line": {"type": "str"},
    "target_server": {"type": "str"},
    "username": {"type": "str"},
    "connection_type": {"type": "str", "choices": ["Internet", "Intranet"]},
    "password_name": {"type": "str", "no_log": False},
    "client_token": {"type": "str", "no_log": False},
    "encryption_options": {
        "type": "dict",
        "options": {
            "enabled": {"type": "bool", "default": True},
            "mode": {"type": "str", "choices": ["Auto", "Kms"]},
            "kms_key_id": {"type": "str"},
        },
    },
}


def request_of(params: t.Mapping[str, t.Any]) -> SessionRequest:
    """Return what is asked for; each has a client token of its own where none is given.

    :raises ConsoleError: the options break a rule.
    """
    encryption = params["encryption_options"]
    return SessionRequest(
        instance_id=params["instance_id"],
        client_token=params["client_token"] or secrets.token_hex(16),
        port_number=params["port_number"],
        command_line=params["command_line"],
        target_server=params["target_server"],
        username=params["username"],
        connection_type=params["connection_type"],
        password_name=params["password_name"],
        encryption=Encryption(**encryption) if encryption else None,
    ).checked()


def check_start(params: t.Mapping[str, t.Any], facts: Facts) -> None:
    """Hold the options against the vendor's rules before credentials are looked for."""
    del facts
    request_of(params)


async def start(module: AnsibleModule, session: Session) -> Result:
    """Read the instance, start the session."""
    request = request_of(module.params)
    instance = await session.describe(request.instance_id)
    request.check_system(instance.os_type)
    if module.check_mode:
        # A real run gets the cloud's own refusal, with its code and request id
        if instance.status.lower() != "running":
            raise WrongState(
                f"{request.instance_id} is {instance.status}, and only a running instance has terminal sessions",
                advice="Start it first.",
            )
        return {"changed": True, "session_id": None, "expires_in": URL_SECONDS}
    started = await session.terminals.start_session(session.client, request)
    return {
        "changed": True,
        "session_id": started.session_id,
        "websocket_url": started.websocket_url,
        "security_token": started.security_token,
        "expires_in": URL_SECONDS,
        "request_id": started.request_id,
    }


async def end(module: AnsibleModule, session: Session) -> Result:
    """End the session, or see in check mode whether there is one to end."""
    session_id = module.params["session_id"]
    if module.check_mode:
        known = await session.terminals.list_sessions(session.client, session_id=session_id)
        return {"changed": any(state.is_active for state in known), "session_id": session_id}
    request_id = await session.terminals.end_session(session.client, session_id)
    return {"changed": request_id is not None, "session_id": session_id, "request_id": request_id}


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={**connection_options(providers=["alibaba"]), **TERMINAL_OPTIONS},
        required_if=[("state", "present", ["instance_id"]), ("state", "absent", ["session_id"])],
        supports_check_mode=True,
    )
    if module.params["state"] == "present":
        run_module(module, start, check=check_start)
    else:
        run_module(module, end)


if __name__ == "__main__":
    main()
