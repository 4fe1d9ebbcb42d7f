# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""The clouds files of OpenStack, read as openstacksdk reads them: which entry is meant, and what lies over what.

From below: the profile of clouds-public.yaml that the entry names, the entry of clouds.yaml, that of secure.yaml, and
the values of the wanted region. entries says what one entry consists of, clouds_files where the files are.
"""

from __future__ import annotations

import pathlib
import typing as t

from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.module_utils._openstack.clouds_files import (
    SearchPath,
    read_section,
    shown,
)
from ansible_collections.cloudops.console.plugins.module_utils._openstack.entries import Entry, parse_entry
from ansible_collections.cloudops.console.plugins.module_utils._redact import name_of

Sections = t.Mapping[pathlib.Path, t.Mapping[str, t.Any]]


def read_cloud(name: str, region: str, places: SearchPath) -> Entry | None:
    """Return the entry of this name, or without a name the only one there is; None without a name and a file.

    :param region: the wanted one, empty for the first that the entry has.
    :raises ConsoleError: there is no such entry or region, the choice is not clear, or a file cannot be used.
    """
    sections = _sections(name, places)
    if not sections:
        return None
    own = _own(name or _only(sections), sections)
    profile = _profile_of(own, places)
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


def _sections(name: str, places: SearchPath) -> Sections:
    """Return what clouds.yaml and secure.yaml contain, the former first; nothing without a name and a file."""
    path = places.find("clouds", "OS_CLIENT_CONFIG_FILE")
    secure = places.find("secure", "OS_CLIENT_SECURE_FILE")
    files = [file for file in (path, secure) if file is not None]
    if name and not files:
        raise ConsoleError(
            f"there is no clouds.yaml to read cloud {name_of(name)!r} from",
            advice="Write one here, in ~/.config/openstack or /etc/openstack, or set OS_CLIENT_CONFIG_FILE.",
        )
    return {file: read_section(file, "clouds", required=file is path) for file in files}


def _own(name: str, sections: Sections) -> Entry:
    """Return what the files say of the cloud; the later file lies over the former."""
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


def _profile_of(own: Entry, places: SearchPath) -> Entry | None:
    """Return the vendor's profile that the entry names, None where it names none or it is not known."""
    path = places.find("clouds-public", "OS_CLIENT_VENDOR_FILE") if own.profile else None
    public = read_section(path, "public-clouds", required=False) if path is not None else {}
    if path is None or own.profile not in public:
        return None
    return parse_entry(public[own.profile], f"profile {name_of(own.profile)} of {shown(path)}")
