# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""How a run ended, for each host and as a whole, and as much of that as there is room for in an event of AWX. Pure."""

from __future__ import annotations

import collections
import datetime as dt
import json
import typing as t
from dataclasses import dataclass

from ansible_collections.cloudops.console.plugins.module_utils._models import Reboot
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.operations import WORDS, Operation, counted
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.outcomes import (
    CHANGES,
    DONE,
    OUTCOMES,
    PROBLEMS,
    Outcome,
)

T = t.TypeVar("T")

# Hosts that a result names, and whose problem it tells.
MOST_HOSTS = 5_000
MOST_PROBLEMS = 200
# Characters of a result. AWX empties one with more than 700,000 in its event (MAX_EVENT_RES of ansible-runner).
ROOM = 690_000
# What of that is kept for problems and for the names of hosts that need a reboot, should the hosts want all.
PROBLEM_ROOM = 30_000
REBOOT_ROOM = 15_000
# The same for the diff and for what the action adds: paths of reports and of the export.
DIFF_ROOM = 15_000
ADDED_ROOM = 5_000


@dataclass(frozen=True)
class HostResult:
    """How the run ended for one inventory host.

    :param reboot: what is needed before the current password is in force; in check mode, what would be.
    :param message: for people; why, and what to do next; empty where there is nothing to say.
    :param failure: {kind, code, message, request_id, status}, or None.
    :param status: of the instance, in the words of the cloud.
    :param io_optimized: None where it is unknown.
    :param rotated_at: when the current password was recorded, None without one.
    :param rotated_before: the same when the run began.
    :param in_force_count: how many passwords of the ledger may open the console, as far as is known at the end.
    :param in_force_complete: whether the one in force is surely among them.
    :param looked_at: until when starts of the instance are known, None where it was not seen.
    :param same_as: the name under which the instance was handled, where another inventory name stands for it too.
    """

    name: str
    outcome: Outcome
    reboot: Reboot = "none"
    message: str = ""
    failure: dict[str, t.Any] | None = None
    provider: str = ""
    region: str = ""
    instance_id: str = ""
    status: str = ""
    io_optimized: bool | None = None
    rotated_at: dt.datetime | None = None
    rotated_before: dt.datetime | None = None
    in_force_count: int = 0
    in_force_complete: bool = False
    looked_at: dt.datetime | None = None
    same_as: str | None = None

    def to_result(self) -> dict[str, str]:
        """Return the small form; same_as and what is still to do only where there is something to say."""
        small: dict[str, str] = {"outcome": self.outcome, "reboot": self.reboot}
        small |= {} if self.same_as is None else {"same_as": self.same_as}
        return {**small, "message": self.message} if self.is_postponed else small

    def to_survey(self, now: dt.datetime, looked_at: dt.datetime | None) -> dict[str, t.Any]:
        """Return the small form with age, what is due and what may open the console.

        What is so for most hosts is left out, so that a result has room for 5,000: that nothing is pending, that the
        one in force is among those counted (where there are any), and when starts were looked for.

        :param looked_at: when that was for most hosts.
        """
        small: dict[str, t.Any] = {
            **self.to_result(),
            "due": self.outcome in DONE,
            "age_days": (now - self.rotated_at).days if self.rotated_at else None,
            "in_force_count": self.in_force_count,
        }
        small |= {"pending": True} if self.outcome == "resumed" else {}
        small |= {"in_force_complete": False} if self.in_force_count and not self.in_force_complete else {}
        return small | ({} if self.looked_at == looked_at else {"looked_at": _when(self.looked_at)})

    @property
    def is_postponed(self) -> bool:
        """Whether a pending candidate came before what was asked for."""
        return self.outcome == "resumed" and bool(self.message)

    @property
    def is_problem(self) -> bool:
        """Whether the host counts as failed."""
        return self.outcome in PROBLEMS

    @property
    def asks_for_more(self) -> bool:
        """Whether there is something to do about the host."""
        return self.is_problem or self.is_postponed or self.reboot == "needed"

    def to_problem(self) -> dict[str, t.Any]:
        """Return what is to be said of a host with a problem."""
        return {"outcome": self.outcome, "message": self.message, "failure": self.failure}


@dataclass(frozen=True)
class FleetResult:
    """How the run ended as a whole.

    :param hosts: every targeted inventory host once, in inventory order.
    :param check_mode: nothing was written; the outcomes are what a real run would attempt.
    :param stopped: why the run stopped before its end, None where it did not.
    :param ledger: the address of the ledger, without a secret.
    :param operation: what the run was about.
    :param part: which job of a run of several this was, empty where it has one only.
    :param due_before: passwords from before that moment were due; None where age did not matter.
    :param has_records: the ledger had a record of one of the instances at least, or there is no instance.
    """

    hosts: tuple[HostResult, ...]
    run_id: str
    started_at: dt.datetime
    ended_at: dt.datetime
    ledger: str
    check_mode: bool = False
    stopped: str | None = None
    operation: Operation = "rotate"
    part: str = ""
    due_before: dt.datetime | None = None
    has_records: bool = True

    @property
    def summary(self) -> dict[str, int]:
        """Every outcome with its count, zero included; the counts add up to ``total``."""
        counts = collections.Counter(host.outcome for host in self.hosts)
        return {**{outcome: counts[outcome] for outcome in OUTCOMES}, "total": len(self.hosts)}

    @property
    def reboot_needed(self) -> list[str]:
        """Names of the hosts whose current password is not in force before a restart."""
        return [host.name for host in self.hosts if host.reboot == "needed"]

    @property
    def problems(self) -> list[HostResult]:
        """The hosts that count as failed."""
        return [host for host in self.hosts if host.is_problem]

    @property
    def looked_at(self) -> dt.datetime | None:
        """Until when starts of the hosts that were looked at are known, None where none was."""
        return max((host.looked_at for host in self.hosts if host.looked_at is not None), default=None)

    @property
    def changed(self) -> bool:
        """Whether anything is, may be or (in check mode) would be different in the cloud."""
        return any(host.outcome in CHANGES for host in self.hosts)

    @property
    def is_quiet(self) -> bool:
        """Whether it left all as it was and met no problem."""
        return not self.changed and not self.problems and self.stopped is None

    @property
    def achieved(self) -> tuple[Outcome, ...]:
        """The outcomes with which the run did what it was about; what is merely resumed is not rolled back."""
        return tuple(one for one in DONE if one != "resumed" or self.operation != "rollback")

    def headline(self) -> str:
        """One sentence for people."""
        counts, achieved = self.summary, self.achieved
        done = sum(counts[name] for name in achieved)
        text = WORDS[self.operation].headline[self.check_mode].format(done, counted(counts["total"], "host"))
        parts = [f"{counts[name]} {name}" for name in OUTCOMES if counts[name] and name not in achieved]
        text += f" ({', '.join(parts)})" if parts else ""
        postponed = sum(host.is_postponed for host in self.hosts)
        text += f"; {postponed} of the resumed are to be rolled back by a further run" if postponed else ""
        waiting = len(self.reboot_needed)
        need = "would need" if self.check_mode else "needs" if waiting == 1 else "need"
        text += f"; {waiting} {need} a reboot" if waiting else ""
        return f"{text}; stopped early: {self.stopped}" if self.stopped else text

    def to_survey(self) -> dict[str, t.Any]:
        """Return what the information action hands to the play: the same shape, with what is due and pending."""
        result = {**self._small(self._surveyed(), diff_room=0), "looked_at": _when(self.looked_at)}
        waiting, due = len(self.reboot_needed), sum(host.outcome in DONE for host in self.hosts)
        need, are = "needs" if waiting == 1 else "need", "is" if due == 1 else "are"
        message = f"{waiting} of {counted(len(self.hosts), 'host')} {need} a reboot, {due} {are} due"
        return {**result, "changed": False, "msg": message}

    def to_collected(self) -> dict[str, t.Any]:
        """Return the survey of what was done already."""
        return {**self._small({host.name: host.to_result() for host in self.hosts}, diff_room=0), "changed": False}

    def to_result(self, report: t.Mapping[str, str]) -> dict[str, t.Any]:
        """Return what the action hands to the play: small, because AWX keeps each result in an event.

        :param report: format to path of the reports that were written.
        """
        small = self._small({host.name: host.to_result() for host in self.hosts})
        return {**small, "operation": self.operation, "report": dict(report)}

    def details(self, surveyed: bool = False) -> t.Iterator[dict[str, t.Any]]:
        """Return what the small result has no room for: each host with its name, and with its problem.

        :param surveyed: with what a survey says of each host, too.
        """
        hosts = self._surveyed() if surveyed else {host.name: host.to_result() for host in self.hosts}
        for host in self.hosts:
            yield {"name": host.name, **hosts[host.name], **(host.to_problem() if host.is_problem else {})}

    def _small(self, hosts: t.Mapping[str, dict[str, t.Any]], diff_room: int = DIFF_ROOM) -> dict[str, t.Any]:
        """The result. What it is called for comes first: all hosts, then the names to restart, then why some failed."""
        frame = self._frame()
        told = {host.name: host.to_problem() for host in self.problems[:MOST_PROBLEMS]}
        for_problems = min(PROBLEM_ROOM, length(told))
        left = ROOM - diff_room - ADDED_ROOM - length(frame)
        listed = self._listed(hosts, left - for_problems)
        left -= length(listed)
        waiting = names_fitting(self.reboot_needed, left - for_problems)
        return {
            **frame,
            "hosts": listed,
            "problems": fitting(told, left - length(waiting), length),
            "reboot_needed": waiting,
            "shortened": listed != hosts or len(waiting) < len(self.reboot_needed),
        }

    def _listed(self, hosts: t.Mapping[str, dict[str, t.Any]], room: int) -> dict[str, dict[str, t.Any]]:
        """As much of hosts as there is room for beside the names to restart, in their order.

        Where not all can be told of each, it is outcome and reboot alone; where not each can be named, those with
        something to do about them come first.
        """
        waiting = length(self.reboot_needed)
        if len(hosts) <= MOST_HOSTS and length(hosts) <= room - waiting:
            return dict(hosts)
        first = sorted(self.hosts, key=lambda host: not host.asks_for_more)[:MOST_HOSTS]
        found = fitting({host.name: host.to_result() for host in first}, room - min(REBOOT_ROOM, waiting), length)
        return {host.name: found[host.name] for host in self.hosts if host.name in found}

    def _frame(self) -> dict[str, t.Any]:
        """What is not of single hosts."""
        return {
            "changed": self.changed,
            "msg": self.headline(),
            "run_id": self.run_id,
            "part": self.part,
            "started_at": _seconds(self.started_at),
            "ended_at": _seconds(self.ended_at),
            "due_before": _when(self.due_before),
            "check_mode": self.check_mode,
            "ledger": self.ledger,
            "stopped": self.stopped,
            "problems_total": len(self.problems),
            "summary": self.summary,
            "reboot_needed_total": len(self.reboot_needed),
            "details": None,
        }

    def _surveyed(self) -> dict[str, dict[str, t.Any]]:
        """Each host by its name as a survey tells it."""
        looked_at = self.looked_at
        return {host.name: host.to_survey(self.ended_at, looked_at) for host in self.hosts}


def _when(moment: dt.datetime | None) -> str | None:
    return None if moment is None else _seconds(moment)


def _seconds(moment: dt.datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def size(value: t.Any) -> int:
    """Return how many bytes value takes as JSON, at most: other characters than ASCII count as they are escaped."""
    return len(json.dumps(value, default=str))


def length(value: t.Any) -> int:
    """Return how many characters value takes as Python writes it, which is what AWX counts."""
    return len(repr(value))


def fitting(values: t.Mapping[str, T], room: int, measure: t.Callable[[t.Any], int] = size) -> dict[str, T]:
    """Return the entries from the front that take no more than room, by measure."""
    found: dict[str, T] = {}
    for name, value in values.items():
        # with ": " and ", "
        room -= measure(name) + measure(value) + 4
        if room < 0:
            break
        found[name] = value
    return found


def names_fitting(names: t.Iterable[str], room: int) -> list[str]:
    """Return the names from the front that take no more than so many characters."""
    found: list[str] = []
    for name in names:
        # with ", "
        room -= length(name) + 2
        if room < 0:
            break
        found.append(name)
    return found
