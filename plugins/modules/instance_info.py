#!/usr/bin/python
# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: instance_info
short_description: Describe instances
version_added: 1.0.0
author:
  - cloudops.console maintainers (@cloudops)
description:
  - Returns status, type of operating system, I/O optimization and last start of one or many instances.
  - Reads up to 100 instances per call on Alibaba Cloud (C(DescribeInstances)) and Huawei Cloud, and pages of the list
    on OpenStack.
options:
  instance_ids:
    description:
      - The instances to describe. Unknown ones are left out and named in RV(missing).
      - Without it, all instances of the region that have all O(tags).
    type: list
    elements: str
  tags:
    description:
      - Only instances with all of these tags, up to 20. Not together with O(instance_ids).
      - Put values such as V('true') and V('1.10') in quotes, because they are texts.
      - Alibaba Cloud finds at most 1,000 instances by tags. If it finds so many, the whole region is listed instead.
    type: dict
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
"""

EXAMPLES = r"""
- name: Describe two instances
  cloudops.console.instance_info:
    region: cn-hangzhou
    instance_ids:
      - i-bp1hzoinajzkh91h0001
      - i-bp1hzoinajzkh91h0002
  delegate_to: localhost
  register: found

- name: Find all instances of one team
  cloudops.console.instance_info:
    region: cn-hangzhou
    tags:
      team: billing
  delegate_to: localhost
"""

RETURN = r"""
instances:
  description: The instances that were found.
  returned: success
  type: list
  elements: dict
  contains:
    instance_id:
      description: The id.
      type: str
      sample: i-bp1hzoinajzkh91h0001
    name:
      description: The name.
      type: str
      sample: web-01
    region:
      description: The region.
      type: str
      sample: cn-hangzhou
    zone:
      description: The zone.
      type: str
      sample: cn-hangzhou-h
    status:
      description:
        - The status in the cloud's own words, on Alibaba Cloud V(Pending), V(Starting), V(Running), V(Stopping) or
          V(Stopped), on the others for example V(ACTIVE) or V(SHUTOFF).
      type: str
      sample: Running
    os_type:
      description: V(linux) or V(windows); empty if the cloud does not return it.
      type: str
      sample: linux
    io_optimized:
      description: Whether it is I/O optimized; a new VNC password is then in force at once. Null on other clouds.
      type: bool
      sample: true
    started_at:
      description:
        - The last start in UTC, with a precision of one minute; null if it never started, and on other clouds than
          Alibaba Cloud.
      type: str
      sample: '2026-01-02T03:04:00Z'
    tags:
      description: The tags; on OpenStack the metadata.
      type: dict
      sample: {team: billing}
missing:
  description: The O(instance_ids) that the cloud does not know in this region and account.
  returned: success
  type: list
  elements: str
  sample: []
provider:
  description: The cloud that was called.
  returned: always
  type: str
  sample: alibaba
region:
  description: The region that was asked.
  returned: always
  type: str
  sample: cn-hangzhou
request_id:
  description: Null, because the answer may come from several calls.
  returned: success
  type: str
  sample: null
failure:
  description: What went wrong, with C(kind), C(code), C(message), C(request_id) and C(status).
  returned: failure
  type: dict
  sample:
    kind: permission
    code: Forbidden.RAM
    message: "Describing 2 instances in cn-hangzhou failed: ..."
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
from ansible_collections.cloudops.console.plugins.module_utils._options import connection_options
from ansible_collections.cloudops.console.plugins.module_utils._provider import NAMES, Session
from ansible_collections.cloudops.console.plugins.module_utils._redact import name_of


async def describe(module: AnsibleModule, session: Session) -> Result:
    """Describe what was asked for, in bulk."""
    wanted = module.params["instance_ids"]
    if wanted is None:
        tags = {str(key): str(value) for key, value in (module.params["tags"] or {}).items()}
        found = await session.provider.find_instances(session.client, tags)
    else:
        # Clouds know an id in capitals, too, and call it by their own spelling
        wanted = list({instance_id.lower(): instance_id for instance_id in wanted}.values())
        found = await session.describe_many(wanted)
    known = {instance.instance_id.lower() for instance in found}
    return {
        "instances": [instance.to_result() for instance in found],
        "missing": [instance_id for instance_id in wanted or [] if instance_id.lower() not in known],
    }


def check(params: Mapping[str, Any], facts: Facts) -> None:  # noqa: ARG001 - the same for all clouds
    """Refuse a tag whose value is not what was written: YAML makes 1.1 of 1.10, and a truth value of yes."""
    for name, value in (params["tags"] or {}).items():
        if isinstance(value, bool) or not isinstance(value, (str, int)):
            raise ConsoleError(
                f"the tag {name_of(str(name))} is not a text",
                advice="Put the value of each tag in quotes, such as {protected: 'true'}.",
            )


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            **connection_options(providers=NAMES),
            "instance_ids": {"type": "list", "elements": "str"},
            "tags": {"type": "dict"},
        },
        mutually_exclusive=[("instance_ids", "tags")],
        supports_check_mode=True,
    )
    run_module(module, describe, check)


if __name__ == "__main__":
    main()
