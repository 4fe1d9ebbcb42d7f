# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""The line that names the hosts that need a reboot, for the end of a run. Pure."""

from __future__ import annotations

from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.result import FleetResult
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.small import names_fitting

# Characters that the names take.
ROOM = 4_000


def waiting_line(fleet: FleetResult) -> str:
    """Name the hosts that need a reboot, or in check mode would, and say how to restart them; empty for none."""
    names = fleet.reboot_needed
    if not names:
        return ""
    shown = names_fitting(names, ROOM)
    more = f" and {len(names) - len(shown)} more" if len(names) > len(shown) else ""
    if fleet.check_mode:
        return f"would need a reboot: {', '.join(shown)}{more}"
    how = "cloudops.console.reboot_waiting_hosts restarts them in waves"
    return f"need a reboot before their new passwords count: {', '.join(shown)}{more}; {how}"
