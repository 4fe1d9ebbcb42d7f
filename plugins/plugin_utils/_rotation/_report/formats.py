# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""The closed list of report formats, and what renders each."""

from __future__ import annotations

import typing as t

from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation._report import (
    as_csv,
    as_html,
    as_json,
    as_markdown,
)
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.result import FleetResult

_RENDERERS: t.Mapping[str, t.Callable[[FleetResult], str]] = {
    "json": as_json.render,
    "csv": as_csv.render,
    "md": as_markdown.render,
    "html": as_html.render,
}
FORMATS: tuple[str, ...] = tuple(_RENDERERS)


def check(formats: t.Iterable[str]) -> list[str]:
    """Return formats without repetition, in the order given.

    :raises ConsoleError: one of them is unknown.
    """
    wanted = list(dict.fromkeys(formats))
    unknown = [name for name in wanted if name not in _RENDERERS]
    if unknown:
        raise ConsoleError(
            f"there is no report format {unknown[0]!r}",
            code="Report.Format",
            advice=f"Set report_formats to some of {', '.join(FORMATS)}.",
        )
    return wanted


def render(result: FleetResult, name: str) -> str:
    """Return the report of that format as a text.

    :raises ConsoleError: the format is unknown.
    """
    check([name])
    return _RENDERERS[name](result)
