# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""The reports of a rotation run: json for programs, csv for spreadsheets, md for tickets, html for people.

Each format is one pure function from the result to a text (``as_*.py``); ``writer`` is the only file that touches the
disk. No report can hold a secret: the types of the result have no place for one.
"""

from __future__ import annotations

from ansible_collections.cloudops.console.plugins.plugin_utils._rotation._report.formats import FORMATS, render
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation._report.writer import prepare, write_reports

__all__ = ("FORMATS", "prepare", "render", "write_reports")
