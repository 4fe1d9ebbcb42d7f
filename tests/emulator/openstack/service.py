# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The HTTP endpoints of Keystone and Nova: receive, check, apply, answer."""

from __future__ import annotations

from ..exchange import Exchange, Request, take_apart
from ..wire import Line, Receive, Scope, Send
from ..world import World
from .compute_service import NovaExchange
from .identity_service import KeystoneExchange
from .state import State

_IDENTITY = "/identity"


class Openstack:
    """An ASGI application for the paths ``/identity`` and ``/compute``."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.state = State()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        line = Line(self.world.clock, receive, send)
        request = take_apart(scope, await line.read_body())
        await self._exchange(request).serve(line)

    def _exchange(self, request: Request) -> Exchange:
        if request.path.startswith(_IDENTITY):
            return KeystoneExchange(self.world, self.state, request)
        return NovaExchange(self.world, self.state, request)
