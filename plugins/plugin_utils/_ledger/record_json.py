# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""A record as JSON: its fields as they are, with times in ISO 8601. What every ledger contains, sealed or clear.

It is read strictly: a part that no record has, or one of another type, makes it something else.
"""

from __future__ import annotations

import functools

from ansible_collections.cloudops.console.plugins.module_utils._deps import ConfigDict, TypeAdapter, ValidationError
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.record import Record


def to_json(record: Record) -> bytes:
    """Return the record as JSON in UTF-8; raise ValueError where a text in it cannot be written so."""
    # A warning would quote what it warns of.
    return _form().dump_json(record, warnings=False)


def from_json(text: bytes) -> Record | None:
    """Return the record, None where text is something else or has a part that no record has."""
    try:
        return _form().validate_json(text)
    except ValidationError:
        return None


@functools.cache
def _form() -> TypeAdapter[Record | None]:
    """Return what reads and writes records; it is made once, with the first of them.

    The dataclasses of a record know no library. They get their settings from what contains them: pydantic takes none
    for a dataclass itself, and so the type is one that can be null.
    """
    return TypeAdapter(Record | None, config=ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True))
