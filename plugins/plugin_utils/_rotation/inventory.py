# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""Reads the console variables of many hosts, cheaply.

Templating all variables of a host costs most of a millisecond, so only those with a template in them are templated,
and only the ones of this collection. And while variables are read, ansible-core looks into its folders of plugins once,
not several times for each host: that alone would be most of what a host costs.
"""

from __future__ import annotations

import contextlib
import functools
import typing as t

from ansible.plugins.loader import connection_loader, vars_loader
from ansible_collections.cloudops.console.plugins.module_utils._redact import scrub
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.aside import aside, processes
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
    names: t.Iterable[str], hostvars: t.Any, templar: Templar, still: t.Callable[[str], object] = str
) -> list[HostVars]:
    """Return the console variables of each host, in the order of names.

    :param hostvars: ansible's object of that name.
    :param still: is told now and then how far it is, and prints that where it takes long.
    :raises ConsoleError: never; what is wrong with one host stands in its own entry.
    """
    wanted = [str(name) for name in dict.fromkeys(names)]
    share = -(-len(wanted) // processes(len(wanted)))
    others = [wanted[start : start + share] for start in range(share, len(wanted), max(1, share))]
    with listed_once(connection_loader), listed_once(vars_loader):
        waiting = [aside(functools.partial(_read_share, names, hostvars, templar)) for names in others]
        # The shares are alike, so this one tells how far all of them are
        found = _read_share(
            wanted[:share],
            hostvars,
            templar,
            lambda done: still(f"read about {100 * done // share} % of the variables of {len(wanted)} hosts"),
        )
        for result in waiting:
            found += result()
    return found


def _read_share(
    names: t.Sequence[str], hostvars: t.Any, templar: Templar, told: t.Callable[[int], object] = bool
) -> list[HostVars]:
    found: list[HostVars] = []
    for name in names:
        if not len(found) % _OFTEN:
            told(len(found))
        found.append(_read(name, hostvars, templar))
    return found


@contextlib.contextmanager
def listed_once(loader: t.Any) -> t.Iterator[None]:
    """Have one of ansible's plugin loaders remember what it has listed, as long as this lasts."""
    loader.all = functools.partial(_remembered, loader.all, {})
    try:
        yield
    finally:
        # What stood there before is the method of its class
        del loader.all


def _remembered(
    find: t.Callable[..., t.Iterable[t.Any]], known: dict[t.Any, list[t.Any]], *args: t.Any, **kw: t.Any
) -> t.Any:
    asked = (args, *sorted(kw.items()))
    if asked not in known:
        known[asked] = list(find(*args, **kw))
    return iter(known[asked])


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
