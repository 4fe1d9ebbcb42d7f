# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The application, and its control endpoint: counters, faults and quotas as for the clouds, and the seal."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.routing import Mount, Route

from ..control import Handler, _chosen, _endpoint, _order, _view
from ..faults import fault_from_json
from ..world import World
from .service import Kv


class KvControl:
    """One method for each thing that can be seen or done."""

    def __init__(self, world: World, kv: Kv) -> None:
        self.world = world
        self.kv = kv

    def routes(self) -> list[Route]:
        meter, faults = self.world.meter, self.world.faults
        table: list[tuple[str, str, Handler]] = [
            ("GET", "/health", _view(lambda: {"ok": True, "background": self.world.background})),
            ("GET", "/root", _view(lambda: {"token": self.kv.state.root_token})),
            ("GET", "/secrets", _view(lambda: sorted(self.kv.state.secrets))),
            ("GET", "/counters", _view(meter.counters_json)),
            ("GET", "/pace", _view(meter.pace_json)),
            ("GET", "/faults", _view(lambda: [fault.to_json() for fault in faults.faults])),
            ("GET", "/log", _chosen(lambda _query: [call.to_json() for call in meter.log])),
            ("POST", "/reset", _view(self.reset)),
            ("POST", "/clear", _view(meter.clear)),
            ("DELETE", "/faults", _view(faults.clear)),
            ("PATCH", "/settings", _order(self.world.settings.update)),
            ("PUT", "/clock", _order(lambda body: setattr(self.world.clock, "offset", float(body["offset"])))),
            ("PUT", "/seal", _order(lambda body: setattr(self.kv.state, "sealed", bool(body["sealed"])))),
            ("PUT", "/quotas", _order(lambda body: meter.set_quotas(body["quotas"]))),
            (
                "POST",
                "/faults",
                _order(lambda body: {"ids": [faults.add(fault_from_json(one)) for one in body["faults"]]}),
            ),
        ]
        return [Route(path, _endpoint(handler), methods=[method]) for method, path, handler in table]

    def reset(self) -> None:
        self.world.reset()
        self.kv.state.reset()


def build_kv_app(*, latency: float = 0.0) -> Starlette:
    world = World(latency)
    kv = Kv(world)
    return Starlette(routes=[Route("/v1/{rest:path}", kv), Mount("/_control", routes=KvControl(world, kv).routes())])
