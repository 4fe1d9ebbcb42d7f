# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""The report as JSON: complete, for programs. Pure, never fails.

::

    schema          1; a number that changes when a field changes its meaning or goes, not when one is added
    run_id          text; the slices of an AWX job have it in common
    part            which job of the run this was, or empty
    operation       rotate, reconcile or rollback
    check_mode      true: nothing was written, the outcomes are what a real run would strive for
    ledger          the address of the ledger, without a secret
    started_at      times are ISO 8601 in UTC with milliseconds: 2026-03-01T12:00:00.000Z
    ended_at
    stopped         why the run stopped before its end, or null
    summary         {OUTCOME: count}, every outcome of the closed list, and total
    reboot_needed   names of the hosts whose password is not in force before a restart
    hosts           every targeted host once, in inventory order, each with all of HOST_FIELDS:
        name, outcome, reboot (none, needed, at_next_start), message (empty where there is nothing to say),
        failure (null, or {kind, code, message, request_id, status}), provider, region, instance_id,
        status and same_as as the result has them, io_optimized (null: unknown), rotated_at (null: never),
        rotated_before (the same when the run began),
        in_force_count (passwords of the ledger that may open the console), in_force_complete (false: also one from
        before the first rotation), looked_at (until when starts of the instance are known; null: not seen)

Each host stands on a line of its own. Reports of slices of one run (same schema, run_id, operation, check_mode and
ledger) can be merged without knowing more: the earliest started_at, the latest ended_at, the reasons in stopped that
are not null one after the other, the sums of summary, and reboot_needed and hosts one after the other. Slices have no
host in common.
"""

from __future__ import annotations

import datetime as dt
import json
import typing as t

from ansible_collections.cloudops.console.plugins.plugin_utils._rotation._report import words
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.result import FleetResult, HostResult

SCHEMA = 1
HOST_FIELDS = (
    "name",
    "outcome",
    "reboot",
    "message",
    "failure",
    "provider",
    "region",
    "instance_id",
    "status",
    "io_optimized",
    "rotated_at",
    "rotated_before",
    "in_force_count",
    "in_force_complete",
    "looked_at",
    "same_as",
)
FAILURE_FIELDS = ("kind", "code", "message", "request_id", "status")


def document(result: FleetResult) -> dict[str, t.Any]:
    """Return the report as plain data."""
    return {**_head(result), "hosts": [_host(host) for host in result.hosts]}


def render(result: FleetResult) -> str:
    """Return the report as a text in ASCII, one host a line."""
    head = json.dumps(_head(result), indent=2)
    if not result.hosts:
        return head[:-2] + ',\n  "hosts": []\n}\n'
    # Without an indent the encoder is a compiled one, and the lines can be searched with grep.
    lines = ",\n".join(f"    {json.dumps(_host(host))}" for host in result.hosts)
    return f'{head[:-2]},\n  "hosts": [\n{lines}\n  ]\n}}\n'


def _head(result: FleetResult) -> dict[str, t.Any]:
    return {
        "schema": SCHEMA,
        "run_id": result.run_id,
        "part": result.part,
        "operation": result.operation,
        "check_mode": result.check_mode,
        "ledger": result.ledger,
        "started_at": _time(result.started_at),
        "ended_at": _time(result.ended_at),
        "stopped": result.stopped,
        "summary": result.summary,
        "reboot_needed": result.reboot_needed,
    }


def _host(host: HostResult) -> dict[str, t.Any]:
    fields = {name: getattr(host, name) for name in HOST_FIELDS}
    fields |= {name: None if moment is None else _time(moment) for name, moment in _moments(host)}
    if host.failure is not None:
        fields["failure"] = {name: host.failure.get(name) for name in FAILURE_FIELDS}
    return fields


def _moments(host: HostResult) -> tuple[tuple[str, dt.datetime | None], ...]:
    return tuple((name, getattr(host, name)) for name in ("rotated_at", "rotated_before", "looked_at"))


def _time(moment: dt.datetime) -> str:
    return words.utc(moment).isoformat(timespec="milliseconds")[:-6] + "Z"
