# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""The clouds files of OpenStack: clouds.yaml, secure.yaml over it, clouds-public.yaml under it.

Each is looked for in the file that its variable names (OS_CLIENT_CONFIG_FILE, OS_CLIENT_SECURE_FILE,
OS_CLIENT_VENDOR_FILE), here, in ~/.config/openstack and in /etc/openstack, as .yaml, .yml or .json; the first that
exists is read. Values are taken as they are written: a password of digits stays what it is. PyYAML comes with
ansible-core, but a host that modules run on may not have it.
"""

from __future__ import annotations

import json
import pathlib
import re
import sys
import typing as t
from dataclasses import dataclass, field

from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError

# Bytes of one file.
LARGEST_FILE = 1024 * 1024
_SUFFIXES = (".yaml", ".yml", ".json")


@dataclass(frozen=True)
class Entry:
    """One cloud: what stands under auth, and beside it; source says for people where it came from."""

    auth: t.Mapping[str, str] = field(default_factory=dict, repr=False)
    settings: t.Mapping[str, str] = field(default_factory=dict, repr=False)
    source: str = ""

    def over(self, lower: Entry) -> Entry:
        """Return this entry with what only the lower one has."""
        return Entry({**lower.auth, **self.auth}, {**lower.settings, **self.settings}, self.source or lower.source)


@dataclass(frozen=True)
class Places:
    """Where files are looked for: the environment, the home directory and the directory that this runs in."""

    env: t.Mapping[str, str]
    home: pathlib.Path
    here: pathlib.Path

    def find(self, stem: str, variable: str) -> pathlib.Path | None:
        """Return the first file of this name.

        :raises ConsoleError: the variable names a file that does not exist.
        """
        named = self.env.get(variable, "")
        if named and not _is_file(pathlib.Path(named)):
            raise ConsoleError(
                f"{variable} names {_shown(pathlib.Path(named))}, which is no file", advice="Correct or unset it."
            )
        if named:
            return pathlib.Path(named)
        folders = (self.here, self.home / ".config" / "openstack", pathlib.Path("/etc/openstack"))
        paths = (folder / f"{stem}{suffix}" for folder in folders for suffix in _SUFFIXES)
        return next((path for path in paths if _is_file(path)), None)


def _shown(path: pathlib.Path) -> str:
    """Return a path as it can be shown; a variable can name one with any characters."""
    # few calls read a file, and each pays for what is loaded
    from ansible_collections.cloudops.console.plugins.module_utils._redact import scrub

    return scrub(str(path), ())


def _name_of(text: str) -> str:
    """Return a name from a file or a variable as it can be shown."""
    from ansible_collections.cloudops.console.plugins.module_utils._redact import name_of

    return name_of(text)


def _is_file(path: pathlib.Path) -> bool:
    """Whether it can be seen and is a file; a closed folder on the way to it holds nothing for us."""
    try:
        return path.is_file()
    except OSError:
        return False


def read_cloud(name: str, places: Places) -> Entry | None:
    """Return the entry of this name, or without a name the only one there is; None without a name and a file.

    :raises ConsoleError: there is no such entry, the choice is not clear, or a file cannot be used.
    """
    path = places.find("clouds", "OS_CLIENT_CONFIG_FILE")
    if path is None and not name:
        return None
    if path is None:
        raise ConsoleError(
            f"there is no clouds.yaml to read cloud {_name_of(name)!r} from",
            advice="Write one here, in ~/.config/openstack or /etc/openstack, or set OS_CLIENT_CONFIG_FILE.",
        )
    entries = _section(path, "clouds")
    chosen = name or _only(entries, path)
    if chosen not in entries:
        raise ConsoleError(f"{_shown(path)} has no cloud {_name_of(name)!r}", advice=f"It has: {_names(entries)}.")
    shown = f"cloud {_name_of(chosen)} of {_shown(path)}"
    entry = _entry(entries[chosen], shown)
    secure = places.find("secure", "OS_CLIENT_SECURE_FILE")
    if secure is not None:
        more = _section(secure, "clouds").get(chosen) or {}
        entry = _entry(more, f"cloud {_name_of(chosen)} of {_shown(secure)}").over(entry)
        entry = Entry(entry.auth, entry.settings, f"{shown} and {_shown(secure)}")
    return _with_profile(entry, places)


def _with_profile(entry: Entry, places: Places) -> Entry:
    """Put the vendor's profile under the entry that names one."""
    profile = entry.settings.get("profile") or entry.settings.get("cloud", "")
    if not profile:
        return entry
    path = places.find("clouds-public", "OS_CLIENT_VENDOR_FILE")
    if path is not None and profile in (public := _section(path, "public-clouds")):
        return entry.over(_entry(public[profile], f"profile {_name_of(profile)} of {_shown(path)}"))
    if entry.auth.get("auth_url"):
        return entry
    raise ConsoleError(
        f"{entry.source} takes its addresses from the profile {_name_of(profile)!r}, which is not known here",
        advice="Write auth_url (and region_name) into the entry, or the profile into clouds-public.yaml.",
    )


def _names(entries: t.Mapping[str, t.Any]) -> str:
    return ", ".join(_name_of(name) for name in sorted(entries)[:10]) or "none"


def _only(entries: t.Mapping[str, t.Any], path: pathlib.Path) -> str:
    if len(entries) == 1:
        return next(iter(entries))
    raise ConsoleError(
        f"{_shown(path)} has {len(entries)} clouds, and none is chosen",
        advice=f"Set cloud (console_cloud in the inventory) or OS_CLOUD to one of: {_names(entries)}.",
    )


def _entry(raw: t.Any, source: str) -> Entry:
    """Take the plain values of an entry, in its two levels; lists and deeper ones are not for us."""
    if not isinstance(raw, dict):
        raise ConsoleError(f"{source} is not a mapping", advice="Write its settings as name: value.")
    auth = raw.get("auth") or {}
    if not isinstance(auth, dict):
        raise ConsoleError(f"auth in {source} is not a mapping", advice="Write its settings as name: value.")
    return Entry(_texts(auth), _texts(raw), source)


def _texts(raw: t.Mapping[t.Any, t.Any]) -> dict[str, str]:
    return {
        str(name): str(value) for name, value in raw.items() if isinstance(value, str | int | float) and value != ""
    }


def _section(path: pathlib.Path, name: str) -> dict[str, t.Any]:
    """Read one file; an error names it and never shows its content."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise _unusable(path, error.strerror or type(error).__name__) from None
    if len(content) > LARGEST_FILE:
        raise _unusable(path, f"it has more than {LARGEST_FILE // 1024} KiB")
    parsed = _parse(path, content)
    section = parsed.get(name) if isinstance(parsed, dict) else None
    if not isinstance(section, dict):
        raise _unusable(path, f"it has no {name!r}")
    return {str(key): value for key, value in section.items()}


def _unusable(path: pathlib.Path, reason: str) -> ConsoleError:
    return ConsoleError(f"{_shown(path)} cannot be used: {reason}", advice="Correct the file.")


def _parse(path: pathlib.Path, content: bytes) -> t.Any:
    try:
        text = content.decode("utf-8-sig")
        return json.loads(text) if path.suffix == ".json" else _parse_yaml(path, text)
    except (ValueError, RecursionError):
        raise _unusable(path, f"it is not {'JSON' if path.suffix == '.json' else 'YAML'}") from None


def _parse_yaml(path: pathlib.Path, text: str) -> t.Any:
    """Parse YAML in which every plain value is text; anchors and merge keys work.

    :raises ValueError: it is not YAML.
    """
    try:
        import yaml
    except ImportError:
        raise ConsoleError(
            f"PyYAML is needed to read {_shown(path)}, and {sys.executable} does not have it",
            advice="Install PyYAML for it, write the file as .json, give auth, or run the task on the controller.",
        ) from None

    resolvers = {"<": [("tag:yaml.org,2002:merge", re.compile(r"^<<$"))]}
    loader = type("TextLoader", (yaml.SafeLoader,), {"yaml_implicit_resolvers": resolvers})
    try:
        return loader(text).get_single_data()
    # Values that are no such thing as their tag says end in whatever PyYAML stumbles over.
    except (yaml.YAMLError, TypeError, LookupError, AttributeError) as error:
        raise ValueError(type(error).__name__) from None
