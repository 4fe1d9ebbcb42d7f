# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""A record as JSON: its fields as they are, with times in ISO 8601. What stands in every ledger, sealed or clear."""

from __future__ import annotations

from ansible_collections.cloudops.console.plugins.module_utils._deps import msgspec
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.record import Record


def to_json(record: Record) -> bytes:
    """Return the record as JSON in UTF-8; raise ValueError where a text in it cannot be written so."""
    return bytes(msgspec.json.encode(record))


def from_json(text: bytes) -> Record | None:
    """Return the record, None where text is something else or has a part that no record has."""
    try:
        return msgspec.json.decode(text, type=Record)
    except (msgspec.DecodeError, ValueError, RecursionError):
        return None
