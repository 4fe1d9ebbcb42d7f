# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""What is looked at before a rotation: libraries, inventory, clouds, ledger, clock. Nothing is written anywhere.

``findings`` has the form of what was found. ``libraries``, ``mapping`` and ``clouds`` judge and are pure; ``probes``
and ``ledger`` ask the clouds and the ledger; ``checks`` puts all of it in order.
"""

from __future__ import annotations

from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.preflight.checks import (
    check_everything,
    check_libraries_only,
    check_without_order,
)
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.preflight.findings import to_result

__all__ = ("check_everything", "check_libraries_only", "check_without_order", "to_result")
