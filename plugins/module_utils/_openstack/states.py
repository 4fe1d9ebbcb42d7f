# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""Which servers have a console worth opening: pure decisions before any call for one."""

from __future__ import annotations

import re

from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError, WrongState
from ansible_collections.cloudops.console.plugins.module_utils._models import Instance
from ansible_collections.cloudops.console.plugins.module_utils._openstack.facts import (
    LEAVING_TASKS,
    LIVE_STATES,
    REMEDIES,
)
from ansible_collections.cloudops.console.plugins.module_utils._openstack.models import Server

_ID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\Z")


def checked_server_id(instance_id: str) -> str:
    """Return instance_id; raise ConsoleError where it is not the id of a server, which always is a UUID."""
    if _ID.match(instance_id):
        return instance_id
    what = "is empty" if not instance_id else f"{instance_id[:64]!r} is not a UUID; it may be a server's name"
    raise ConsoleError(
        f"the instance id {what}",
        advice="Set O(instance_id) to the server's id; 'openstack server show NAME -f value -c id' tells it.",
    )


def check_state(server: Instance) -> None:
    """Raise where the console of server would lead nowhere."""
    if server.status not in LIVE_STATES:
        remedy = REMEDIES.get(server.status)
        raise WrongState(
            f"the server is {server.status}, and a console would lead nowhere",
            advice=f"{remedy}, and ask again when its status is ACTIVE." if remedy else "Wait until it is ACTIVE.",
            code=server.status,
        )
    task = server.task_state if isinstance(server, Server) else ""
    if task in LEAVING_TASKS:
        raise WrongState(
            f"the server is {server.status} and busy with {task}, and a console would not last",
            advice="Wait until it is ACTIVE and has no task, and ask again.",
            code=task,
        )
