# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""A record as the JSON document in the store, readable by other tools.

Its fields are those of the record, with times in ISO 8601, and two more: ``schema``, and ``instance``, which says whose
record it is, so that one that was copied to another path is not believed. One of schema 1 lacks what is over; it is
brought up to date as it is read, and written as one of today's with its next change.
"""

from __future__ import annotations

import json
import typing as t

from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.errors import ledger_error
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.in_force import adopted
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.record import InstanceKey, Record
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.record_json import from_json, to_json
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.vault.responses import roll_back

SCHEMA = 2


def to_document(key: InstanceKey, record: Record) -> dict[str, t.Any]:
    """Return the document of a record."""
    return {"schema": SCHEMA, "instance": str(key), **json.loads(to_json(record))}


def from_document(key: InstanceKey, document: t.Any, path: str = "PATH") -> Record:
    """Return the record.

    :param path: where it is, as commands take it.
    :raises ConsoleError: Ledger.Corrupt or Ledger.TooNew.
    """
    fields = dict(document) if isinstance(document, dict) else {}
    schema, instance = fields.pop("schema", None), fields.pop("instance", None)
    if isinstance(schema, int) and schema > SCHEMA:
        raise ledger_error(
            "Ledger.TooNew",
            f"the record of {key} has schema {schema}, and this release knows {SCHEMA}",
            "Upgrade cloudops.console on this machine.",
        )
    record = _validated(fields) if schema in (1, SCHEMA) and instance == str(key) else None
    if record is None or record.version < 1:
        raise ledger_error(
            "Ledger.Corrupt",
            f"the record of {key} was changed outside of this collection or belongs to something else",
            roll_back(path),
        )
    return adopted(record) if schema == 1 else record


def _validated(fields: dict[str, t.Any]) -> Record | None:
    try:
        return from_json(json.dumps(fields).encode())
    except (TypeError, ValueError, RecursionError):
        return None
