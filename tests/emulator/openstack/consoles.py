# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nova's consoles: remote-consoles since 2.6, the actions before, and what an administrator sees of a token."""

from __future__ import annotations

import re
from typing import Any

from .. import microversion as mv
from ..call import Reply
from ..servers import Server
from .answers import RefusalError
from .operations import COMPUTE, ComputeContext

SINCE_TOKENS: mv.Version = (2, 31)
_CONTROLS = re.compile(r"[\x00-\x08\x0B-\x1F]")
_BAD_STATES = ("migrating", "deleting")
# What is in a URL before the token. Only noVNC's page wants it inside of a path.
_PAGES = {
    "novnc": "vnc_auto.html?path=%3Ftoken%3D",
    "spice-html5": "spice_auto.html?token=",
    "serial": "?token=",
    "webmks": "mks.html?token=",
    "spice-direct": "nova?token=",
}
_POLICY = "os-remote-consoles"
# The actions before 2.6: protocol, and the function that Nova names in a refusal.
ACTIONS = {
    "os-getVNCConsole": ("vnc", "get_vnc_console"),
    "os-getSPICEConsole": ("spice", "get_spice_console"),
    "os-getRDPConsole": ("rdp", "get_rdp_console"),
    "os-getSerialConsole": ("serial", "get_serial_console"),
}


@COMPUTE.operation("CreateRemoteConsole", "POST", "/servers/{server_id}/remote-consoles")
def create_remote_console(call: ComputeContext) -> Reply:
    if call.version < mv.SINCE_REMOTE_CONSOLES:
        raise RefusalError("resource_not_found")
    protocol, kind = _body(call)
    server = call.server()
    _want(call, "CreateRemoteConsole")
    _check_host(server)
    if server.task_state in _BAD_STATES:
        raise RefusalError("invalid_state")
    url = _issue(call, server, protocol, kind)
    return call.answer({"remote_console": {"protocol": protocol, "type": kind, "url": url}})


def get_console(call: ComputeContext, action: str, body: dict[str, Any]) -> Reply:
    """Serve one of ``ACTIONS``; the body has been found to be an object with that key."""
    if call.version >= mv.SINCE_REMOTE_CONSOLES:
        raise RefusalError("resource_not_found")
    protocol, function = ACTIONS[action]
    kind = body[action].get("type") if isinstance(body[action], dict) else None
    if not isinstance(kind, str):
        raise RefusalError("bad_request", reason=f"Invalid input for field/attribute {action}. Value: {body[action]}.")
    server = call.server()
    _want(call, action)
    _check_host(server)
    if server.task_state in _BAD_STATES:
        state = str(server.task_state)
        raise RefusalError("wrong_state", action=function, id=server.instance_id, attribute="task_state", state=state)
    return call.answer({"console": {"type": kind, "url": _issue(call, server, protocol, kind)}})


def get_console_output(call: ComputeContext, body: dict[str, Any]) -> Reply:
    """Serve os-getConsoleOutput, at any microversion; control characters are taken out, as Nova does."""
    length = body["os-getConsoleOutput"].get("length", -1) if isinstance(body["os-getConsoleOutput"], dict) else None
    if not isinstance(length, int) or length < -1:
        raise RefusalError("bad_request", reason=f"Invalid input for field/attribute length. Value: {length}.")
    server = call.server()
    call.want("os-console-output", "os-getConsoleOutput")
    _check_host(server)
    if server.host_down:
        raise RefusalError("messaging_timeout")
    if server.console_log is None:
        raise RefusalError("no_console_log")
    return call.answer({"output": _CONTROLS.sub("", server.last_lines(length))})


def _want(call: ComputeContext, action: str) -> None:
    """With Nova's old policies, a reader gets consoles, too."""
    roles = ("member", "admin") if call.world.settings.nova_new_policy else ("reader", "member", "admin")
    call.want(_POLICY, action, roles=roles)


def _body(call: ComputeContext) -> tuple[str, str]:
    try:
        return mv.read_console_body(call.request.body, call.version)
    except mv.SchemaError as problem:
        raise RefusalError("bad_request", reason=str(problem)) from None


def _check_host(server: Server) -> None:
    if not server.has_host:
        raise RefusalError("not_ready", id=server.instance_id)


def _issue(call: ComputeContext, server: Server, protocol: str, kind: str) -> str:
    """Any other state gets a URL, whether or not there is something to see."""
    if server.host_down:
        raise RefusalError("messaging_timeout")
    settings = call.world.settings
    offered = settings.nova_consoles if server.consoles is None else server.consoles
    if not offered:
        raise RefusalError("no_such_console")
    try:
        mv.check_pair(protocol, kind, offered)
    except mv.SchemaError as problem:
        raise RefusalError("bad_request", reason=str(problem)) from None
    base = call.request.base.replace("http", "ws", 1) if kind == "serial" else call.request.base
    life = settings.console_token_seconds
    write = f"{base}/{_PAGES[kind]}"
    return call.world.consoles.issue("openstack", server, kind, lambda token: write + token, life=life).url


@COMPUTE.operation("ShowConsoleToken", "GET", "/os-console-auth-tokens/{token}")
def show_console_token(call: ComputeContext) -> Reply:
    call.want("os-console-auth-tokens", "ShowConsoleToken", roles=("admin",))
    if call.version < SINCE_TOKENS:
        raise RefusalError("console_token_inaccessible")
    console = call.world.consoles.find(call.params["token"])
    if console is None or console.cloud != "openstack":
        raise RefusalError("console_token_not_found")
    where = {"host": "127.0.0.1", "port": 15900, "internal_access_path": None}
    return call.answer({"console": {"instance_uuid": console.server.instance_id, **where}})
