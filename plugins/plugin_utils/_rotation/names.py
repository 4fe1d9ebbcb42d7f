# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""Names of variables that are probably misspelt ones of ours: what they were to say, would not be heeded. Pure."""

from __future__ import annotations

import difflib
import re
import typing as t

from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.module_utils._redact import scrub

PREFIX = "vnc_rotation_"
# What users set: the variables of the role and of its playbooks.
ROLE_VARIABLES = (
    "vnc_rotation_ledger",
    "vnc_rotation_ledger_key",
    "vnc_rotation_ledger_vault_id",
    "vnc_rotation_vault_token",
    "vnc_rotation_vault_role_id",
    "vnc_rotation_vault_secret_id",
    "vnc_rotation_vault_namespace",
    "vnc_rotation_vault_ca_cert",
    "vnc_rotation_allow_local_ledger",
    "vnc_rotation_new_ledger_key",
    "vnc_rotation_new_ledger_vault_id",
    "vnc_rotation_backup",
    "vnc_rotation_backup_overwrite",
    "vnc_rotation_operation",
    "vnc_rotation_rollback_to",
    "vnc_rotation_max_age",
    "vnc_rotation_force",
    "vnc_rotation_canary",
    "vnc_rotation_max_failures",
    "vnc_rotation_concurrency",
    "vnc_rotation_requests_per_second",
    "vnc_rotation_export",
    "vnc_rotation_export_vault_id",
    "vnc_rotation_report_dir",
    "vnc_rotation_report_formats",
    "vnc_rotation_report_keep",
    "vnc_rotation_report_always",
    "vnc_rotation_since",
    "vnc_rotation_status_rows",
    "vnc_rotation_fail",
    "vnc_rotation_host_status",
    "vnc_rotation_reboot_ok",
    "vnc_rotation_reboot_serial",
    "vnc_rotation_reboot_timeout",
    "vnc_rotation_timeout",
    "vnc_rotation_retries",
    "vnc_rotation_validate_certs",
    "vnc_rotation_ca_cert",
    "vnc_rotation_allow_plain_http",
)
# What the role exports, and the artifacts of AWX jobs.
_EXPORTED = re.compile(r"vnc_rotation_(([a-z]+_)?result|[0-9]+)")
# How alike two names must be, from 0 to 1, for one to count as a misspelling of the other.
CLOSE = 0.85


def meant(name: str, known: t.Sequence[str]) -> str | None:
    """Return the known name that name is probably a misspelling of, None where there is none."""
    return next(iter(difflib.get_close_matches(name, known, n=1, cutoff=CLOSE)), None) if name not in known else None


def check_variable(holder: str, name: str, known: t.Sequence[str], prefix: str) -> None:
    """Refuse a variable that is probably a misspelt one of known.

    :raises ConsoleError: it is.
    """
    close = meant(name, known)
    if close:
        raise ConsoleError(
            f"{holder} has {scrub(name, ())}: was {close} meant?",
            advice=f"Correct it, or give it a name that does not begin with {prefix}.",
        )


def role_names(names: t.Iterable[object]) -> frozenset[str]:
    """Return those names that a variable of the role could have."""
    return frozenset(name for name in names if isinstance(name, str) and name.startswith(PREFIX))


def check_role_variables(holder: str, names: t.Iterable[object]) -> None:
    """Refuse a misspelt variable of the role among names.

    :raises ConsoleError: there is one; the first one in their order is told.
    """
    for name in sorted(role_names(names)):
        if not _EXPORTED.fullmatch(name):
            check_variable(holder, name, ROLE_VARIABLES, PREFIX)
