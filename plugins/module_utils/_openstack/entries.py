# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""What one cloud's entry says, in files as in the environment. Pure.

A hyphen in a name counts as an underscore, null and the empty text count as not given, and names of the login may be
under auth or beside it. The rules are those of openstacksdk (openstack/config/loader.py).
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field, replace

from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.module_utils._models import AUTH_NAMES, AUTH_SECRETS
from ansible_collections.cloudops.console.plugins.module_utils._redact import name_of

# Older names of the login, and what they are called now.
_OLD_NAMES = {"user_name": "username", "auth_token": "token"}
# Of these the one beside auth wins, of the others the one under it.
_BESIDE_WINS = ("token", "project_", "tenant_", "user_domain_", "domain_")


@dataclass(frozen=True)
class Entry:
    """One cloud: what is under auth, and beside it; source says for people where it came from.

    :param regions: the list regions; each has a name, and values that override the entry's.
    """

    auth: t.Mapping[str, str] = field(default_factory=dict, repr=False)
    settings: t.Mapping[str, str] = field(default_factory=dict, repr=False)
    source: str = ""
    regions: tuple[tuple[str, Entry], ...] = field(default=(), repr=False)

    def over(self, lower: Entry, source: str = "") -> Entry:
        """Return this entry with what only the lower one has."""
        return Entry(
            {**lower.auth, **self.auth},
            {**lower.settings, **self.settings},
            source or self.source or lower.source,
            self.regions or lower.regions,
        )

    @property
    def profile(self) -> str:
        """The vendor's profile that it names, or empty; cloud is the older word."""
        return self.settings.get("profile") or self.settings.get("cloud", "")

    def known_regions(self) -> tuple[tuple[str, Entry], ...]:
        """Return the regions it lists, those of region_name where that has several; a single one is a default."""
        names = self.settings.get("region_name", "").split(",")
        several = tuple((name.strip(), Entry()) for name in names) if len(names) > 1 else ()
        return self.regions or several

    def in_region(self, wanted: str, known: t.Sequence[tuple[str, Entry]]) -> Entry:
        """Return it for one of the known regions: the wanted one, or the first.

        :raises ConsoleError: the wanted one is none of them.
        """
        if not known:
            return self
        name = wanted or known[0][0]
        values = next((values for one, values in known if one == name), None)
        if values is None:
            names = ", ".join(name_of(one) for one, _values in known[:10])
            raise ConsoleError(f"{self.source} has no region {name_of(name)!r}", advice=f"It has: {names}.")
        found = values.over(self, self.source)
        return replace(found, settings={**found.settings, "region_name": name})

    def flat(self) -> Entry:
        """Return it with the whole login under auth."""
        names = (*AUTH_NAMES, *_OLD_NAMES)
        beside = _renamed({name: self.settings[name] for name in names if name in self.settings})
        wins = {name: value for name, value in beside.items() if name.startswith(_BESIDE_WINS)}
        return replace(self, auth={**beside, **_renamed(self.auth), **wins})

    def setting(self, *names: str) -> str:
        """Return the first of these settings that is given, or empty."""
        return next((self.settings[name] for name in names if name in self.settings), "")


def _renamed(login: t.Mapping[str, str]) -> dict[str, str]:
    """Return the login by its newer names, which win over the older ones."""
    renewed = {new: login[old] for old, new in _OLD_NAMES.items() if old in login}
    return {**renewed, **{name: value for name, value in login.items() if name not in _OLD_NAMES}}


def parse_entry(raw: t.Any, source: str) -> Entry:
    """Take what is known of an entry; deeper mappings are not for us.

    :raises ConsoleError: it, its auth or one of its regions does not have the form that it needs.
    """
    if not isinstance(raw, dict):
        raise ConsoleError(f"{source} is not a mapping", advice="Write its settings as name: value.")
    auth = raw.get("auth") or {}
    if not isinstance(auth, dict):
        raise ConsoleError(f"auth in {source} is not a mapping", advice="Write its settings as name: value.")
    regions = raw.get("regions") or []
    if not isinstance(regions, list):
        raise ConsoleError(f"regions in {source} is not a list", advice="Write them as - name: NAME.")
    _check_secrets({**raw, **auth}, source)
    return Entry(_texts(auth), {**_lists(raw), **_texts(raw)}, source, tuple(_region(one, source) for one in regions))


def _check_secrets(settings: t.Mapping[t.Any, t.Any], source: str) -> None:
    """Refuse a secret that YAML has made a number of: 012345 would be sent as 5349, and refusals lock users."""
    for name in settings:
        if str(name).replace("-", "_") in AUTH_SECRETS and isinstance(settings[name], (int, float)):
            raise ConsoleError(f"{name} in {source} is a number and not a text", advice="Put it in quotes.")


def _region(raw: t.Any, source: str) -> tuple[str, Entry]:
    """Return one of regions, which is a name, or a mapping of name and values."""
    if isinstance(raw, str):
        return raw, Entry()
    name = raw.get("name") if isinstance(raw, dict) else None
    if not isinstance(name, str) or not name or not raw.keys() <= {"name", "values"}:
        raise ConsoleError(
            f"a region in {source} is neither a name nor a mapping of name and values",
            advice="Put everything but name under values.",
        )
    return name, parse_entry(raw.get("values") or {}, f"region {name_of(name)} in {source}")


def _texts(raw: t.Mapping[t.Any, t.Any]) -> dict[str, str]:
    return {
        str(name).replace("-", "_"): str(value)
        for name, value in raw.items()
        if isinstance(value, str | int | float) and value != ""
    }


def _lists(raw: t.Mapping[t.Any, t.Any]) -> dict[str, str]:
    """Return lists of names, such as several of region_name, with commas between."""
    return {
        str(name).replace("-", "_"): ",".join(value)
        for name, value in raw.items()
        if isinstance(value, list) and value and all(isinstance(one, str) for one in value)
    }
