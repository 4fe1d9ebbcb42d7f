# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Projects, users, application credentials, tokens and servers of one OpenStack with one domain."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..server_fleet import ApplicationCredential, OpenstackPart, OpenstackUser, ServerDenial
from ..servers import ServerBook, change_fields, end_all

DOMAIN = {"id": "default", "name": "Default"}
_USER_FIELDS = frozenset(("name", "password", "roles", "denied"))
EMPTY: OpenstackPart = {"regions": [], "projects": [], "users": [], "servers": []}


@dataclass
class User:
    """``roles``: project id to role names."""

    user_id: str
    name: str
    password: str
    roles: dict[str, list[str]]
    denied: list[ServerDenial] = field(default_factory=list)


@dataclass
class Credential:
    """An application credential: for one user in one project."""

    credential_id: str
    name: str
    secret: str
    user: User
    project_id: str
    own_roles: list[str] | None

    @property
    def roles(self) -> list[str]:
        return self.user.roles.get(self.project_id, []) if self.own_roles is None else self.own_roles


@dataclass
class Token:
    """``project_id`` None: unscoped, good for Keystone alone."""

    token: str
    methods: list[str]
    user: User
    project_id: str | None
    roles: list[str]
    issued_at: float
    expires_at: float
    audit_id: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    credential: Credential | None = None
    revoked: bool = False

    @property
    def is_admin(self) -> bool:
        return "admin" in self.roles


class State:
    """All that one OpenStack emulator holds."""

    def __init__(self) -> None:
        self.servers = ServerBook("openstack")
        self.load(EMPTY)

    def load(self, part: OpenstackPart) -> None:
        self.part = part
        self.regions = list(part["regions"])
        self.projects = {project["id"]: project["name"] for project in part["projects"]}
        self.users: dict[str, User] = {}
        self.credentials: dict[str, Credential] = {}
        self.tokens: dict[str, Token] = {}
        self.secrets: set[str] = set()
        for user in part["users"]:
            self._add_user(user)
        self.servers.load(part["servers"])
        for server in self.servers.servers.values():
            server.region = server.region or next(iter(self.regions), "")

    def _add_user(self, data: OpenstackUser) -> None:
        user = User(data["id"], data["name"], data["password"], dict(data["roles"]), list(data.get("denied", [])))
        self.users[user.user_id] = user
        self.secrets.add(user.password)
        for row in data.get("application_credentials", []):
            credential = _credential(user, row)
            self.credentials[credential.credential_id] = credential
            self.secrets.add(credential.secret)

    def add_token(self, token: Token) -> None:
        self.tokens[token.token] = token
        self.secrets.add(token.token)

    def find_token(self, text: str, now: float) -> Token | None:
        """None for one that never was, is over, or was revoked: Keystone tells none from another."""
        token = self.tokens.get(text)
        if token is None or token.revoked or now >= token.expires_at:
            return None
        return token

    def change_user(self, name: str, changes: Mapping[str, Any]) -> dict[str, object] | None:
        """By name or id; None when there is no such user."""
        user = next((one for one in self.users.values() if name in (one.name, one.user_id)), None)
        if user is None:
            return None
        change_fields(user, changes, _USER_FIELDS)
        self.secrets.add(user.password)
        return {"id": user.user_id}

    def end_tokens(self, *, expire: bool) -> int:
        return end_all(self.tokens.values(), expire=expire)


def _credential(user: User, row: ApplicationCredential) -> Credential:
    return Credential(row["id"], row["name"], row["secret"], user, row["project_id"], row.get("roles"))
