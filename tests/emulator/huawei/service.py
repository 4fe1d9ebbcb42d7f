# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The HTTP endpoint of Huawei's services: receive, check, apply, answer."""

from __future__ import annotations

import json

from ..call import Call, Reply
from ..exchange import Exchange, Operation, Request, take_apart
from ..faults import Fault
from ..server_fleet import ServerDenial
from ..wire import Line, Receive, Scope, Send
from ..world import World
from . import ecs, iam, nova, passwords
from .answers import RefusalError, new_request_id, refusal
from .gate import admit
from .operations import REGISTRY, Context
from .signature import read_claim
from .state import Identity, State

ROOMS = (ecs, iam, nova, passwords)  # importing them registers their operations
_UNSIGNED = frozenset({"KeystoneCreateUserTokenByPassword"})
_THROTTLES = {
    "APIGW.0308": (429, "The throttling threshold has been reached: policy user over ratelimit,limit:1,time:1 second"),
    "Common.1503": (429, "Flow limit exceeded"),
    "Common.0024": (202, "Flow limit exceeded"),
}


class Huawei:
    """An ASGI application for the paths ``/v1``, ``/v2.1`` and ``/v3``."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.state = State()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        line = Line(self.world.clock, receive, send)
        request = take_apart(scope, await line.read_body())
        await HuaweiExchange(self.world, self.state, request).serve(line)


class HuaweiExchange(Exchange):
    def __init__(self, world: World, state: State, request: Request) -> None:
        self.state = state
        self.request_id = new_request_id()
        found = REGISTRY.find(request.method, request.path)
        self.operation: Operation[Context] | None = found[0] if found else None
        self.params: dict[str, str] = found[1] if found else {}
        self.identity: Identity | None = None
        super().__init__(world, request)

    def describe(self) -> Call:
        """Say whose call it is by the key or token that it shows, whether good or not."""
        claim = read_claim(self.request.headers.get("authorization", ""))
        key = self.state.keys.get(claim.access_key_id) if claim else None
        token = self.state.tokens.get(self.request.headers.get("x-auth-token", ""))
        project = self.params.get("project_id", "")
        return Call(
            number=self.world.next_number(),
            received_at=self.world.clock.real(),
            cloud="huawei",
            action=self.operation.name if self.operation else f"{self.request.method} {self.request.path}",
            region=self.state.region_of(project) or self.request.value("name").partition("_")[0],
            account_id=key.account_id if key else token.user.account_id if token else "",
            access_key_id=claim.access_key_id if claim else token.user.name if token else "",
            instance_ids=self._instance_ids(),
            is_write=self.operation is not None and self.operation.write,
        )

    def _instance_ids(self) -> tuple[str, ...]:
        if one := self.params.get("server_id"):
            return (one,)
        if self.operation is not None and self.operation.name == "BatchResetServersPassword":
            return _batch_ids(self.request.body)
        return tuple(one for one in self.request.value("server_id").split(",") if one)

    def check(self) -> Reply | None:
        try:
            self._check_operation()
            if self.call.action not in _UNSIGNED:
                self.identity = admit(self.request, self.state, self.world.clock)
            self._check_quota()
            self._check_project()
            self._check_permission()
        except RefusalError as problem:
            return self._refused(problem)
        return None

    def _check_operation(self) -> None:
        if self.operation is None:
            message = "The API does not exist or has not been published in the environment."
            raise RefusalError(404, "APIGW.0101", message)

    def _check_quota(self) -> None:
        if self.world.meter.over_quota(self.call) is not None:
            code = self.world.settings.huawei_throttle
            status, message = _THROTTLES[code]
            raise RefusalError(status, code, message)

    def _check_project(self) -> None:
        """The project of the path is one of the account's, and the one that token or X-Project-Id names."""
        wanted, who = self.params.get("project_id"), self.identity
        if wanted is None or who is None:
            return
        project = self.state.projects.get(wanted)
        if project is None or project.account_id != who.account_id or who.project_id not in (None, wanted):
            raise RefusalError(400, "Ecs.0023", "The project ID in the URL is not that of the token.")

    def _check_permission(self) -> None:
        if self.call.is_write and self.world.settings.refuse_writes:
            self.world.meter.refused_writes += 1
            raise RefusalError(403, "Ecs.0110", "This emulator was told to refuse writes.")
        rule = self.identity.denial(self.call.action, self.call.instance_ids) if self.identity else None
        if rule is not None:
            raise self._denied(rule)

    def _denied(self, rule: ServerDenial) -> RefusalError:
        """In the words of the new policies, of IAM, or of ECS (``code`` of the rule)."""
        permission = self.operation.permission if self.operation else ""
        code = rule.get("code", "Pdp.0001")
        if self.request.path.startswith(iam.PATHS):
            message = f"You are not authorized to perform the requested action: {permission}"
            return RefusalError(403, "403", message, shape="iam")
        if code != "Pdp.0001":
            return RefusalError(403, code, f"You do not have the permission to perform this operation: {permission}.")
        message = f"Policy does not allow {permission} to be performed."
        return RefusalError(403, code, message, encoded_message="ZW1wdHk=")

    def apply(self) -> Reply:
        try:
            if self.operation is None:
                raise RuntimeError("no operation after the check")
            return self.operation.run(
                Context(self.world, self.state, self.request, self.params, self.request_id, self.identity)
            )
        except RefusalError as problem:
            return self._refused(problem)

    def phrase(self, fault: Fault) -> Reply:
        return self._refused(RefusalError(fault.status, fault.code, fault.message, shape=fault.shape))

    def _refused(self, problem: RefusalError) -> Reply:
        return refusal(self.request_id, problem)


def _batch_ids(body: bytes) -> tuple[str, ...]:
    try:
        rows = json.loads(body)["servers"]
        return tuple(str(row["id"]) for row in rows)
    except (ValueError, KeyError, TypeError):
        return ()
