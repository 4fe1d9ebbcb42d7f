# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""The variables that people type: those of hosts, console_*, and those of the role, vnc_rotation_*. Pure.

A variable that is probably a misspelt one of ours is refused: what it was to say, would not be heeded. Messages name
options by their variables, see _naming.
"""

from __future__ import annotations

import difflib
import re
import typing as t

from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.module_utils._redact import scrub

HOST_PREFIX = "console_"
# The inventory contract: variable to field of Access.
ACCESS_VARIABLES: t.Mapping[str, str] = {
    "console_provider": "provider",
    "console_region": "region",
    "console_endpoint": "endpoint",
    "console_profile": "profile",
    "console_access_key_id": "access_key_id",
    "console_access_key_secret": "access_key_secret",
    "console_security_token": "security_token",
}
# Those of them that are masked in output where ansible-core can do that.
SECRET_VARIABLES = ("console_access_key_secret", "console_security_token")
# The parts of an access key.
KEY_VARIABLES = ("console_access_key_id", *SECRET_VARIABLES)
# For the clouds without a VNC password; known, so that they are not taken for misspelt ones.
OTHER_VARIABLES = ("console_project_id", "console_api", "console_cloud")
# For the connection terminal_session; known for the same reason.
CONNECTION_VARIABLES = (
    "console_session_port",
    "console_session_target_server",
    "console_validate_certs",
    "console_ca_cert",
)
# What the inventory plugin says of an instance; known for the same reason.
INVENTORY_VARIABLES = (
    "console_name",
    "console_status",
    "console_os_type",
    "console_tags",
    "console_zone",
    "console_vpc_id",
    "console_private_ips",
    "console_public_ips",
)
# For the playbooks about one host; known, because Ansible gives extra variables to every host.
PLAYBOOK_VARIABLES = ("console_host", "console_type", "console_open")
# What a rotation reads of a host.
USED_VARIABLES = ("console_exclude", "console_instance_id", *ACCESS_VARIABLES)
VARIABLES = (*USED_VARIABLES, *OTHER_VARIABLES)
# All names that are not taken for misspelt ones.
KNOWN_VARIABLES = (*VARIABLES, *CONNECTION_VARIABLES, *INVENTORY_VARIABLES, *PLAYBOOK_VARIABLES)

ROLE_PREFIX = "vnc_rotation_"
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
# Options that the role sets by itself.
_WITHOUT_VARIABLE = frozenset({"hosts", "due_before"})

# The variables that only the restarts behind a rotation use. Ansible reads ``serial`` when it comes to that play, and
# ends in a traceback where it cannot, so they are checked before the rotation.
SERIAL = "vnc_rotation_reboot_serial"
TIMEOUT = "vnc_rotation_reboot_timeout"
LONGEST_WAIT = 3600

_SIZE = re.compile(r"0*([1-9][0-9]{0,8}|([1-9][0-9]?|100)%)\Z")
_SECONDS = re.compile(r"[0-9]{1,9}\Z")


def host_variable(option: str) -> str:
    """Return the variable by which a host gives this option, or the option without one."""
    name = f"console_{option}"
    return name if name in VARIABLES else option


def role_variable(option: str) -> str:
    """Return the variable of the role that gives this option."""
    return option if option in _WITHOUT_VARIABLE else f"vnc_rotation_{option}"


def variable(option: str) -> str:
    """Return the variable of the host that gives this option, or that of the role where a host has none."""
    name = host_variable(option)
    return name if name != option else role_variable(option)


def meant(name: str, known: t.Sequence[str]) -> str | None:
    """Return the known name that name is probably a misspelling of, None without one."""
    return next(iter(difflib.get_close_matches(name, known, n=1, cutoff=CLOSE)), None) if name not in known else None


def check_variable(holder: str, name: str, known: t.Sequence[str], prefix: str) -> None:
    """Refuse a variable that is probably a misspelt one of known.

    :raises ConsoleError: it is.
    """
    close = meant(name, known)
    if close:
        raise ConsoleError(
            f"{holder} has the unknown variable {scrub(name, ())}: did you mean {close}?",
            advice=f"Correct it, or give it a name that does not start with {prefix}.",
        )


def role_names(names: t.Iterable[object]) -> frozenset[str]:
    """Return those names that a variable of the role could have."""
    return frozenset(name for name in names if isinstance(name, str) and name.startswith(ROLE_PREFIX))


def check_role_variables(holder: str, names: t.Iterable[object]) -> None:
    """Refuse a misspelt variable of the role among names.

    :raises ConsoleError: there is one; the message names the first one in their order.
    """
    for name in sorted(role_names(names)):
        if not _EXPORTED.fullmatch(name):
            check_variable(holder, name, ROLE_VARIABLES, ROLE_PREFIX)


def check_waves(serial: t.Any, timeout: t.Any) -> None:
    """Raise ConsoleError where no waves can be made of serial, or restarts cannot be waited for so long."""
    sizes = serial if isinstance(serial, list) else [serial]
    if serial is not None and (
        not sizes or any(isinstance(size, bool) or not _SIZE.match(str(size)) for size in sizes)
    ):
        raise ConsoleError(
            "O(reboot_serial) is neither a number of hosts nor a share of them",
            advice="Use a number from 1, a share such as 10%, or a list of these. Nothing was changed.",
        )
    if timeout is not None and not (_SECONDS.match(str(timeout)) and int(timeout) <= LONGEST_WAIT):
        raise ConsoleError(
            "O(reboot_timeout) is not a number of seconds that can be waited",
            advice=f"Use a number from 0 to {LONGEST_WAIT}. Nothing was changed.",
        )
