# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""From the inventory's variables to the instances that a run is about. Pure.

Every host ends up in exactly one place: in the names of one Target, or as one HostResult that is decided already.
"""

from __future__ import annotations

import dataclasses
import typing as t
from dataclasses import dataclass, field

from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.module_utils._models import (
    Access,
    checked_instance_id,
    checked_region,
)
from ansible_collections.cloudops.console.plugins.module_utils._provider import facts_of
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.record import InstanceKey
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.result import HostResult
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.variables import (
    ACCESS_VARIABLES,
    HOST_PREFIX,
    KNOWN_VARIABLES,
    check_variable,
)

# A host that names its own credentials does not inherit a part of the play's.
_IDENTITY = ("profile", "access_key_id", "access_key_secret", "security_token")

_TRUE = ("true", "yes", "on", "1", "y", "t")
_FALSE = ("", "false", "no", "off", "0", "n", "f")


@dataclass(frozen=True)
class HostVars:
    """The console variables of one host, templates resolved.

    :param values: None for what is not given, and for what could not be resolved.
    :param problem: why something could not be resolved, None where all could.
    :param known: whether the inventory has the host.
    :param role_names: names of its variables vnc_rotation_*, which are the play's.
    """

    name: str
    values: t.Mapping[str, t.Any] = field(repr=False)
    problem: str | None = None
    known: bool = True
    role_names: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Target:
    """One instance, under all of its inventory names; the first one's access is used."""

    names: tuple[str, ...]
    key: InstanceKey
    access: Access


@dataclass(frozen=True)
class Selection:
    """What a run is about: instances to look at, and hosts that are decided without that."""

    targets: tuple[Target, ...]
    decided: tuple[HostResult, ...]


def select(hosts: t.Iterable[HostVars], defaults: Access) -> Selection:
    """Sort the hosts of an inventory; defaults fill what a host does not say."""
    targets: dict[InstanceKey, Target] = {}
    decided = []
    accesses = _Accesses(defaults)
    for host in hosts:
        found = _sort(host, accesses)
        if isinstance(found, HostResult):
            decided.append(found)
        elif found.key in targets:
            first = targets[found.key]
            targets[found.key] = dataclasses.replace(first, names=(*first.names, *found.names))
        else:
            targets[found.key] = found
    return Selection(tuple(targets.values()), tuple(decided))


def _sort(host: HostVars, accesses: _Accesses) -> Target | HostResult:
    try:
        _check_names(host.values)
        if _is_excluded(host.values):
            return HostResult(host.name, "excluded")
        if host.problem is not None:
            advice = "Correct the host's console_* variables." if host.known else "Check its name and the inventory."
            raise ConsoleError(host.problem, advice=advice)
    except ConsoleError as error:
        return _unmapped(host, error)
    try:
        access = accesses.of(host)
        instance_id = _text(host.values.get("console_instance_id"))
    except ConsoleError as error:
        return _unmapped(host, error)
    try:
        facts = facts_of(access.provider)
        if facts.vnc_password is None:
            reason = f"{facts.title} has no VNC password; nothing was changed."
            return HostResult(
                host.name,
                "unsupported",
                message=reason,
                provider=access.provider,
                region=access.region,
                instance_id=instance_id,
            )
        _require(console_instance_id=instance_id, console_region=access.region)
        key = InstanceKey(access.provider, checked_region(access.region), checked_instance_id(instance_id))
    except ConsoleError as error:
        return _unmapped(host, error, access, instance_id)
    return Target((host.name,), key, access)


def _require(**variables: str) -> None:
    for name, value in variables.items():
        if not value:
            advice = "Set it in the inventory, or leave the host out with console_exclude: true."
            raise ConsoleError(f"this host has no {name}", advice=advice)


def _unmapped(host: HostVars, error: ConsoleError, access: Access | None = None, instance_id: str = "") -> HostResult:
    return HostResult(
        host.name,
        "unmapped",
        message=error.message,
        failure=error.failure,
        provider=access.provider if access else "",
        region=access.region if access else "",
        instance_id=instance_id,
    )


class _Accesses:
    """The accesses of a run; thousands of hosts share a few."""

    def __init__(self, defaults: Access) -> None:
        self._defaults = defaults
        self._known: dict[tuple[str, ...], Access] = {}

    def of(self, host: HostVars) -> Access:
        """Return what a host says, filled from the defaults; raises ConsoleError."""
        said = tuple([_text(host.values.get(variable)) for variable in ACCESS_VARIABLES])
        if said not in self._known:
            self._known[said] = self._filled(said)
        return self._known[said]

    def _filled(self, said: tuple[str, ...]) -> Access:
        given = {field: text for field, text in zip(ACCESS_VARIABLES.values(), said, strict=True) if text}
        if any(field in given for field in _IDENTITY):
            given = {**dict.fromkeys(_IDENTITY, ""), **given}
        changes: dict[str, t.Any] = dict(given)
        return dataclasses.replace(self._defaults, **changes)


def _text(value: t.Any) -> str:
    """Return the value as a text; raise ConsoleError for a number that is too large to be written as one."""
    try:
        return "" if value is None else str(value).strip()
    except ValueError:
        raise ConsoleError(
            "one of the host's console_* variables is an endless number", advice="Correct it, or put it in quotes."
        ) from None


def _is_excluded(values: t.Mapping[str, t.Any]) -> bool:
    word = _text(values.get("console_exclude")).lower()
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise ConsoleError(
        "console_exclude is neither true nor false", advice="Use true to leave the host out, false to keep it."
    )


def _check_names(values: t.Mapping[str, t.Any]) -> None:
    """Refuse a variable that is probably a misspelt one of ours."""
    for name in values:
        check_variable("the host", name, KNOWN_VARIABLES, HOST_PREFIX)
