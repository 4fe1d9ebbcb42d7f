# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""What is looked at before a rotation: libraries, inventory, clouds, ledger, clock. Nothing is written anywhere.

Here is the order of the checks. ``probes`` asks the clouds, ``clouds`` judges what they answer, ``controller`` judges
the rest; ``findings`` has the form of what was found.
"""

from __future__ import annotations

from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.accounts import Accounts
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.preflight.clouds import check_clouds
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.preflight.controller import (
    Opener,
    check_ledger,
    check_libraries,
    check_mapping,
)
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.preflight.findings import (
    Finding,
    from_error,
    to_result,
)
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.preflight.probes import look
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.progress import Say
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.run import RunOptions
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.targets import select

__all__ = ("check_everything", "check_libraries_only", "check_without_options", "to_result")


def check_libraries_only() -> list[Finding]:
    """Say what is missing; without that, nothing else can be looked at."""
    return [*check_libraries(), _rest("libraries are missing")]


def check_without_options(error: ConsoleError) -> list[Finding]:
    """Say why no rotation would begin: an option or a variable that is wrong for all hosts."""
    return [*check_libraries(), from_error("variables", error), _rest("a rotation would not start")]


def _rest(reason: str) -> Finding:
    text = f"inventory, credentials, permissions, ledger and clock, because {reason}."
    return Finding("the rest", "unchecked", text, "Fix this first, then run this again.")


async def check_everything(options: RunOptions, opener: Opener, say: Say, *, reboot_ok: bool) -> list[Finding]:
    """Look at all that a rotation by options needs; a problem with one thing keeps no other from being looked at."""
    selection = select(options.hosts, options.defaults)
    keys = [target.key for target in selection.targets]
    async with Accounts(options.policy, options.per_second, options.concurrency) as accounts:
        areas = await look(selection.targets, accounts, say)
    return [
        *check_libraries(),
        *check_mapping(selection),
        *check_clouds(areas, options.defaults, reboot_ok=reboot_ok),
        await check_ledger(opener, keys),
    ]
