# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""Where a ledger is if nothing names another place. Needs no library, so that it costs nothing to ask."""

from __future__ import annotations

import os
import pathlib
import typing as t

from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError


def data_folder(environ: t.Mapping[str, str] | None = None) -> pathlib.Path:
    """Return the folder of what this collection keeps for the user, below XDG_DATA_HOME or ~/.local/share.

    :raises ConsoleError: neither is known, as in a container whose user id has no entry in the user database.
    """
    env = os.environ if environ is None else environ
    base = pathlib.Path(env.get("XDG_DATA_HOME", ""))
    return (base if base.is_absolute() else _home(env) / ".local" / "share") / "cloudops-console"


def _home(env: t.Mapping[str, str]) -> pathlib.Path:
    try:
        return pathlib.Path(env["HOME"]) if env.get("HOME") else pathlib.Path.home()
    except RuntimeError:
        raise ConsoleError(
            "the default folder for ledger and reports is not known, because this user has no home folder",
            advice="Set the environment variable HOME or XDG_DATA_HOME, or set O(ledger) and O(report_dir).",
        ) from None


def default_address() -> str:
    """Return the address that is used where none is given; raises ConsoleError without a home folder."""
    return f"sqlite://{data_folder() / 'ledger.db'}"


def is_there() -> bool:
    """Whether there is something in the default place."""
    try:
        return (data_folder() / "ledger.db").exists()
    except (OSError, ConsoleError):  # no permission to look, or no home folder
        return False
