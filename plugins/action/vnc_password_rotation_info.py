# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Says how old the VNC passwords of an inventory are and which hosts still need a reboot.

The documentation stands in the module of the same name.
"""

from __future__ import annotations

import typing as t

from ansible_collections.cloudops.console.plugins.plugin_utils._fleet_action import FleetAction
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.base import Ledger
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.result import FleetResult
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.run import Order, survey_fleet


class ActionModule(FleetAction):
    """Reads ledger and clouds; notes restarts that it sees in the ledger."""

    def perform(self, params: dict[str, t.Any], task_vars: dict[str, t.Any]) -> dict[str, t.Any]:
        """Look, and return the small result."""
        fleet = self.fleet_result(params, task_vars)
        if all(host.rotated_at is None for host in fleet.hosts):
            self.say(f"the ledger {fleet.ledger} knows none of these hosts")
        return fleet.to_survey()

    async def work(self, order: Order, ledger: Ledger) -> FleetResult:
        """Look."""
        return await survey_fleet(order, ledger, self.say)
