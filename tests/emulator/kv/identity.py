# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tokens, AppRoles, policies, mounts and namespaces: what lies below ``auth/`` and ``sys/``."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..call import Reply
from .answers import EMPTY, RefusalError, found, nothing_there, unsupported
from .policies import capabilities, parse_policy, touches
from .state import DEFAULT_TTL, Mount, Namespace, Role, State, Token
from .times import seconds, stamp

Body = dict[str, Any]
# What can be asked without a token.
OPEN = {("write", "auth/approle/login"), ("read", "sys/seal-status"), ("read", "sys/health")}
# What any valid token may ask, whatever its policies say.
FREE = "sys/internal/ui/mounts/"


@dataclass(frozen=True)
class Asked:
    """One call; token is None only for what OPEN names."""

    state: State
    namespace: Namespace
    token: Token | None
    now: float
    body: Body

    @property
    def known(self) -> Token:
        if self.token is None:
            raise nothing_there()
        return self.token


Operation = Callable[[Asked, str], Reply]


def _look_up(asked: Asked, _rest: str) -> Reply:
    return found(_describe(asked.known, asked.now))


def _describe(token: Token, now: float) -> Body:
    return {
        "accessor": token.accessor,
        "creation_time": int(token.created),
        "creation_ttl": int(token.ttl),
        "display_name": "token",
        "entity_id": "",
        "expire_time": stamp(token.expires) or None,
        "explicit_max_ttl": 0,
        "id": token.id,
        "meta": None,
        "num_uses": token.uses,
        "orphan": True,
        "path": token.path,
        "policies": token.policies,
        "renewable": token.renewable,
        "ttl": token.left(now),
        "type": "service",
    }


def _auth(token: Token, now: float) -> Body:
    return {
        "client_token": token.id,
        "accessor": token.accessor,
        "policies": token.policies,
        "token_policies": token.policies,
        "metadata": None,
        "lease_duration": token.left(now),
        "renewable": token.renewable,
        "entity_id": "",
        "token_type": "service",
        "orphan": True,
    }


def _renew(asked: Asked, _rest: str) -> Reply:
    token = asked.known
    if not token.renewable:
        raise RefusalError(400, "lease is not renewable")
    until = asked.now + (token.period or token.ttl)
    token.expires = until if token.latest is None or token.period else min(until, token.latest)
    return found(auth=_auth(token, asked.now))


def _revoke_self(asked: Asked, _rest: str) -> Reply:
    asked.namespace.tokens.pop(asked.known.id, None)
    return EMPTY


def _revoke(asked: Asked, _rest: str) -> Reply:
    asked.namespace.tokens.pop(str(asked.body.get("token")), None)
    return EMPTY


def _create(asked: Asked, _rest: str) -> Reply:
    body = asked.body
    ttl, latest = seconds(body.get("period") or body.get("ttl") or DEFAULT_TTL), seconds(body.get("explicit_max_ttl"))
    policies = list(body.get("policies") or asked.known.policies)
    root = "root" in policies and not body.get("ttl")
    if not body.get("no_default_policy") and "root" not in policies and "default" not in policies:
        policies = ["default", *policies]
    token = asked.state.new_token(
        asked.namespace,
        asked.now,
        policies=policies,
        ttl=0.0 if root else ttl,
        expires=None if root else asked.now + ttl,
        latest=asked.now + latest if latest else None,
        renewable=bool(body.get("renewable", True)) and not root,
        period=seconds(body.get("period")),
    )
    return found(auth=_auth(token, asked.now))


def _log_in(asked: Asked, _rest: str) -> Reply:
    if not asked.namespace.approle:
        raise RefusalError(403, "permission denied")
    if not asked.body.get("role_id"):
        raise RefusalError(400, "missing role_id")
    role = next((one for one in asked.namespace.roles.values() if one.role_id == asked.body["role_id"]), None)
    if role is None or (role.bind_secret_id and not _use(role, str(asked.body.get("secret_id", "")))):
        raise RefusalError(400, "invalid role or secret ID")
    ttl = role.ttl or DEFAULT_TTL
    token = asked.state.new_token(
        asked.namespace,
        asked.now,
        policies=["default", *role.policies],
        ttl=ttl,
        expires=asked.now + ttl,
        latest=asked.now + role.max_ttl if role.max_ttl else None,
        path="auth/approle/login",
    )
    return found(auth=_auth(token, asked.now))


def _use(role: Role, secret_id: str) -> bool:
    """Whether the secret id counts; one that may be used so often is gone after that."""
    if secret_id not in role.secret_ids:
        return False
    left = role.secret_ids[secret_id]
    if left == 1:
        del role.secret_ids[secret_id]
    elif left:
        role.secret_ids[secret_id] = left - 1
    return True


def _write_role(asked: Asked, rest: str) -> Reply:
    name, _slash, what = rest.partition("/")
    if what == "secret-id":
        role = asked.namespace.roles[name]
        secret_id = str(uuid.uuid4())
        role.secret_ids[secret_id] = role.secret_id_uses
        asked.state.secrets.add(secret_id)
        return found({"secret_id": secret_id, "secret_id_accessor": str(uuid.uuid4()), "secret_id_ttl": 0})
    role = asked.namespace.roles.setdefault(name, Role(name))
    policies = asked.body.get("token_policies", role.policies)
    role.policies = policies.split(",") if isinstance(policies, str) else list(policies)
    role.ttl, role.max_ttl = seconds(asked.body.get("token_ttl")), seconds(asked.body.get("token_max_ttl"))
    role.bind_secret_id = bool(asked.body.get("bind_secret_id", True))
    role.secret_id_uses = int(asked.body.get("secret_id_num_uses", 0))
    asked.state.secrets.add(role.role_id)
    return EMPTY


def _read_role(asked: Asked, rest: str) -> Reply:
    name, _slash, what = rest.partition("/")
    if name not in asked.namespace.roles or what != "role-id":
        raise nothing_there()
    return found({"role_id": asked.namespace.roles[name].role_id})


def _enable_auth(asked: Asked, rest: str) -> Reply:
    if asked.body.get("type") != "approle" or rest.strip("/") != "approle":
        raise RefusalError(400, "only the method approle at its usual path is known here")
    if asked.namespace.approle:
        raise RefusalError(400, "path is already in use at approle/")
    asked.namespace.approle = True
    return EMPTY


def _capabilities(asked: Asked, _rest: str) -> Reply:
    paths = list(asked.body.get("paths") or asked.body.get("path") or [])
    rules = asked.namespace.rules(asked.known)
    have = {path: ["root"] if "root" in asked.known.policies else capabilities(rules, path) for path in paths}
    return found({**have, "capabilities": have[paths[0]]} if len(paths) == 1 else have)


def _show_mount(asked: Asked, path: str) -> Reply:
    mount = asked.namespace.mount_of(path)
    seen = mount and ("root" in asked.known.policies or touches(asked.namespace.rules(asked.known), f"{mount.path}/"))
    if mount is None or not seen:
        words = "preflight capability check returned 403, please ensure client's policies grant access to path"
        raise RefusalError(403, f'{words} "{path}/"')
    return found(mount.describe())


def _mount(asked: Asked, path: str) -> Reply:
    name, options = path.strip("/"), asked.body.get("options") or {}
    if name in asked.namespace.mounts:
        raise RefusalError(400, f"path is already in use at {name}/")
    kind = asked.body.get("type")
    if kind not in ("kv", "kv-v2"):
        raise RefusalError(400, f"plugin not found in the catalog: {kind}")
    version = "2" if kind == "kv-v2" else str(options.get("version", "1"))
    asked.namespace.mounts[name] = Mount(name, version)
    return EMPTY


def _unmount(asked: Asked, path: str) -> Reply:
    asked.namespace.mounts.pop(path.strip("/"), None)
    return EMPTY


def _write_policy(asked: Asked, name: str) -> Reply:
    try:
        asked.namespace.policies[name] = parse_policy(str(asked.body.get("policy", "")))
    except (ValueError, KeyError, TypeError):
        raise RefusalError(400, "failed to parse policy") from None
    return EMPTY


def _make_namespace(asked: Asked, name: str) -> Reply:
    path = "/".join(filter(None, (asked.namespace.name, name.strip("/"))))
    asked.state.namespaces.setdefault(path, Namespace(path))
    return found({"id": secrets.token_hex(3), "path": f"{path}/"})


def _health(asked: Asked, _rest: str) -> Reply:
    return found({"initialized": True, "sealed": asked.state.sealed, "version": "1.18.3"})


# By method and beginning of the path, with the name that counters and faults know it by; the longest wins.
OPERATIONS: dict[tuple[str, str], tuple[str, Operation]] = {
    ("read", "auth/token/lookup-self"): ("LookupSelf", _look_up),
    ("write", "auth/token/renew-self"): ("RenewSelf", _renew),
    ("write", "auth/token/revoke-self"): ("RevokeSelf", _revoke_self),
    ("write", "auth/token/revoke"): ("Revoke", _revoke),
    ("write", "auth/token/create"): ("CreateToken", _create),
    ("write", "auth/approle/login"): ("Login", _log_in),
    ("write", "auth/approle/role/"): ("WriteRole", _write_role),
    ("read", "auth/approle/role/"): ("ReadRole", _read_role),
    ("write", "sys/auth/"): ("EnableAuth", _enable_auth),
    ("write", "sys/capabilities-self"): ("CapabilitiesSelf", _capabilities),
    ("read", FREE): ("ShowMount", _show_mount),
    ("write", "sys/mounts/"): ("Mount", _mount),
    ("delete", "sys/mounts/"): ("Unmount", _unmount),
    ("write", "sys/policies/acl/"): ("WritePolicy", _write_policy),
    ("write", "sys/namespaces/"): ("MakeNamespace", _make_namespace),
    ("read", "sys/seal-status"): ("SealStatus", _health),
    ("read", "sys/health"): ("Health", _health),
}


def find(method: str, path: str) -> tuple[str, Operation, str] | None:
    """Return name, operation and the rest of the path; None where the path is not of this kind."""
    fitting = [
        (len(start), name, operation)
        for (wanted, start), (name, operation) in OPERATIONS.items()
        if wanted == method and (path.startswith(start) if start.endswith("/") else path == start)
    ]
    if fitting:
        length, name, operation = max(fitting, key=lambda one: one[0])
        return name, operation, path[length:]
    if path.startswith(("auth/", "sys/")):
        raise unsupported()
    return None
