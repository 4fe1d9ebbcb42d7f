# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""What is particular to OpenStack Nova, as data, and which of its servers have a console worth opening."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ansible_collections.cloudops.console.plugins.module_utils._errors import WrongState
from ansible_collections.cloudops.console.plugins.module_utils._models import Facts


@dataclass(frozen=True)
class ConsoleKind:
    """How Nova is asked for one type of console.

    :param microversion: the first one that knows it; exactly this one is asked for.
    :param websocket: the page behind the URL connects to the same address over WebSocket.
    """

    protocol: str
    type: str
    microversion: str = "2.6"
    websocket: bool = False


# Source: the schemas of remote_consoles in Nova 34.0.0. xvpvnc and rdp-html5 are still in them and refused behind them.
CONSOLES: t.Mapping[str, ConsoleKind] = {
    "novnc": ConsoleKind("vnc", "novnc", websocket=True),
    "spice-html5": ConsoleKind("spice", "spice-html5", websocket=True),
    "serial": ConsoleKind("serial", "serial", websocket=True),
    "mks": ConsoleKind("mks", "webmks", "2.8"),
    "spice-direct": ConsoleKind("spice", "spice-direct", "2.99"),
}

# Nova has no VNC password: QEMU's is not reachable through the API.
FACTS = Facts(
    name="openstack",
    title="OpenStack Nova",
    instances_per_call=1000,
    console_types=tuple(CONSOLES),
    provable_types=("novnc",),
    # Source: "Server status" in the guide of Nova's API, https://docs.openstack.org/api-guide/compute/server_concepts.html
    statuses=(
        *("ACTIVE", "BUILD", "DELETED", "ERROR", "HARD_REBOOT", "MIGRATING", "PASSWORD", "PAUSED", "REBOOT", "REBUILD"),
        *("RESCUE", "RESIZE", "REVERT_RESIZE", "SHELVED", "SHELVED_OFFLOADED", "SHUTOFF", "SOFT_DELETED", "SUSPENDED"),
        *("UNKNOWN", "VERIFY_RESIZE"),
    ),
)

# Seconds; Nova's default for [consoleauth]token_ttl, which the API does not tell.
CONSOLE_SECONDS = 600
# For everything but consoles.
MICROVERSION = "2.1"

# Nova gives a URL in other states too, and it leads nowhere. In these the machine runs.
LIVE_STATES = frozenset({"ACTIVE", "PASSWORD", "RESCUE", "VERIFY_RESIZE"})
# Tasks that end the machine or move it away, while its status may still be ACTIVE.
LEAVING_TASKS = frozenset(
    {
        "deleting",
        "migrating",
        "pausing",
        "powering-off",
        "rebuilding",
        "resize_migrating",
        "shelving",
        "shelving_image_uploading",
        "shelving_offloading",
        "soft-deleting",
        "suspending",
    }
)
# What brings a server back to ACTIVE, by its status.
REMEDIES: t.Mapping[str, str] = {
    "SHUTOFF": "Start it",
    "PAUSED": "Unpause it",
    "SUSPENDED": "Resume it",
    "SHELVED": "Unshelve it",
    "SHELVED_OFFLOADED": "Unshelve it",
    "ERROR": "See its fault with 'openstack server show'",
}
# How Nova names the fault that a server is not there.
UNKNOWN_SERVER = "itemNotFound"
# How an id is found, for messages.
ID_HINT = "; 'openstack server show NAME -f value -c id' tells it"


def check_state(status: str, task_state: str) -> None:
    """Raise WrongState where the console of a server would lead nowhere."""
    if status not in LIVE_STATES:
        remedy = REMEDIES.get(status)
        raise WrongState(
            f"the server is {status}, and a console would lead nowhere",
            advice=f"{remedy}, and ask again when its status is ACTIVE." if remedy else "Wait until it is ACTIVE.",
            code=status,
        )
    if task_state in LEAVING_TASKS:
        raise WrongState(
            f"the server is {status} and busy with {task_state}, and a console would not last",
            advice="Wait until it is ACTIVE and has no task, and ask again.",
            code=task_state,
        )
