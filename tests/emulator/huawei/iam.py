# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""IAM: the projects of an account, and tokens by a user's password."""

from __future__ import annotations

import secrets
from typing import Any

from ..call import Reply
from ..clock import iso_seconds
from .answers import RefusalError
from .operations import Context, operation
from .state import Project, Token, User

# Told apart from the other services: its refusals have a number for a code.
PATHS = "/v3/"


@operation("KeystoneListProjects", "GET", "/v3/projects", permission="iam:projects:listProjects")
def keystone_list_projects(call: Context) -> Reply:
    """``name`` fits whole names only."""
    name = call.request.value("name")
    return _projects(call, [one for one in _own(call) if name in ("", one.name)])


@operation("KeystoneListAuthProjects", "GET", "/v3/auth/projects", permission="iam:projects:listProjectsForUser")
def keystone_list_auth_projects(call: Context) -> Reply:
    return _projects(call, _own(call))


def _own(call: Context) -> list[Project]:
    account = call.identity.account_id if call.identity else ""
    return [project for project in call.state.projects.values() if project.account_id == account]


def _projects(call: Context, projects: list[Project]) -> Reply:
    base = f"{call.request.base}/v3/projects"
    rows = [
        {
            "id": project.project_id,
            "name": project.name,
            "domain_id": project.account_id,
            "parent_id": project.account_id,
            "is_domain": False,
            "enabled": True,
            "description": "",
            "links": {"self": f"{base}/{project.project_id}"},
        }
        for project in projects
    ]
    return call.answer({"links": {"self": base, "previous": None, "next": None}, "projects": rows})


@operation("KeystoneCreateUserTokenByPassword", "POST", "/v3/auth/tokens")
def keystone_create_user_token_by_password(call: Context) -> Reply:
    """The token is in a header; ``nocatalog`` is always so here."""
    body = call.json()
    user = _log_in(call, body)
    project_id = _scope(call, user, body)
    life = call.world.settings.huawei_token_seconds
    token = Token(f"MII{secrets.token_urlsafe(120)}", user, project_id, call.world.clock.now() + life)
    call.state.add_token(token)
    domain = {"id": user.account_id, "name": call.state.account_names[user.account_id]}
    shown: dict[str, object] = {
        "methods": ["password"],
        "expires_at": iso_seconds(token.expires_at).replace("Z", ".000000Z"),
        "issued_at": iso_seconds(call.world.clock.now()).replace("Z", ".000000Z"),
        "user": {"id": user.user_id, "name": user.name, "domain": domain, "password_expires_at": ""},
        "roles": [{"id": "0", "name": "op_gated_eip_ipv6"}],
        "catalog": [],
    }
    if project_id is not None:
        shown["project"] = {"id": project_id, "name": call.state.projects[project_id].name, "domain": domain}
    else:
        shown["domain"] = domain
    return call.answer({"token": shown}, 201, ((b"x-subject-token", token.token.encode()),))


def _log_in(call: Context, body: dict[str, Any]) -> User:
    try:
        wanted = body["auth"]["identity"]["password"]["user"]
        domain, name, password = wanted["domain"], wanted["name"], wanted["password"]
        methods = body["auth"]["identity"]["methods"]
    except (KeyError, TypeError):
        raise RefusalError(400, "400", "The request body is invalid", shape="iam") from None
    call.state.secrets.add(str(password))
    for user in call.state.users.values():
        own = {"id": user.account_id, "name": call.state.account_names[user.account_id]}
        if user.name == name and domain.items() <= own.items() and user.password == password and "password" in methods:
            return user
    raise _unauthorized()


def _scope(call: Context, user: User, body: dict[str, Any]) -> str | None:
    scope = body["auth"].get("scope") or {}
    wanted = scope.get("project")
    if not wanted:
        return None
    for project in call.state.projects.values():
        own = {"id": project.project_id, "name": project.name}
        given = {name: value for name, value in wanted.items() if name in own}
        if project.account_id == user.account_id and given and given.items() <= own.items():
            return project.project_id
    raise _unauthorized()


def _unauthorized() -> RefusalError:
    return RefusalError(401, "401", "The request you have made requires authentication.", shape="iam")
