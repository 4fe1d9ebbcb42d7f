# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""What is looked at before a rotation: libraries, inventory, clouds, ledger, clock. Nothing is written anywhere.

``findings`` has the form of what was found. ``libraries``, ``mapping`` and ``verdicts`` judge and are pure; ``looking``
and ``ledger`` ask the clouds and the ledger; ``everything`` puts all of it in order.
"""

from __future__ import annotations

from ansible_collections.cloudops.console.plugins.plugin_utils._rotation._preflight.everything import (
    check_everything,
    check_libraries_only,
    check_without_order,
)
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation._preflight.findings import to_result

__all__ = ("check_everything", "check_libraries_only", "check_without_order", "to_result")
