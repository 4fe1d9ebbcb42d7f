# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""What people read on the screen after a run: the names to restart, what --diff shows, a survey as a table. Pure.

There is no password in any of it.
"""

from __future__ import annotations

import collections
import itertools
import typing as t

from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.operations import WORDS
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.outcomes import (
    CHANGES,
    LEFT_OUT,
    MEANING,
    PROBLEMS,
)
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.result import (
    DIFF_ROOM,
    FleetResult,
    HostResult,
    names_fitting,
)

Host = t.Mapping[str, t.Any]
Row = tuple[str, ...]

# Characters of the table's rows, and of what is said below them: AWX empties an event with more than 700,000.
ROOM = 500_000
REASONS_ROOM = 150_000
# A longer name moves only its own row to the right.
WIDEST_NAME = 64
TITLES: Row = ("HOST", "AGE", "DUE", "MAY OPEN IT", "REBOOT", "NOTE")
REBOOT = {"none": "-", "needed": "needs a reboot", "at_next_start": "takes effect at its next start"}
UNKNOWN = "A ? under MAY OPEN IT is the password from before the first rotation, which the ledger does not have."
# Hosts that are named beside the reason that they have in common.
NAMED = 3
# Characters that the names to restart take.
REBOOT_ROOM = 4_000
# Hosts of the diff.
MOST_CHANGES = 200

_TAKES = {"needed": ", needs a reboot", "at_next_start": ", takes effect at its next start"}


def waiting_line(fleet: FleetResult) -> str:
    """Name the hosts that need a reboot, or in check mode would, and say how to restart them; empty for none."""
    names = fleet.reboot_needed
    if not names:
        return ""
    shown = names_fitting(names, REBOOT_ROOM)
    more = f" and {len(names) - len(shown)} more" if len(names) > len(shown) else ""
    if fleet.check_mode:
        return f"would need a reboot: {', '.join(shown)}{more}"
    how = "cloudops.console.reboot_waiting_hosts restarts them in waves"
    what = "needs a reboot before its new password takes effect"
    if len(names) > 1:
        what = "need a reboot before their new passwords take effect"
    return f"{what}: {', '.join(shown)}{more}; {how}"


def difference(fleet: FleetResult) -> dict[str, str]:
    """Return what --diff shows: under the name of each host that changed or would, its lines of before and after."""
    changed = [host for host in fleet.hosts if host.outcome in CHANGES]
    told = [(f"{host.name}:", _before(host, fleet), _after(host, fleet)) for host in changed[:MOST_CHANGES]]
    # The name is in both texts.
    hosts = told[: len(names_fitting((name * 2 + before + after for name, before, after in told), DIFF_ROOM))]
    more = [f"... and {len(changed) - len(hosts)} more"] if len(changed) > len(hosts) else []
    return {
        "before_header": "VNC passwords",
        "after_header": "VNC passwords",
        "before": _text(itertools.chain.from_iterable((name, before) for name, before, _after in hosts)),
        "after": _text((*itertools.chain.from_iterable((name, after) for name, _before, after in hosts), *more)),
    }


def _before(host: HostResult, fleet: FleetResult) -> str:
    if host.rotated_before is None:
        return "  no password in the ledger"
    days = (fleet.started_at - host.rotated_before).days
    age = f"{days} day{'' if days == 1 else 's'} old" if days else "less than a day old"
    return f"  {age}, of {host.rotated_before.strftime('%Y-%m-%dT%H:%M:%SZ')}"


def _after(host: HostResult, fleet: FleetResult) -> str:
    words: dict[str, str] = {"rotated": WORDS[fleet.operation].done}
    return f"  {words.get(host.outcome, host.outcome)}{_TAKES.get(host.reboot, '')}"


def _text(lines: t.Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def table(hosts: t.Mapping[str, Host], most: int) -> list[str]:
    """Return the lines: titles, rows, what the reader has to know, why hosts have problems, the summary.

    :param hosts: each host of a survey by its name, those with a problem with their message.
    :param most: rows to show, 0 for all that there is room for.
    """
    ordered = sorted(hosts, key=lambda name: _rank(hosts[name]))[: most or None]
    lines = names_fitting(_aligned([TITLES, *(_row(name, hosts[name]) for name in ordered)]), ROOM)
    shown = {name: hosts[name] for name in ordered[: len(lines) - 1]}
    return [*lines, "", *_legend(shown), *_reasons(shown), summary(hosts), *_rest(len(shown), len(hosts))]


def summary(hosts: t.Mapping[str, Host]) -> str:
    """Return one sentence with what there is to do."""
    reboots = collections.Counter(host["reboot"] for host in hosts.values())
    problems = sum(host["outcome"] in PROBLEMS for host in hosts.values())
    due = sum(bool(host.get("due")) for host in hosts.values())
    parts = [
        (problems, "{} with a problem", "{} with a problem"),
        (reboots["needed"], "{} needs a reboot", "{} need a reboot"),
        (reboots["at_next_start"], "{} takes effect at its next start", "{} take effect at their next start"),
        (due, "{} is due", "{} are due"),
    ]
    said = [(one if count == 1 else many).format(count) for count, one, many in parts if count]
    total = "1 host" if len(hosts) == 1 else f"{len(hosts)} hosts"
    return f"{total}: {', '.join(said) or 'nothing to do'}."


def _rest(shown: int, total: int) -> list[str]:
    """Where the hosts are that are not shown."""
    if shown >= total:
        return []
    which = f"These are the first {shown} of {total} hosts, those with something to do before the others."
    return [f"{which} To see others, use --limit HOSTS; to see more, -e vnc_rotation_status_rows={total}."]


def _legend(hosts: t.Mapping[str, Host]) -> list[str]:
    return [UNKNOWN] if any("?" in _may_open(host) for host in hosts.values()) else []


def _reasons(hosts: t.Mapping[str, Host]) -> list[str]:
    """As many of the reasons as there is room for."""
    reasons = list(_by_reason(hosts))
    told = names_fitting(reasons, REASONS_ROOM)
    left = len(reasons) - len(told)
    return [*told, *([f"... and {left} more reasons; use --limit HOSTS to see them."] if left else [])]


def _by_reason(hosts: t.Mapping[str, Host]) -> t.Iterator[str]:
    """Why hosts have a problem: each reason once, with the first names of the hosts that have it."""
    found: dict[str, list[str]] = {}
    for name, host in hosts.items():
        if host["outcome"] in PROBLEMS and host.get("message"):
            found.setdefault(" ".join(str(host["message"]).split()), []).append(name)
    for reason, names in found.items():
        more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
        yield f"{', '.join(names[:NAMED])}{more}: {reason}"


def _rank(host: Host) -> int:
    """What there is to do about a host, the most urgent first; hosts of one rank stay in the order of the inventory."""
    ranks = (host["outcome"] in PROBLEMS, host["reboot"] == "needed", host.get("due"), host["reboot"] != "none")
    return ranks.index(True) if True in ranks else len(ranks) + (host["outcome"] in LEFT_OUT)


def _row(name: str, host: Host) -> Row:
    return name, _age(host.get("age_days")), _due(host), _may_open(host), _reboot(host), _note(host)


def _due(host: Host) -> str:
    """Whether a rotation would set another password, a dash where that cannot be told."""
    if "due" not in host or host["outcome"] in PROBLEMS or host["outcome"] in LEFT_OUT:
        return "-"
    return "yes" if host["due"] else "no"


def _reboot(host: Host) -> str:
    return REBOOT.get(host["reboot"], str(host["reboot"]))


def _age(days: int | None) -> str:
    if days is None:
        return "-"
    return "1 day" if days == 1 else f"{days} days"


def _may_open(host: Host) -> str:
    """How many passwords of the ledger may open the console, and a question mark where it can be another one."""
    count = host.get("in_force_count")
    if count is None or host["outcome"] in (*LEFT_OUT, "unmapped"):
        return "-"
    if not count:
        return "?"
    return str(count) if host.get("in_force_complete", True) else f"{count} + ?"


def _note(host: Host) -> str:
    """What the other columns have no place for; the reasons of problems are told below."""
    notes = []
    if host["outcome"] in PROBLEMS:
        notes.append(host["outcome"])
    if host["outcome"] in LEFT_OUT:
        notes.append(MEANING[host["outcome"]])
    if host.get("pending"):
        notes.append("a candidate is pending")
    if host.get("same_as"):
        notes.append(f"the same instance as {host['same_as']}")
    return ", ".join(notes)


def _aligned(rows: t.Sequence[Row]) -> t.Iterator[str]:
    """Each row as a line; a column that says nothing of any host is left out."""
    told = [number for number in range(len(TITLES)) if any(row[number] for row in rows[1:])]
    widths = {number: max(len(row[number]) for row in rows) for number in told}
    widths[0] = min(widths.get(0, 0), WIDEST_NAME)
    for row in rows:
        yield "  ".join(row[number].ljust(widths[number]) for number in told).rstrip()
