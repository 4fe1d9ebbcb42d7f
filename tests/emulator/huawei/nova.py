# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nova's v2.1 as Huawei serves it: servers, and the older console call with its microversions."""

from __future__ import annotations

from .. import microversion as mv
from ..call import Headers, Reply
from ..servers import Server
from .answers import RefusalError, nova_refusal
from .ecs import describe, issue_url
from .operations import Context, operation

_SERVERS = "/v2.1/{project_id}/servers"
_SERVER = _SERVERS + "/{server_id}"
_HIGHEST: mv.Version = (2, 60)
_NO_STATE = "Unexpected API Error.\n<class 'nova.exception.InstanceInvalidState'>"


@operation("NovaListServersDetails", "GET", f"{_SERVERS}/detail", permission="ecs:servers:list")
def nova_list_servers_details(call: Context) -> Reply:
    """Pages by ``marker``, unlike v1."""
    version = _version(call)
    found = call.state.servers.listing(call.project_id)
    marker, size = call.request.value("marker"), call.integer("limit", 1000)
    ids = [server.instance_id for server in found]
    if marker and marker not in ids:
        raise nova_refusal(400, f"marker [{marker}] not found")
    start = ids.index(marker) + 1 if marker else 0
    rows = [describe(server) for server in found[start : start + size]]
    return call.answer({"servers": rows}, headers=_headers(version))


@operation("NovaShowServer", "GET", _SERVER, permission="ecs:servers:get")
def nova_show_server(call: Context) -> Reply:
    version = _version(call)
    return call.answer({"server": describe(_server(call))}, headers=_headers(version))


@operation("NovaCreateRemoteConsole", "POST", f"{_SERVER}/remote-consoles", permission="ecs:servers:createConsole")
def nova_create_remote_console(call: Context) -> Reply:
    version = _version(call)
    if version < mv.SINCE_REMOTE_CONSOLES:
        raise nova_refusal(404, "The resource could not be found.")
    try:
        protocol, kind = mv.read_console_body(call.request.body, version)
        server = _server(call)
        _check_state(server)
        mv.check_pair(protocol, kind, ["novnc"] if server.consoles is None else server.consoles)
    except mv.SchemaError as problem:
        raise nova_refusal(400, str(problem)) from None
    url = issue_url(call, server, kind, lambda token: f"vnc.auto.html?token={token}&lang=EN")
    payload = {"remote_console": {"protocol": protocol, "type": kind, "url": url}}
    return call.answer(payload, headers=_headers(version))


@operation("NovaServerAction", "POST", f"{_SERVER}/action", permission="ecs:servers:getConsoleOutput")
def nova_server_action(call: Context) -> Reply:
    """Only os-getConsoleOutput, and only up to microversion 2.5, as the vendor documents it."""
    version = _version(call)
    wanted = call.json().get("os-getConsoleOutput")
    if version >= mv.SINCE_REMOTE_CONSOLES or not isinstance(wanted, dict):
        raise nova_refusal(404, "The resource could not be found.")
    server = _server(call)
    _check_state(server)
    return call.answer({"output": server.last_lines(int(wanted.get("length", -1)))}, headers=_headers(version))


def _version(call: Context) -> mv.Version:
    text = mv.wanted_version(call.request.headers)
    version = mv.read(text, _HIGHEST)
    if version is None:
        message = f"API Version String {text} is of invalid format. Must be of format MajorNum.MinorNum."
        raise nova_refusal(400, message)
    if not mv.LOWEST <= version <= _HIGHEST:
        low, high = mv.write(mv.LOWEST), mv.write(_HIGHEST)
        message = f"Version {text} is not supported by the API. Minimum is {low} and maximum is {high}."
        raise nova_refusal(406, message)
    return version


def _server(call: Context) -> Server:
    found = call.find()
    if found is None:
        raise nova_refusal(404, f"Instance {call.params['server_id']} could not be found.")
    return found


def _check_state(server: Server) -> None:
    if not server.has_host:
        raise nova_refusal(409, f"Instance {server.instance_id} is not ready")
    if server.task_state in ("migrating", "deleting"):
        raise RefusalError(500, "computeFault", _NO_STATE, shape="nova")


def _headers(version: mv.Version) -> Headers:
    text = mv.write(version).encode()
    return ((b"openstack-api-version", b"compute " + text), (b"x-openstack-nova-api-version", text))
