# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""What an inventory cache holds: what the clouds said of the instances of each source. Pure.

No credentials are in it. What sources give to their hosts is taken from the file at each run.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import typing as t

from ansible_collections.cloudops.console.plugins.module_utils._models import AUTH_SECRETS
from ansible_collections.cloudops.console.plugins.plugin_utils._inventory.hosts import Variables
from ansible_collections.cloudops.console.plugins.plugin_utils._inventory.sources import Source

# Raised when the variables change: what an older release has cached is then read again from the clouds.
FORMAT = 1
_NOT_IN_KEY = ("access_key_secret", "security_token", "auth")
_TEXTS = tuple(
    f"console_{name}" for name in ("provider", "region", "instance_id", "name", "status", "os_type", "zone", "vpc_id")
)
_LISTS = ("console_private_ips", "console_public_ips")
_TAGS = "console_tags"
_VARIABLES = {*_TEXTS, *_LISTS, _TAGS}


def fingerprint(sources: t.Sequence[Source]) -> str:
    """Return what differs for sources that can answer differently. No secret is part of it."""
    asked = [{**_public(source), "tags": dict(source.tags), "statuses": source.statuses} for source in sources]
    text = json.dumps([FORMAT, asked], sort_keys=True)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _public(source: Source) -> dict[str, t.Any]:
    access = {name: value for name, value in dataclasses.asdict(source.access).items() if name not in _NOT_IN_KEY}
    auth = {name: value for name, value in source.access.auth if name not in AUTH_SECRETS}
    return {"access": access, "auth": auth, "regions": source.regions}


def to_cache(found: t.Sequence[t.Sequence[Variables]]) -> dict[str, t.Any]:
    """Return what is to be kept of the instances of each source."""
    return {"format": FORMAT, "sources": [list(instances) for instances in found]}


def from_cache(kept: t.Any, sources: t.Sequence[object]) -> list[list[Variables]] | None:
    """Return the instances of each source, None if this is not what to_cache() wrote for these sources."""
    found = kept.get("sources") if isinstance(kept, dict) and kept.get("format") == FORMAT else None
    if not isinstance(found, list) or len(found) != len(sources):
        return None
    whole = all(isinstance(instances, list) and all(map(_is_instance, instances)) for instances in found)
    return found if whole else None


def _is_instance(one: t.Any) -> bool:
    """Whether one has our variables and no others: ansible_connection in a cache would be obeyed."""
    return (
        isinstance(one, dict)
        and one.keys() == _VARIABLES
        and all(isinstance(one[name], str) for name in _TEXTS)
        and all(isinstance(one[name], list) and _are_texts(one[name]) for name in _LISTS)
        and isinstance(one[_TAGS], dict)
        and _are_texts(one[_TAGS].values())
    )


def _are_texts(values: t.Iterable[t.Any]) -> bool:
    return all(isinstance(value, str) for value in values)
