# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""The clouds files of OpenStack, read as openstacksdk reads them: where they are and which entry is meant.

clouds.yaml, secure.yaml and clouds-public.yaml are looked for in the file that their variable names
(OS_CLIENT_CONFIG_FILE, OS_CLIENT_SECURE_FILE, OS_CLIENT_VENDOR_FILE), here, in openstack below XDG_CONFIG_HOME, in
~/.config/openstack, in openstack below XDG_CONFIG_DIRS and in /etc/openstack, as .yaml, .yml or .json; the first that
exists is read. Values are taken as they are written: a password of digits stays what it is. PyYAML comes with
ansible-core, but a host that modules run on may not have it.

Each of these overrides the ones before it: the profile of clouds-public.yaml that the entry names, the entry of
clouds.yaml, that of secure.yaml, and the values of the wanted region. entries says what one entry consists of.
"""

from __future__ import annotations

import json
import pathlib
import re
import sys
import typing as t
from dataclasses import dataclass

from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.module_utils._key_material import (
    expanded,
    home_of,
    is_file,
    read_file,
)
from ansible_collections.cloudops.console.plugins.module_utils._openstack.entries import Entry, parse_entry
from ansible_collections.cloudops.console.plugins.module_utils._redact import name_of, scrub

Sections = t.Mapping[pathlib.Path, t.Mapping[str, t.Any]]

_CORRECT = "Correct the file."
_SUFFIXES = (".yaml", ".yml", ".json")


@dataclass(frozen=True)
class SearchPath:
    """Where files are looked for: the environment, and the directory that this runs in."""

    env: t.Mapping[str, str]
    here: pathlib.Path

    def find(self, stem: str, variable: str) -> pathlib.Path | None:
        """Return the first file of this name.

        :raises ConsoleError: the variable names a file that does not exist.
        """
        named = self.env.get(variable, "")
        path = expanded(named, self.env)
        if named and not is_file(path):
            raise ConsoleError(f"{variable} names {shown(path)}, which is not a file", advice="Correct or unset it.")
        if named:
            return path
        paths = (folder / f"{stem}{suffix}" for folder in self._folders() for suffix in _SUFFIXES)
        return next((path for path in paths if is_file(path)), None)

    def _folders(self) -> list[pathlib.Path]:
        home, own = self.env.get("XDG_CONFIG_HOME", ""), home_of(self.env) / ".config"
        site = [folder for folder in self.env.get("XDG_CONFIG_DIRS", "").split(":") if folder] or ["/etc/xdg"]
        above = [expanded(home, self.env)] if home else []
        return [
            self.here,
            *(folder / "openstack" for folder in (*above, own, *map(pathlib.Path, site))),
            pathlib.Path("/etc/openstack"),
        ]


def read_cloud(name: str, region: str, paths: SearchPath) -> Entry | None:
    """Return the entry of this name, or without a name the only one there is; None without a name and a file.

    :param region: the wanted one, empty for the first that the entry has.
    :raises ConsoleError: there is no such entry or region, the choice is not clear, or a file cannot be used.
    """
    sections = _sections(name, paths)
    if not sections:
        return None
    own = _own(name or _only(sections), sections)
    profile = _profile_of(own, paths)
    whole = own.over(profile) if profile else own
    # A region_name of its own hides the regions that the profile knows.
    decides = own if own.regions or own.setting("region_name") else whole
    found = whole.in_region(region, decides.known_regions()).flat()
    if own.profile and profile is None and not found.auth.get("auth_url"):
        raise ConsoleError(
            f"{own.source} takes its addresses from the profile {name_of(own.profile)!r}, which is not known here",
            advice="Write auth_url (and region_name) into the entry, or the profile into clouds-public.yaml.",
        )
    return found


def _sections(name: str, paths: SearchPath) -> Sections:
    """Return what clouds.yaml and secure.yaml contain, the former first; nothing without a name and a file."""
    path = paths.find("clouds", "OS_CLIENT_CONFIG_FILE")
    secure = paths.find("secure", "OS_CLIENT_SECURE_FILE")
    files = [file for file in (path, secure) if file is not None]
    if name and not files:
        raise ConsoleError(
            f"there is no clouds.yaml to read cloud {name_of(name)!r} from",
            advice="Write one here, in ~/.config/openstack or /etc/openstack, or set OS_CLIENT_CONFIG_FILE.",
        )
    return {file: read_section(file, "clouds", required=file is path) for file in files}


def _own(name: str, sections: Sections) -> Entry:
    """Return what the files say of the cloud; the later file overrides the former."""
    given = [(file, section[name]) for file, section in sections.items() if name in section]
    if not given:
        file = shown(next(iter(sections)))
        raise ConsoleError(f"{file} has no cloud {name_of(name)!r}", advice=f"It has: {_listed(_names(sections))}.")
    filled = [(file, raw) for file, raw in given if raw is not None] or given[:1]
    found = [parse_entry(raw, f"cloud {name_of(name)} of {shown(file)}") for file, raw in filled]
    if len(found) == 1:
        return found[0]
    lower, upper = found
    return upper.over(lower, source=f"{lower.source} and {shown(filled[-1][0])}")


def _names(sections: Sections) -> list[str]:
    """Return the clouds there are. Where there is a clouds.yaml, secure.yaml only adds to its entries."""
    return sorted(next(iter(sections.values())))


def _listed(names: t.Sequence[str]) -> str:
    return ", ".join(name_of(name) for name in names[:10]) or "none"


def _only(sections: Sections) -> str:
    names = _names(sections)
    if len(names) == 1:
        return names[0]
    raise ConsoleError(
        f"{shown(next(iter(sections)))} has {len(names)} clouds, and none is chosen",
        advice=f"Set O(cloud) or OS_CLOUD to one of: {_listed(names)}.",
    )


def _profile_of(own: Entry, paths: SearchPath) -> Entry | None:
    """Return the vendor's profile that the entry names, None where it names none or it is not known."""
    path = paths.find("clouds-public", "OS_CLIENT_VENDOR_FILE") if own.profile else None
    public = read_section(path, "public-clouds", required=False) if path is not None else {}
    if path is None or own.profile not in public:
        return None
    return parse_entry(public[own.profile], f"profile {name_of(own.profile)} of {shown(path)}")


def shown(path: pathlib.Path) -> str:
    """Return a path as it can be shown; a variable can name one with any characters."""
    return scrub(str(path), ())


def read_section(path: pathlib.Path, name: str, *, required: bool) -> dict[str, t.Any]:
    """Read one file; an error names it and never shows its content.

    :param required: whether it is an error that the file has no such section.
    """
    parsed = _parsed(path, read_file(path, shown(path), advice=_CORRECT))
    section = parsed.get(name) if isinstance(parsed, dict) else parsed
    if section is None and not required:
        return {}
    if not isinstance(section, dict):
        raise _unusable(path, f"it has no {name!r}")
    return {str(key): value for key, value in section.items()}


def _unusable(path: pathlib.Path, reason: str) -> ConsoleError:
    return ConsoleError(f"{shown(path)} cannot be used: {reason}", advice=_CORRECT)


def _parsed(path: pathlib.Path, content: bytes) -> t.Any:
    try:
        text = content.decode("utf-8-sig")
        return json.loads(text) if path.suffix == ".json" else _parsed_yaml(path, text)
    except (ValueError, RecursionError):
        raise _unusable(path, f"it is not {'JSON' if path.suffix == '.json' else 'YAML'}") from None


def _parsed_yaml(path: pathlib.Path, text: str) -> t.Any:
    """Parse YAML in which every plain value but null is text; anchors and merge keys work.

    :raises ValueError: it is not YAML.
    """
    try:
        import yaml
    except ImportError:
        raise ConsoleError(
            f"PyYAML is needed to read {shown(path)}, and {sys.executable} does not have it",
            advice="Install PyYAML for it, write the file as .json, give O(auth), or run the task on the controller.",
        ) from None

    null = [("tag:yaml.org,2002:null", re.compile(r"(?:~|null|Null|NULL|)\Z"))]
    merge = [("tag:yaml.org,2002:merge", re.compile(r"^<<$"))]
    resolvers = {"<": merge, "~": null, "n": null, "N": null, "": null}
    loader = type("TextLoader", (yaml.SafeLoader,), {"yaml_implicit_resolvers": resolvers})
    try:
        return loader(text).get_single_data()
    # Values that are no such thing as their tag says end in whatever PyYAML stumbles over.
    except (yaml.YAMLError, TypeError, LookupError, AttributeError) as error:
        raise ValueError(type(error).__name__) from None
