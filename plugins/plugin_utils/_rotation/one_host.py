# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""What the inventory says of one host, for a call about it on any cloud. Pure.

A rotation needs less: only one cloud has passwords to rotate, and its certificates are the role's.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible.module_utils.parsing.convert_bool import boolean
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.module_utils._models import Access
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.targets import HostVars
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.variables import (
    ACCESS_VARIABLES,
    HOST_PREFIX,
    KNOWN_VARIABLES,
    OTHER_VARIABLES,
    check_variable,
)

_FIELDS: t.Mapping[str, str] = {
    **ACCESS_VARIABLES,
    **{name: name.removeprefix(HOST_PREFIX) for name in (*OTHER_VARIABLES, "console_ca_cert")},
}
_CERTIFICATES = "console_validate_certs"
# What is read of the host.
WANTED = ("console_instance_id", _CERTIFICATES, *_FIELDS)
# A host that names its own credentials does not inherit a part of the task's.
_IDENTITY = frozenset({"profile", "access_key_id", "access_key_secret", "security_token"})


def variable_of(option: str) -> str:
    """Return the variable by which a host gives this option, or the option without one."""
    name = f"{HOST_PREFIX}{option}"
    return name if name in WANTED else option


def instance_of(host: HostVars, defaults: Access) -> tuple[Access, str]:
    """Return how to reach the host's cloud, and its instance id; defaults fill what the host does not say.

    :raises ConsoleError: a variable is misspelt, cannot be resolved or is missing.
    """
    if not host.known:
        advice = "Name one host as the inventory does; ansible-inventory --graph shows the names."
        raise ConsoleError(f"the inventory has no host {host.name}", advice=advice)
    for name in host.values:
        check_variable(f"the host {host.name}", name, KNOWN_VARIABLES, HOST_PREFIX)
    if host.problem is not None:
        raise ConsoleError(f"{host.name}: {host.problem}", advice="Correct the host's console_* variables.")
    given = {field: _text(host, name) for name, field in _FIELDS.items() if _text(host, name)}
    if _IDENTITY & given.keys():
        given = {**dict.fromkeys(_IDENTITY, ""), **given}
    changes: dict[str, t.Any] = {**given, **_certificates(host)}
    instance_id = _text(host, "console_instance_id")
    if not instance_id:
        raise ConsoleError(f"the host {host.name} has no console_instance_id", advice="Set it in the inventory.")
    return dataclasses.replace(defaults, **changes), instance_id


def _certificates(host: HostVars) -> dict[str, bool]:
    value = host.values.get(_CERTIFICATES)
    if value is None or value == "":
        return {}
    try:
        return {"validate_certs": boolean(value)}
    except TypeError:
        reason = f"{_CERTIFICATES} of {host.name} is neither true nor false"
    raise ConsoleError(reason, advice="Correct it.")


def _text(host: HostVars, name: str) -> str:
    return str(host.values.get(name) or "").strip()
