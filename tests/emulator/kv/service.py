# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The HTTP endpoint: receive, check, apply, answer."""

from __future__ import annotations

import json
from typing import Any

from ..call import Call, Reply
from ..exchange import Exchange, Request, take_apart
from ..faults import Fault
from ..wire import Line, Receive, Scope, Send
from ..world import World
from . import identity
from .answers import RefusalError, bad_token, denied, no_route, refused
from .policies import capabilities
from .state import Namespace, State, Token
from .store import Store

_METHODS = {"GET": "read", "LIST": "list", "POST": "write", "PUT": "write", "DELETE": "delete"}
_AREAS = {"data": "Data", "metadata": "Metadata", "config": "Config"}
_VERBS = {"read": "Read", "write": "Write", "delete": "Delete", "list": "List"}
_VERSIONS = {"delete": "DeleteVersions", "undelete": "UndeleteVersions", "destroy": "DestroyVersions"}


class KvExchange(Exchange):
    """One call."""

    def __init__(self, world: World, state: State, request: Request) -> None:
        self.state = state
        self.method = _METHODS.get(request.method, "")
        if self.method == "read" and request.value("list") == "true":
            self.method = "list"
        self.path = request.path.removeprefix("/v1/").strip("/")
        self.space = request.headers.get("x-vault-namespace", "").strip("/")
        self.namespace: Namespace | None = state.namespaces.get(self.space)
        self.secret = request.headers.get("x-vault-token", "")
        super().__init__(world, request)

    def describe(self) -> Call:
        return Call(
            number=self.world.next_number(),
            received_at=self.world.clock.real(),
            cloud="kv",
            action=self._action(),
            region=self.space,
            instance_ids=(self.path.rpartition("/")[2],),
            is_write=self._action() in ("WriteData", "DeleteData", *_VERSIONS.values()),
        )

    def _action(self) -> str:
        try:
            known = identity.find(self.method, self.path)
        except RefusalError:
            known = None
        if known is not None:
            return known[0]
        mount = self.namespace.mount_of(self.path) if self.namespace else None
        area = self.path[len(mount.path) + 1 :].partition("/")[0] if mount else ""
        return _VERSIONS.get(area) or f"{_VERBS.get(self.method, '')}{_AREAS.get(area, 'Other')}"

    @property
    def now(self) -> float:
        return self.world.clock.now()

    def check(self) -> Reply | None:
        if self.state.sealed and self.path not in ("sys/seal-status", "sys/health"):
            return refused(503, ["Vault is sealed"])
        wait = self.world.meter.over_quota(self.call)
        if wait is not None:
            words = f'request path "{self.path}": rate limit quota exceeded'
            return refused(429, [words], retry_after=-(-wait // 1000))
        return None

    def apply(self) -> Reply:
        try:
            if self.namespace is None:
                raise no_route(f"{self.space}/{self.path}")
            return self._carry_out(self.namespace)
        except RefusalError as problem:
            return refused(problem.status, problem.errors)
        except (ValueError, KeyError, TypeError) as problem:
            return refused(400, [f"error parsing JSON or field: {type(problem).__name__}"])

    def _carry_out(self, namespace: Namespace) -> Reply:
        body = self._body()
        token = None if (self.method, self.path) in identity.OPEN else self._token(namespace)
        known = identity.find(self.method, self.path)
        if known is not None:
            if token is not None and not self.path.startswith(identity.FREE):
                self._allow(namespace, token, exists=True)
            return known[1](identity.Asked(self.state, namespace, token, self.now, body), known[2])
        mount = namespace.mount_of(self.path)
        store = Store(mount, self.now) if mount else None
        inner = self.path[len(mount.path) + 1 :] if mount else ""
        if token is not None:
            self._allow(namespace, token, exists=store is None or store.exists(inner))
        if store is None:
            raise no_route(self.path)
        query = dict(self.request.query)
        return store.serve(self.method, inner, query, body)

    def _body(self) -> dict[str, Any]:
        body = json.loads(self.request.body) if self.request.body else {}
        if not isinstance(body, dict):
            raise RefusalError(400, "error parsing JSON")
        return body

    def _token(self, namespace: Namespace) -> Token:
        token = self.state.find_token(self.secret, namespace, self.now)
        if token is None:
            raise bad_token() if self.secret else RefusalError(403, "permission denied")
        return token

    def _allow(self, namespace: Namespace, token: Token, *, exists: bool) -> None:
        if "root" in token.policies:
            return
        needed = ("update" if exists else "create") if self.method == "write" else self.method
        path = f"{self.path}/" if self.method == "list" else self.path
        if needed not in capabilities(namespace.rules(token), path):
            raise denied()

    def phrase(self, fault: Fault) -> Reply:
        wait = fault.retry_after_ms
        return refused(fault.status, [fault.message], None if wait is None else -(-wait // 1000))


class Kv:
    """An ASGI application for the path ``/v1``."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.state = State()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        line = Line(self.world.clock, receive, send)
        request = take_apart(scope, await line.read_body())
        await KvExchange(self.world, self.state, request).serve(line)
