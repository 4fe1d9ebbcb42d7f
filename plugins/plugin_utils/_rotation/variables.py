# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""Which variable gives an option of a rotation: one of the host, or one of the role. Pure.

Messages name options by these, see _naming.
"""

from __future__ import annotations

from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.targets import VARIABLES

# Options that the role sets by itself.
_WITHOUT_VARIABLE = frozenset({"hosts", "due_before"})


def host_variable(option: str) -> str:
    """Return the variable by which a host gives this option, or the option where there is none."""
    name = f"console_{option}"
    return name if name in VARIABLES else option


def role_variable(option: str) -> str:
    """Return the variable of the role that gives this option."""
    return option if option in _WITHOUT_VARIABLE else f"vnc_rotation_{option}"


def variable(option: str) -> str:
    """Return the variable of the host that gives this option, or that of the role where a host has none."""
    name = host_variable(option)
    return name if name != option else role_variable(option)
