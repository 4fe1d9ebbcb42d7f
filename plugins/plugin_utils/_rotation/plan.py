# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""What a run would do with each instance, from what is known and nothing else. Pure; check mode ends here.

A real run and a dry run go through decide() alike, so that the dry run tells the truth (I12).
"""

from __future__ import annotations

import contextlib
import datetime as dt
import re
from dataclasses import dataclass, field

from ansible_collections.cloudops.console.plugins.module_utils._errors import (
    AuthenticationError,
    ConsoleError,
    NotFound,
    WrongState,
)
from ansible_collections.cloudops.console.plugins.module_utils._models import Instance, Reboot
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.in_force import look, observe
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.record import EMPTY, Record, current_at, previous
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.operations import Operation
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.outcomes import DONE, Outcome
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.targets import Target

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
# As many digits as the seconds since the year 1 have: the collected report asks for what was due before a moment.
_AGE = re.compile(r"(\d{1,11})([smhdw])\Z")


@dataclass(frozen=True)
class RotationOptions:
    """What the operator asks for.

    :param max_age: rotate what is older (zero: all); with force everything. The other operations are for all hosts.
    :param rollback_to: go back to what was current at that moment; None: to the password before the current one.
    :param chosen: a password of the operator's own that is to be the current one, whatever the record has.
    """

    max_age: dt.timedelta
    force: bool = False
    operation: Operation = "rotate"
    rollback_to: dt.datetime | None = None
    chosen: str | None = field(default=None, repr=False)

    def due_before(self, now: dt.datetime) -> dt.datetime | None:
        """Return the moment from before which passwords are due, None where age does not matter."""
        if self.operation != "rotate":
            return None
        earliest = dt.datetime.min.replace(tzinfo=dt.timezone.utc)
        return now if self.force else now - min(self.max_age, now - earliest)


@dataclass(frozen=True)
class Decision:
    """What is to be done with one instance.

    :param outcome: what this leads to, if all goes well.
    :param acts: whether the cloud is to be written to.
    :param record: as it is stored now, EMPTY without one.
    :param seen: the record with what was observed, None where the instance was not seen.
    :param noted: the same as it is to be stored, None where nothing is new; stored unless the cloud is written to.
    :param reboot: what is needed (or will be, where it acts) before the current password is in force.
    :param reboot_now: what is needed now.
    :param error: why nothing can be done, None where something can or need not be.
    :param known: the recorded password that is to be set, None where a new one is.
    :param chosen: known is the operator's choice, and the record need not have it.
    :param remark: for people, where what it leads to is not what was asked for.
    :param unseen: why an instance could not be looked at that needs nothing, so that only a survey misses something.
    """

    target: Target
    outcome: Outcome
    record: Record
    reboot: Reboot = "none"
    reboot_now: Reboot = "none"
    acts: bool = False
    seen: Record | None = None
    noted: Record | None = None
    instance: Instance | None = None
    error: ConsoleError | None = None
    operation: Operation = "rotate"
    known: str | None = field(default=None, repr=False)
    chosen: bool = False
    remark: str = ""
    unseen: ConsoleError | None = None

    @property
    def surveyed(self) -> tuple[Outcome, ConsoleError | None]:
        """Outcome and error for a survey, which is about what it could look at."""
        return (self.outcome, self.error) if self.unseen is None else ("failed", self.unseen)

    @property
    def latest(self) -> Record:
        """The record with what was seen, stored or not."""
        return self.seen or self.record


def parse_age(text: str) -> dt.timedelta:
    """Read a number with one of the units s, m, h, d, w, or 0.

    :raises ConsoleError: it is something else.
    """
    match = _AGE.match(text.strip().lower())
    if match:
        with contextlib.suppress(OverflowError):
            return dt.timedelta(seconds=int(match[1]) * _UNITS[match[2]])
    if text.strip() == "0":
        return dt.timedelta(0)
    raise ConsoleError(
        f"O(max_age) {text[:64]!r} is not an age",
        advice="Use a number and a unit, such as 30d, 12h or 2w; 0 always rotates.",
    )


def decide(
    target: Target,
    record: Record | None,
    seen: Instance | ConsoleError | None,
    options: RotationOptions,
    now: dt.datetime,
) -> Decision:
    """Decide about one instance.

    :param seen: the instance, the error of looking at it, or None where the cloud does not know it.
    """
    before = record or EMPTY
    if seen is None or isinstance(seen, ConsoleError):
        return _unseen(target, before, seen or _unknown(target), options, now)
    after, noted = look(before, seen), observe(before, seen)
    outcome, error = _outcome(after, options, now)
    acts = outcome in DONE
    return Decision(
        target,
        outcome,
        # What was seen is stored with the first change of a rotation.
        after if acts else before,
        reboot=seen.reboot_after_change if acts else after.reboot,
        reboot_now=after.reboot,
        acts=acts,
        seen=after,
        noted=None if noted is before else noted,
        instance=seen,
        error=error,
        operation=options.operation,
        known=known_password(after, options),
        chosen=options.chosen is not None,
        remark=_remark(after, options),
    )


def known_password(record: Record, options: RotationOptions) -> str | None:
    """Return the password that is wanted; None for a rotation, and where the record has none such."""
    if options.chosen is not None:
        return options.chosen
    if options.operation == "rotate":
        return None
    if options.operation == "reconcile":
        return record.current
    return previous(record) if options.rollback_to is None else current_at(record, options.rollback_to)


def _outcome(record: Record, options: RotationOptions, now: dt.datetime) -> tuple[Outcome, ConsoleError | None]:
    """What a record leads to where the instance is there."""
    known = known_password(record, options)
    if options.chosen is not None and record.pending is not None and record.pending.password != options.chosen:
        return "conflict", _unresolved()
    if record.pending is not None:
        return "resumed", None
    if options.operation != "rotate" and known is None:
        return "failed", _unrecorded(record, options)
    if not (is_due(record, options, now) if known is None else _is_to_be_set(record, options, known)):
        return "fresh", None
    if record.leased(now):
        return "conflict", _leased(record)
    return "rotated", None


def is_due(record: Record, options: RotationOptions, now: dt.datetime) -> bool:
    """Whether the current password is missing, older than max_age, or to be replaced in any case."""
    if record.current is None or record.rotated_at is None or options.force:
        return True
    return now - record.rotated_at >= options.max_age


def _is_to_be_set(record: Record, options: RotationOptions, known: str) -> bool:
    """A reconcile sets the password in any case; a rollback does not set the current one.

    A chosen one that is current is set again only if another one is in doubt beside it.
    """
    if options.chosen is not None and any(record.doubts(former) for former in record.history):
        return True
    return options.operation == "reconcile" or known != record.current


def _remark(record: Record, options: RotationOptions) -> str:
    """Say if a pending candidate prevents the rollback."""
    if options.operation != "rollback" or record.pending is None:
        return ""
    if record.pending.password == known_password(record, options):
        return ""
    return (
        "An earlier run had left a candidate pending, and that one comes first. To roll back, run again for this host."
    )


def done_by_another(decision: Decision, found: Record) -> bool:
    """Whether another run has meanwhile done what decision was to lead to.

    :param found: the record as it is now, with nothing pending.
    """
    before = decision.record
    if decision.operation == "rollback":
        return decision.known is not None and found.current == decision.known
    if decision.operation == "rotate" and decision.outcome == "rotated":
        return found.rotated_at != before.rotated_at
    return _promotion(found) != _promotion(before)


def still_to_do(decision: Decision, before: Record, found: Record) -> bool:
    """Whether decision still holds although another run has changed the record; neither has anything pending."""
    if found.rotated_at != before.rotated_at:
        return False
    if decision.operation == "reconcile":
        return _promotion(found) == _promotion(before)
    return decision.chosen or decision.known is None or decision.known in found.acknowledged


def _promotion(record: Record) -> tuple[dt.datetime | None, dt.datetime | None]:
    """What changes when a password is promoted; the same one set again keeps its age."""
    return record.rotated_at, record.acknowledged_at


def _unseen(
    target: Target, record: Record, error: ConsoleError, options: RotationOptions, now: dt.datetime
) -> Decision:
    """The instance could not be looked at.

    One that the cloud does not know is a problem in any case. Where the question itself failed, what is fresh stays
    so, and refused credentials stop all that is not.
    """
    outcome: Outcome = "not_attempted" if isinstance(error, AuthenticationError) else "failed"
    if isinstance(error, NotFound) and error.status is None:
        outcome = "rejected"
    elif _outcome(record, options, now)[0] == "fresh":
        return Decision(target, "fresh", record, record.reboot, record.reboot, unseen=error)
    return Decision(target, outcome, record, record.reboot, record.reboot, error=error)


def _unrecorded(record: Record, options: RotationOptions) -> ConsoleError:
    """Nothing to set: the ledger does not know the instance, or not what was current before."""
    if record.current is None:
        return NotFound(
            "the ledger has no acknowledged password of this instance",
            advice="Rotate it, or check that O(ledger) names the right ledger.",
        )
    if options.rollback_to is None:
        return NotFound("the ledger has no password before the current one", advice="Rotate this host instead.")
    moment = options.rollback_to.astimezone(dt.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    return NotFound(
        f"the ledger has no password that was current at {moment}",
        advice="See which='all' of the lookup for what it has, and give another time, or rotate this host instead.",
    )


def _unknown(target: Target) -> ConsoleError:
    return NotFound(
        f"{target.key.instance_id} is not known in {target.key.region} to this account",
        advice="Check O(instance_id), O(region) and the credentials; a released instance can be left out "
        "with console_exclude.",
    )


def _unresolved() -> ConsoleError:
    return WrongState(
        "an earlier run has left another password pending, and that one comes first",
        advice="Nothing was changed. Let a rotation of this host end it, then run this again.",
    )


def _leased(record: Record) -> ConsoleError:
    until = record.lease_until.strftime("%H:%M:%S UTC") if record.lease_until else "soon"
    return WrongState(
        "a request of an earlier, interrupted run may still arrive, and would undo what is set now",
        advice=f"Run again after {until}.",
    )
