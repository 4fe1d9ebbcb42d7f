# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""Whether the Python libraries are there, and new enough. Pure, but for what Python itself knows."""

from __future__ import annotations

import platform
import sys
import typing as t

from ansible.release import __version__ as core
from ansible_collections.cloudops.console.plugins.module_utils import _deps
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.preflight.findings import Finding


def check_libraries() -> list[Finding]:
    """Name what is used, with versions, and each library that is missing or too old with the command to install it."""
    websockets = _deps.load_websockets()
    found = {name: getattr(_deps, name) for name in _deps.LOWER_BOUNDS}
    return judged(
        {name: getattr(library, "__version__", None) for name, library in found.items()},
        None if isinstance(websockets, _deps.Missing) else websockets.__version__,
    )


def judged(versions: t.Mapping[str, str | None], websockets: str | None) -> list[Finding]:
    """Judge versions; None stands for a library that is missing.

    :param websockets: of the optional library; where it is too old, it counts as missing.
    """
    wrong = [_wrong(name, version) for name, version in versions.items() if not _is_enough(name, version)]
    if wrong:
        return wrong
    names = {"ansible-core": core, "Python": platform.python_version(), **versions, "websockets": websockets}
    text = ", ".join(f"{name} {version}" for name, version in names.items() if version)
    optional = "" if websockets else f" The option validate of vnc_url_info needs the optional websockets, {_bound()}."
    return [Finding("libraries", "ok", f"{text}.{optional}")]


def _is_enough(name: str, version: str | None) -> bool:
    return version is not None and _deps.version_of(version) >= _deps.LOWER_BOUNDS[name]


def _wrong(name: str, version: str | None) -> Finding:
    bound = ".".join(str(part) for part in _deps.LOWER_BOUNDS[name])
    state = f"{name} {version} is too old" if version else f"{name} is missing"
    return Finding(
        "libraries",
        "problem",
        f"{state}; {bound} or newer is needed by the Python that runs Ansible.",
        f"Install it there: {sys.executable} -m pip install '{name}>={bound}'",
    )


def _bound() -> str:
    return f"{'.'.join(str(part) for part in _deps.WEBSOCKETS)} or newer"
