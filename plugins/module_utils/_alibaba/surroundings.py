# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""Credentials that are found and not given: in profiles, files and services, in the order that credentials states."""

from __future__ import annotations

import typing as t

from ansible_collections.cloudops.console.plugins.module_utils import _http, _paths
from ansible_collections.cloudops.console.plugins.module_utils._alibaba import files, sts, uri
from ansible_collections.cloudops.console.plugins.module_utils._alibaba.ini import find_section
from ansible_collections.cloudops.console.plugins.module_utils._alibaba.keys import (
    Absent,
    Issue,
    Setting,
    Source,
    nothing_found,
)
from ansible_collections.cloudops.console.plugins.module_utils._alibaba.profiles import (
    current_profile,
    ecs_role,
    find_profile,
)
from ansible_collections.cloudops.console.plugins.module_utils._alibaba.roles import OidcRole
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.module_utils._redact import name_of


def find_source(profile: str, setting: Setting) -> Source:
    """Return the source that a profile is, or without one the first that the surroundings give.

    :raises ConsoleError: it is incomplete, unreadable or of a mode that is not supported.
    :raises AuthenticationError: there is none.
    """
    if profile:
        return find_profile(profile, setting)
    source = _from_oidc(setting) or _from_files(setting)
    if not isinstance(source, Absent):
        return source
    last = _last_resort(setting, source.why)
    if last is None:
        raise nothing_found(aside=source.why)
    return last


def _from_oidc(setting: Setting) -> Source | None:
    env = setting.env
    role, provider, token = (
        env.get(f"ALIBABA_CLOUD_{part}", "") for part in ("ROLE_ARN", "OIDC_PROVIDER_ARN", "OIDC_TOKEN_FILE")
    )
    if not (role and provider and token):
        return None
    source = OidcRole(
        "the OIDC token that the environment names",
        sts.Role(role, env.get("ALIBABA_CLOUD_ROLE_SESSION_NAME", "")),
        provider,
        _paths.expanded(token, env),
        sts.Service(sts.find_endpoint(env), setting.policy),
    )
    source.check()
    return source


def _from_files(setting: Setting) -> Source | Absent:
    """Read the profile, then the section; one that ALIBABA_CLOUD_PROFILE names must be in one of the two files."""
    name = setting.env.get("ALIBABA_CLOUD_PROFILE", "")
    with_profiles = not files.is_true(setting.env.get("ALIBABA_CLOUD_CLI_PROFILE_DISABLED", ""))
    profile = current_profile(setting, name) if with_profiles else Absent()
    if not isinstance(profile, Absent):
        return profile
    section = find_section(name, setting)
    if not isinstance(section, Absent):
        return section
    if not name:
        return Absent("; ".join(one.why for one in (profile, section) if one.why))
    if with_profiles:
        return find_profile(name, setting)
    raise ConsoleError(
        f"the credentials file has no section {name_of(name)!r}",
        advice="Correct ALIBABA_CLOUD_PROFILE, or unset ALIBABA_CLOUD_CLI_PROFILE_DISABLED if a profile is meant.",
    )


class LastResort:
    """What nobody asked for by name: the first of these that gives credentials is used from then on."""

    def __init__(self, sources: t.Sequence[Source], aside: str = "") -> None:
        self.name = " or ".join(source.name for source in sources)
        self.account = "+".join(source.account for source in sources)
        self._sources = sources
        self._aside = aside
        self._chosen: Source | None = None

    async def fetch(self, client: _http.Client) -> Issue:
        """Ask one after the other until one has been found; the last one's failure is told."""
        if self._chosen is not None:
            return await self._chosen.fetch(client)
        failure: ConsoleError | None = None
        for source in self._sources:
            try:
                issue = await source.fetch(client)
            except ConsoleError as error:
                failure = error
            else:
                self._chosen = source
                return issue
        raise nothing_found(failure, self._aside)


def _last_resort(setting: Setting, aside: str) -> Source | None:
    """Return the RAM role of this machine and the credentials URI, those of them that may be asked.

    :param aside: what the files have that was left aside, for the message when they have nothing either.
    """
    env = setting.env
    address = env.get("ALIBABA_CLOUD_CREDENTIALS_URI", "")
    sources: list[Source] = []
    if not files.is_true(env.get("ALIBABA_CLOUD_ECS_METADATA_DISABLED", "")):
        sources.append(ecs_role("the RAM role of this ECS instance", "", env))
    if address and not uri.is_switched_off(env):
        found = uri.CredentialsUri("ALIBABA_CLOUD_CREDENTIALS_URI", address, setting.policy)
        found.check()
        sources.append(found)
    return LastResort(sources, aside) if sources else None
