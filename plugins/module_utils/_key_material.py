# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""What access keys are made from: paths from vendors' files and variables, files that others wrote, and both parts.

Ansible expands only paths that come through an option of type path. Whatever is in a file, the outcome is its content
or our error.
"""

from __future__ import annotations

import pathlib
import typing as t

from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError

# Bytes; the vendors' tools write some hundred per profile.
LARGEST_FILE = 1024 * 1024


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


def read_file(path: pathlib.Path, shown: str, *, advice: str) -> bytes:
    """Return the content of a regular file.

    :param shown: the path for people.
    :raises ConsoleError: it cannot be read or is too large; the error says shown and never the content.
    """
    reason = "it is not a regular file"
    try:
        if is_file(path):
            with path.open("rb") as file:
                content = file.read(LARGEST_FILE + 1)
            if len(content) <= LARGEST_FILE:
                return content
            reason = f"it has more than {LARGEST_FILE // 1024} KiB"
    except OSError as error:
        reason = error.strerror or type(error).__name__
    raise ConsoleError(f"{shown} cannot be used: {reason}", advice=advice) from None


def has_access_key(key_id: str, secret: str, token: str, *, source: str, second_part: str) -> bool:
    """Whether a source has an access key.

    :param second_part: what the vendor calls the second part.
    :raises ConsoleError: a part is missing or has characters that no key has.
    """
    if not key_id and not secret:
        return False
    if not key_id or not secret:
        raise ConsoleError(
            f"the credentials from {source} lack the {second_part if key_id else 'access key id'}",
            advice="Give both parts of the access key.",
        )
    for text in (key_id, secret, token):
        if text != text.strip() or not text.isascii() or not text.isprintable():
            raise ConsoleError(
                f"the credentials from {source} have spaces or other characters that no access key has",
                advice="Copy them again, without line breaks and quotation marks.",
            )
    return True
