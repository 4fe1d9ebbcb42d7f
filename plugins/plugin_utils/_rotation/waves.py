# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""The variables that only the restarts behind a rotation use, checked before it. Pure.

Ansible reads ``serial`` when it comes to that play, and ends in a traceback where it cannot.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError

SERIAL = "vnc_rotation_reboot_serial"
TIMEOUT = "vnc_rotation_reboot_timeout"
LONGEST_WAIT = 3600

_SIZE = re.compile(r"0*([1-9][0-9]{0,8}|([1-9][0-9]?|100)%)\Z")
_SECONDS = re.compile(r"[0-9]{1,9}\Z")


def check_waves(serial: t.Any, timeout: t.Any) -> None:
    """Raise ConsoleError where no waves can be made of serial, or restarts cannot be waited for so long."""
    sizes = serial if isinstance(serial, list) else [serial]
    if serial is not None and (
        not sizes or any(isinstance(size, bool) or not _SIZE.match(str(size)) for size in sizes)
    ):
        raise ConsoleError(
            "O(reboot_serial) is neither a number of hosts nor a share of them",
            advice="Use a number from 1, a share such as 10%, or a list of these. Nothing was changed.",
        )
    if timeout is not None and not (_SECONDS.match(str(timeout)) and int(timeout) <= LONGEST_WAIT):
        raise ConsoleError(
            "O(reboot_timeout) is not a number of seconds that can be waited",
            advice=f"Use a number from 0 to {LONGEST_WAIT}. Nothing was changed.",
        )
