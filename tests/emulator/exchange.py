# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""One call to a REST service from its arrival to its answer, and the table of a service's operations."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar
from urllib.parse import parse_qsl

from .call import Call, Reply
from .faults import Fault
from .misbehave import serve
from .wire import Line, Scope
from .world import World

C = TypeVar("C")


@dataclass(frozen=True)
class Request:
    """One HTTP request, taken apart. ``base`` is the URL that the client called, without path."""

    method: str
    path: str
    raw_path: str
    headers: Mapping[str, str]
    query: list[tuple[str, str]]
    body: bytes
    base: str

    def values(self, name: str) -> list[str]:
        return [value for key, value in self.query if key == name]

    def value(self, name: str, default: str = "") -> str:
        return next(iter(self.values(name)), default)


def take_apart(scope: Scope, body: bytes) -> Request:
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    return Request(
        method=scope["method"],
        path=scope["path"],
        raw_path=scope.get("raw_path", scope["path"].encode()).partition(b"?")[0].decode("latin-1"),
        headers=headers,
        query=parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True),
        body=body,
        base=f"{scope['scheme']}://{headers.get('host', '127.0.0.1')}",
    )


@dataclass(frozen=True)
class Operation(Generic[C]):
    """``permission`` is what a refusal names."""

    name: str
    method: str
    pattern: re.Pattern[str]
    variables: int
    run: Callable[[C], Reply]
    write: bool
    permission: str


class Registry(Generic[C]):
    """The operations of one service; where two paths match, the one with fewer variables wins."""

    def __init__(self) -> None:
        self.operations: list[Operation[C]] = []

    def operation(
        self, name: str, method: str, template: str, *, write: bool = False, permission: str = ""
    ) -> Callable[[Callable[[C], Reply]], Callable[[C], Reply]]:
        """Register the function for a path like ``/v1/{project_id}/cloudservers``."""

        def register(run: Callable[[C], Reply]) -> Callable[[C], Reply]:
            pattern = re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(template)))
            found = Operation(name, method, pattern, template.count("{"), run, write, permission or name)
            self.operations.append(found)
            self.operations.sort(key=lambda one: one.variables)
            return run

        return register

    def find(self, method: str, path: str) -> tuple[Operation[C], dict[str, str]] | None:
        for one in self.operations:
            if one.method == method and (match := one.pattern.fullmatch(path)):
                return one, match.groupdict()
        return None


class Exchange(ABC):
    """Latency first, as on a way to a real cloud; then the checks that no fault can skip; then faults."""

    def __init__(self, world: World, request: Request) -> None:
        self.world = world
        self.request = request
        self.call = self.describe()

    @abstractmethod
    def describe(self) -> Call:
        """Say whose call it is and what it wants, as far as the request alone tells."""

    @abstractmethod
    def check(self) -> Reply | None:
        """Return the refusal, None when the call may go on."""

    @abstractmethod
    def apply(self) -> Reply:
        """Make the change and return the true answer; for ``apply_late`` long after the check."""

    @abstractmethod
    def phrase(self, fault: Fault) -> Reply:
        """Put an ``error`` fault into this service's words."""

    def stall(self) -> float:
        """Seconds that the cloud itself takes for this call."""
        return 0.0

    async def serve(self, line: Line) -> None:
        self.world.meter.enter(self.call)
        try:
            await self._serve(line)
        finally:
            self.world.meter.leave(self.call, self.world.clock.real())

    async def _serve(self, line: Line) -> None:
        if self.world.settings.latency > 0:
            await line.pause(self.world.settings.latency)
        problem = self.check()
        if problem is not None:
            await self._answer(line, problem)
            return
        if (seconds := self.stall()) > 0:
            await line.pause(seconds)
        if not self.world.faults.faults:
            await self._answer(line, self.apply())
        else:
            struck = self.world.faults.strike(self.call)
            await serve(self.call, struck, self.apply, self.phrase, line, self.world.spawn)

    async def _answer(self, line: Line, reply: Reply) -> None:
        self.call.status, self.call.code = reply.status, reply.code
        await line.answer(reply)
