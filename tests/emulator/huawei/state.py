# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Accounts, projects, keys, users, tokens and servers of Huawei Cloud."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..server_fleet import HuaweiAccount, HuaweiKey, HuaweiPart, HuaweiUser, ServerDenial
from ..servers import ServerBook, change_fields, denial_of, end_all

_KEY_FIELDS = frozenset(("secret", "security_token", "expires_at", "inactive", "denied"))
_USER_FIELDS = frozenset(("name", "password", "denied"))
EMPTY: HuaweiPart = {"accounts": [], "servers": []}


@dataclass
class Key:
    """AK and SK; with a security token they are temporary. ``failures`` counts bad signatures in a row."""

    access_key_id: str
    secret: str
    account_id: str
    security_token: str | None = None
    expires_at: float | None = None
    inactive: bool = False
    denied: list[ServerDenial] = field(default_factory=list)
    failures: int = 0
    locked_until: float = 0.0


@dataclass
class User:
    user_id: str
    name: str
    password: str
    account_id: str
    denied: list[ServerDenial] = field(default_factory=list)


@dataclass
class Project:
    """``name`` begins with the region."""

    project_id: str
    name: str
    account_id: str

    @property
    def region(self) -> str:
        return self.name.partition("_")[0]


@dataclass
class Token:
    """``project_id`` None: for the whole account, as IAM wants it."""

    token: str
    user: User
    project_id: str | None
    expires_at: float
    revoked: bool = False


@dataclass(frozen=True)
class Identity:
    """A caller: a key, or a token. ``project_id`` None: every project of the account."""

    name: str
    account_id: str
    project_id: str | None
    denied: list[ServerDenial]

    def denial(self, action: str, instance_ids: Iterable[str]) -> ServerDenial | None:
        return denial_of(self.denied, action, instance_ids)


class State:
    """All that one Huawei emulator holds."""

    def __init__(self) -> None:
        self.servers = ServerBook("huawei")
        self.load(EMPTY)

    def load(self, part: HuaweiPart) -> None:
        self.part = part
        self.account_names: dict[str, str] = {}
        self.projects: dict[str, Project] = {}
        self.keys: dict[str, Key] = {}
        self.users: dict[str, User] = {}
        self.tokens: dict[str, Token] = {}
        self.secrets: set[str] = set()
        for account in part["accounts"]:
            self._add_account(account)
        self.servers.load(part["servers"])
        for server in self.servers.servers.values():
            project = self.projects.get(server.project_id)
            server.region = server.region or (project.region if project else "")

    def _add_account(self, account: HuaweiAccount) -> None:
        account_id = account["account_id"]
        self.account_names[account_id] = account["name"]
        for project in account["projects"]:
            self.projects[project["id"]] = Project(project["id"], project["name"], account_id)
        for key in account["access_keys"]:
            self.add_key(_key(account_id, key))
        for user in account["users"]:
            self.add_user(_user(account_id, user))

    def add_key(self, key: Key) -> None:
        self.keys[key.access_key_id] = key
        self.secrets.update(filter(None, (key.secret, key.security_token)))

    def add_user(self, user: User) -> None:
        self.users[user.user_id] = user
        self.secrets.add(user.password)

    def add_token(self, token: Token) -> None:
        self.tokens[token.token] = token
        self.secrets.add(token.token)

    def change_key(self, access_key_id: str, changes: Mapping[str, Any]) -> dict[str, object] | None:
        """None when there is no such key. A new secret ends a lock."""
        key = self.keys.get(access_key_id)
        if key is None:
            return None
        change_fields(key, changes, _KEY_FIELDS)
        if "secret" in changes:
            key.failures, key.locked_until = 0, 0.0
        self.add_key(key)
        return {"access_key_id": access_key_id}

    def change_user(self, name: str, changes: Mapping[str, Any]) -> dict[str, object] | None:
        """By name or id; None when there is no such user."""
        user = next((one for one in self.users.values() if name in (one.name, one.user_id)), None)
        if user is None:
            return None
        change_fields(user, changes, _USER_FIELDS)
        self.add_user(user)
        return {"id": user.user_id}

    def end_tokens(self, *, expire: bool) -> int:
        return end_all(self.tokens.values(), expire=expire)

    def region_of(self, project_id: str) -> str:
        project = self.projects.get(project_id)
        return project.region if project else ""


def _key(account_id: str, data: HuaweiKey) -> Key:
    return Key(
        access_key_id=data["access_key_id"],
        secret=data["access_key_secret"],
        account_id=account_id,
        security_token=data.get("security_token"),
        expires_at=data.get("expires_at"),
        inactive=data.get("inactive", False),
        denied=list(data.get("denied", [])),
    )


def _user(account_id: str, data: HuaweiUser) -> User:
    return User(data["id"], data["name"], data["password"], account_id, list(data.get("denied", [])))
