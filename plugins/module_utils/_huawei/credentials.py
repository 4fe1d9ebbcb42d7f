# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""Whose credentials are used for Huawei Cloud.

The first that gives any decides:

1. the options access_key_id, access_key_secret and security_token;
2. the section that the option profile names, in the vendor's credentials file;
3. the environment: HUAWEICLOUD_SDK_AK, HUAWEICLOUD_SDK_SK, HUAWEICLOUD_SDK_SECURITY_TOKEN;
4. the section ``basic`` of the vendor's credentials file, ~/.huaweicloud/credentials or what
   HUAWEICLOUD_SDK_CREDENTIALS_FILE names;
5. the agency of the ECS that this runs on (_metadata), which is asked last and only over the network.

A project id comes from the option, else from the same place as the key: a key of one account and a project of another
never meet. Points 3 to 5 stand in the order of the vendor's SDK (huaweicloudsdkcore); its sources that exchange an
identity provider's token are not supported, and named where nothing else is found. Empty values count as not given,
because AWX injects them.
"""

from __future__ import annotations

import datetime as dt
import os
import pathlib
import typing as t
from dataclasses import dataclass, field

from ansible_collections.cloudops.console.plugins.module_utils import _paths
from ansible_collections.cloudops.console.plugins.module_utils._errors import AuthenticationError, ConsoleError
from ansible_collections.cloudops.console.plugins.module_utils._models import Access

if t.TYPE_CHECKING:
    import configparser

CREDENTIALS_FILE = "~/.huaweicloud/credentials"
SECTION = "basic"
# Bytes; a file of the vendor's form has some hundred.
LARGEST_FILE = 1024 * 1024
# Variables of the SDK's other sources, and what they are.
_UNSUPPORTED = (
    ("HUAWEICLOUD_SDK_IDP_ID", "an identity provider"),
    ("HUAWEICLOUD_OIDC_IDP_ID", "an OIDC identity provider"),
    ("HUAWEICLOUD_OIDC_ID_TOKEN_FILE", "an OIDC identity provider"),
    ("HC_CONTAINER_CREDENTIALS_FULL_URI", "a pod identity"),
)


@dataclass(frozen=True)
class Credentials:
    """An access key, perhaps a temporary one; source says for people where it came from.

    :param project_id: the project that the same source names, or empty.
    :param iam_endpoint: the URL of IAM that the same source names, or empty.
    :param expires_at: when a temporary key ends, None where that is not known.
    """

    access_key_id: str
    access_key_secret: str = field(repr=False)
    security_token: str = field(default="", repr=False)
    project_id: str = ""
    iam_endpoint: str = ""
    source: str = ""
    expires_at: dt.datetime | None = None

    @property
    def secrets(self) -> tuple[str, ...]:
        """What no message may show."""
        return (self.access_key_secret, self.security_token)


def find_credentials(access: Access, environ: t.Mapping[str, str] | None = None) -> Credentials | None:
    """Return the credentials for access, None where only the metadata of this machine is left to ask.

    :param environ: the environment, this process's own where None.
    :raises ConsoleError: what is given is incomplete, unreadable or of a kind that is not supported.
    """
    env = os.environ if environ is None else environ
    found = complete(access.access_key_id, access.access_key_secret, access.security_token, source="the options")
    if found is not None:
        return found
    if access.profile:
        return _from_file(access.profile, env)
    return _from_environment(env) or _from_file("", env)


def complete(
    key_id: str,
    secret: str,
    token: str = "",
    *,
    source: str,
    project_id: str = "",
    iam_endpoint: str = "",
    expires_at: dt.datetime | None = None,
) -> Credentials | None:
    """Return the credentials of one source, None where it has none.

    :raises ConsoleError: a part is missing or has characters that no key has.
    """
    if not key_id and not secret:
        return None
    if not key_id or not secret:
        absent = "secret access key" if key_id else "access key id"
        raise ConsoleError(
            f"the credentials from {source} lack the {absent}", advice="Give both parts of the access key."
        )
    for text in (key_id, secret, token):
        if text != text.strip() or not text.isascii() or not text.isprintable():
            raise ConsoleError(
                f"the credentials from {source} have blanks or other characters that no access key has",
                advice="Copy them again, without line breaks and quotation marks.",
            )
    return Credentials(key_id, secret, token, project_id, iam_endpoint, source, expires_at)


def nothing_found(environ: t.Mapping[str, str] | None = None) -> AuthenticationError:
    """Return the error for when no source has credentials; it names sources that are set and not supported."""
    env = os.environ if environ is None else environ
    named = next((f"; {name} names {what}, which is not supported" for name, what in _UNSUPPORTED if env.get(name)), "")
    return AuthenticationError(
        f"there are no Huawei Cloud credentials{named}",
        advice="Give O(access_key_id) and O(access_key_secret), set HUAWEICLOUD_SDK_AK and HUAWEICLOUD_SDK_SK, write "
        f"{CREDENTIALS_FILE}, or give this machine an agency.",
    )


def _from_environment(env: t.Mapping[str, str]) -> Credentials | None:
    return complete(
        env.get("HUAWEICLOUD_SDK_AK", ""),
        env.get("HUAWEICLOUD_SDK_SK", ""),
        env.get("HUAWEICLOUD_SDK_SECURITY_TOKEN", ""),
        source="the environment",
        project_id=env.get("HUAWEICLOUD_SDK_PROJECT_ID", ""),
    )


def _from_file(profile: str, env: t.Mapping[str, str]) -> Credentials | None:
    """Read one section; without a profile, a missing file or section only means that there is nothing here.

    So does an empty section ``basic``, unless a variable names its file.
    """
    named = env.get("HUAWEICLOUD_SDK_CREDENTIALS_FILE", "")
    path = _paths.expanded(named or CREDENTIALS_FILE, env)
    # few calls read a file, and each pays for what is loaded
    from ansible_collections.cloudops.console.plugins.module_utils._redact import name_of, scrub

    shown = scrub(named, ()) or CREDENTIALS_FILE
    if not _paths.is_file(path):
        if profile or named:
            raise ConsoleError(
                f"there is no file {shown} to read credentials from", advice="Write it, or correct its name."
            )
        return None
    file = _read(path, shown)
    if not file.has_section(profile or SECTION):
        if not profile:
            return None
        known = ", ".join(name_of(section) for section in sorted(file.sections())[:10]) or "none"
        raise ConsoleError(f"{shown} has no section {name_of(profile)!r}", advice=f"It has: {known}.")
    if not profile and not named and not any(file[SECTION].values()):
        return None
    return _of_section(file[profile or SECTION], f"section {name_of(profile or SECTION)} of {shown}")


def _read(path: pathlib.Path, shown: str) -> configparser.RawConfigParser:
    """Read the vendor's file; an error names the file and never shows its content."""
    import configparser  # few calls read a file, and each pays for what is loaded

    parser = configparser.RawConfigParser()
    reason = "it does not have the form of the vendor's file"
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
        if len(content) <= LARGEST_FILE:
            parser.read_string(content.decode("utf-8-sig"))
            return parser
        reason = f"it has more than {LARGEST_FILE // 1024} KiB"
    except OSError as error:
        reason = error.strerror or type(error).__name__
    except (configparser.Error, ValueError):
        pass
    raise ConsoleError(
        f"{shown} cannot be used: {reason}",
        advice="It needs a section [basic] with ak and sk, each on a line of its own.",
    ) from None


def _of_section(section: t.Mapping[str, str], source: str) -> Credentials:
    found = complete(
        section.get("ak", ""),
        section.get("sk", ""),
        section.get("security_token", ""),
        source=source,
        project_id=section.get("project_id", ""),
        iam_endpoint=section.get("iam_endpoint", ""),
    )
    if found is not None:
        return found
    if section.get("idp_id") or section.get("id_token_file"):
        raise ConsoleError(
            f"{source} names an identity provider (idp_id), which is not supported",
            advice="Use a section with ak and sk, or give the access key in another way.",
        )
    raise ConsoleError(f"{source} has no access key", advice="Write ak and sk into it.")
