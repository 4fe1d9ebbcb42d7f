# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""Paths from vendors' files and variables. Ansible expands only those that come through an option of type path."""

from __future__ import annotations

import pathlib
import typing as t


def home_of(env: t.Mapping[str, str]) -> pathlib.Path:
    """Return the home directory by HOME of env, else by the user database; ``~`` where neither knows one."""
    home = env.get("HOME", "")
    try:
        return pathlib.Path(home) if home else pathlib.Path.home()
    except RuntimeError:
        return pathlib.Path("~")


def expanded(text: str, env: t.Mapping[str, str]) -> pathlib.Path:
    """Return text as a path, with ``~`` and ``~user`` at its start replaced; one of an unknown user stays as it is."""
    path = pathlib.Path(text)
    if path.parts[:1] == ("~",):
        return home_of(env).joinpath(*path.parts[1:])
    try:
        return path.expanduser()
    except RuntimeError:
        return path


def is_file(path: pathlib.Path) -> bool:
    """Whether path can be seen and is a regular file, which can be read without waiting."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False
