# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""Whose credentials are used for Alibaba Cloud.

The first that gives any decides:

1. the options access_key_id, access_key_secret and security_token;
2. the profile that the option profile names, in the file of the vendor's command line (profiles);
3. the environment: ALIBABA_CLOUD_ACCESS_KEY_ID, ALIBABA_CLOUD_ACCESS_KEY_SECRET, ALIBABA_CLOUD_SECURITY_TOKEN;
4. the environment for OIDC, where all three are set: ALIBABA_CLOUD_ROLE_ARN, ALIBABA_CLOUD_OIDC_PROVIDER_ARN,
   ALIBABA_CLOUD_OIDC_TOKEN_FILE (sts);
5. the profile that ALIBABA_CLOUD_PROFILE names, else the current one of the vendor's command line, unless
   ALIBABA_CLOUD_CLI_PROFILE_DISABLED is true;
6. the section that ALIBABA_CLOUD_PROFILE names, else ``default``, of ~/.alibabacloud/credentials.ini or of the file
   that ALIBABA_CLOUD_CREDENTIALS_FILE names (ini);
7. the RAM role of the ECS instance that this runs on, unless ALIBABA_CLOUD_ECS_METADATA_DISABLED is true (sources);
   ALIBABA_CLOUD_ECS_METADATA names the role, ALIBABA_CLOUD_IMDSV1_DISABLED forbids requests without a token;
8. ALIBABA_CLOUD_CREDENTIALS_URI (sources).

Points 3 to 8 have the order of the vendor's SDK (alibabacloud-credentials 1.0). Its command line reads flags, then
the profile, and lets the environment only fill what the profile leaves empty; it also reads ALIBABACLOUD_* and
ALICLOUD_*, which are not read here. Taken from it: mode CredentialsURI of a profile, which the SDK does not know, the
token of a RamRoleArn profile, ALIBABA_CLOUD_STS_ENDPOINT, and ALIBABA_CLOUD_DISABLE_EXTERNAL_PROCESS, which switches
off programs and URIs. Where the SDK continues after a source that is there and unusable, this stops and says so: a run
under another identity than the one that was meant is worse than none. Empty values count as not given, because AWX
injects them. Nothing here asks the network: that is for CredentialCache.current().
"""

from __future__ import annotations

import os
import typing as t

from ansible_collections.cloudops.console.plugins.module_utils import _http
from ansible_collections.cloudops.console.plugins.module_utils._alibaba.credentials.cache import (
    Absent,
    CredentialCache,
    Credentials,
    Setting,
    Source,
    Static,
    TemporaryCredentials,
    complete,
    is_on,
)
from ansible_collections.cloudops.console.plugins.module_utils._errors import AuthenticationError, ConsoleError
from ansible_collections.cloudops.console.plugins.module_utils._key_material import expanded
from ansible_collections.cloudops.console.plugins.module_utils._models import Access
from ansible_collections.cloudops.console.plugins.module_utils._redact import name_of


def find_credentials(
    access: Access, environ: t.Mapping[str, str] | None = None, *, policy: _http.Policy | None = None
) -> CredentialCache:
    """Return the credentials for access, which are asked for where they are needed first.

    :param environ: the environment, this process's own where None.
    :param policy: how patiently STS and a credentials URI are asked.
    :raises ConsoleError: what is given is incomplete, unreadable or of a mode that is not supported.
    :raises AuthenticationError: there are none anywhere.
    """
    env = os.environ if environ is None else environ
    return CredentialCache(_find_source(access, Setting(env, policy or _http.Policy())))


def _find_source(access: Access, setting: Setting) -> Source:
    """Return the first source; what needs files or calls is imported only if no key is found before it."""
    options = complete(access.access_key_id, access.access_key_secret, access.security_token, "the options")
    found = options or (None if access.profile else _from_environment(setting.env))
    if found is not None:
        return Static(found)
    if access.profile:
        from ansible_collections.cloudops.console.plugins.module_utils._alibaba.credentials.profiles import find_profile

        return find_profile(access.profile, setting)
    return _from_surroundings(setting)


def _from_environment(env: t.Mapping[str, str]) -> Credentials | None:
    return complete(
        env.get("ALIBABA_CLOUD_ACCESS_KEY_ID", ""),
        env.get("ALIBABA_CLOUD_ACCESS_KEY_SECRET", ""),
        env.get("ALIBABA_CLOUD_SECURITY_TOKEN", ""),
        "the environment",
    )


def _from_surroundings(setting: Setting) -> Source:
    """Return the first source that nothing names: of OIDC, files and services."""
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
    from ansible_collections.cloudops.console.plugins.module_utils._alibaba.credentials import sts

    source = sts.OidcRole(
        "the OIDC token that the environment names",
        sts.Role(role, env.get("ALIBABA_CLOUD_ROLE_SESSION_NAME", "")),
        provider,
        expanded(token, env),
        sts.Service(sts.find_endpoint(env), setting.policy),
    )
    source.check()
    return source


def _from_files(setting: Setting) -> Source | Absent:
    """Read the profile, then the section; one that ALIBABA_CLOUD_PROFILE names must be in one of the two files."""
    from ansible_collections.cloudops.console.plugins.module_utils._alibaba.credentials.ini import find_section
    from ansible_collections.cloudops.console.plugins.module_utils._alibaba.credentials.profiles import (
        current_profile,
        find_profile,
    )

    name = setting.env.get("ALIBABA_CLOUD_PROFILE", "")
    with_profiles = not is_on(setting.env, "ALIBABA_CLOUD_CLI_PROFILE_DISABLED")
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
    """What was not asked for by name: the first of these that gives credentials is used from then on."""

    def __init__(self, sources: t.Sequence[Source], aside: str = "") -> None:
        self.name = " or ".join(source.name for source in sources)
        self.account = "+".join(source.account for source in sources)
        self._sources = sources
        self._aside = aside
        self._chosen: Source | None = None

    async def fetch(self, client: _http.Client) -> TemporaryCredentials:
        """Ask one after the other until one has been found; raise the last one's failure otherwise."""
        if self._chosen is not None:
            return await self._chosen.fetch(client)
        failure: ConsoleError | None = None
        for source in self._sources:
            try:
                found = await source.fetch(client)
            except ConsoleError as error:
                failure = error
            else:
                self._chosen = source
                return found
        raise nothing_found(failure, self._aside)


def _last_resort(setting: Setting, aside: str) -> Source | None:
    """Return the RAM role of this machine and the credentials URI, those of them that may be asked.

    :param aside: what the files have that was left aside, for the message when they have nothing either.
    """
    from ansible_collections.cloudops.console.plugins.module_utils._alibaba.credentials import sources

    env = setting.env
    address = env.get("ALIBABA_CLOUD_CREDENTIALS_URI", "")
    found: list[Source] = []
    if not is_on(env, "ALIBABA_CLOUD_ECS_METADATA_DISABLED"):
        found.append(sources.ecs_role("the RAM role of this ECS instance", "", env))
    if address and not sources.is_switched_off(env):
        uri = sources.CredentialsUri("ALIBABA_CLOUD_CREDENTIALS_URI", address, setting.policy)
        uri.check()
        found.append(uri)
    return LastResort(found, aside) if found else None


def nothing_found(error: ConsoleError | None = None, aside: str = "") -> AuthenticationError:
    """Return the error for when no source has credentials.

    :param error: why the last one has none.
    :param aside: what the files have that was left aside.
    """
    why = f": {error.reason}" if error else ""
    return AuthenticationError(
        f"there are no Alibaba Cloud credentials{why}{'; ' if aside else ''}{aside}",
        code=error.code if error else None,
        request_id=error.request_id if error else None,
        status=error.status if error else None,
        advice="Give O(access_key_id) and O(access_key_secret), name a O(profile), or set "
        "ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET.",
    )
