# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import yaml
from ansible.plugins.connection import ssh

# Seconds: starting a session comes before ssh can connect, and many of them start at once.
TIMEOUT = 60
# What only core's own documentation can say: since when an option is in ansible-core, and until when.
_OF_CORE = ("version_added", "deprecated")


def options() -> dict[str, t.Any]:
    """Return the options of ansible.builtin.ssh in this ansible-core, as they are except for the timeout.

    Every release has others, and its code asks for exactly those.
    """
    found: dict[str, t.Any] = _without(yaml.safe_load(ssh.DOCUMENTATION)["options"])
    # The command line always has a timeout, by default that of ansible.cfg or ten seconds
    found["timeout"] = {**found["timeout"], "default": TIMEOUT}
    found["timeout"].pop("cli", None)
    return found


def _without(part: t.Any) -> t.Any:
    if isinstance(part, dict):
        return {name: _without(value) for name, value in part.items() if name not in _OF_CORE}
    return [_without(one) for one in part] if isinstance(part, list) else part


class ModuleDocFragment:
    """The options that the connection terminal_session has in common with ansible.builtin.ssh."""

    # Annotated, because yamllint takes what is assigned without an annotation for a text
    DOCUMENTATION: t.ClassVar[str] = yaml.safe_dump({"options": options()}, sort_keys=False)
