# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keystone v3: versions, tokens, the catalogue. ``login`` decides who gets a token."""

from __future__ import annotations

import time
import uuid

from ..call import Reply
from .answers import RefusalError, empty, identity_headers
from .login import log_in
from .operations import IDENTITY, IdentityContext
from .state import DOMAIN, Token

_INTERFACES = ("public", "internal", "admin")


@IDENTITY.operation("ShowVersions", "GET", "/identity")
def show_versions(call: IdentityContext) -> Reply:
    return call.answer({"versions": {"values": [_version(call)]}}, 300)


@IDENTITY.operation("ShowVersion", "GET", "/identity/v3")
def show_version(call: IdentityContext) -> Reply:
    return call.answer({"version": _version(call)})


def _version(call: IdentityContext) -> dict[str, object]:
    return {
        "id": "v3.14",
        "status": "stable",
        "updated": "2020-04-07T00:00:00Z",
        "links": [{"rel": "self", "href": f"{call.request.base}/identity/v3/"}],
        "media-types": [{"base": "application/json", "type": "application/vnd.openstack.identity-v3+json"}],
    }


@IDENTITY.operation("IssueToken", "POST", "/identity/v3/auth/tokens")
def issue_token(call: IdentityContext) -> Reply:
    token = log_in(call)
    call.state.add_token(token)
    return call.answer({"token": describe(call, token)}, 201, token.token)


@IDENTITY.operation("ShowToken", "GET", "/identity/v3/auth/tokens")
def show_token(call: IdentityContext) -> Reply:
    _require(call)
    subject = _subject(call)
    return call.answer({"token": describe(call, subject)}, 200, subject.token)


@IDENTITY.operation("RevokeToken", "DELETE", "/identity/v3/auth/tokens")
def revoke_token(call: IdentityContext) -> Reply:
    _require(call)
    _subject(call).revoked = True
    return empty(identity_headers(call.request_id))


@IDENTITY.operation("ListAuthProjects", "GET", "/identity/v3/auth/projects")
def list_auth_projects(call: IdentityContext) -> Reply:
    token = _require(call)
    rows = [_project(call, project_id) for project_id in token.user.roles if project_id in call.state.projects]
    base = f"{call.request.base}/identity/v3/auth/projects"
    return call.answer({"projects": rows, "links": {"next": None, "self": base, "previous": None}})


@IDENTITY.operation("ShowCatalog", "GET", "/identity/v3/auth/catalog")
def show_catalog(call: IdentityContext) -> Reply:
    _require(call)
    return call.answer({"catalog": _catalog(call), "links": {"self": f"{call.request.base}/identity/v3/auth/catalog"}})


def _require(call: IdentityContext) -> Token:
    if call.token is None:
        raise RefusalError("unauthorized")
    return call.token


def _subject(call: IdentityContext) -> Token:
    text = call.request.headers.get("x-subject-token", "")
    token = call.state.find_token(text, call.world.clock.now())
    if token is None:
        raise RefusalError("unknown_token", id=text)
    return token


def describe(call: IdentityContext, token: Token) -> dict[str, object]:
    user = {"domain": DOMAIN, "id": token.user.user_id, "name": token.user.name, "password_expires_at": None}
    shown: dict[str, object] = {
        "methods": token.methods,
        "user": user,
        "audit_ids": [token.audit_id],
        "expires_at": _micro(token.expires_at),
        "issued_at": _micro(token.issued_at),
    }
    if token.project_id is not None:
        shown["project"] = {
            "domain": DOMAIN,
            "id": token.project_id,
            "name": call.state.projects.get(token.project_id, ""),
        }
        shown["is_domain"] = False
        shown["roles"] = [{"id": _stable_id("role", role), "name": role} for role in token.roles]
        shown["catalog"] = _catalog(call)
    if token.credential is not None:
        one = token.credential
        shown["application_credential"] = {"id": one.credential_id, "name": one.name, "restricted": True}
    return shown


def _project(call: IdentityContext, project_id: str) -> dict[str, object]:
    return {
        "id": project_id,
        "name": call.state.projects[project_id],
        "domain_id": DOMAIN["id"],
        "parent_id": DOMAIN["id"],
        "description": "",
        "enabled": True,
        "is_domain": False,
        "options": {},
        "tags": [],
        "links": {"self": f"{call.request.base}/identity/v3/projects/{project_id}"},
    }


def _catalog(call: IdentityContext) -> list[dict[str, object]]:
    """The first region is served here; what the others name is not there at all."""
    services: list[dict[str, object]] = []
    for kind, name, paths in (
        ("identity", "keystone", ["/identity/v3"]),
        ("compute", "nova", call.world.settings.nova_catalogue),
    ):
        endpoints = [
            {
                "id": _stable_id(kind, region, interface, *([path] if len(paths) > 1 else [])),
                "interface": interface,
                "region_id": region,
                "url": f"{call.request.base}{path}" if number == 0 else f"http://127.0.0.1:9/{region}{path}",
                "region": region,
            }
            for number, region in enumerate(call.state.regions)
            for interface in _INTERFACES
            for path in paths
        ]
        services.append({"endpoints": endpoints, "id": _stable_id("service", kind), "type": kind, "name": name})
    return services


def _stable_id(*words: str) -> str:
    return uuid.uuid5(uuid.NAMESPACE_URL, "/".join(words)).hex


def _micro(moment: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S.000000Z", time.gmtime(moment))
