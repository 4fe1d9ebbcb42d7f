# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""What is particular to Alibaba Cloud ECS, as data."""

from __future__ import annotations

import string

from ansible_collections.cloudops.console.plugins.module_utils._models import Facts, PasswordRule

# The English page names the three classes as allowed, the Chinese page and the service's own error text as all
# required: the strictest reading is kept, which every reading accepts.
PASSWORD_RULE = PasswordRule(
    length=6,
    classes=(string.ascii_uppercase, string.ascii_lowercase, string.digits),
    text="exactly six characters, only A-Z, a-z and 0-9, at least one of each",
    source="https://www.alibabacloud.com/help/en/ecs/developer-reference/api-ecs-2014-05-26-modifyinstancevncpasswd",
)

FACTS = Facts(
    name="alibaba",
    title="Alibaba Cloud ECS",
    vnc_password=PASSWORD_RULE,
    malformed=frozenset({"IncorrectVncPassword.Malformed"}),
    instances_per_call=100,
    clock_tolerance=15 * 60,
    set_permission="the RAM permission ecs:ModifyInstanceVncPasswd on acs:ecs:*:*:instance/*",
    statuses=("Pending", "Running", "Starting", "Stopping", "Stopped"),
)
