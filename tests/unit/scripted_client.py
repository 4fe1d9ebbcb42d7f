# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""A client that plays a script: each request is kept, and answered by what the test says."""

from __future__ import annotations

import json
import typing as t
from collections.abc import Callable, Mapping

from ansible_collections.cloudops.console.plugins.module_utils._http import Client, Policy, Request, Response, Trust

Handler = Callable[[Request], Response]


def answer(status: int, body: t.Any = None, **headers: str) -> Response:
    """An answer whose body is JSON, or bytes as they are; header names are written with ``_``."""
    raw = body if isinstance(body, bytes) else json.dumps({} if body is None else body).encode()
    return Response(status, {name.replace("_", "-"): value for name, value in headers.items()}, raw)


class ScriptedClient(Client):
    """Answers by handler, a function or a mapping from ``METHOD /path`` to an answer or a list of them."""

    def __init__(self, handler: Handler | Mapping[str, t.Any]) -> None:
        self.sent: list[Request] = []
        super().__init__(Trust(), Policy())
        self._handler = handler
        self._turns: dict[str, int] = {}

    async def send(self, request: Request) -> Response:
        self.sent.append(request)
        if callable(self._handler):
            return self._handler(request)
        path = "/" + request.url.split("://", 1)[1].partition("/")[2]
        name = f"{request.method} {path}"
        planned = self._handler[name]
        if isinstance(planned, list):
            turn = self._turns.get(name, 0)
            self._turns[name] = turn + 1
            planned = planned[min(turn, len(planned) - 1)]
        assert isinstance(planned, Response)
        return planned

    @property
    def urls(self) -> list[str]:
        return [f"{request.method} {request.url}" for request in self.sent]
