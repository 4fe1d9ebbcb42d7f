# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The application: every cloud on its own paths, the control endpoint beside them."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.routing import Mount, Route

from .alibaba.service import Alibaba
from .control import Control
from .fleet import Fleet
from .world import World


def build_app(fleet: Fleet | None = None, *, latency: float = 0.0) -> Starlette:
    """Alibaba's RPC services take ``/``; a further cloud adds its routes here and its state to ``Control``."""
    world = World(latency)
    alibaba = Alibaba(world)
    if fleet is not None:
        alibaba.state.load(fleet)
    return Starlette(routes=[Route("/", alibaba), Mount("/_control", routes=Control(world, alibaba.state).routes())])
