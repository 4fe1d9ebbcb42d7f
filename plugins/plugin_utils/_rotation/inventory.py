# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""Reads the console variables of many hosts.

Templating all variables of a host costs most of a millisecond. So only the variables of this collection are templated,
and of these only the ones that contain a template.
"""

from __future__ import annotations

import typing as t

from ansible_collections.cloudops.console.plugins.module_utils._redact import scrub
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.targets import HostVars

PREFIX = "console_"
# Hosts between two looks at the clock.
_OFTEN = 100


class Templar(t.Protocol):
    """What is needed of ansible's templar, the same in all supported releases."""

    def copy_with_new_env(self, *, available_variables: t.Any) -> Templar:
        """Return a templar for other variables."""

    def template(self, variable: t.Any) -> t.Any:
        """Resolve a template."""


def read_host_vars(
    names: t.Iterable[str], hostvars: t.Any, templar: Templar, still: t.Callable[[str], object] | None = None
) -> list[HostVars]:
    """Return the console variables of each host, in the order of names.

    :param hostvars: ansible's object of that name.
    :param still: is told now and then how far it is, and prints that where it takes long.
    :raises ConsoleError: never; what is wrong with one host is in its own entry.
    """
    wanted = [str(name) for name in dict.fromkeys(names)]
    found: list[HostVars] = []
    for name in wanted:
        if still is not None and not len(found) % _OFTEN:
            still(f"read the variables of {len(found)} of {len(wanted)} hosts")
        found.append(_read(name, hostvars, templar))
    return found


def _read(name: str, hostvars: t.Any, templar: Templar) -> HostVars:
    raw = hostvars.raw_get(name)
    if not isinstance(raw, t.Mapping):
        return HostVars(name, {}, "the host is not in the inventory")
    values = {key: value for key, value in raw.items() if isinstance(key, str) and key.startswith(PREFIX)}
    if all(_is_plain(value) for value in values.values()):
        return HostVars(name, values)
    resolver = templar.copy_with_new_env(available_variables={**raw, "hostvars": hostvars})
    resolved = {}
    for key, value in values.items():
        try:
            resolved[key] = value if _is_plain(value) else str(resolver.template(value))
        # Anything can go wrong in a template, and its text can quote a secret.
        except Exception as error:  # noqa: BLE001
            return HostVars(
                name, values, f"the template in {scrub(key, ())} cannot be resolved ({type(error).__name__})"
            )
    return HostVars(name, resolved)


def _is_plain(value: t.Any) -> bool:
    """Whether value is final: no template and no vaulted text."""
    if isinstance(value, str):
        return type(value).__name__ != "EncryptedString" and "{{" not in value and "{%" not in value
    return value is None or isinstance(value, (bool, int, float))
