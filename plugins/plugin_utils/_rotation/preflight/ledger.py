# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""Whether the ledger can be used: it opens with the key, its records can be read, and it could be written."""

from __future__ import annotations

import pathlib
import typing as t

from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.record import InstanceKey
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.sqlite.ledger import prove_writable
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.store import Ledger, NoLedgerYet
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.vault.ledger import KvLedger
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.preflight.findings import (
    Finding,
    counted,
    from_error,
)

# Opens a ledger, and returns its file too, None where it is on a server. One in a file is opened only to read; one on a
# server as a rotation opens it, which asks the server whether it may be written to. Neither writes.
Opener = t.Callable[[], tuple[Ledger, pathlib.Path | None]]


async def check_ledger(opener: Opener, keys: t.Sequence[InstanceKey]) -> Finding:
    """Open, read and close a ledger, and see that it could be written."""
    try:
        ledger, file = opener()
        try:
            records = await ledger.read(keys)
            if file is not None:
                prove_writable(file)
        finally:
            await ledger.close()
    except ConsoleError as error:
        return from_error("ledger", error)
    return _judged(ledger, len(records), len(keys))


def _judged(ledger: Ledger, records: int, instances: int) -> Finding:
    known = f"it has records of {records} of {counted(instances, 'instance')}"
    if isinstance(ledger, NoLedgerYet):
        text = f"there is none at {ledger.where} yet; the first rotation makes it, and its folder can be written."
        step = "If you have one elsewhere, set O(ledger) to its address."
        return Finding("ledger", "ok", text, step)
    if isinstance(ledger, KvLedger) and not instances:
        text = f"{ledger.where} was not asked, because no host can have a record there."
        return Finding("ledger", "unchecked", text, "Correct the inventory first, and run this again.")
    if isinstance(ledger, KvLedger) and not ledger.may_write:
        text = f"{ledger.where} can be read; {known}. Whether it can be written is not known: this token may not ask "
        text += "for its capabilities."
        step = "Let its policy update sys/capabilities-self, or rotate one host to see."
        return Finding("ledger", "unchecked", text, step)
    return Finding("ledger", "ok", f"{ledger.where} can be opened and written; {known}.")
