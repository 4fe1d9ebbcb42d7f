# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""The report as CSV: one row per host, in inventory order, for spreadsheets and databases. Pure, never fails.

The header is stable: columns may be added at its end, none goes or moves. Times are ISO 8601 in UTC; true, false and
empty (unknown) are the values of io_optimized. Spreadsheets take a cell for a formula by its first character: such a
cell gets an apostrophe in front. Characters that do not show are escaped. Whoever needs the exact text reads
the JSON.
"""

from __future__ import annotations

import csv
import functools
import io
import re

from ansible_collections.cloudops.console.plugins.plugin_utils._rotation._report import words
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.result import FleetResult, HostResult

HEADER = (
    "name",
    "outcome",
    "reboot",
    "provider",
    "region",
    "instance_id",
    "status",
    "io_optimized",
    "rotated_at",
    "same_as",
    "message",
    "failure_kind",
    "failure_code",
    "failure_status",
    "failure_request_id",
    "run_id",
    "check_mode",
)
# The full-width forms count too: some spreadsheets treat them as the narrow ones. So do blanks before them.
_FORMULA = re.compile(r"[\t\r\n]|\s*[=+\-@\uff1d\uff0b\uff0d\uff20]")
_BOOLS = {True: "true", False: "false", None: ""}


def render(result: FleetResult) -> str:
    """Return the report as a text; lines end with a line feed, cells with commas, quotes or line breaks are quoted."""
    out = io.StringIO()
    write = csv.writer(out, lineterminator="\n").writerow
    write(HEADER)
    run = [result.run_id, _BOOLS[result.check_mode]]
    for host in result.hosts:
        write([_cell(text) for text in [*_texts(host), *run]])
    return out.getvalue()


def _texts(host: HostResult) -> list[str]:
    """Return the host's cells in the order of HEADER, without those of the run."""
    return [
        host.name,
        host.outcome,
        host.reboot,
        host.provider,
        host.region,
        host.instance_id,
        host.status,
        _BOOLS[host.io_optimized],
        f"{words.clock(host.rotated_at).replace(' ', 'T')}Z" if host.rotated_at else "",
        host.same_as or "",
        words.said(host),
        *(words.failure(host, part) for part in ("kind", "code", "status", "request_id")),
    ]


# Most cells stand in the rows of thousands of hosts.
@functools.lru_cache(maxsize=1024)
def _cell(text: str) -> str:
    guard = "'" if _FORMULA.match(text) else ""
    # A lone carriage return would go unquoted, as older versions of Python write it, and end the row for readers.
    return guard + words.visible(text.replace("\r\n", "\n"), keep="\t\n")
