# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The application: every cloud on its own paths, the control endpoint beside them."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.routing import Mount, Route

from .alibaba.inspection import opens_console
from .alibaba.service import Alibaba
from .alibaba.session_service import SessionService
from .control import Control
from .fleet import Fleet
from .huawei.service import Huawei
from .openstack.service import Openstack
from .proxy import Proxy
from .server_control import ServerControl
from .world import World


def build_app(fleet: Fleet | None = None, *, latency: float = 0.0) -> Starlette:
    """Alibaba's RPC services take ``/``, Huawei's its versions, OpenStack's a prefix each; WebSockets are consoles."""
    world = World(latency)
    alibaba, huawei, openstack = Alibaba(world), Huawei(world), Openstack(world)
    servers = ServerControl(world, huawei.state, openstack.state)
    if fleet is not None:
        alibaba.state.load(fleet)
        servers.load(fleet)
    sessions = SessionService(world, alibaba.state)
    proxy = Proxy(world.consoles, lambda token: opens_console(alibaba.state, token))
    return Starlette(
        routes=[
            Route("/", alibaba),
            *proxy.routes(),
            *sessions.routes(),
            *(Route(f"{prefix}/{{rest:path}}", huawei) for prefix in ("/v1", "/v1.1", "/v2", "/v2.1", "/v3")),
            *(
                Route(f"{prefix}{rest}", openstack)
                for prefix in ("/identity", "/compute")
                for rest in ("", "/{rest:path}")
            ),
            Mount("/_control", routes=Control(world, alibaba.state, servers, sessions).routes()),
        ]
    )
