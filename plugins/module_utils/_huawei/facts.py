# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""What is particular to Huawei Cloud ECS, as data."""

from __future__ import annotations

from ansible_collections.cloudops.console.plugins.module_utils._models import Facts

# No operation of the API sets a VNC password (os-reset-password changes the guest's own), so there is no rule either.
# The statuses are those of ListServersDetails and of "ECS Statuses" in the vendor's API reference.
FACTS = Facts(
    name="huawei",
    title="Huawei Cloud ECS",
    instances_per_call=100,
    console_types=("novnc",),
    statuses=(
        *("ACTIVE", "BUILD", "DELETED", "ERROR", "HARD_REBOOT", "MIGRATING", "PAUSED", "REBOOT", "REBUILD", "RESIZE"),
        *("REVERT_RESIZE", "SHELVED", "SHELVED_OFFLOADED", "SHUTOFF", "SOFT_DELETED", "SUSPENDED", "UNKNOWN"),
        "VERIFY_RESIZE",
    ),
)

# How an id is found, for messages.
ID_HINT = ", for example 47bc79ae-df61-4ade-9197-283a74e5d70e"

# The values of the option api.
APIS = ("ecs", "nova")
# What both console calls are asked for, by our type: protocol and type. Source of the second call's lifetime:
# https://support.huaweicloud.com/intl/en-us/api-ecs/ecs_03_1603.html; the first one documents none.
CONSOLES = {"novnc": ("vnc", "novnc")}
NOVA_SECONDS = 600
MICROVERSION = "2.6"
# The older call for a console's output is gone after microversion 2.5. Source:
# https://support.huaweicloud.com/intl/en-us/api-ecs/ecs_03_1601.html
OUTPUT_MICROVERSION = "2.1"

# Where regions are. Those of the European site begin with eu-west-1 and have a domain of their own; sources: the
# regions of the vendor's SDKs, and its Terraform provider (huaweicloud/provider.go).
DOMAIN = "myhuaweicloud.com"
DOMAINS = {"eu-west-1": "myhuaweicloud.eu"}

# In these states no machine runs that a console could show. The API documents no constraint, so that everything else
# is left to the service.
DEAD_STATES = frozenset(
    {"BUILD", "DELETED", "SHELVED", "SHELVED_OFFLOADED", "SHUTOFF", "SOFT_DELETED", "SUSPENDED"},
)

# The codes of a server that is not there; the last one is Nova's.
UNKNOWN_SERVER = frozenset({"Ecs.0114", "Ecs.0614", "itemNotFound"})
