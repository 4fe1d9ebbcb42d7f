# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""The record of one instance and every change of state it can go through, as pure functions.

::

                  stage                     promote
    (no pending) ───────▶ pending, in flight ───────▶ current = pending, old current into history
         ▲                    │    ▲
         │ reject             │    │ claim (a later run sends the same candidate again)
         └────────────────────┤    │
           (to history as     ▼    │
            maybe, if it   pending, settled as not applied (keep)
            may have been
            applied)

Each function takes a record and returns the next one with its version raised by one; the ledger stores it only if
nobody else has stored a version in between. A candidate leaves ``pending`` by promote or reject only, and a password
that may be in force on the instance never leaves the record (invariants I2 to I6 and I8 of the rotation contract).
Times are UTC and aware.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import typing as t
from dataclasses import dataclass, field

from ansible_collections.cloudops.console.plugins.module_utils._deps import ConfigDict
from ansible_collections.cloudops.console.plugins.module_utils._models import Instance, Reboot

# Entries of history that are kept once no restart is awaited. While one is awaited, nothing is pruned.
KEEP = 10

# For the codec: what we write has no unknown parts, and an error never quotes its input.
_STRICT = ConfigDict(extra="forbid", hide_input_in_errors=True)


class Key(t.NamedTuple):
    """What a record belongs to. A rebuilt instance has another id and so another record."""

    provider: str
    region: str
    instance_id: str

    def __str__(self) -> str:
        return "/".join(self)


@dataclass(frozen=True)
class Pending:
    """A candidate between stage and promote.

    :param attempts: runs that have tried it.
    :param in_flight: a run has announced to send it and has not settled how that ended.
    :param ambiguous: some settled attempt may have been applied without our seeing it.
    """

    __pydantic_config__: t.ClassVar[ConfigDict] = _STRICT

    password: str = field(repr=False)
    staged_at: dt.datetime
    run_id: str
    attempts: int = 1
    in_flight: bool = True
    ambiguous: bool = False

    @property
    def maybe_applied(self) -> bool:
        """Whether the cloud may hold this password, or may still get it."""
        return self.ambiguous or self.in_flight


@dataclass(frozen=True)
class Former:
    """A password of the past.

    :param acknowledged_at: when the cloud accepted it; None where it never visibly did.
    :param retired_at: when another one took its place.
    :param maybe: it was refused in the end, but an earlier attempt may have been applied.
    """

    __pydantic_config__: t.ClassVar[ConfigDict] = _STRICT

    password: str = field(repr=False)
    acknowledged_at: dt.datetime | None
    retired_at: dt.datetime
    maybe: bool = False


@dataclass(frozen=True)
class Record:
    """All that is known of the VNC password of one instance.

    :param version: 1 for the first stored record; raised by each change.
    :param current: the last password that the cloud acknowledged.
    :param acknowledged_at: when it did, by the cloud's clock.
    :param rotated_at: when current was promoted, by ours; the age of a password counts from here.
    :param history: former passwords, oldest first.
    :param reboot: what it takes until current is in force.
    :param lease_until: until then a request of some earlier attempt may still arrive, so no new candidate is staged.
    :param last_outcome: how the last run that changed the record ended for it.
    """

    __pydantic_config__: t.ClassVar[ConfigDict] = _STRICT

    version: int
    current: str | None = field(default=None, repr=False)
    acknowledged_at: dt.datetime | None = None
    rotated_at: dt.datetime | None = None
    pending: Pending | None = None
    history: tuple[Former, ...] = ()
    reboot: Reboot = "none"
    lease_until: dt.datetime | None = None
    last_outcome: str | None = None

    @property
    def passwords(self) -> frozenset[str]:
        """Every password that the record knows, in whatever place."""
        known = {former.password for former in self.history}
        known |= {password for password in (self.current, self.pending and self.pending.password) if password}
        return frozenset(known)

    def doubts(self, former: Former) -> bool:
        """Whether former may be in force in place of current: given up after current was recorded, perhaps applied."""
        return former.maybe and (self.rotated_at is None or former.retired_at >= self.rotated_at)

    def leased(self, now: dt.datetime) -> bool:
        """Whether an earlier attempt may still arrive."""
        return self.lease_until is not None and now < self.lease_until


class InvalidTransition(Exception):
    """The caller asked for a change that the state does not allow: a fault of this collection, not of the operator."""


EMPTY = Record(version=0)


def _next(record: Record, **changes: t.Any) -> Record:
    return dataclasses.replace(record, version=record.version + 1, **changes)


def _pending(record: Record) -> Pending:
    if record.pending is None:
        raise InvalidTransition("there is no pending candidate")
    return record.pending


def _later(one: dt.datetime | None, other: dt.datetime) -> dt.datetime:
    return other if one is None else max(one, other)


def stage(record: Record, candidate: str, *, run_id: str, now: dt.datetime, lease_until: dt.datetime) -> Record:
    """Write the candidate ahead of the first call that carries it (I1)."""
    if record.pending is not None:
        raise InvalidTransition("a candidate is pending already")
    if record.leased(now):
        raise InvalidTransition("an earlier attempt may still arrive")
    if candidate in record.passwords:
        raise InvalidTransition("the candidate is not new")
    return _next(record, pending=Pending(candidate, now, run_id), lease_until=lease_until)


def claim(record: Record, *, run_id: str, lease_until: dt.datetime) -> Record:
    """Announce that the pending candidate will be sent again (I3); what an unsettled attempt did stays open."""
    pending = _pending(record)
    again = dataclasses.replace(
        pending, run_id=run_id, attempts=pending.attempts + 1, in_flight=True, ambiguous=pending.maybe_applied
    )
    return _next(record, pending=again, lease_until=_later(record.lease_until, lease_until))


def keep(record: Record, *, ambiguous: bool, outcome: str) -> Record:
    """Settle an attempt that ended without acknowledgement and without rejection: the candidate stays pending."""
    pending = _pending(record)
    open_still = pending.ambiguous or ambiguous
    settled = dataclasses.replace(pending, in_flight=False, ambiguous=open_still)
    return _next(record, pending=settled, lease_until=record.lease_until if open_still else None, last_outcome=outcome)


def reject(record: Record, *, ambiguous: bool, now: dt.datetime, outcome: str) -> Record:
    """Settle a definite rejection: drop the candidate, or keep it in history where it may have been applied (I4)."""
    pending = _pending(record)
    if not (pending.ambiguous or ambiguous):
        return _next(record, pending=None, lease_until=None, last_outcome=outcome)
    former = Former(pending.password, None, now, maybe=True)
    return _next(record, pending=None, history=(*record.history, former), last_outcome=outcome)


def promote(
    record: Record,
    candidate: str,
    *,
    acknowledged_at: dt.datetime,
    now: dt.datetime,
    reboot: Reboot,
    ambiguous: bool,
    outcome: str,
) -> Record:
    """Make the acknowledged candidate the current password, in one change (I5).

    It may stand in history by now, as maybe: another run sent it too, was refused, and gave it up while our request
    was under way. The acknowledgement is stronger.

    :param ambiguous: an earlier try of the acknowledged call may still arrive; then the lease goes on.
    """
    history, still_open = record.history, ambiguous
    if record.pending is not None and record.pending.password == candidate:
        still_open = ambiguous or record.pending.ambiguous
    elif record.pending is None and candidate in _maybes(record) and not _newer(record, acknowledged_at):
        history, still_open = tuple(former for former in history if former.password != candidate), True
    else:
        raise InvalidTransition("the candidate is not in the record")
    if record.current is not None:
        history = (*history, Former(record.current, record.acknowledged_at, now))
    promoted = _next(
        record,
        current=candidate,
        acknowledged_at=acknowledged_at,
        rotated_at=now,
        pending=None,
        history=history,
        reboot=reboot,
        lease_until=record.lease_until if still_open else None,
        last_outcome=outcome,
    )
    return _pruned(promoted)


def _maybes(record: Record) -> set[str]:
    return {former.password for former in record.history if former.maybe}


def _newer(record: Record, acknowledged_at: dt.datetime) -> bool:
    """Whether the current password was acknowledged later than that, and so is the one that counts."""
    return record.acknowledged_at is not None and record.acknowledged_at > acknowledged_at


def observe(record: Record, instance: Instance) -> Record:
    """Take note of the instance's last start; return record itself where that changes nothing (I6).

    A start in the minute of the acknowledgement does not count: start times have the precision of a minute.
    """
    if record.reboot == "none" or record.acknowledged_at is None:
        return record
    started = instance.started_at
    if started is not None and _minute(started) > _minute(record.acknowledged_at):
        return _pruned(_next(record, reboot="none"))
    if record.reboot == "at_next_start" and instance.reboot_after_change == "needed":
        return _next(record, reboot="needed")
    return record


def _minute(moment: dt.datetime) -> dt.datetime:
    return moment.replace(second=0, microsecond=0)


def _pruned(record: Record) -> Record:
    """Drop the oldest of history beyond KEEP, but nothing while a restart is awaited, and nothing that is in doubt."""
    if record.reboot != "none" or len(record.history) <= KEEP:
        return record
    kept = tuple(former for former in record.history[:-KEEP] if record.doubts(former)) + record.history[-KEEP:]
    return dataclasses.replace(record, history=kept)
