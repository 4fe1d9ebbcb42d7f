# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""Tells ansible-core which values to mask in output, from 2.22 on; older releases cannot be told, and nothing happens.

What is registered is masked in what callbacks, screen and log see, for the rest of the run. Results and registered
variables keep it, so the next task can use it.
"""

from __future__ import annotations

import typing as t
from urllib.parse import urlsplit

try:
    # ansible-core has it from 2.22 on, and types are checked with an older one
    from ansible.module_utils.secrets import register_secrets  # type: ignore[import-not-found]
except ImportError:
    register_secrets = None

# What is shown in place of an option that is no_log; Ansible's own word up to 2.21.
HIDDEN = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"

# Keys of results whose values alone give access.
SECRET_RESULTS = ("vnc_url", "websocket_url", "security_token")


def register(values: t.Iterable[t.Any]) -> None:
    """Have these values masked; None and empty ones are left out."""
    if register_secrets is not None:
        register_secrets([str(value) for value in values if value])


def register_result(result: t.Mapping[str, t.Any]) -> None:
    """Have the secrets of a module's result masked, of URLs also the query alone, which is what opens them."""
    found = [str(result[name]) for name in SECRET_RESULTS if result.get(name)]
    register([*found, *(urlsplit(text).query for text in found)])


def without_secrets(spec: t.Mapping[str, t.Any], params: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """Return params with HIDDEN for the values of options that are no_log, those of suboptions too."""
    return {name: _shown(spec.get(name) or {}, value) for name, value in params.items()}


def _shown(option: t.Mapping[str, t.Any], value: t.Any) -> t.Any:
    if value is not None and option.get("no_log"):
        return HIDDEN
    inner = option.get("options")
    return without_secrets(inner, value) if inner and isinstance(value, dict) else value
