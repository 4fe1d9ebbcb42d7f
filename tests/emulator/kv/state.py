# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the server holds."""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass, field
from typing import Any

from .policies import DEFAULT, Rules
from .times import duration, stamp

# What a server keeps of each secret by default.
VERSIONS = 10
DEFAULT_TTL = 2_764_800.0


@dataclass
class Version:
    """One version of a secret; data is gone once it is destroyed."""

    number: int
    data: dict[str, Any] | None
    created: float
    deleted: float | None = None
    destroyed: bool = False

    def gone(self, now: float) -> bool:
        return self.destroyed or (self.deleted is not None and self.deleted <= now)

    def describe(self) -> dict[str, object]:
        return {"created_time": stamp(self.created), "deletion_time": stamp(self.deleted), "destroyed": self.destroyed}


@dataclass
class Secret:
    """All versions of what stands at one path."""

    created: float
    updated: float
    current: int = 0
    versions: dict[int, Version] = field(default_factory=dict)
    max_versions: int = 0
    cas_required: bool = False
    delete_after: float = 0.0
    custom: dict[str, str] | None = None

    def describe(self) -> dict[str, object]:
        return {
            "cas_required": self.cas_required,
            "created_time": stamp(self.created),
            "current_version": self.current,
            "custom_metadata": self.custom,
            "delete_version_after": duration(self.delete_after),
            "max_versions": self.max_versions,
            "oldest_version": min(self.versions, default=0),
            "updated_time": stamp(self.updated),
            "versions": {str(number): one.describe() for number, one in sorted(self.versions.items())},
        }


@dataclass
class Mount:
    """One secrets engine; kind "kv", version "1" or "2"."""

    path: str
    version: str
    secrets: dict[str, Secret] = field(default_factory=dict)
    plain: dict[str, dict[str, Any]] = field(default_factory=dict)
    max_versions: int = 0
    cas_required: bool = False
    delete_after: float = 0.0

    def describe(self) -> dict[str, object]:
        return {
            "path": f"{self.path}/",
            "type": "kv",
            "options": {"version": self.version},
            "description": "",
            "local": False,
            "seal_wrap": False,
        }


@dataclass
class Token:
    """A token; expires is by the server's clock, None for never."""

    id: str
    policies: list[str]
    created: float
    ttl: float
    expires: float | None
    latest: float | None = None
    renewable: bool = True
    period: float = 0.0
    uses: int = 0
    path: str = "auth/token/create"
    accessor: str = field(default_factory=lambda: secrets.token_urlsafe(16))

    def alive(self, now: float) -> bool:
        return self.expires is None or self.expires > now

    def left(self, now: float) -> int:
        return 0 if self.expires is None else max(0, round(self.expires - now))


@dataclass
class Role:
    """An AppRole."""

    name: str
    policies: list[str] = field(default_factory=list)
    ttl: float = 0.0
    max_ttl: float = 0.0
    bind_secret_id: bool = True
    secret_id_uses: int = 0
    role_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    secret_ids: dict[str, int] = field(default_factory=dict)


@dataclass
class Namespace:
    """Mounts, policies, tokens and roles of one namespace; the root one has an empty name."""

    name: str
    mounts: dict[str, Mount] = field(default_factory=dict)
    policies: dict[str, Rules] = field(default_factory=lambda: {"default": dict(DEFAULT)})
    tokens: dict[str, Token] = field(default_factory=dict)
    approle: bool = False
    roles: dict[str, Role] = field(default_factory=dict)

    def mount_of(self, path: str) -> Mount | None:
        fitting = [one for one in self.mounts.values() if f"{path}/".startswith(f"{one.path}/")]
        return max(fitting, key=lambda one: len(one.path), default=None)

    def rules(self, token: Token) -> list[Rules]:
        return [self.policies[name] for name in token.policies if name in self.policies]


class State:
    """Everything, and every secret that was ever seen."""

    def __init__(self) -> None:
        self.root_token = f"hvs.{secrets.token_urlsafe(18)}"
        self.reset()

    def reset(self) -> None:
        """As a development server starts: the store ``secret``, and one token that may do all."""
        self.sealed = False
        root = Namespace("", mounts={"secret": Mount("secret", "2")})
        root.tokens[self.root_token] = Token(self.root_token, ["root"], 0.0, 0.0, None, renewable=False)
        self.namespaces: dict[str, Namespace] = {"": root}
        self.secrets: set[str] = {self.root_token}

    def find_token(self, text: str, namespace: Namespace, now: float) -> Token | None:
        """Tokens of the root namespace that may do all count everywhere."""
        token = namespace.tokens.get(text)
        if token is None and (above := self.namespaces[""].tokens.get(text)) and "root" in above.policies:
            token = above
        return token if token is not None and token.alive(now) else None

    def new_token(self, namespace: Namespace, now: float, **parts: Any) -> Token:
        token = Token(id=f"hvs.{secrets.token_urlsafe(24)}", created=now, **parts)
        namespace.tokens[token.id] = token
        self.secrets.add(token.id)
        return token
