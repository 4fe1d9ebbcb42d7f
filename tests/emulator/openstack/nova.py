# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nova's servers: one, many, and the few actions that tests want."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from .. import microversion as mv
from ..call import Reply
from ..servers import Server
from .answers import RefusalError, compute_headers, empty
from .consoles import ACTIONS, get_console, get_console_output
from .describe import describe, describe_short
from .operations import COMPUTE, ComputeContext

SINCE_TAGS: mv.Version = (2, 26)
_LONGEST_PAGE = 1000
_READERS = ("reader", "member", "admin")
# Actions that change something: the state of before and after (None: any, or none).
_CHANGES: dict[str, tuple[str | None, str | None]] = {
    "reboot": (None, "ACTIVE"),
    "os-start": ("stopped", "ACTIVE"),
    "os-stop": ("active", "SHUTOFF"),
    "changePassword": ("active", None),
}


@COMPUTE.operation("ListServers", "GET", "/servers")
def list_servers(call: ComputeContext) -> Reply:
    call.want("servers:index", "ListServers", roles=_READERS)
    return _page(call, "servers", lambda server: describe_short(call, server))


@COMPUTE.operation("ListServersDetail", "GET", "/servers/detail")
def list_servers_detail(call: ComputeContext) -> Reply:
    call.want("servers:detail", "ListServersDetail", roles=_READERS)
    return _page(call, "servers/detail", lambda server: describe(call, server))


@COMPUTE.operation("ShowServer", "GET", "/servers/{server_id}")
def show_server(call: ComputeContext) -> Reply:
    server = call.server()
    call.want("servers:show", "ShowServer", roles=_READERS)
    return call.answer({"server": describe(call, server)})


def _page(call: ComputeContext, path: str, show: Callable[[Server], dict[str, object]]) -> Reply:
    """``limit`` and ``marker``; a full page carries a link to the next one, which may be empty."""
    found = [server for server in _candidates(call) if _matches(call, server)]
    size = _limit(call)
    start = _start(call, found)
    shown = found[start : start + size]
    payload: dict[str, object] = {"servers": [show(server) for server in shown]}
    if call.request.value("limit") and shown and len(shown) == size:
        rest = [(name, value) for name, value in call.request.query if name != "marker"]
        query = urlencode([*rest, ("marker", shown[-1].instance_id)])
        payload["servers_links"] = [{"rel": "next", "href": f"{call.compute}/v2.1/{path}?{query}"}]
    return call.answer(payload)


def _candidates(call: ComputeContext) -> list[Server]:
    everybody = call.token.is_admin and call.request.value("all_tenants") in ("1", "true", "True")
    return call.state.servers.listing(None if everybody else call.token.project_id)


def _limit(call: ComputeContext) -> int:
    text = call.request.value("limit")
    if text and not text.isdigit():
        reason = f"Invalid input for query parameters limit. Value: {text}. '{text}' does not match '^[0-9]*$'"
        raise RefusalError("bad_request", reason=reason)
    return min(int(text or _LONGEST_PAGE), _LONGEST_PAGE) or _LONGEST_PAGE


def _start(call: ComputeContext, found: list[Server]) -> int:
    marker = call.request.value("marker")
    if not marker:
        return 0
    for position, server in enumerate(found):
        if server.instance_id == marker:
            return position + 1
    raise RefusalError("marker_not_found", id=marker)


def _matches(call: ComputeContext, server: Server) -> bool:
    name, status = call.request.value("name"), call.request.value("status")
    return (
        (not name or _contains(name, server.name))
        and (not status or server.status == status.upper())
        and (call.version < SINCE_TAGS or _tags_fit(call, set(server.tags)))
    )


def _contains(pattern: str, name: str) -> bool:
    try:
        return re.search(pattern, name) is not None
    except re.error:
        reason = f"Invalid input for query parameters name. Value: {pattern}. '{pattern}' is not a 'regex'"
        raise RefusalError("bad_request", reason=reason) from None


def _tags_fit(call: ComputeContext, own: set[str]) -> bool:
    """``tags``: all of them; ``tags-any``: at least one; ``not-tags``: not all; ``not-tags-any``: none."""
    wanted = {name: _words(call, name) for name in ("tags", "tags-any", "not-tags", "not-tags-any")}
    return (
        wanted["tags"] <= own
        and (not wanted["tags-any"] or bool(wanted["tags-any"] & own))
        and (not wanted["not-tags"] or not wanted["not-tags"] <= own)
        and not wanted["not-tags-any"] & own
    )


def _words(call: ComputeContext, name: str) -> set[str]:
    return {word for value in call.request.values(name) for word in value.split(",") if word}


@COMPUTE.operation("ServerAction", "POST", "/servers/{server_id}/action")
def server_action(call: ComputeContext) -> Reply:
    body, action = read_action(call.request.body)
    if action in ACTIONS:
        return get_console(call, action, body)
    if action == "os-getConsoleOutput":
        return get_console_output(call, body)
    if action not in _CHANGES:
        reason = f"There is no such action: {action}" if action else "Malformed request body"
        raise RefusalError("bad_request", reason=reason)
    return _change(call, action, body[action])


def read_action(body: bytes) -> tuple[dict[str, Any], str]:
    """Return the body and its first key; the key is empty where the body has none."""
    try:
        data = mv.read_json(body)
    except mv.SchemaError:
        data = None
    return (data, next(iter(data))) if isinstance(data, dict) and data else ({}, "")


def is_change(action: str) -> bool:
    return action in _CHANGES


def _change(call: ComputeContext, action: str, details: object) -> Reply:
    server = call.server()
    call.want(f"servers:{action}", action)
    before, after = _CHANGES[action]
    if before not in (None, server.vm_state):
        raise RefusalError(
            "wrong_state", action=action, id=server.instance_id, attribute="vm_state", state=server.vm_state
        )
    if after is not None:
        server.move(after)
    elif isinstance(details, dict):
        call.state.secrets.add(str(details.get("adminPass", "")))
    return empty(compute_headers(call.request_id, mv.write(call.version)), 202)
