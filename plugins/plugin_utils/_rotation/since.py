# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""What came of a run, told from the ledger alone, however many jobs it had and whichever of them were killed. Pure.

The ledger does not keep refusals with their reasons, nor what a job said; those stand in the reports of the jobs.
"""

from __future__ import annotations

import datetime as dt

from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError, PermissionDenied, WrongState
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.record import Record
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.operations import parse_moment
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.outcomes import Outcome
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.plan import Decision, parse_age
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.rotate_one import InstanceResult


def parse_since(text: str, now: dt.datetime, name: str = "since") -> dt.datetime:
    """Read a moment in ISO 8601 with its zone, or an age such as 1d.

    :param name: of the option, for the message.
    :raises ConsoleError: it is neither, or the moment has not come yet.
    """
    try:
        return now - parse_age(text)
    except (ConsoleError, OverflowError):
        moment = parse_moment(text)
    if moment is None or moment > now:
        raise ConsoleError(
            f"O({name}) {text[:64]!r} is neither an age nor a time of the past in UTC",
            advice="Use a number and a unit, such as 12h, or a time such as 2026-01-02T03:04:05Z.",
        )
    return moment


def outcome_since(decision: Decision, since: dt.datetime) -> InstanceResult:
    """Say what has become of an instance since that moment."""
    outcome, error = _outcome(decision, since)
    return InstanceResult(outcome, decision.reboot_now, decision.latest, error)


def _outcome(decision: Decision, since: dt.datetime) -> tuple[Outcome, ConsoleError | None]:
    record = decision.record
    if record.pending is not None:
        return _pending_outcome(record)
    if _done(record, since):
        return ("resumed" if record.last_outcome == "resumed" else "rotated"), None
    if decision.outcome != "rotated":
        return decision.surveyed
    if record.last_outcome == "rejected":
        return "rejected", _refused()
    return "not_attempted", _still_due()


def _done(record: Record, since: dt.datetime) -> bool:
    """Whether the current password was recorded, or set again, since then."""
    moments = (record.rotated_at, record.acknowledged_at)
    return record.current is not None and any(moment is not None and moment >= since for moment in moments)


def _pending_outcome(record: Record) -> tuple[Outcome, ConsoleError]:
    pending = record.pending
    if pending is None or pending.maybe_applied:
        return "ambiguous", _open("may have been set, and nobody has noted that")
    return "failed", _open("could not be set")


def _open(what: str) -> ConsoleError:
    return WrongState(
        f"a run has left a candidate that {what}",
        advice="Run the rotation again for this host; it sends the same password and settles that.",
    )


def _refused() -> ConsoleError:
    return PermissionDenied(
        "it is due, and the cloud refused the last attempt for good",
        advice="See the output or the report of the job that tried.",
    )


def _still_due() -> ConsoleError:
    return WrongState("it is still due", advice="Run the rotation again for this host.")
