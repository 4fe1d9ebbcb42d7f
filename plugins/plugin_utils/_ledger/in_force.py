# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""Which passwords may open the console now, and what a look at the instance says about that. Pure (I6).

A password that was set on an instance that is not I/O optimized waits for a start, and the last one that was set before
a start is in force after it. So each former password of a record may be in force until it is marked ``over``:

- A change that is in force at once, or a start after the current password was set, leaves the current one and what is
  in doubt beside it.
- A start between two changes leaves what was set last before it, and all that was set after it.
- What was set after the last start, and was followed by another one, can no longer come into force.

A start is known by its minute, so one in the minute of a change says nothing. The times of starts and acknowledgements
are the cloud's; the time at which a candidate was staged is a controller's, whose clock may differ by SKEW.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from ansible_collections.cloudops.console.plugins.module_utils._models import Instance, Reboot
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.record import (
    Former,
    Record,
    come_into_force,
    pruned,
)

# The cloud refuses requests of a clock that differs by more.
SKEW = dt.timedelta(minutes=15)


def in_force(record: Record) -> tuple[str, ...]:
    """Return the passwords that may open the console now, the most likely first; only one if that is certain.

    The one in force is among them unless ``record.unknown_before``: then it may also be one that the ledger never had.

    First comes what was current at the last start that was seen, then what a start since then would have put into
    force, then what is in doubt, then what an unseen start between two changes may have put there. A stopped instance
    opens no console before its next start, so there the current password is the most likely.
    """
    doubted = [former.password for former in record.history if record.doubts(former)]
    settled = [former.password for former in record.history if not former.over and not record.doubts(former)]
    # Where it is known what was in force at some moment, that was the oldest that is not over.
    first = [] if record.unknown_before or record.reboot == "at_next_start" else settled[:1]
    sent = [record.pending.password] if record.pending is not None and record.pending.maybe_applied else []
    order = [*first, record.current, *sent, *reversed(doubted), *reversed(settled)]
    return tuple(dict.fromkeys(password for password in order if password))


def look(record: Record, instance: Instance) -> Record:
    """Return the record, its version the same, with all that a look at the instance tells.

    :param instance: as it was described after the record was read, so that all that the record has came before.
    """
    if record.reboot == "none" or record.acknowledged_at is None:
        return record
    started = instance.started_at
    if started is not None and _is_before(record.acknowledged_at, started):
        return come_into_force(record)
    awaited: Reboot = record.reboot
    if awaited == "at_next_start" and instance.reboot_after_change == "needed":
        awaited = "needed"
    waiting = replace(record, reboot=awaited)
    return waiting if started is None else _started(waiting, started)


def observe(record: Record, instance: Instance) -> Record:
    """Take note of the instance's last start; return record itself where that changes nothing (I6, I11).

    Only what a start has changed is worth a write of its own. What follows from there having been none is noted with
    the next change, so that a run with nothing to do writes nothing.
    """
    seen = look(record, instance)
    if seen is record or _standing(seen) == _standing(record):
        return record
    return pruned(replace(seen, version=record.version + 1))


def adopted(record: Record) -> Record:
    """Return a record of a release that did not note what is over; where nothing is awaited, that is known."""
    return come_into_force(record) if record.reboot == "none" and record.current is not None else record


def _standing(record: Record) -> tuple[Reboot, bool, tuple[str, ...]]:
    return record.reboot, record.unknown_before, in_force(record)[:1]


def _started(record: Record, started: dt.datetime) -> Record:
    """Mark what is over, where a start was seen that the current password may still be waiting after."""
    put = _put_into_force(record.history, started)
    held = _held(record) if put is None else put

    def is_over(number: int, one: Former) -> bool:
        if one.over or record.doubts(one) or number == held:
            return one.over
        return number < (put or 0) or _is_after(one, started)

    history = tuple(replace(one, over=is_over(number, one)) for number, one in enumerate(record.history))
    return replace(record, history=history, unknown_before=record.unknown_before and put is None)


def _put_into_force(history: tuple[Former, ...], started: dt.datetime) -> int | None:
    """Return the place of the last former password that was surely set before that start."""
    before = (n for n, one in enumerate(history) if one.confirmed_at and _is_before(one.confirmed_at, started))
    return max(before, default=None)


def _held(record: Record) -> int | None:
    """Return the place of the one that was in force at the last moment of which that is known."""
    if record.unknown_before:
        return None
    return next((number for number, one in enumerate(record.history) if not one.over), None)


def _is_after(one: Former, started: dt.datetime) -> bool:
    """Whether it was surely sent after that start."""
    return one.staged_at is not None and _is_before(started, one.staged_at - SKEW)


def _is_before(moment: dt.datetime, other: dt.datetime) -> bool:
    """Whether it is in an earlier minute: start times say no more."""
    return moment.replace(second=0, microsecond=0) < other.replace(second=0, microsecond=0)
