# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""What came of a run, told from the ledger, however many jobs it had and whichever of them were killed. Pure.

What the jobs say of themselves is only compared with that. The ledger keeps neither refusals with their reasons nor
what a job said; those are in the reports of the jobs.
"""

from __future__ import annotations

import collections
import datetime as dt
import re
import typing as t

from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError, PermissionDenied, WrongState
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.record import Record
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.operations import parse_moment
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.outcomes import DONE, Outcome
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.plan import Decision, parse_age
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.rotate_one import InstanceResult

# Names of artifacts, and their times.
_ARTIFACT = re.compile(r"vnc_rotation_[0-9]{1,18}")
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
# What was done is counted together, because a ledger tells its outcomes apart only by the last one.
_COUNTED = {"total": "hosts in all", "done": " or ".join(DONE)}


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
        return "ambiguous", _open("may have been set, without a record of it")
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


def compared(artifacts: t.Mapping[t.Any, t.Any], summary: t.Mapping[str, t.Any] | None) -> dict[str, t.Any]:
    """Return what several jobs have said of themselves, added up, and where the ledger says something else.

    :param artifacts: name to artifact; those of a forecast and everything that is no artifact do not count.
    :param summary: the counts that the ledger leads to; None: there is nothing to compare with.
    """
    found = {str(name): value for name, value in artifacts.items() if _is_artifact(name, value)}
    counts: collections.Counter[str] = collections.Counter()
    for one in found.values():
        counts.update({str(outcome): count for outcome, count in one["summary"].items() if _is_count(count)})
    return {
        "jobs": sorted(int(name.rpartition("_")[2]) for name in found),
        "since": min((one["started_at"] for one in found.values()), default=None),
        "due_before": max(
            (one["due_before"] for one in found.values() if _is_moment(one.get("due_before"))), default=None
        ),
        "summary": dict(counts),
        "stopped": [str(one["stopped"])[:200] for one in found.values() if one.get("stopped")][:5],
        "differences": _differences(counts, summary) if found and summary is not None else [],
    }


def _is_artifact(name: t.Any, value: t.Any) -> bool:
    return (
        bool(_ARTIFACT.fullmatch(str(name)))
        and isinstance(value, t.Mapping)
        and not value.get("check_mode")
        and isinstance(value.get("summary"), t.Mapping)
        and _is_moment(value.get("started_at"))
    )


def _is_moment(value: t.Any) -> bool:
    return isinstance(value, str) and bool(_MOMENT.fullmatch(value))


def _is_count(value: t.Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _differences(jobs: t.Mapping[str, int], summary: t.Mapping[str, t.Any]) -> list[str]:
    """One sentence for each count that the two do not agree on."""
    said, known = _with_done(jobs), _with_done({name: count for name, count in summary.items() if _is_count(count)})
    return [
        f"{_COUNTED.get(name, name)}: the jobs say {said.get(name, 0)}, the ledger {known.get(name, 0)}"
        for name in dict.fromkeys((*said, *known))
        if said.get(name, 0) != known.get(name, 0)
    ]


def _with_done(counts: t.Mapping[str, int]) -> dict[str, int]:
    """The counts, with those of what was done in one."""
    others = {str(name): count for name, count in counts.items() if name not in DONE}
    return {"done": sum(counts.get(name, 0) for name in DONE), **others}
