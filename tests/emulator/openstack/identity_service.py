# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""One call to Keystone."""

from __future__ import annotations

from http import HTTPStatus

from ..call import Call, Headers, Reply
from ..exchange import Exchange, Operation, Request
from ..faults import Fault
from ..world import World
from . import keystone
from .answers import RefusalError, ask_for_token, identity_headers, new_request_id, page, refusal
from .operations import IDENTITY, IdentityContext
from .state import State

ROOMS = (keystone,)  # importing it registers its operations


class KeystoneExchange(Exchange):
    def __init__(self, world: World, state: State, request: Request) -> None:
        self.state = state
        self.request_id = new_request_id()
        found = IDENTITY.find(request.method, request.path.rstrip("/"))
        self.operation: Operation[IdentityContext] | None = found[0] if found else None
        self.params: dict[str, str] = found[1] if found else {}
        self.token = state.find_token(request.headers.get("x-auth-token", ""), world.clock.now())
        super().__init__(world, request)

    def describe(self) -> Call:
        token = self.token
        return Call(
            number=self.world.next_number(),
            received_at=self.world.clock.real(),
            cloud="openstack",
            action=self.operation.name if self.operation else f"{self.request.method} {self.request.path}",
            region=next(iter(self.state.regions), ""),
            account_id=(token.project_id or "") if token else "",
            access_key_id=token.user.name if token else "",
        )

    def check(self) -> Reply | None:
        wait = self.world.meter.over_quota(self.call)
        if wait is not None:
            return too_many(wait, identity_headers(self.request_id))
        return None if self.operation else self._refused(RefusalError("unknown_path"))

    def apply(self) -> Reply:
        try:
            if self.operation is None:
                raise RefusalError("unknown_path")
            return self.operation.run(
                IdentityContext(self.world, self.state, self.request, self.params, self.request_id, self.token)
            )
        except RefusalError as problem:
            return self._refused(problem)

    def phrase(self, fault: Fault) -> Reply:
        problem = RefusalError("bad_login", reason=fault.message)
        problem.status = fault.status
        problem.detail |= {"code": fault.status, "title": HTTPStatus(fault.status).phrase}
        return self._refused(problem)

    def _refused(self, problem: RefusalError) -> Reply:
        headers = identity_headers(self.request_id)
        if problem.status == HTTPStatus.UNAUTHORIZED:
            headers += ask_for_token(self.request.base)
        return refusal(problem, headers)


def too_many(wait: int, headers: Headers) -> Reply:
    """Neither service has a throttle of its own: this is the page of a proxy before it."""
    seconds = str(-(-wait // 1000)).encode()
    return page(429, "Too Many Requests", "Slow down.", (*headers, (b"retry-after", seconds)))
