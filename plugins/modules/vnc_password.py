#!/usr/bin/python
# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: vnc_password
short_description: Set the VNC password of an instance
version_added: 1.0.0
author:
  - cloudops.console maintainers (@cloudops)
description:
  - Sets the password that the console asks for, with C(ModifyInstanceVncPasswd) of Alibaba Cloud ECS.
  - On an I/O optimized instance, the password is in force at once. On others, it takes effect after a restart through
    the cloud's API or console; until then, the old one stays in force.
  - For whole inventories use M(cloudops.console.vnc_password_rotation), which also makes and keeps the passwords.
  - With O(record=true), the ledger of the rotation records the password as well, by the same steps.
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
  record:
    description:
      - Whether to record the password in the ledger on the controller, too. The ledger records it before the cloud
        receives it, and makes it the current one after the cloud has accepted it. After an interruption in between, run
        the same task again; the next rotation finishes it, too.
      - Use it to change the password of an instance that the rotation manages, or to let the rotation manage an
        instance whose password you know.
      - A password that is already the current one in the ledger, with no other in doubt, is not set again.
      - If another run has left a different password pending, the task fails before anything is sent.
      - It needs O(region), because the ledger keeps its records by region.
    type: bool
    default: false
extends_documentation_fragment:
  - cloudops.console.connection
  - cloudops.console.fleet.ledger
  - cloudops.console.fleet.vault
attributes:
  action:
    support: full
    description: The controller reads and writes the ledger. The host of the task calls the cloud.
  async:
    support: partial
    description: Not with O(record=true).
  check_mode:
    support: full
    description: Validates everything and reads the instance; skips only the change.
  diff_mode:
    support: none
    description: The password in force cannot be read, so there is nothing to compare.
  idempotent:
    support: partial
    description:
      - No call reads the password back, so every run sets it and reports a change.
      - With O(record=true), a password that is already the current one in the ledger is not set again.
  platform:
    support: full
    platforms: posix
    description: The platform of the host that runs the task.
notes:
  - Results do not contain the password. Before ansible-core 2.22, take care that your play does not print its own
    variables with the password.
  - Options of the ledger default to the variables of the role, for example C(vnc_rotation_ledger) and
    C(vnc_rotation_ledger_key), then to the environment variables E(CLOUDOPS_CONSOLE_LEDGER) and
    E(CLOUDOPS_CONSOLE_LEDGER_KEY), as in the lookup P(cloudops.console.vnc_password#lookup).
  - Without O(record=true), a warning is given if the ledger manages the instance and has another password. The ledger
    is the one of these options, or the default one. If it cannot be read, for example because the play has no key, the
    warning says so. The task never fails because of that.
"""

EXAMPLES = r"""
- name: Set the VNC password
  cloudops.console.vnc_password:
    region: cn-hangzhou
    instance_id: i-bp1hzoinajzkh91h0001
    password: "{{ lookup('ansible.builtin.env', 'NEW_VNC_PASSWORD') }}"
  delegate_to: localhost
  register: vnc

# The ledger is that of the inventory's variables vnc_rotation_ledger and vnc_rotation_ledger_key
- name: Set the VNC password, and let the ledger of the rotation have it
  cloudops.console.vnc_password:
    region: cn-hangzhou
    instance_id: i-bp1hzoinajzkh91h0001
    password: "{{ lookup('ansible.builtin.env', 'NEW_VNC_PASSWORD') }}"
    record: true
  delegate_to: localhost

- name: Say whether a restart is needed
  ansible.builtin.debug:
    msg: "Restart needed: {{ vnc.reboot_needed }}"
"""

RETURN = r"""
reboot:
  description: The reboot that the password still needs, V(none), V(needed), or V(at_next_start) for a stopped instance.
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
started_at:
  description: The last start of the instance before the change; null if it never started.
  returned: success
  type: str
  sample: '2026-01-02T03:04:00Z'
acknowledged_at:
  description: When the cloud accepted the password, by its own clock; null if nothing was set.
  returned: success
  type: str
  sample: '2026-01-02T03:04:05Z'
answer_lost:
  description:
    - Whether the answer to a try was lost, so that the cloud may have set the password with that try, or may still do
      so.
  returned: success, and failure of a call
  type: bool
  sample: false
recorded:
  description: Whether the password is the current one in the ledger; in check mode, whether it would be.
  returned: with O(record=true)
  type: bool
  sample: true
ledger:
  description: The address of the ledger.
  returned: with O(record=true)
  type: str
  sample: sqlite:///home/ops/.local/share/cloudops-console/ledger.db
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
  returned: always, if it was given
  type: str
  sample: i-bp1hzoinajzkh91h0001
request_id:
  description: The vendor's id of the call; null if nothing was set.
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

import typing as t

from ansible.module_utils.basic import AnsibleModule

# First of ours: with a Python that is too old, it ends the module with a sentence
from ansible_collections.cloudops.console.plugins.module_utils import _check_python  # noqa: F401 # pylint: disable=unused-import
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.module_utils._models import Facts, Instance
from ansible_collections.cloudops.console.plugins.module_utils._module import Result, run_module
from ansible_collections.cloudops.console.plugins.module_utils._options import RECORD_OPTIONS, connection_options
from ansible_collections.cloudops.console.plugins.module_utils._provider import NAMES, Session


async def set_password(module: AnsibleModule, session: Session) -> Result:
    """Read the instance, set the password."""
    instance_id, password = module.params["instance_id"], module.params["password"]
    instance = await _described(session, instance_id)
    result: Result = {
        "changed": True,
        "reboot": instance.reboot_after_change,
        "reboot_needed": instance.reboot_after_change == "needed",
        "io_optimized": instance.io_optimized,
        "status": instance.status,
        "started_at": instance.to_result()["started_at"],
        "acknowledged_at": None,
        "answer_lost": False,
    }
    if not module.check_mode:
        acknowledged = await session.passwords.set_vnc_password(session.client, instance_id, password)
        result["request_id"] = acknowledged.request_id
        result["acknowledged_at"] = acknowledged.at.strftime("%Y-%m-%dT%H:%M:%SZ")
        result["answer_lost"] = acknowledged.ambiguous
    return result


async def _described(session: Session, instance_id: str) -> Instance:
    """Read the instance; even if the answer to that is lost, nothing has been set."""
    try:
        return await session.describe(instance_id)
    except ConsoleError as error:
        error.ambiguous = False
        raise


def lost_answer(error: ConsoleError) -> Result:
    """Return what a failed result says besides, so that a record of the password can be right."""
    return {"answer_lost": error.ambiguous}


def check(params: t.Mapping[str, t.Any], facts: Facts) -> None:
    """Refuse what the cloud does not take, and what only the action of the same name can do."""
    if params["record"]:
        raise ConsoleError("record was not handled on the controller", advice="Run the module as a task of Ansible.")
    facts.check_password(params["password"])


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            **connection_options(providers=NAMES),
            "instance_id": {"type": "str", "required": True},
            "password": {"type": "str", "required": True, "no_log": True},
            # The action of the same name keeps these on the controller
            **RECORD_OPTIONS,
        },
        supports_check_mode=True,
    )
    run_module(module, set_password, check, lost_answer)


if __name__ == "__main__":
    main()
