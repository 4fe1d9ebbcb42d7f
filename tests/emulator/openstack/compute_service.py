# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""One call to Nova."""

from __future__ import annotations

from http import HTTPStatus

from .. import microversion as mv
from ..call import Call, Headers, Reply
from ..exchange import Exchange, Operation, Request
from ..faults import Fault
from ..world import World
from . import consoles, nova
from .answers import RefusalError, ask_for_token, compute_headers, new_request_id, page, refusal, success
from .identity_service import too_many
from .operations import COMPUTE, ComputeContext
from .state import State, Token

ROOMS = (consoles, nova)  # importing them registers their operations
_ROOT = "/compute"
_API = f"{_ROOT}/v2.1"
_COLLECTIONS = ("servers", "os-console-auth-tokens")
_CONSOLES = frozenset({"CreateRemoteConsole", "os-getConsoleOutput", *consoles.ACTIONS})


class NovaExchange(Exchange):
    """``version`` is None until the request's microversion has been read and found good."""

    def __init__(self, world: World, state: State, request: Request) -> None:
        self.state = state
        self.request_id = new_request_id()
        self.path_project, path = _split(request.path)
        found = COMPUTE.find(request.method, path)
        self.operation: Operation[ComputeContext] | None = found[0] if found else None
        self.params: dict[str, str] = found[1] if found else {}
        self.token = state.find_token(request.headers.get("x-auth-token", ""), world.clock.now())
        self.version: mv.Version | None = None
        self.shown_version: str | None = None
        super().__init__(world, request)

    def describe(self) -> Call:
        known, token = self.state.tokens.get(self.request.headers.get("x-auth-token", "")), self.token
        action = self._action()
        return Call(
            number=self.world.next_number(),
            received_at=self.world.clock.real(),
            cloud="openstack",
            action=action,
            region=next(iter(self.state.regions), ""),
            account_id=(known.project_id or "") if known else "",
            access_key_id=token.user.name if token else "",
            instance_ids=tuple(value for name, value in self.params.items() if name == "server_id"),
            is_write=nova.is_change(action),
        )

    def _action(self) -> str:
        if self._is_versions():
            return "ShowComputeVersions"
        if self.operation is None:
            return f"{self.request.method} {self.request.path}"
        if self.operation.name == "ServerAction":
            return nova.read_action(self.request.body)[1] or "ServerAction"
        return self.operation.name

    def _is_versions(self) -> bool:
        return self.request.method == "GET" and self.request.path.rstrip("/") in (_ROOT, _API)

    def check(self) -> Reply | None:
        if self._is_versions():
            return None
        try:
            token = self._check_token()
            self._check_version()
            wait = self.world.meter.over_quota(self.call)
            if wait is not None:
                return too_many(wait, ())
            if self.operation is None:
                return page(
                    404, "Not Found", "The resource could not be found.", compute_headers(self.request_id, None)
                )
            self._check_project(token)
        except RefusalError as problem:
            return self._refused(problem)
        return None

    def _check_token(self) -> Token:
        if self.token is None:
            raise RefusalError("unauthorized")
        return self.token

    def _check_version(self) -> None:
        highest = self._highest()
        text = mv.wanted_version(self.request.headers)
        version = mv.read(text, highest)
        if version is None:
            raise RefusalError("version_form", version=text)
        self.shown_version = mv.write(version)
        if not mv.LOWEST <= version <= highest:
            raise RefusalError(
                "version_range", version=self.shown_version, lowest=mv.write(mv.LOWEST), highest=mv.write(highest)
            )
        self.version = version

    def _highest(self) -> mv.Version:
        return mv.read(self.world.settings.nova_max_version, mv.LOWEST) or mv.LOWEST

    def _check_project(self, token: Token) -> None:
        if self.path_project not in (None, token.project_id):
            raise RefusalError("wrong_project", path=str(self.path_project), token=str(token.project_id))
        if token.project_id is None:
            raise RefusalError("forbidden", policy="os_compute_api:servers:index")
        if self.call.is_write and self.world.settings.refuse_writes:
            self.world.meter.refused_writes += 1
            raise RefusalError("forbidden", policy=f"os_compute_api:servers:{self.call.action}")

    def stall(self) -> float:
        """Nova waits for a dead compute host before it gives up."""
        server = self.state.servers.servers.get(self.params.get("server_id", ""))
        waits = self.call.action in _CONSOLES and server is not None and server.host_down
        return self.world.settings.rpc_response_seconds if waits else 0.0

    def apply(self) -> Reply:
        try:
            return self._versions() if self._is_versions() else self._run()
        except RefusalError as problem:
            return self._refused(problem)

    def _run(self) -> Reply:
        if self.operation is None or self.token is None or self.version is None:
            raise RuntimeError("no operation, token or version after the check")
        context = ComputeContext(
            self.world, self.state, self.request, self.params, self.request_id, self.token, self.version
        )
        return self.operation.run(context)

    def _versions(self) -> Reply:
        """The root lists two APIs and needs no token; neither does the page of v2.1."""
        highest, base = self.world.settings.nova_max_version, f"{self.request.base}{_ROOT}"
        old = _version_row("v2.0", "SUPPORTED", "", "2011-01-21T11:33:21Z", f"{base}/v2/")
        new = _version_row("v2.1", "CURRENT", highest, "2013-07-23T11:33:21Z", f"{base}/v2.1/")
        if self.request.path.rstrip("/") == _ROOT:
            return success({"versions": [old, new]}, ())
        manual = {"rel": "describedby", "type": "text/html", "href": "http://docs.openstack.org/"}
        links = [{"rel": "self", "href": f"{base}/v2.1/"}, manual]
        media = {"base": "application/json", "type": "application/vnd.openstack.compute+json;version=2.1"}
        return success(
            {"version": {**new, "links": links, "media-types": [media]}}, compute_headers(self.request_id, "2.1")
        )

    def phrase(self, fault: Fault) -> Reply:
        return self._refused(RefusalError.of(fault.status, fault.message))

    def _refused(self, problem: RefusalError) -> Reply:
        headers: Headers = compute_headers(self.request_id, self.shown_version)
        if problem.name == "error" and problem.status == HTTPStatus.UNAUTHORIZED:
            headers += ask_for_token(self.request.base)
        return refusal(problem, headers)


def _version_row(name: str, status: str, highest: str, updated: str, url: str) -> dict[str, object]:
    return {
        "id": name,
        "status": status,
        "version": highest,
        "min_version": "2.1" if highest else "",
        "updated": updated,
        "links": [{"rel": "self", "href": url}],
    }


def _split(path: str) -> tuple[str | None, str]:
    """Return the project id that may stand before the collection, and the path from the collection on."""
    rest = path.removeprefix(_API)
    if rest == path:
        return None, ""
    first, _slash, more = rest.removeprefix("/").partition("/")
    if first in _COLLECTIONS or not more:
        return None, rest
    return first, f"/{more}"
