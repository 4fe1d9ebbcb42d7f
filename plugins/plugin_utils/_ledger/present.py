# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""What users see of a record: one password, those that may open the console, or all of it."""

from __future__ import annotations

import datetime as dt
import typing as t

from ansible_collections.cloudops.console.plugins.module_utils._errors import NotFound
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.in_force import in_force
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.record import InstanceKey, Record, previous

Which = t.Literal["in_force", "current", "pending", "previous", "all"]
WHICH: tuple[Which, ...] = t.get_args(Which)


def password_of(name: str, key: InstanceKey, record: Record | None, which: Which, where: str) -> t.Any:
    """Return the password that ``which`` names, the list of those in force, or a dictionary of all.

    :param name: the inventory name, for messages.
    :param where: the address of the ledger, for messages.
    :raises NotFound: the ledger has none.
    """
    if record is None:
        raise NotFound(
            f"the ledger {where} has no record of {name} ({key})",
            advice="Rotate it first, or check that O(ledger) names the right ledger.",
        )
    if which == "all":
        return everything(key, record)
    found: t.Any = {
        "in_force": list(in_force(record)),
        "current": record.current,
        "pending": record.pending and record.pending.password,
        "previous": previous(record),
    }[which]
    if not found:
        what = "password that was ever sent" if which == "in_force" else f"{which} password"
        raise NotFound(f"the record of {name} ({key}) has no {what}", advice="See which='all' for what it has.")
    return found


def unknown_before(name: str) -> str:
    """Say that the list of passwords in force may lack the right one."""
    return (
        f"No start of {name} was seen since its first rotation: the password from before it may still be in force, and "
        "the ledger never had that one."
    )


def everything(key: InstanceKey, record: Record) -> dict[str, t.Any]:
    """Return the record as a dictionary; times are ISO 8601 in UTC, or None."""
    pending = record.pending
    return {
        "provider": key.provider,
        "region": key.region,
        "instance_id": key.instance_id,
        "current": record.current,
        "acknowledged_at": _text(record.acknowledged_at),
        "rotated_at": _text(record.rotated_at),
        "reboot": record.reboot,
        "in_force": list(in_force(record)),
        "in_force_complete": not record.unknown_before,
        "pending": pending
        and {
            "password": pending.password,
            "staged_at": _text(pending.staged_at),
            "attempts": pending.attempts,
            "run_id": pending.run_id,
            "maybe_applied": pending.maybe_applied,
        },
        "previous": previous(record),
        "history": [
            {
                "password": former.password,
                "acknowledged_at": _text(former.acknowledged_at),
                "retired_at": _text(former.retired_at),
                "maybe": former.maybe,
            }
            for former in reversed(record.history)
        ],
        "last_outcome": record.last_outcome,
        "version": record.version,
    }


def _text(moment: dt.datetime | None) -> str | None:
    return moment.astimezone(dt.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None
