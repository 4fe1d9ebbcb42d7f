# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""Whose credentials are used for Alibaba Cloud.

The first that gives any decides:

1. the options access_key_id, access_key_secret and security_token;
2. the profile that the option profile names;
3. the environment: ALIBABA_CLOUD_ACCESS_KEY_ID, ALIBABA_CLOUD_ACCESS_KEY_SECRET, ALIBABA_CLOUD_SECURITY_TOKEN;
4. the profile that ALIBABA_CLOUD_PROFILE names, else the current one of the vendor's command line, unless
   ALIBABA_CLOUD_CLI_PROFILE_DISABLED is true.

Points 3 and 4 stand in the order of the vendor's SDK (alibabacloud-credentials); its command line reads the profile
first. Empty values count as not given, because AWX injects them. Nothing here asks the network.
"""

from __future__ import annotations

import json
import os
import pathlib
import typing as t
from dataclasses import dataclass, field

from ansible_collections.cloudops.console.plugins.module_utils._deps import BaseModel, ConfigDict, ValidationError
from ansible_collections.cloudops.console.plugins.module_utils._errors import AuthenticationError, ConsoleError
from ansible_collections.cloudops.console.plugins.module_utils._models import Access

PROFILES_FILE = "~/.aliyun/config.json"
# Bytes; the vendor's tool writes some hundred per profile.
LARGEST_FILE = 1024 * 1024
MODES = ("AK", "StsToken")
_TRUE = ("true", "1", "yes")


@dataclass(frozen=True)
class Credentials:
    """An access key, perhaps a temporary one; source says for people where it came from."""

    access_key_id: str
    access_key_secret: str = field(repr=False)
    security_token: str = field(default="", repr=False)
    source: str = ""


class _Model(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)


class Profile(_Model):
    """One profile of the file of the vendor's command line."""

    name: str
    mode: str = "AK"
    access_key_id: str = ""
    access_key_secret: str = ""
    sts_token: str = ""


class ProfilesFile(_Model):
    """The file as a whole; current is the name of the profile that is used by default."""

    current: str = ""
    profiles: tuple[Profile, ...] = ()


def find_credentials(access: Access, environ: t.Mapping[str, str] | None = None) -> Credentials:
    """Return the credentials for access.

    :param environ: the environment, this process's own where None.
    :raises ConsoleError: what is given is incomplete, unreadable or of a mode that is not supported.
    :raises AuthenticationError: there are none anywhere.
    """
    env = os.environ if environ is None else environ
    profile = access.profile or env.get("ALIBABA_CLOUD_PROFILE", "")
    found = _from_options(access)
    if found is None and not access.profile:
        found = _from_environment(env)
    if found is None and (access.profile or env.get("ALIBABA_CLOUD_CLI_PROFILE_DISABLED", "").lower() not in _TRUE):
        found = _from_profile(profile, env)
    if found is None:
        raise AuthenticationError(
            "there are no Alibaba Cloud credentials",
            advice="Give access_key_id and access_key_secret, name a profile, or set ALIBABA_CLOUD_ACCESS_KEY_ID and "
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET.",
        )
    return found


def _complete(key_id: str, secret: str, token: str, source: str) -> Credentials | None:
    if not key_id and not secret:
        return None
    if not key_id or not secret:
        absent = "access key secret" if key_id else "access key id"
        raise ConsoleError(
            f"the credentials from {source} lack the {absent}", advice="Give both parts of the access key."
        )
    for text in (key_id, secret, token):
        if text != text.strip() or not text.isascii() or not text.isprintable():
            raise ConsoleError(
                f"the credentials from {source} have blanks or other characters that no access key has",
                advice="Copy them again, without line breaks and quotation marks.",
            )
    return Credentials(key_id, secret, token, source)


def _from_options(access: Access) -> Credentials | None:
    return _complete(access.access_key_id, access.access_key_secret, access.security_token, "the options")


def _from_environment(env: t.Mapping[str, str]) -> Credentials | None:
    return _complete(
        env.get("ALIBABA_CLOUD_ACCESS_KEY_ID", ""),
        env.get("ALIBABA_CLOUD_ACCESS_KEY_SECRET", ""),
        env.get("ALIBABA_CLOUD_SECURITY_TOKEN", ""),
        "the environment",
    )


def _from_profile(name: str, env: t.Mapping[str, str]) -> Credentials | None:
    home = pathlib.Path(env["HOME"]) if env.get("HOME") else pathlib.Path.home()
    path = home / PROFILES_FILE.removeprefix("~/")
    if not path.is_file():
        if name:
            raise ConsoleError(
                f"there is no {PROFILES_FILE} to read profile {name!r} from",
                advice="Run 'aliyun configure', or correct the profile.",
            )
        return None
    file = _read_profiles(path)
    wanted = name or file.current or "default"
    profile = next((item for item in file.profiles if item.name == wanted), None)
    if profile is None:
        if not name:
            return None
        known = ", ".join(sorted(item.name for item in file.profiles)[:10]) or "none"
        raise ConsoleError(f"{PROFILES_FILE} has no profile {name!r}", advice=f"It has: {known}.")
    return _of_profile(profile)


def _read_profiles(path: pathlib.Path) -> ProfilesFile:
    """Read the vendor's file; an error names the file and never shows its content."""
    reason = "it is not the JSON of the vendor's command line"
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
        if len(content) <= LARGEST_FILE:
            return ProfilesFile.model_validate(json.loads(content))
        reason = f"it has more than {LARGEST_FILE // 1024} KiB"
    except OSError as error:
        reason = error.strerror or type(error).__name__
    except (ValueError, RecursionError, ValidationError):
        pass
    raise ConsoleError(
        f"{PROFILES_FILE} cannot be used: {reason}", advice="Run 'aliyun configure' to write it anew."
    ) from None


def _of_profile(profile: Profile) -> Credentials:
    source = f"profile {profile.name} of {PROFILES_FILE}"
    if profile.mode not in MODES:
        raise ConsoleError(
            f"{source} has the mode {profile.mode!r}, which is not supported",
            advice=f"Use a profile of mode {' or '.join(MODES)}, or give the access key in another way.",
        )
    if profile.mode == "StsToken" and not profile.sts_token:
        raise ConsoleError(
            f"{source} has the mode StsToken and no token", advice="Run 'aliyun configure --mode StsToken' again."
        )
    token = profile.sts_token if profile.mode == "StsToken" else ""
    found = _complete(profile.access_key_id, profile.access_key_secret, token, source)
    if found is None:
        raise ConsoleError(f"{source} has no access key", advice="Run 'aliyun configure' to complete it.")
    return found
