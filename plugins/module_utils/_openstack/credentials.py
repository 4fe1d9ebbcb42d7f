# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""Whose credentials are used for OpenStack, and which cloud they are for.

The first that is given decides; the option auth overrides it, and is used alone if it has an auth_url and no cloud is
named:

1. the entry of the clouds file that the option cloud names;
2. the entry that OS_CLOUD names;
3. the environment, where it has OS_AUTH_URL, or OS_TOKEN beside an endpoint;
4. the only entry of the clouds file.

region, interface, endpoint, project_id and auth_type override what the entry says. Empty values count as not given,
because AWX injects them. Nothing here asks the network.
"""

from __future__ import annotations

import os
import pathlib
import typing as t
from dataclasses import dataclass, field

from ansible_collections.cloudops.console.plugins.module_utils import _http
from ansible_collections.cloudops.console.plugins.module_utils._errors import AuthenticationError, ConsoleError
from ansible_collections.cloudops.console.plugins.module_utils._key_material import expanded
from ansible_collections.cloudops.console.plugins.module_utils._models import Access
from ansible_collections.cloudops.console.plugins.module_utils._openstack.addresses import checked_url, keystone_url
from ansible_collections.cloudops.console.plugins.module_utils._openstack.clouds import SearchPath, read_cloud, shown
from ansible_collections.cloudops.console.plugins.module_utils._openstack.entries import Entry, parse_entry

Method = t.Literal["password", "application_credential", "token"]

METHODS: t.Mapping[str, Method] = {
    "password": "password",
    "v3password": "password",
    "v3applicationcredential": "application_credential",
    "token": "token",
    "v3token": "token",
}
INTERFACES = ("public", "internal", "admin")
_FALSE = ("false", "no", "off", "0")
_TRUE = ("true", "yes", "on", "1")
_ENVIRONMENT = "the environment"
# Names of the same setting, the first that is given wins; what begins with compute is for this service alone.
_INTERFACE = ("compute_endpoint_type", "compute_interface", "endpoint_type", "interface")
_ENDPOINT = ("compute_endpoint_override", "compute_endpoint")
# Is replaced by the region in auth_url and the compute endpoint.
_REGION = "{region_name}"


@dataclass(frozen=True)
class Named:
    """A user or a project by id, or by name and domain; all empty where none is given."""

    id: str = ""
    name: str = ""
    domain_id: str = ""
    domain_name: str = ""


@dataclass(frozen=True)
class KeystoneCredentials:
    """What Keystone is asked, and which endpoint of its catalogue is meant.

    :param auth_url: of version 3; empty only for a token beside an endpoint.
    :param secret: the password, the secret of the application credential, or the token.
    :param application_credential: by id, or by name and user.
    :param endpoint: the compute URL that is used in place of the catalogue's, or empty.
    """

    method: Method
    auth_url: str
    secret: str = field(repr=False)
    user: Named = Named()
    application_credential: Named = Named()
    project: Named = Named()
    region: str = ""
    interface: str = "public"
    endpoint: str = ""
    verify: bool = True
    ca_cert: str = ""
    source: str = ""


def find_credentials(
    access: Access, environ: t.Mapping[str, str] | None = None, here: pathlib.Path | None = None
) -> KeystoneCredentials:
    """Return the credentials for access.

    :param environ: the environment, this process's own where None.
    :param here: where a clouds file is looked for first, the working directory where None.
    :raises ConsoleError: what is given is incomplete, unreadable or of a kind that is not supported.
    :raises AuthenticationError: there is nothing anywhere.
    """
    env = os.environ if environ is None else environ
    paths = SearchPath(env, here or pathlib.Path())
    given = Entry({name: value for name, value in access.auth if value}, {}, "the option O(auth)")
    if _suffices(given, access) and not access.cloud:
        return _credentials(given, access, env)
    base = _base(access, paths)
    return _credentials(given.over(base) if given.auth else base, access, env)


def _base(access: Access, paths: SearchPath) -> Entry:
    name = access.cloud or paths.env.get("OS_CLOUD", "")
    variables = _from_environment(paths.env, access.region)
    if name and name in ("envvars", paths.env.get("OS_CLOUD_NAME")):
        return variables
    if not name and _suffices(variables, access):
        return variables
    found = read_cloud(name, access.region, paths)
    if found is not None:
        return found
    raise AuthenticationError(
        "there are no OpenStack credentials",
        advice="Give O(auth), name an entry of clouds.yaml with O(cloud) or OS_CLOUD, or set OS_AUTH_URL and the like.",
    )


def _suffices(variables: Entry, access: Access) -> bool:
    endpoint = access.endpoint or variables.setting(*_ENDPOINT)
    return "auth_url" in variables.auth or bool(endpoint and "token" in variables.auth)


def _from_environment(env: t.Mapping[str, str], region: str) -> Entry:
    """Return what the variables OS_... say; each is a name beside auth. OS_VERIFY is none of theirs."""
    given = {name[3:].lower(): value for name, value in env.items() if name.startswith("OS_") and name != "OS_VERIFY"}
    entry = parse_entry({name: value for name, value in given.items() if name not in ("auth", "regions")}, _ENVIRONMENT)
    return entry.in_region(region, entry.known_regions()).flat()


def _credentials(entry: Entry, access: Access, env: t.Mapping[str, str]) -> KeystoneCredentials:
    auth = entry.auth
    for name in ("trust_id", "system_scope"):
        if auth.get(name):
            raise ConsoleError(f"{name} in {entry.source} is not supported", advice="Log in to a project.")
    method = _method(access.auth_type or entry.setting("auth_type"), auth, entry.source)
    region = access.region or entry.setting("compute_region_name", "region_name")
    endpoint = access.endpoint or entry.setting(*_ENDPOINT).replace(_REGION, region)
    verify = access.validate_certs and _verifies(entry)
    return KeystoneCredentials(
        method=method,
        auth_url=_auth_url(entry, access, region, needed=not (method == "token" and endpoint)),
        secret=_secret(method, auth, entry.source),
        user=_user(method, auth, entry.source),
        application_credential=Named(
            auth.get("application_credential_id", ""), auth.get("application_credential_name", "")
        ),
        project=_project(auth, access.project_id, entry.source),
        region=region,
        interface=_interface(access.interface or entry.setting(*_INTERFACE)),
        endpoint=endpoint and checked_url(endpoint, "the compute endpoint", allow_plain_http=access.allow_plain_http),
        verify=verify,
        ca_cert=(access.ca_cert or _ca_cert(entry, env)) if verify else "",
        source=entry.source,
    )


def _auth_url(entry: Entry, access: Access, region: str, *, needed: bool) -> str:
    auth_url = entry.auth.get("auth_url", "").replace(_REGION, region)
    if auth_url:
        what = f"auth_url in {entry.source}"
        return keystone_url(checked_url(auth_url, what, allow_plain_http=access.allow_plain_http))
    if needed:
        raise ConsoleError(f"{entry.source} has no auth_url", advice="Give the URL of Keystone as auth_url.")
    return ""


def _verifies(entry: Entry) -> bool:
    return entry.setting("verify").lower() not in _FALSE and entry.setting("insecure").lower() not in _TRUE


def _ca_cert(entry: Entry, env: t.Mapping[str, str]) -> str:
    """Return the file of the entry's certificates; what is wrong with it is said with the name that it has there."""
    named = entry.setting("cacert")
    if not named:
        return ""
    path = expanded(named, env)
    try:
        _http.ssl_context(_http.Trust(ca_cert=str(path)))
    except ConsoleError:
        what = "OS_CACERT" if entry.source == _ENVIRONMENT else f"the cacert in {entry.source}"
        raise ConsoleError(
            f"{what} names {shown(path)}, which is not a readable file of certificates in PEM",
            advice="Correct it, or give O(ca_cert).",
        ) from None
    return str(path)


def _method(auth_type: str, auth: t.Mapping[str, str], source: str) -> Method:
    """Return the method that auth_type names; without it, the one whose secret is given."""
    if auth_type:
        if auth_type not in METHODS:
            raise ConsoleError(
                f"the auth_type {auth_type!r} of {source} is not supported", advice=f"Use one of {', '.join(METHODS)}."
            )
        return METHODS[auth_type]
    if auth.get("application_credential_secret"):
        return "application_credential"
    return "token" if auth.get("token") and not auth.get("password") else "password"


def _secret(method: Method, auth: t.Mapping[str, str], source: str) -> str:
    name = {"application_credential": "application_credential_secret"}.get(method, method)
    secret = auth.get(name, "")
    if not secret:
        raise ConsoleError(f"{source} has no {name}", advice="Give it in O(auth), or in secure.yaml for a cloud.")
    if method == "token" and not (secret.isascii() and secret.isprintable() and " " not in secret):
        raise ConsoleError(f"the token of {source} has characters that no token has", advice="Copy it again.")
    return secret


def _user(method: Method, auth: t.Mapping[str, str], source: str) -> Named:
    user = _named(auth, "user", auth.get("user_id", ""), auth.get("username", ""))
    by_id = bool(auth.get("application_credential_id"))
    if method == "token" or (method == "application_credential" and by_id):
        return Named()
    if method == "application_credential" and not auth.get("application_credential_name"):
        raise ConsoleError(
            f"{source} has no application_credential_id", advice="Give it, or application_credential_name and the user."
        )
    if not user.id and not user.name:
        raise ConsoleError(f"{source} has no user", advice="Give username and user_domain_name, or user_id.")
    if not user.id and not user.domain_id and not user.domain_name:
        raise ConsoleError(
            f"{source} names a user without a domain, and Keystone knows user names only within one",
            advice="Give user_domain_name (often Default) or user_domain_id.",
        )
    return user


def _project(auth: t.Mapping[str, str], project_id: str, source: str) -> Named:
    wanted = project_id or auth.get("project_id") or auth.get("tenant_id", "")
    project = _named(auth, "project", wanted, auth.get("project_name") or auth.get("tenant_name", ""))
    if not project.id and project.name and not project.domain_id and not project.domain_name:
        raise ConsoleError(
            f"{source} names a project without a domain, and Keystone knows project names only within one",
            advice="Give project_domain_name (often Default) or project_domain_id.",
        )
    return project


def _named(auth: t.Mapping[str, str], what: str, own_id: str, name: str) -> Named:
    """Return the id alone where there is one, else the name with its domain or the one for both."""
    if own_id:
        return Named(id=own_id)
    if not name:
        return Named()
    for prefix in (f"{what}_domain", "domain", "default_domain"):
        domain_id, domain_name = auth.get(f"{prefix}_id", ""), auth.get(f"{prefix}_name", "")
        if domain_id or domain_name:
            return Named(name=name, domain_id=domain_id, domain_name="" if domain_id else domain_name)
    return Named(name=name, domain_id=auth.get("default_domain", ""))


def _interface(text: str) -> str:
    """Return the interface's short name, of several the first; older files say publicURL."""
    interface = text.partition(",")[0].removesuffix("URL") or INTERFACES[0]
    if interface not in INTERFACES:
        raise ConsoleError(f"the interface {text[:32]!r} is not known", advice=f"Use one of {', '.join(INTERFACES)}.")
    return interface
