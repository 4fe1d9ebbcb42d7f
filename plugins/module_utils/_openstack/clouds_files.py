# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""Where clouds.yaml, secure.yaml and clouds-public.yaml are, and their content as it is written.

Each is looked for in the file that its variable names (OS_CLIENT_CONFIG_FILE, OS_CLIENT_SECURE_FILE,
OS_CLIENT_VENDOR_FILE), here, in openstack below XDG_CONFIG_HOME, in ~/.config/openstack, in openstack below
XDG_CONFIG_DIRS and in /etc/openstack, as .yaml, .yml or .json; the first that exists is read. Values are taken as they
are written: a password of digits stays what it is. PyYAML comes with ansible-core, but a host that modules run on may
not have it.
"""

from __future__ import annotations

import json
import pathlib
import re
import sys
import typing as t
from dataclasses import dataclass

from ansible_collections.cloudops.console.plugins.module_utils import _paths
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.module_utils._redact import scrub

# Bytes of one file.
LARGEST_FILE = 1024 * 1024
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
        path = _paths.expanded(named, self.env)
        if named and not _paths.is_file(path):
            raise ConsoleError(f"{variable} names {shown(path)}, which is no file", advice="Correct or unset it.")
        if named:
            return path
        paths = (folder / f"{stem}{suffix}" for folder in self._folders() for suffix in _SUFFIXES)
        return next((path for path in paths if _paths.is_file(path)), None)

    def _folders(self) -> list[pathlib.Path]:
        home, own = self.env.get("XDG_CONFIG_HOME", ""), _paths.home_of(self.env) / ".config"
        site = [folder for folder in self.env.get("XDG_CONFIG_DIRS", "").split(":") if folder] or ["/etc/xdg"]
        above = [_paths.expanded(home, self.env)] if home else []
        return [
            self.here,
            *(folder / "openstack" for folder in (*above, own, *map(pathlib.Path, site))),
            pathlib.Path("/etc/openstack"),
        ]


def shown(path: pathlib.Path) -> str:
    """Return a path as it can be shown; a variable can name one with any characters."""
    return scrub(str(path), ())


def read_section(path: pathlib.Path, name: str, *, required: bool) -> dict[str, t.Any]:
    """Read one file; an error names it and never shows its content.

    :param required: whether it is an error that the file has no such section.
    """
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise _unusable(path, error.strerror or type(error).__name__) from None
    if len(content) > LARGEST_FILE:
        raise _unusable(path, f"it has more than {LARGEST_FILE // 1024} KiB")
    parsed = _parse(path, content)
    section = parsed.get(name) if isinstance(parsed, dict) else parsed
    if section is None and not required:
        return {}
    if not isinstance(section, dict):
        raise _unusable(path, f"it has no {name!r}")
    return {str(key): value for key, value in section.items()}


def _unusable(path: pathlib.Path, reason: str) -> ConsoleError:
    return ConsoleError(f"{shown(path)} cannot be used: {reason}", advice="Correct the file.")


def _parse(path: pathlib.Path, content: bytes) -> t.Any:
    try:
        text = content.decode("utf-8-sig")
        return json.loads(text) if path.suffix == ".json" else _parse_yaml(path, text)
    except (ValueError, RecursionError):
        raise _unusable(path, f"it is not {'JSON' if path.suffix == '.json' else 'YAML'}") from None


def _parse_yaml(path: pathlib.Path, text: str) -> t.Any:
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
