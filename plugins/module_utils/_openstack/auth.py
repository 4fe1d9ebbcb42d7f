# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""Keystone v3 as pure functions: what is asked, what the token's catalogue says.

Source: https://docs.openstack.org/api-ref/identity/v3/.
"""

from __future__ import annotations

import datetime as dt
import json
import typing as t
from dataclasses import dataclass, field

from ansible_collections.cloudops.console.plugins.module_utils._errors import (
    AuthenticationError,
    NotFound,
    UnexpectedAnswer,
)
from ansible_collections.cloudops.console.plugins.module_utils._http import USER_AGENT, Request
from ansible_collections.cloudops.console.plugins.module_utils._openstack.addresses import (
    checked_url,
    compute_url,
    compute_version,
)
from ansible_collections.cloudops.console.plugins.module_utils._openstack.credentials import KeystoneCredentials, Named
from ansible_collections.cloudops.console.plugins.module_utils._openstack.models import Endpoint, Token

SERVICE = "compute"
# Which of several endpoints in one region is asked: that of version 2.1, then one without a version, then any other.
_BEST_FIRST = {"v2.1": 0, "": 1}
# Seconds before its end at which a token is not used any more.
MARGIN = 60.0


@dataclass(frozen=True)
class Grant:
    """A token and where it is good for.

    :param url: the compute URL.
    :param seconds: how long it may be used from when it came, None where that is not known.
    """

    token: str = field(repr=False)
    url: str
    region: str
    project_id: str = ""
    seconds: float | None = None


def token_request(login: KeystoneCredentials) -> Request:
    """Return the request for a token with its catalogue.

    A token that is given is only looked at, unless a project is named: then it is exchanged for one of that project.
    """
    headers = {"accept": "application/json", "accept-encoding": "identity", "user-agent": USER_AGENT}
    url = f"{login.auth_url}/auth/tokens"
    if login.method == "token" and login.project == Named():
        return Request("GET", url, {**headers, "x-auth-token": login.secret, "x-subject-token": login.secret})
    body = json.dumps({"auth": _auth(login)}, separators=(",", ":")).encode()
    return Request("POST", url, {**headers, "content-type": "application/json"}, body)


def _auth(login: KeystoneCredentials) -> dict[str, t.Any]:
    """Return what stands under auth. An application credential has its project and refuses to be asked for one."""
    if login.method == "application_credential":
        by_name = {} if login.credential.id else {"user": _domained(login.user)}
        content = {**_plain(login.credential), **by_name, "secret": login.secret}
        return {"identity": {"methods": [login.method], login.method: content}}
    content = (
        {"id": login.secret}
        if login.method == "token"
        else {"user": {**_domained(login.user), "password": login.secret}}
    )
    auth: dict[str, t.Any] = {"identity": {"methods": [login.method], login.method: content}}
    if login.project != Named():
        auth["scope"] = {"project": _domained(login.project)}
    return auth


def _plain(named: Named) -> dict[str, str]:
    return {"id": named.id} if named.id else {"name": named.name}


def _domained(named: Named) -> dict[str, t.Any]:
    if named.id:
        return {"id": named.id}
    domain = {"id": named.domain_id} if named.domain_id else {"name": named.domain_name}
    return {"name": named.name, "domain": domain}


def grant_of(token: Token, value: str, at: dt.datetime, login: KeystoneCredentials, *, allow_plain_http: bool) -> Grant:
    """Turn an accepted token into what can be done with it.

    :param value: the token itself.
    :param at: when Keystone answered, by its own clock.
    :raises AuthenticationError: it is for no project, or for another one.
    :raises NotFound: its catalogue has no such compute endpoint.
    """
    project = token.project.id if token.project else ""
    if login.project.id and project and login.project.id != project:
        raise AuthenticationError(
            f"the token is for project {project} and not for {login.project.id}",
            advice="Correct O(project_id), or use an application credential of that project: it cannot change its own.",
        )
    if not project and not login.endpoint:
        raise AuthenticationError(
            "the token is for no project", advice="Give project_name and project_domain_name, or O(project_id)."
        )
    url, region = login.endpoint, login.region
    if not url:
        found = choose_endpoint(token, login.region, login.interface)
        url, region = found.url, found.place
    url = checked_url(url, "the compute URL of the catalogue", allow_plain_http=allow_plain_http)
    ends = token.expires_at
    if ends is not None and ends.tzinfo is None:
        ends = ends.replace(tzinfo=dt.timezone.utc)
    seconds = None if ends is None else (ends - at).total_seconds() - MARGIN
    return Grant(value, compute_url(url), region, project, seconds)


def choose_endpoint(token: Token, region: str, interface: str) -> Endpoint:
    """Return the compute endpoint of region; without one, that of the only region there is."""
    offered = [item for service in token.catalog if service.type == SERVICE for item in service.endpoints]
    of_interface = [item for item in offered if item.interface == interface]
    fitting = [item for item in of_interface if not region or region in (item.region, item.region_id)]
    if len({item.place for item in fitting}) == 1:
        return min(fitting, key=lambda item: _BEST_FIRST.get(compute_version(item.url), len(_BEST_FIRST)))
    regions = ", ".join(sorted({item.place for item in of_interface})[:10])
    if fitting:
        raise NotFound(f"the catalogue has several regions: {regions}", advice="Set O(region) to one of them.")
    if not of_interface:
        others = ", ".join(sorted({item.interface for item in offered})) or "none"
        raise NotFound(
            f"the catalogue has no compute endpoint with the interface {interface}",
            advice=f"Set O(interface); it has: {others}.",
        )
    raise NotFound(
        f"the catalogue has no compute endpoint in region {region}", advice=f"Set O(region); it has: {regions}."
    )


def token_value(login: KeystoneCredentials, subject_token: str) -> str:
    """Return the token: the header of the answer, or the given one where that was only looked at."""
    value = subject_token or (login.secret if login.method == "token" else "")
    if value:
        return value
    raise UnexpectedAnswer(
        "Keystone's answer has no token", advice="Check auth_url and any proxy on the way to it.", ambiguous=True
    )
