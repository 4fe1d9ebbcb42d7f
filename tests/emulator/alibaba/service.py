# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one HTTP endpoint of Alibaba's RPC services: receive, check, apply, answer."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from urllib.parse import parse_qsl

from ..call import Call, Reply
from ..faults import Fault
from ..misbehave import serve
from ..wire import Line, Receive, Scope, Send
from ..world import World
from . import changing, reading, showing, sts, terminal
from .answers import RefusalError, new_request_id, refusal, success
from .gate import VERSIONS, Request, admit
from .operations import Context, Operation, find_operation
from .signature import read_claim
from .state import Key, Received, State

ROOMS = (changing, reading, showing, sts, terminal)  # importing them registers their operations
_REGIONAL_HOST = re.compile(r"(?:ecs|sts)(?:-vpc)?[.-]([a-z0-9-]+)\.aliyuncs\.com")
_PASSWORD_ACTION = "ModifyInstanceVncPasswd"


class Alibaba:
    """An ASGI application for the path ``/``."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.state = State(world.clock)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        line = Line(self.world.clock, receive, send)
        exchange = Exchange(self.world, self.state, take_apart(scope, await line.read_body()))
        self.world.meter.enter(exchange.call)
        try:
            await exchange.run(line)
        finally:
            exchange.close()


class Exchange:
    """One call from its arrival to its answer."""

    def __init__(self, world: World, state: State, request: Request) -> None:
        self.world = world
        self.state = state
        self.request = request
        self.request_id = new_request_id()
        self.host = request.headers.get("host", "")
        self.operation = find_operation(request.version, request.action)
        self.key: Key | None = state.keys.get(request.access_key_id)
        self.call = self._describe()
        self.received = self._note_password()

    async def run(self, line: Line) -> None:
        """Latency first, as on a way to a real cloud; then the checks that no fault can skip; then faults."""
        if self.world.settings.latency > 0:
            await line.pause(self.world.settings.latency)
        problem = self._check()
        if problem is not None:
            await self._answer(line, self._refused(problem))
        elif not self.world.faults.faults:
            await self._answer(line, self._apply())
        else:
            struck = self.world.faults.strike(self.call)
            await serve(self.call, struck, self._apply, self._phrase, line, self.world.spawn)

    def close(self) -> None:
        self.world.meter.leave(self.call, self.world.clock.real())

    async def _answer(self, line: Line, reply: Reply) -> None:
        self.call.status, self.call.code = reply.status, reply.code
        await line.answer(reply)

    def _describe(self) -> Call:
        params = self.request.params
        ids = _instance_ids(params)
        account = self.key.account_id if self.key else ""
        dry = params.get("DryRun", "").lower() == "true"
        return Call(
            number=self.world.next_number(),
            received_at=self.world.clock.real(),
            cloud="alibaba",
            action=self.request.action,
            region=params.get("RegionId") or self._implied_region(account, ids),
            account_id=account,
            access_key_id=self.request.access_key_id,
            instance_ids=ids,
            is_write=self.operation is not None and self.operation.write and not dry,
        )

    def _implied_region(self, account_id: str, ids: tuple[str, ...]) -> str:
        """Of a call without RegionId: the endpoint's region, else (one endpoint serves them all) the instance's."""
        if match := _REGIONAL_HOST.match(self.host):
            return match[1]
        found = self.state.find(account_id, "", ids[0]) if ids else None
        return found.region if found else ""

    def _note_password(self) -> Received | None:
        """Every password is noted as soon as it is here, whatever becomes of the request."""
        password = self.request.params.get("VncPassword")
        if password is None or self.request.action != _PASSWORD_ACTION:
            return None
        call = self.call
        row = Received(
            call.number,
            call.received_at,
            call.account_id,
            call.access_key_id,
            call.region,
            call.instance_ids[0] if call.instance_ids else "",
            password,
        )
        self.state.received.append(row)
        return row

    def _check(self) -> RefusalError | None:
        try:
            self.key = admit(self.request, self.state, self.world.clock)
            self._check_quota()
            self._check_operation()
            self._check_permission()
        except RefusalError as problem:
            return problem
        return None

    def _check_quota(self) -> None:
        wait = self.world.meter.over_quota(self.call)
        if wait is not None:
            message = "Request was denied due to user flow control."
            raise RefusalError(400, "Throttling.User", message, by_gateway=True, retry_after_ms=wait)

    def _check_operation(self) -> Operation:
        found = self.operation
        if found is None:
            raise RefusalError(404, "InvalidAction.NotFound", "Specified api is not found.", by_gateway=True)
        wanted = (("RegionId",) if found.regional else ()) + found.required
        for name in wanted:
            if not self.request.params.get(name):
                raise RefusalError(
                    400, "MissingParameter", f"The input parameter {name} is mandatory.", by_gateway=True
                )
        region = self.request.params.get("RegionId", "")
        if found.regional and region not in self.state.regions:
            raise RefusalError(404, "InvalidRegionId.NotFound", "The specified RegionId does not exist.")
        return found

    def _check_permission(self) -> None:
        if self.call.is_write and self.world.settings.refuse_writes:
            self.world.meter.refused_writes += 1
            raise RefusalError(403, "Forbidden.WritesRefused", "This emulator was told to refuse writes.")
        if self.key is not None and self.key.denies(self.request.action, self.call.instance_ids):
            raise self._no_permission()

    def _no_permission(self) -> RefusalError:
        return RefusalError(
            403,
            "Forbidden.RAM",
            "User not authorized to operate on the specified resource, or this API doesn't support RAM.",
            detail={
                "AuthAction": f"ecs:{self.request.action}",
                "AuthPrincipalType": "SubUser",
                "AuthPrincipalOwnerId": self.call.account_id,
                "AuthPrincipalDisplayName": self.call.access_key_id,
                "NoPermissionType": "ImplicitDeny",
                "PolicyType": "AccountLevelIdentityBasedPolicy",
            },
        )

    def _apply(self) -> Reply:
        """Run the operation. It may run long after the checks (``apply_late``), and then on the state of then."""
        try:
            return success(self.request_id, self._check_operation().run(self._context()))
        except RefusalError as problem:
            return self._refused(problem)

    def _context(self) -> Context:
        return Context(
            state=self.state,
            clock=self.world.clock,
            settings=self.world.settings,
            params=self.request.params,
            account_id=self.call.account_id,
            region=self.call.region,
            key=self.key,
            received=self.received,
        )

    def _refused(self, problem: RefusalError) -> Reply:
        if self.received is not None and self.received.applied_at is None:
            self.received.outcome = f"refused: {problem.code}"
        return refusal(self.request_id, self.host, problem, VERSIONS.get(self.request.version, "Ecs"))

    def _phrase(self, fault: Fault) -> Reply:
        if fault.code == "Forbidden.RAM":
            return self._refused(self._no_permission())
        gateway = "Throttling" in fault.code or fault.status >= 500
        problem = RefusalError(
            fault.status, fault.code, fault.message, by_gateway=gateway, retry_after_ms=fault.retry_after_ms
        )
        return self._refused(problem)


def take_apart(scope: Scope, body: bytes) -> Request:
    """V3 names action and version in headers, V1 in parameters."""
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    params = dict(query)
    if body and headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        params.update(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    claim = read_claim(headers.get("authorization", ""))
    return Request(
        method=scope["method"],
        path=scope["path"],
        headers=headers,
        query=query,
        params=params,
        body=body,
        claim=claim,
        action=headers.get("x-acs-action") or params.get("Action", ""),
        version=headers.get("x-acs-version") or params.get("Version", ""),
        access_key_id=claim.access_key_id if claim else params.get("AccessKeyId", ""),
    )


def _instance_ids(params: Mapping[str, str]) -> tuple[str, ...]:
    if one := params.get("InstanceId"):
        return (one,)
    if text := params.get("InstanceIds"):
        return _json_ids(text)
    ids: list[str] = []
    while one := params.get(f"InstanceId.{len(ids) + 1}"):
        ids.append(one)
    return tuple(ids)


def _json_ids(text: str) -> tuple[str, ...]:
    try:
        ids = json.loads(text)
    except ValueError:
        return ()
    return tuple(one for one in ids if isinstance(one, str)) if isinstance(ids, list) else ()
