# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who gets a token: by password, by application credential, by another token."""

from __future__ import annotations

import json
import secrets
from typing import Any

from .answers import RefusalError
from .operations import IdentityContext
from .state import DOMAIN, Credential, Token, User


def log_in(call: IdentityContext) -> Token:
    """Return a new token; raise RefusalError."""
    auth = _section(_read(call), "auth")
    identity = _section(auth, "identity")
    methods = identity.get("methods")
    if methods == ["password"]:
        return _scoped(call, auth, _by_password(call, _section(identity, "password")), None)
    if methods == ["application_credential"]:
        return _by_credential(call, auth, _section(identity, "application_credential"))
    if methods == ["token"]:
        return _by_token(call, auth, _section(identity, "token"))
    raise RefusalError("unauthorized")


def _read(call: IdentityContext) -> dict[str, Any]:
    try:
        body = json.loads(call.request.body)
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise RefusalError("bad_login", reason="The request body is not a JSON object.")
    return body


def _section(outer: dict[str, Any], name: str) -> dict[str, Any]:
    inner = outer.get(name)
    if not isinstance(inner, dict):
        raise RefusalError("bad_login", reason=f"{name!r} is a required property")
    return inner


def _by_password(call: IdentityContext, section: dict[str, Any]) -> User:
    wanted = _section(section, "user")
    password = str(wanted.get("password", ""))
    call.state.secrets.add(password)
    user = _find_user(call, wanted)
    if user is None or user.password != password:
        raise RefusalError("unauthorized")
    return user


def _find_user(call: IdentityContext, wanted: dict[str, Any]) -> User | None:
    """By id, or by name and domain."""
    if "id" in wanted:
        return call.state.users.get(str(wanted["id"]))
    if "domain" not in wanted:
        raise RefusalError("no_domain")
    if not _is_ours(wanted["domain"]):
        return None
    return next((one for one in call.state.users.values() if one.name == wanted.get("name")), None)


def _is_ours(domain: object) -> bool:
    return isinstance(domain, dict) and bool(domain) and domain.items() <= DOMAIN.items()


def _by_credential(call: IdentityContext, auth: dict[str, Any], section: dict[str, Any]) -> Token:
    secret = str(section.get("secret", ""))
    call.state.secrets.add(secret)
    credential = _find_credential(call, section)
    if credential.secret != secret:
        raise RefusalError("unauthorized")
    if "scope" in auth:
        raise RefusalError("credential_scope")
    return _issue(
        call,
        ["application_credential"],
        credential.user,
        credential.project_id,
        credential.roles,
        credential=credential,
    )


def _find_credential(call: IdentityContext, section: dict[str, Any]) -> Credential:
    """By id, or by name and user."""
    wanted = str(section.get("id") or section.get("name", ""))
    if "id" in section:
        found = call.state.credentials.get(wanted)
    else:
        user = _find_user(call, _section(section, "user"))
        mine = (one for one in call.state.credentials.values() if one.user is user)
        found = next((one for one in mine if one.name == wanted), None)
    if found is None:
        raise RefusalError("unknown_credential", id=wanted)
    return found


def _by_token(call: IdentityContext, auth: dict[str, Any], section: dict[str, Any]) -> Token:
    """The new token lives no longer than the old one; one of an application credential gets no other scope."""
    old = call.state.find_token(str(section.get("id", "")), call.world.clock.now())
    if old is None or old.credential is not None:
        raise RefusalError("unauthorized")
    return _scoped(call, auth, old.user, old)


def _scoped(call: IdentityContext, auth: dict[str, Any], user: User, old: Token | None) -> Token:
    methods = ["password"] if old is None else sorted({"token", *old.methods})
    expires_at = None if old is None else old.expires_at
    if auth.get("scope") in (None, "unscoped") or "unscoped" in auth["scope"]:
        return _issue(call, methods, user, None, [], expires_at=expires_at)
    project_id = _find_project(call, auth["scope"])
    if project_id is None or not user.roles.get(project_id):
        raise RefusalError("unauthorized")
    return _issue(call, methods, user, project_id, user.roles[project_id], expires_at=expires_at)


def _find_project(call: IdentityContext, scope: dict[str, Any]) -> str | None:
    """By id, or by name and domain."""
    wanted = _section(scope, "project")
    if "id" in wanted:
        return wanted["id"] if wanted["id"] in call.state.projects else None
    if not _is_ours(wanted.get("domain")):
        return None
    return next((key for key, name in call.state.projects.items() if name == wanted.get("name")), None)


def _issue(
    call: IdentityContext,
    methods: list[str],
    user: User,
    project_id: str | None,
    roles: list[str],
    *,
    expires_at: float | None = None,
    credential: Credential | None = None,
) -> Token:
    now = call.world.clock.now()
    return Token(
        token=f"gAAAAAB{secrets.token_urlsafe(130)}",
        methods=methods,
        user=user,
        project_id=project_id,
        roles=list(roles),
        issued_at=now,
        expires_at=now + call.world.settings.keystone_token_seconds if expires_at is None else expires_at,
        credential=credential,
    )
