# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The control endpoint: what tests see of the emulator and what they do to it. Loopback only, JSON only."""

from __future__ import annotations

import ipaddress
from collections.abc import Awaitable, Callable
from typing import Any, cast

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .alibaba import inspection
from .alibaba.session_service import SessionService
from .alibaba.state import State
from .faults import fault_from_json
from .fleet import Fleet, InstanceData
from .server_control import ServerControl
from .world import World

Body = dict[str, Any]
Handler = Callable[[Request, Body], object]


class NotThereError(Exception):
    """What the path names does not exist."""


class Control:
    """One method for each thing that can be seen or done; the table in ``routes`` says which path leads to which."""

    def __init__(self, world: World, alibaba: State, servers: ServerControl, sessions: SessionService) -> None:
        self.world = world
        self.alibaba = alibaba
        self.further = servers
        self.sessions = sessions

    def routes(self) -> list[Route]:
        meter, alibaba = self.world.meter, self.alibaba
        table: list[tuple[str, str, Handler]] = [
            ("GET", "/health", _view(self.health)),
            ("GET", "/settings", _view(self.world.settings.to_json)),
            ("GET", "/received", _view(lambda: inspection.received(alibaba))),
            ("GET", "/secrets", _view(self.secrets)),
            ("GET", "/counters", _view(meter.counters_json)),
            ("GET", "/pace", _view(meter.pace_json)),
            ("GET", "/faults", _view(self.faults)),
            ("GET", "/log", _chosen(self.log)),
            ("GET", "/instances", _chosen(self.instances)),
            ("GET", "/servers", _chosen(self.servers)),
            ("GET", "/consoles", _view(self.further.consoles)),
            ("GET", "/sessions", _view(self.sessions.view)),
            ("POST", "/sessions/close", _order(self.close_sessions)),
            ("POST", "/reset", _view(self.reset)),
            ("POST", "/clear", _view(meter.clear)),
            ("DELETE", "/faults", _view(self.world.faults.clear)),
            ("PUT", "/fleet", _order(self.load_fleet)),
            ("PATCH", "/settings", _order(self.change_settings)),
            ("PUT", "/clock", _order(self.set_clock)),
            ("POST", "/instances", _order(self.add_instance)),
            ("POST", "/restart", _order(self.restart)),
            ("POST", "/faults", _order(self.add_faults)),
            ("PUT", "/quotas", _order(self.set_quotas)),
            ("PATCH", "/instances/{id}", _aimed(lambda one, body: inspection.change(alibaba, one, body))),
            ("PATCH", "/keys/{id}", _aimed(self.change_key)),
            ("POST", "/instances/{id}/remove", _aimed(lambda one, _: alibaba.remove_instance(one) or None)),
            ("POST", "/servers", _order(self.further.add)),
            ("PATCH", "/servers/{id}", _aimed(self.further.change)),
            ("POST", "/servers/{id}/remove", _aimed(lambda one, _body: self.further.remove(one))),
            ("PATCH", "/users/{id}", _aimed(self.further.change_user)),
            ("POST", "/tokens/end", _order(self.further.end_tokens)),
            ("POST", "/faults/{id}/remove", _aimed(lambda one, _: self.world.faults.remove(int(one)) or None)),
        ]
        return [Route(path, _endpoint(handler), methods=[method]) for method, path, handler in table]

    def health(self) -> object:
        return {
            "ok": True,
            "instances": len(self.alibaba.instances),
            "servers": self.further.count(),
            "background": self.world.background,
        }

    def secrets(self) -> object:
        return sorted({*inspection.secrets(self.alibaba), *self.further.secrets()})

    def faults(self) -> object:
        return [fault.to_json() for fault in self.world.faults.faults]

    def log(self, query: QueryParams) -> object:
        action = query.get("action")
        return [call.to_json() for call in self.world.meter.log if action in (None, call.action)]

    def instances(self, query: QueryParams) -> object:
        return inspection.instances(self.alibaba, query.getlist("id"))

    def servers(self, query: QueryParams) -> object:
        return self.further.servers(query.getlist("id"), query.get("cloud"))

    def change_key(self, access_key_id: str, body: Body) -> object:
        found = inspection.change_key(self.alibaba, access_key_id, body)
        return self.further.change_key(access_key_id, body) if found is None else found

    def load_fleet(self, body: Body) -> object:
        self.alibaba.load(cast(Fleet, body))
        self.further.load(cast(Fleet, body))
        return {"instances": len(self.alibaba.instances)}

    def reset(self) -> None:
        """Go back to the fleet and latency of the start: no faults, no quotas, no counts, the clock right."""
        self.world.reset()
        self.sessions.forget()
        self.alibaba.load(self.alibaba.fleet)
        self.further.reload()

    def change_settings(self, body: Body) -> object:
        self.world.settings.update(body)
        return self.world.settings.to_json()

    def set_clock(self, body: Body) -> object:
        self.world.clock.offset = float(body["offset"])
        return {"now": self.world.clock.now(), "offset": self.world.clock.offset}

    def close_sessions(self, body: Body) -> object:
        self.world.spawn(self.sessions.end_lines(int(body["code"]), str(body.get("reason", ""))))
        return {"open": self.sessions.open}

    def add_instance(self, body: Body) -> object:
        return inspection.add(self.alibaba, cast(InstanceData, body))

    def restart(self, body: Body) -> object:
        return {"restarted": inspection.restart(self.alibaba, body.get("instance_ids"), body.get("started_at"))}

    def add_faults(self, body: Body) -> object:
        made = [fault_from_json(data) for data in body["faults"]]
        return {"ids": [self.world.faults.add(fault) for fault in made]}

    def set_quotas(self, body: Body) -> object:
        self.world.meter.set_quotas(body["quotas"])
        return {"quotas": len(body["quotas"])}


def _view(show: Callable[[], object]) -> Handler:
    return lambda _request, _body: show()


def _chosen(show: Callable[[QueryParams], object]) -> Handler:
    return lambda request, _body: show(request.query_params)


def _order(do: Callable[[Body], object]) -> Handler:
    return lambda _request, body: do(body)


def _aimed(do: Callable[[str, Body], object]) -> Handler:
    """``do`` returns None when what the path names is not there."""

    def handle(request: Request, body: Body) -> object:
        answer = do(request.path_params["id"], body)
        if answer is None:
            raise NotThereError
        return answer

    return handle


def _endpoint(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        if not _is_local(request):
            return JSONResponse({"error": "the control endpoint is for loopback only"}, status_code=403)
        try:
            body = await request.json() if await request.body() else {}
            return JSONResponse(handler(request, body))
        except NotThereError:
            return JSONResponse({"error": "not found"}, status_code=404)
        except (ValueError, TypeError, KeyError, AttributeError) as problem:
            return JSONResponse({"error": f"{type(problem).__name__}: {problem}"}, status_code=400)

    return endpoint


def _is_local(request: Request) -> bool:
    """Both ends: a page in a browser on this machine comes from loopback too, but asks for another host."""
    client = request.client.host if request.client else ""
    return _is_loopback(client) and _is_loopback(request.url.hostname or "")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
