# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""The report as CSV: one row per host, in inventory order, for spreadsheets and databases. Pure, never fails.

The header is stable: columns may be added at its end, none goes or moves. Times are ISO 8601 in UTC; true, false and
empty (unknown) are the values of io_optimized. Spreadsheets take a cell for a formula by its first character: such a
cell gets an apostrophe in front. Characters that do not show are escaped. The exact text is in the
JSON.
"""

from __future__ import annotations

import csv
import functools
import re
import typing as t

from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.report import wording
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.report.columns import (
    CSV,
    columns_of,
    for_programs,
)
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.result import FleetResult

# The full-width forms count too: some spreadsheets treat them as the narrow ones. So do blanks before them.
_FORMULA = re.compile(r"[\t\r\n]|\s*[=+\-@\uff1d\uff0b\uff0d\uff20]")


class _Line:
    """A file for csv.writer that hands each line back."""

    def write(self, line: str) -> str:
        return line


def parts(result: FleetResult) -> t.Iterator[str]:
    """Return the lines; they end with a line feed, cells with commas, quotes or line breaks are quoted."""
    line = csv.writer(_Line(), lineterminator="\n").writerow
    columns = columns_of(CSV)
    yield line(column.name for column in columns)
    for host in result.hosts:
        values = (column.value(result if column.of_run else host) for column in columns)
        yield line(_cell(for_programs(value)) for value in values)


# Most cells are in the rows of thousands of hosts.
@functools.lru_cache(maxsize=1024)
def _cell(text: str) -> str:
    guard = "'" if _FORMULA.match(text) else ""
    # A lone carriage return would go unquoted, as older versions of Python write it, and end the row for readers.
    return guard + wording.visible(text.replace("\r\n", "\n"), keep="\t\n")
