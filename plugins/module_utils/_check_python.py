# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""Ends a module with a sentence where Python is too old for the rest of the collection.

Each module imports this before anything else of ours, as ansible-core does it in its own basic.py. This file and the
modules are written so that Python 3.6 can read them: without annotations from the future.
"""

import json
import sys

LEAST = (3, 10)


def refusal(version: "tuple[int, ...]", executable: str) -> str:
    """Return what is wrong with this Python, or nothing."""
    if version[:2] >= LEAST:
        return ""
    return (
        "The modules of cloudops.console need Python {0}.{1} or newer, and {2} is Python {3}. Point "
        "ansible_python_interpreter at a newer one, or run the task on the controller (delegate_to: localhost)."
    ).format(LEAST[0], LEAST[1], executable, ".".join(str(part) for part in version[:3]))


_REFUSAL = refusal(tuple(sys.version_info[:3]), sys.executable)
if _REFUSAL:
    # As a module answers; AnsibleModule cannot be imported
    sys.stdout.write(json.dumps({"failed": True, "msg": _REFUSAL}) + "\n")
    raise SystemExit(1)
