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
7. the RAM role of the ECS instance that this runs on, unless ALIBABA_CLOUD_ECS_METADATA_DISABLED is true (metadata);
   ALIBABA_CLOUD_ECS_METADATA names the role, ALIBABA_CLOUD_IMDSV1_DISABLED forbids requests without a token;
8. ALIBABA_CLOUD_CREDENTIALS_URI (uri).

Points 3 to 8 stand in the order of the vendor's SDK (alibabacloud-credentials 1.0). Its command line reads flags, then
the profile, and lets the environment only fill what the profile leaves empty; it also reads ALIBABACLOUD_* and
ALICLOUD_*, which are not read here. Taken from it: mode CredentialsURI of a profile, which the SDK does not know, the
token of a RamRoleArn profile, ALIBABA_CLOUD_STS_ENDPOINT, and ALIBABA_CLOUD_DISABLE_EXTERNAL_PROCESS, which switches
off programs and URIs. Where the SDK goes on after a source that is there and unusable, this stops and says so: a run
under another identity than the one that was meant is worse than none. Empty values count as not given, because AWX
injects them. Nothing here asks the network: that is for Keys.current().
"""

from __future__ import annotations

import os
import typing as t

from ansible_collections.cloudops.console.plugins.module_utils import _http
from ansible_collections.cloudops.console.plugins.module_utils._alibaba.keys import (
    CredentialCache,
    Credentials,
    Setting,
    Source,
    Static,
    complete,
)
from ansible_collections.cloudops.console.plugins.module_utils._models import Access

__all__ = ("Credentials", "find_keys")


def find_keys(
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
    """Return the first source; those that need files or calls are imported only where there is no key before them."""
    options = complete(access.access_key_id, access.access_key_secret, access.security_token, "the options")
    found = options or (None if access.profile else _from_environment(setting.env))
    if found is not None:
        return Static(found)
    from ansible_collections.cloudops.console.plugins.module_utils._alibaba import surroundings

    return surroundings.find_source(access.profile, setting)


def _from_environment(env: t.Mapping[str, str]) -> Credentials | None:
    return complete(
        env.get("ALIBABA_CLOUD_ACCESS_KEY_ID", ""),
        env.get("ALIBABA_CLOUD_ACCESS_KEY_SECRET", ""),
        env.get("ALIBABA_CLOUD_SECURITY_TOKEN", ""),
        "the environment",
    )
