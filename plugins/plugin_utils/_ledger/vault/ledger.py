# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""One record per path, changed by check-and-set only.

The store counts versions by itself, and its number need not be the record's: others may undelete, roll back or remove
metadata. So the ledger keeps for each record which version of the store it has seen, and each write names it.
"""

from __future__ import annotations

import asyncio
import collections
import typing as t
from dataclasses import dataclass, field

from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.module_utils._http import Policy
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.errors import Conflict, ledger_error
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.record import InstanceKey, Record
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.vault.address import VaultAddress, parse_place
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.vault.checks import check_writing, find_mount
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.vault.client import IN_FLIGHT, Transport
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.vault.document import from_document, to_document
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.vault.login import VaultCredentials
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.vault.responses import (
    Stored,
    behind,
    expiring,
    read_names,
    read_stored,
    read_written,
)
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.vault.session import VaultSession

# From so many records of one region on, their names are listed first, so that those without one cost no call.
LISTED = 20
# Seconds to wait for a node that is behind the active one; mostly it takes less than the first.
LAGS = (0.1, 0.2, 0.4, 0.8, 1.6)
# The record's version and the store's number for it; both 0 without one.
Seen = tuple[int, int]


@dataclass(frozen=True)
class ServerOptions:
    """How to reach the server.

    :param allow_plain_http: whether http may be used although the server is not this machine.
    """

    login: VaultCredentials = field(default_factory=VaultCredentials)
    policy: Policy = field(default_factory=Policy)
    allow_plain_http: bool = False


class VaultLedger:
    """A ledger on a server. Nothing is sent before the first read or swap; all of them in one event loop.

    :param read_only: write no record, as check mode and lookups want it.

    may_write says whether the server has confirmed that records can be written: False before the first use too, and
    where the token may not ask.
    """

    may_write = False

    def __init__(self, place: VaultAddress, login: VaultCredentials, policy: Policy, *, read_only: bool) -> None:
        self.where = place.where
        self._place = place
        self._login = login
        self._policy = policy
        self._read_only = read_only
        self._seen: dict[InstanceKey, Seen] = {}
        self._session: VaultSession | None = None
        self._opening: asyncio.Lock | None = None
        self._may_list = True

    async def read(self, keys: t.Iterable[InstanceKey]) -> dict[InstanceKey, Record]:
        """Return the records of these keys; those without one are absent."""
        wanted = list(dict.fromkeys(keys))
        if not wanted:
            return {}
        session = await self._opened(wanted)
        todo = collections.deque(await self._existing(session, wanted))
        found: dict[InstanceKey, Record] = {}
        failed: list[ConsoleError] = []

        async def reader() -> None:
            while todo and not failed:
                key = todo.popleft()
                try:
                    record = await self._read_one(session, key)
                except ConsoleError as error:
                    failed.append(error)
                else:
                    found.update({key: record} if record else {})

        await asyncio.gather(*(reader() for _each in range(min(IN_FLIGHT, len(todo)))))
        if failed:
            raise failed[0]
        return found

    async def swap(self, key: InstanceKey, record: Record) -> None:
        """Store record if the stored version is the one before it; raises Conflict or ConsoleError."""
        if self._read_only:
            raise ledger_error("Ledger.ReadOnly", "check mode writes nothing", "Run without --check.")
        session = await self._opened([key])
        seen = self._seen.pop(key, None)
        if seen is None or seen[0] != record.version - 1:
            await self._read_one(session, key)
            seen = self._seen.pop(key)
        if seen[0] != record.version - 1:
            raise Conflict
        await self._write(session, key, record, seen[1])

    async def _write(self, session: VaultSession, key: InstanceKey, record: Record, number: int) -> None:
        """Write over the version of this number; a refusal is believed when reading shows what it met.

        A standby that has missed the last change, ours too, refuses what the active node would take.
        """
        body = {"options": {"cas": number}, "data": to_document(key, record)}
        needs, ambiguous, stored = "update" if number else "create", False, number
        for pause in LAGS:
            reply = await session.ask("POST", self._place.data(key), read_written, needs=needs, body=body)
            if reply.value is not None:
                self._check_stays(key, reply.value)
                self._seen[key] = record.version, reply.value.number
                return
            # An earlier try of this very write may be what it met (I19).
            ambiguous = ambiguous or reply.ambiguous
            if await self._read_one(session, key) == record and ambiguous:
                return
            stored = self._seen.pop(key)[1]
            if stored > number:
                raise Conflict
            await asyncio.sleep(pause)
        # Fewer versions than were seen: someone has removed the record's metadata.
        raise Conflict if stored < number else behind()

    async def close(self) -> None:
        """Give back what was taken from the server."""
        session, self._session = self._session, None
        if session is not None:
            await session.end()

    async def _opened(self, keys: t.Sequence[InstanceKey]) -> VaultSession:
        """Open the session at the first use, and see that the ledger can be used as it is wanted."""
        if self._opening is None:
            self._opening = asyncio.Lock()
        async with self._opening:
            if self._session is not None:
                return self._session
            session = VaultSession(self._login, Transport(self._place.endpoint, self._login, self._policy))
            try:
                await session.begin(short=self._read_only)
                self._place = await find_mount(session, self._place)
                if not self._read_only:
                    self.may_write = await check_writing(session, self._place, keys)
            except BaseException:
                await session.end()
                raise
            self._session = session
            return session

    async def _existing(self, session: VaultSession, keys: t.Sequence[InstanceKey]) -> list[InstanceKey]:
        """Leave out those that surely have no record; all stay where the token may not list."""
        regions: dict[tuple[str, str], list[InstanceKey]] = {}
        for key in keys:
            regions.setdefault((key.provider, key.region), []).append(key)
        kept: list[InstanceKey] = []
        for (provider, region), members in regions.items():
            listed = self._may_list and len(members) >= LISTED
            names = await self._names(session, provider, region) if listed else None
            for key in members:
                if names is None or key.instance_id in names:
                    kept.append(key)
                else:
                    self._seen[key] = 0, 0
        return kept

    async def _names(self, session: VaultSession, provider: str, region: str) -> set[str] | None:
        path = self._place.listing(provider, region)
        try:
            return (await session.ask("GET", path, read_names, needs="list", query="?list=true")).value
        except ConsoleError as error:
            if error.code != "Ledger.Denied":
                raise
            self._may_list = False
            return None

    async def _read_one(self, session: VaultSession, key: InstanceKey) -> Record | None:
        """Return the record, and remember which version of the store it was."""
        self._seen.pop(key, None)
        path = self._place.record(key)
        stored = (await session.ask("GET", self._place.data(key), read_stored, record=path)).value
        if stored.number == 0:
            self._seen[key] = 0, 0
            return None
        if not self._read_only:
            self._check_stays(key, stored)
        record = from_document(key, stored.document, path)
        self._seen[key] = record.version, stored.number
        return record

    def _check_stays(self, key: InstanceKey, stored: Stored) -> None:
        """Refuse a version that the server will delete by itself: the password in force would go with it."""
        if stored.expires:
            raise expiring(self._place.data(key), f"this version goes at {stored.expires}")


def open_vault(address: str, access: ServerOptions, *, read_only: bool) -> VaultLedger:
    """Return the ledger at address; the server is first asked when records are.

    :raises ConsoleError: the address cannot be meant, or there is nothing to log in with.
    """
    place = parse_place(address, allow_plain_http=access.allow_plain_http)
    return VaultLedger(place, access.login.checked(), access.policy, read_only=read_only)
