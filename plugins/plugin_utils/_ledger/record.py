# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""The record of one instance and every change of state it can go through, as pure functions.

::

            stage, stage_known, stage_chosen  promote
    (no pending) ───────▶ pending, in flight ───────▶ current = pending, old current into history
         ▲                    │    ▲
         │ reject             │    │ claim (a later run sends the same candidate again)
         └────────────────────┤    │
           (to history as     ▼    │
            maybe, if it   pending, settled as not applied (keep)
            may have been
            applied)

A candidate is new (stage), or a password that was current before (stage_known): the current one, to be set again, or
one of history, to go back to. Or the operator has chosen it (stage_chosen), and it can be any of these. Current set
again stays where it is: no entry of history, no new age. History is a log of what was current from when to when, so it
has what was gone back to as well.

Each function takes a record and returns the next one with its version raised by one; the ledger stores it only if
no other version was stored in between. A candidate leaves ``pending`` by promote or reject only, and a password
that may be in force on the instance never leaves the record (invariants I2 to I6 and I8 of the rotation contract).
Times are UTC and aware.
"""

from __future__ import annotations

import datetime as dt
import typing as t
from dataclasses import dataclass, replace

from ansible_collections.cloudops.console.plugins.module_utils._models import Reboot

# Entries of history that are kept once no restart is awaited. While one is awaited, nothing is pruned.
KEEP = 10


class InstanceKey(t.NamedTuple):
    """What a record belongs to. A rebuilt instance has another id and so another record."""

    provider: str
    region: str
    instance_id: str

    def __str__(self) -> str:
        return "/".join(self)


class _Part:
    """What a record is made of. Its repr says nothing of what it holds: that is passwords."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"


@dataclass(frozen=True, repr=False)
class Pending(_Part):
    """A candidate between stage and promote.

    :param attempts: runs that have tried it.
    :param in_flight: a run has announced to send it and has not settled how that ended.
    :param ambiguous: some settled attempt may have been applied without our seeing it.
    """

    password: str
    staged_at: dt.datetime
    run_id: str
    attempts: int = 1
    in_flight: bool = True
    ambiguous: bool = False

    @property
    def maybe_applied(self) -> bool:
        """Whether the cloud may hold this password, or may still get it."""
        return self.ambiguous or self.in_flight


@dataclass(frozen=True, repr=False)
class Former(_Part):
    """A password of the past: one that was current for a time, or a candidate that was given up.

    :param acknowledged_at: when the cloud accepted it first; None for a candidate that was given up.
    :param retired_at: when another one took its place.
    :param maybe: it was refused in the end, but an earlier attempt may have been applied; no longer set once the
        current password was acknowledged again after that.
    :param staged_at: it was not sent before; None where that is not known.
    :param confirmed_at: when the cloud accepted it last, by its clock; None where it never did or that is not known.
    :param over: it is surely not in force any more, and no start can put it into force.
    """

    password: str
    acknowledged_at: dt.datetime | None
    retired_at: dt.datetime
    maybe: bool = False
    staged_at: dt.datetime | None = None
    confirmed_at: dt.datetime | None = None
    over: bool = False


@dataclass(frozen=True, repr=False)
class Record(_Part):
    """All that is known of the VNC password of one instance.

    :param version: 1 for the first stored record; raised by each change.
    :param current: the last password that the cloud acknowledged.
    :param acknowledged_at: when it did, by the cloud's clock.
    :param rotated_at: when current was promoted, by ours; the age of a password counts from here.
    :param history: former passwords, in the order in which they were sent.
    :param reboot: what is needed before current is in force.
    :param lease_until: until then a request of some earlier attempt may still arrive, so no new candidate is staged.
    :param last_outcome: how the last run that changed the record ended for it.
    :param staged_at: current was not sent before; None where that is not known.
    :param doubted_at: when the last candidate that was given up and may have been applied was staged.
    :param unknown_before: the password in force may be one from before the first rotation, which no record has.
    """

    version: int
    current: str | None = None
    acknowledged_at: dt.datetime | None = None
    rotated_at: dt.datetime | None = None
    pending: Pending | None = None
    history: tuple[Former, ...] = ()
    reboot: Reboot = "none"
    lease_until: dt.datetime | None = None
    last_outcome: str | None = None
    staged_at: dt.datetime | None = None
    doubted_at: dt.datetime | None = None
    unknown_before: bool = True

    @property
    def passwords(self) -> frozenset[str]:
        """Every password that the record knows, in whatever place."""
        known = {former.password for former in self.history}
        known |= {password for password in (self.current, self.pending and self.pending.password) if password}
        return frozenset(known)

    @property
    def tenures(self) -> list[Former]:
        """The entries of history that were current for a time, oldest first and without gaps in between."""
        return [former for former in self.history if former.acknowledged_at is not None]

    @property
    def acknowledged(self) -> frozenset[str]:
        """The passwords that are or were current."""
        return frozenset(filter(None, (self.current, *(former.password for former in self.tenures))))

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
    return replace(record, version=record.version + 1, **changes)


def _pending(record: Record) -> Pending:
    if record.pending is None:
        raise InvalidTransition("there is no pending candidate")
    return record.pending


def _later(one: dt.datetime | None, other: dt.datetime) -> dt.datetime:
    return other if one is None else max(one, other)


def stage(record: Record, candidate: str, *, run_id: str, now: dt.datetime, lease_until: dt.datetime) -> Record:
    """Write the candidate ahead of the first call that carries it (I1)."""
    _require_free(record, now)
    if candidate in record.passwords:
        raise InvalidTransition("the candidate is not new")
    return _next(record, pending=Pending(candidate, now, run_id), lease_until=lease_until)


def stage_known(record: Record, candidate: str, *, run_id: str, now: dt.datetime, lease_until: dt.datetime) -> Record:
    """Write ahead a password that is or was current, to set it again.

    The lease holds here, too: what may still arrive can be another password than this one.
    """
    _require_free(record, now)
    if candidate not in record.acknowledged:
        raise InvalidTransition("the candidate was never current")
    return _next(record, pending=Pending(candidate, now, run_id), lease_until=lease_until)


def stage_chosen(record: Record, candidate: str, *, run_id: str, now: dt.datetime, lease_until: dt.datetime) -> Record:
    """Write ahead a password of the operator's choice, whether the record knows it or not."""
    _require_free(record, now)
    return _next(record, pending=Pending(candidate, now, run_id), lease_until=lease_until)


def _require_free(record: Record, now: dt.datetime) -> None:
    if record.pending is not None:
        raise InvalidTransition("a candidate is pending already")
    if record.leased(now):
        raise InvalidTransition("an earlier attempt may still arrive")


def previous(record: Record) -> str | None:
    """Return the last acknowledged password before the current one, None without one."""
    return next((old.password for old in reversed(record.tenures) if old.password != record.current), None)


def current_at(record: Record, moment: dt.datetime) -> str | None:
    """Return the password that was current at that moment, None where the record does not reach back to it."""
    tenures = record.tenures
    begin = tenures[0].acknowledged_at if tenures else record.rotated_at
    if begin is None or moment < begin:
        return None
    return next((old.password for old in tenures if moment < old.retired_at), record.current)


def claim(record: Record, *, run_id: str, lease_until: dt.datetime) -> Record:
    """Announce that the pending candidate will be sent again (I3); what an unsettled attempt did stays open."""
    pending = _pending(record)
    again = replace(
        pending, run_id=run_id, attempts=pending.attempts + 1, in_flight=True, ambiguous=pending.maybe_applied
    )
    return _next(record, pending=again, lease_until=_later(record.lease_until, lease_until))


def keep(record: Record, *, ambiguous: bool, outcome: str) -> Record:
    """Settle an attempt that ended without acknowledgement and without rejection: the candidate stays pending."""
    pending = _pending(record)
    open_still = pending.ambiguous or ambiguous
    settled = replace(pending, in_flight=False, ambiguous=open_still)
    return _next(record, pending=settled, lease_until=record.lease_until if open_still else None, last_outcome=outcome)


def reject(record: Record, *, ambiguous: bool, now: dt.datetime, outcome: str) -> Record:
    """Settle a definite rejection: drop the candidate, or keep it in history where it may have been applied (I4).

    The current password needs no entry there: whether it was applied again or not, it is in the record.
    """
    pending = _pending(record)
    if not (pending.ambiguous or ambiguous):
        return _next(record, pending=None, lease_until=None, last_outcome=outcome)
    history = record.history
    if pending.password != record.current:
        since = _sent_since(record, pending.password, pending.staged_at)
        given_up = Former(pending.password, None, now, maybe=True, staged_at=since)
        history = (*_without_doubt(history, pending.password), given_up)
    return _next(record, pending=None, history=history, last_outcome=outcome, doubted_at=pending.staged_at)


def promote(
    record: Record,
    candidate: str,
    *,
    acknowledged_at: dt.datetime,
    now: dt.datetime,
    reboot: Reboot,
    ambiguous: bool,
    outcome: str,
    staged_at: dt.datetime | None = None,
) -> Record:
    """Make the acknowledged candidate the current password, in one change (I5).

    It may have been given up by now: another run sent it too, was refused, and settled that while our request was
    under way. The acknowledgement is stronger.

    :param ambiguous: an earlier try of the acknowledged call may still arrive; then the lease continues.
    :param staged_at: of the acknowledged candidate. The same password can be staged again later, and then what was
        sent in between counts, not this acknowledgement. None: whichever is pending.
    """
    pending, still_open = record.pending, True
    announced = pending is not None and pending.password == candidate and staged_at in (None, pending.staged_at)
    if pending is not None and announced:
        still_open, staged_at = ambiguous or pending.ambiguous, pending.staged_at
    elif pending is not None or not _given_up(record, candidate, staged_at) or _newer(record, acknowledged_at):
        raise InvalidTransition("the candidate is not in the record")
    promoted = _next(
        record,
        current=candidate,
        acknowledged_at=acknowledged_at,
        rotated_at=record.rotated_at if candidate == record.current else now,
        pending=None,
        history=_history_with(record, candidate, now, settles=announced),
        reboot=reboot,
        lease_until=record.lease_until if still_open else None,
        last_outcome=outcome,
        staged_at=_sent_since(record, candidate, staged_at),
    )
    return pruned(come_into_force(promoted) if reboot == "none" else promoted)


def come_into_force(record: Record) -> Record:
    """Return the record once its current password is in force, or else one that is in doubt beside it."""
    history = tuple(one if record.doubts(one) else replace(one, over=True) for one in record.history)
    return replace(record, reboot="none", history=history, unknown_before=False)


def _history_with(record: Record, candidate: str, now: dt.datetime, *, settles: bool) -> tuple[Former, ...]:
    """The history once candidate is current.

    :param settles: the cloud took candidate after all else that was ever sent, so no other one is in doubt any more.
    """
    history = _without_doubt(record.history, candidate)
    if record.current is None:
        return history
    if candidate != record.current:
        # What is in doubt was sent after the current password.
        earlier = (former for former in history if not record.doubts(former))
        return (*earlier, _retired(record, record.current, now), *filter(record.doubts, history))
    if not settles:
        return history
    return tuple(replace(one, maybe=False) if record.doubts(one) else one for one in history)


def _retired(record: Record, current: str, now: dt.datetime) -> Former:
    since = min(filter(None, (record.acknowledged_at, record.rotated_at)), default=None)
    return Former(current, since, now, staged_at=record.staged_at, confirmed_at=record.acknowledged_at)


def _sent_since(record: Record, candidate: str, staged_at: dt.datetime | None) -> dt.datetime | None:
    """Return from when on candidate, now staged again, may have been sent and may still be waiting."""
    doubted = [one for one in record.history if one.maybe and one.password == candidate and not one.over]
    times = [staged_at, *(one.staged_at for one in doubted), *([record.staged_at] * (candidate == record.current))]
    known = [time for time in times if time is not None]
    return min(known) if len(known) == len(times) else None


def _without_doubt(history: tuple[Former, ...], password: str) -> tuple[Former, ...]:
    return tuple(former for former in history if not (former.maybe and former.password == password))


def _given_up(record: Record, candidate: str, staged_at: dt.datetime | None) -> bool:
    """Whether candidate was dropped by another run, and nothing that may have been applied was sent after it.

    The current password can be set again without a trace in history, and may then be in force instead.
    """
    doubted = [former.password for former in record.history if former.maybe]
    last = doubted[-1:] == [candidate] and staged_at in (None, record.doubted_at)
    return last or candidate == record.current


def _newer(record: Record, acknowledged_at: dt.datetime) -> bool:
    """Whether the current password was acknowledged later than that, and so is the one that counts."""
    return record.acknowledged_at is not None and record.acknowledged_at > acknowledged_at


def pruned(record: Record) -> Record:
    """Drop the oldest of history beyond KEEP, but nothing while a restart is awaited, nor what may be in force."""
    if record.reboot != "none" or len(record.history) <= KEEP:
        return record
    kept = tuple(former for former in record.history[:-KEEP] if not former.over) + record.history[-KEEP:]
    return replace(record, history=kept)
