# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""The reports of a rotation run: json for programs, csv for spreadsheets, md for tickets, html for people.

``columns`` declares once what they say of a host, ``wording`` the words that they share. Each format is a pure
function from the result to the parts of a text (``as_json``, ``as_csv``, and ``pages`` with the templates for people).
``writer`` and ``folder`` touch the disk. No report can contain a secret: the types of the result have no place for one.
"""

from __future__ import annotations

from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.report.folder import latest, tidy
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.report.writer import (
    FORMATS,
    prepare,
    render,
    write_reports,
)

__all__ = ("FORMATS", "latest", "prepare", "render", "tidy", "write_reports")
