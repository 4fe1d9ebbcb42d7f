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
5. the agency of the ECS that this runs on, which is asked last and only over the network.

A project id comes from the option, else from the same place as the key: a key of one account and a project of another
never meet. Points 3 to 5 have the order of the vendor's SDK (huaweicloudsdkcore); its sources that exchange an
identity provider's token are not supported, and named where nothing else is found. Empty values count as not given,
because AWX injects them.

The agency's temporary key comes from the metadata service. Its address is link-local and unencrypted by nature: it is
asked directly and never through a proxy, and nothing is sent but the request for a token of its own.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import pathlib
import re
import typing as t
from dataclasses import dataclass, field

from ansible_collections.cloudops.console.plugins.module_utils._errors import AuthenticationError, ConsoleError
from ansible_collections.cloudops.console.plugins.module_utils._http import (
    JSON_HEADERS,
    Client,
    Policy,
    Request,
    Response,
    Trust,
)
from ansible_collections.cloudops.console.plugins.module_utils._huawei import models
from ansible_collections.cloudops.console.plugins.module_utils._key_material import (
    expanded,
    has_access_key,
    is_file,
    read_file,
)
from ansible_collections.cloudops.console.plugins.module_utils._models import Access, parse_time
from ansible_collections.cloudops.console.plugins.module_utils._vendor_model import read_model

if t.TYPE_CHECKING:
    import configparser

CREDENTIALS_FILE = "~/.huaweicloud/credentials"
SECTION = "basic"
# Variables of the SDK's other sources, and what they are.
_UNSUPPORTED = (
    ("HUAWEICLOUD_SDK_IDP_ID", "an identity provider"),
    ("HUAWEICLOUD_OIDC_IDP_ID", "an OIDC identity provider"),
    ("HUAWEICLOUD_OIDC_ID_TOKEN_FILE", "an OIDC identity provider"),
    ("HC_CONTAINER_CREDENTIALS_FULL_URI", "a pod identity"),
)

METADATA_SERVICE = "http://169.254.169.254"
# Seconds for the first answer, because most machines have no such service; and for the next, as in the vendor's SDK.
PROBE_SECONDS = 1.0
ANSWER_SECONDS = 3.0
# Seconds for which the metadata service's token is asked.
METADATA_LIFE = "21600"
_TOKEN = re.compile(r"[!-~]{1,4096}\Z")
# Older services know no tokens.
_WITHOUT_TOKENS = (404, 405, 503)


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
    if not has_access_key(key_id, secret, token, source=source, second_part="secret access key"):
        return None
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
    path = expanded(named or CREDENTIALS_FILE, env)
    # few calls read a file, and each pays for what is loaded
    from ansible_collections.cloudops.console.plugins.module_utils._redact import name_of, scrub

    shown = scrub(named, ()) or CREDENTIALS_FILE
    if not is_file(path):
        if profile or named:
            raise ConsoleError(
                f"there is no file {shown} to read credentials from", advice="Write it, or correct its name."
            )
        return None
    file = _parsed(path, shown)
    if not file.has_section(profile or SECTION):
        if not profile:
            return None
        known = ", ".join(name_of(section) for section in sorted(file.sections())[:10]) or "none"
        raise ConsoleError(f"{shown} has no section {name_of(profile)!r}", advice=f"It has: {known}.")
    if not profile and not named and not any(file[SECTION].values()):
        return None
    return _of_section(file[profile or SECTION], f"section {name_of(profile or SECTION)} of {shown}")


def _parsed(path: pathlib.Path, shown: str) -> configparser.RawConfigParser:
    """Read the vendor's file; an error names the file and never shows its content."""
    import configparser  # few calls read a file, and each pays for what is loaded

    advice = "It needs a section [basic] with ak and sk, each on a line of its own."
    content = read_file(path, shown, advice=advice)
    parser = configparser.RawConfigParser()
    try:
        parser.read_string(content.decode("utf-8-sig"))
    except (configparser.Error, ValueError):
        reason = "it does not have the form of the vendor's file"
        raise ConsoleError(f"{shown} cannot be used: {reason}", advice=advice) from None
    return parser


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


async def fetch_credentials() -> Credentials:
    """Return the key of this machine's agency.

    :raises AuthenticationError: this machine has no metadata service or no agency: there are no credentials anywhere.
    """
    policy = Policy(timeout=ANSWER_SECONDS, retries=0)
    async with Client(Trust(), policy, direct=True) as client:
        return await _ask_metadata(client)


async def _ask_metadata(client: Client) -> Credentials:
    headers = dict(JSON_HEADERS)
    put = Request(
        "PUT",
        f"{METADATA_SERVICE}/meta-data/latest/api/token",
        {**headers, "x-metadata-token-ttl-seconds": METADATA_LIFE},
    )
    token = await _within(client, put, PROBE_SECONDS)
    if token.status == 200:
        headers["x-metadata-token"] = _token(token)
    elif token.status not in _WITHOUT_TOKENS:
        raise nothing_found()
    response = await _within(
        client, Request("GET", f"{METADATA_SERVICE}/openstack/latest/securitykey", headers), ANSWER_SECONDS
    )
    if response.status == 401:
        raise AuthenticationError(
            "there are no Huawei Cloud credentials, and this machine has no agency",
            advice="Give O(access_key_id) and O(access_key_secret), or give the ECS an agency.",
            status=response.status,
        )
    if response.status != 200:
        raise nothing_found()
    return _issued(response)


async def _within(client: Client, request: Request, seconds: float) -> Response:
    try:
        return await asyncio.wait_for(client.send(request), seconds)
    except (asyncio.TimeoutError, ConsoleError):
        raise nothing_found() from None


def _token(response: Response) -> str:
    text = response.body.decode("latin-1").strip()
    if _TOKEN.match(text):
        return text
    raise nothing_found()


def _issued(response: Response) -> Credentials:
    key = read_model(models.SecurityKeyHolder, response.json_object(), status=response.status).credential
    found = complete(
        key.access,
        key.secret,
        key.securitytoken,
        source="the metadata of this machine",
        expires_at=parse_time(key.expires_at),
    )
    if found is None:
        raise nothing_found()
    return found
