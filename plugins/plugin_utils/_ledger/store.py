# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""What every ledger can do, and the one rule for a write whose answer was lost."""

from __future__ import annotations

import typing as t

from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.errors import Conflict, ledger_error
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.record import InstanceKey, Record


class Ledger(t.Protocol):
    """A store of records. Every method raises ConsoleError with a code ``Ledger.*``.

    where is the address for people, without a secret.
    """

    where: str

    async def read(self, keys: t.Iterable[InstanceKey], /) -> dict[InstanceKey, Record]:
        """Return the records of these keys; those without one are absent."""

    async def swap(self, key: InstanceKey, record: Record, /) -> None:
        """Store record, durably, if the stored version is record.version - 1 (0 without one).

        :raises Conflict: it is another one; nothing was changed.
        :raises ConsoleError: it may or may not have been stored.
        """

    async def close(self) -> None:
        """Finish what is under way and let go of the store."""


class NoLedgerYet:
    """What check mode sees where a real run would make the ledger: no records, and nothing may be written."""

    def __init__(self, where: str) -> None:
        self.where = where

    async def read(self, _keys: t.Iterable[InstanceKey]) -> dict[InstanceKey, Record]:
        """Return nothing."""
        return {}

    async def swap(self, _key: InstanceKey, _record: Record) -> None:
        """Refuse."""
        raise ledger_error("Ledger.ReadOnly", "check mode writes nothing", "Run without --check.")

    async def close(self) -> None:
        """Do nothing."""


async def store(ledger: Ledger, key: InstanceKey, record: Record) -> None:
    """Swap, and where the answer was lost let a second look decide (I19).

    :raises Conflict: another version is stored.
    :raises ConsoleError: the ledger cannot be used; as far as can be seen, record is not stored.
    """
    try:
        await ledger.swap(key, record)
    except ConsoleError as lost:
        try:
            found = (await ledger.read([key])).get(key)
        except ConsoleError:
            raise lost from None
        if found == record:
            return
        if found is not None and found.version >= record.version:
            raise Conflict from None
        raise
