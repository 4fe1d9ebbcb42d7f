# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""What --diff shows of a run: how old each password was, and what has become of it; never a password. Pure."""

from __future__ import annotations

import itertools
import typing as t

from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.operations import WORDS
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.result import (
    CHANGES,
    DIFF_ROOM,
    FleetResult,
    HostResult,
)
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.small import names_fitting

# Hosts that are shown.
MOST_CHANGES = 200

_REBOOTS = {"needed": ", needs a reboot", "at_next_start": ", takes effect at its next start"}


def difference(fleet: FleetResult) -> dict[str, str]:
    """Return what --diff shows: under the name of each host that changed or would, its lines of before and after."""
    changed = [host for host in fleet.hosts if host.outcome in CHANGES]
    told = [(f"{host.name}:", _before(host, fleet), _after(host, fleet)) for host in changed[:MOST_CHANGES]]
    # The name is in both texts.
    hosts = told[: len(names_fitting((name * 2 + before + after for name, before, after in told), DIFF_ROOM))]
    more = [f"... and {len(changed) - len(hosts)} more"] if len(changed) > len(hosts) else []
    return {
        "before_header": "VNC passwords",
        "after_header": "VNC passwords",
        "before": _text(itertools.chain.from_iterable((name, before) for name, before, _after in hosts)),
        "after": _text((*itertools.chain.from_iterable((name, after) for name, _before, after in hosts), *more)),
    }


def _before(host: HostResult, fleet: FleetResult) -> str:
    if host.rotated_before is None:
        return "  no password in the ledger"
    days = (fleet.started_at - host.rotated_before).days
    age = f"{days} day{'' if days == 1 else 's'} old" if days else "less than a day old"
    return f"  {age}, of {host.rotated_before.strftime('%Y-%m-%dT%H:%M:%SZ')}"


def _after(host: HostResult, fleet: FleetResult) -> str:
    words: dict[str, str] = {"rotated": WORDS[fleet.operation].done}
    return f"  {words.get(host.outcome, host.outcome)}{_REBOOTS.get(host.reboot, '')}"


def _text(lines: t.Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)
