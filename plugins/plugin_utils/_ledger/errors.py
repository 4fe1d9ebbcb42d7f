# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""What can go wrong with a ledger; the codes are ours and stable."""

from __future__ import annotations

import typing as t

from ansible_collections.cloudops.console.plugins.module_utils._errors import (
    LEDGER,
    AuthenticationError,
    ConsoleError,
    NotFound,
    PermissionDenied,
    Throttled,
    TimedOut,
    UnexpectedAnswer,
    WrongState,
)

Code = t.Literal[
    "Ledger.Address",
    "Ledger.NoKey",
    "Ledger.WrongKey",
    "Ledger.Locked",
    "Ledger.Corrupt",
    "Ledger.TooNew",
    "Ledger.Missing",
    "Ledger.Exists",
    "Ledger.Full",
    "Ledger.ReadOnly",
    "Ledger.Unavailable",
    "Ledger.NoLogin",
    "Ledger.Token",
    "Ledger.Denied",
    "Ledger.Sealed",
    "Ledger.NoLeader",
    "Ledger.WrongMount",
    "Ledger.Deleted",
    "Ledger.Expiring",
    "Ledger.Throttled",
]

_CLASSES: dict[str, type[ConsoleError]] = {
    "Ledger.WrongKey": AuthenticationError,
    "Ledger.ReadOnly": PermissionDenied,
    "Ledger.Missing": NotFound,
    "Ledger.Locked": TimedOut,
    "Ledger.Corrupt": UnexpectedAnswer,
    "Ledger.Full": UnexpectedAnswer,
    "Ledger.Unavailable": UnexpectedAnswer,
    "Ledger.Token": AuthenticationError,
    "Ledger.Denied": PermissionDenied,
    "Ledger.Sealed": UnexpectedAnswer,
    "Ledger.NoLeader": UnexpectedAnswer,
    "Ledger.Deleted": WrongState,
    "Ledger.Expiring": WrongState,
    "Ledger.Throttled": Throttled,
}


class Conflict(Exception):
    """Another process has stored another version of this record; read it again."""


def ledger_error(code: Code, reason: str, advice: str, **marks: t.Any) -> ConsoleError:
    """Return the error for code: reason is a clause, advice the next step, marks are further parts of the error."""
    error = _CLASSES.get(code, ConsoleError)(reason, code=code, advice=advice, **marks)
    error.kind = LEDGER
    return error


def is_of_ledger(error: ConsoleError) -> bool:
    """Whether an error is about the ledger and not about a cloud; it can be of the same class as one of a cloud."""
    return error.kind == LEDGER
