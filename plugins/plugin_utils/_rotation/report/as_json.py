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
    check_mode      true: nothing was written, the outcomes are what a real run would attempt
    ledger          the address of the ledger, without a secret
    started_at      times are ISO 8601 in UTC with milliseconds: 2026-03-01T12:00:00.000Z
    ended_at
    stopped         why the run stopped before its end, or null
    summary         {OUTCOME: count}, every outcome of the closed list, and total
    reboot_needed   names of the hosts whose password is not in force before a restart
    hosts           every targeted host once, in inventory order, each with all columns of JSON in columns.COLUMNS;
                    HostResult says what each of them means

Each host is on a line of its own. Reports of slices of one run (same schema, run_id, operation, check_mode and
ledger) can be merged without knowing more: the earliest started_at, the latest ended_at, the reasons in stopped that
are not null one after the other, the sums of summary, and reboot_needed and hosts one after the other. Slices have no
host in common.
"""

from __future__ import annotations

import datetime as dt
import json
import typing as t

from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.report import wording
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.report.columns import JSON, columns_of
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.result import FleetResult

SCHEMA = 1


def parts(result: FleetResult) -> t.Iterator[str]:
    """Return the lines, in ASCII; each host is one of them."""
    head = json.dumps(_head(result), indent=2, default=_time)
    yield f'{head[:-2]},\n  "hosts": ['
    # Without an indent the encoder is a compiled one, and the lines can be searched with grep.
    encode, columns = json.JSONEncoder(default=_time).encode, columns_of(JSON)
    gap = "\n"
    for host in result.hosts:
        yield f"{gap}    {encode({column.name: column.value(host) for column in columns})}"
        gap = ",\n"
    yield "\n  ]\n}\n" if result.hosts else "]\n}\n"


def _head(result: FleetResult) -> dict[str, t.Any]:
    return {
        "schema": SCHEMA,
        "run_id": result.run_id,
        "part": result.part,
        "operation": result.operation,
        "check_mode": result.check_mode,
        "ledger": result.ledger,
        "started_at": result.started_at,
        "ended_at": result.ended_at,
        "stopped": result.stopped,
        "summary": result.summary,
        "reboot_needed": result.reboot_needed,
    }


def _time(value: object) -> str:
    """Called for what JSON has no form for: times."""
    if not isinstance(value, dt.datetime):
        raise TypeError(type(value).__name__)
    return wording.utc(value).isoformat(timespec="milliseconds")[:-6] + "Z"
