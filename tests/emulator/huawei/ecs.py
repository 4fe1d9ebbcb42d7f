# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""ECS v1: servers, and the consoles that v1 knows."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from ..call import Reply
from ..clock import iso_seconds
from ..servers import STATUSES, Server
from .answers import RefusalError
from .operations import Context, bad_request, operation

_PROJECT = "/v1/{project_id}/cloudservers"
_SERVER = _PROJECT + "/{server_id}"
_LONGEST_PAGE = 1000
_USUAL_PAGE = 25
# A filter for ACTIVE lets these through, too.
_LIKE_ACTIVE = frozenset(("ACTIVE", "REBOOT", "HARD_REBOOT", "REBUILD", "MIGRATING", "RESIZE"))
_OS_NAMES = {"linux": "Linux", "windows": "Windows"}


@operation("ListServersDetails", "GET", f"{_PROJECT}/detail", permission="ecs:cloudServers:list")
def list_servers_details(call: Context) -> Reply:
    """``offset`` is the number of a page: 1 is the first, and so is 0."""
    size, page = call.integer("limit", _USUAL_PAGE), max(call.integer("offset", 1), 1)
    if not 1 <= size <= _LONGEST_PAGE:
        raise bad_request(f"The parameter limit is 1 to {_LONGEST_PAGE}.")
    found = [server for server in call.state.servers.listing(call.project_id) if _matches(call, server)]
    shown = found[(page - 1) * size : page * size]
    return call.answer({"servers": [describe(server) for server in shown], "count": len(found)})


def _matches(call: Context, server: Server) -> bool:
    name, ids = call.request.value("name"), call.request.value("server_id")
    return (
        (not name or _contains(name, server.name))
        and (not ids or server.instance_id in ids.split(","))
        and _status_fits(call.request.value("status"), server.status)
        and all(_has_tag(server, tag) for tag in _words(call, "tags"))
        and not any(_has_tag(server, tag) for tag in _words(call, "not-tags"))
    )


def _contains(pattern: str, name: str) -> bool:
    try:
        return re.search(pattern, name, re.IGNORECASE) is not None
    except re.error:
        raise bad_request("The parameter name is not a pattern.") from None


def _status_fits(wanted: str, status: str) -> bool:
    if wanted and wanted not in STATUSES:
        raise bad_request("The parameter status is not known.")
    return not wanted or status == wanted or (wanted == "ACTIVE" and status in _LIKE_ACTIVE)


def _words(call: Context, name: str) -> list[str]:
    return [word for word in call.request.value(name).split(",") if word]


def _has_tag(server: Server, tag: str) -> bool:
    """``key`` alone fits any value; a value fits one that it is a part of."""
    key, equals, value = tag.partition("=")
    for own in server.tags:
        own_key, _equals, own_value = own.partition("=")
        if own_key == key and (not equals or value in own_value):
            return True
    return False


@operation("ShowServer", "GET", _SERVER, permission="ecs:cloudServers:get")
def show_server(call: Context) -> Reply:
    return call.answer({"server": describe(call.server())})


def describe(server: Server) -> dict[str, object]:
    shown: dict[str, object] = {
        "id": server.instance_id,
        "name": server.name,
        "status": server.status,
        "tenant_id": server.project_id,
        "user_id": "",
        "created": iso_seconds(server.created_at),
        "updated": iso_seconds(server.updated_at),
        "OS-EXT-STS:vm_state": server.vm_state,
        "OS-EXT-STS:task_state": server.task_state,
        "OS-EXT-STS:power_state": server.power_state,
        "OS-EXT-AZ:availability_zone": f"{server.region}a",
        "OS-EXT-SRV-ATTR:hostname": server.name,
        "OS-SRV-USG:launched_at": launched_at(server),
        "OS-SRV-USG:terminated_at": None,
        "OS-DCF:diskConfig": "MANUAL",
        "hostId": server.instance_id.replace("-", "") if server.has_host else "",
        "host_status": "DOWN" if server.host_down else "UP",
        "addresses": _addresses(server),
        "flavor": {"id": "s6.large.2", "name": "s6.large.2", "vcpus": "2", "ram": "4096", "disk": "0"},
        "image": {"id": "1d4e0f56-47c8-4a8e-8dbf-fe467f6e9850"},
        "metadata": {
            "charging_mode": "0",
            "image_name": "Windows Server 2022" if server.os_type == "windows" else "EulerOS 2.10 64bit",
            "os_bit": "64",
            "os_type": _OS_NAMES.get(server.os_type, server.os_type),
            "vpc_id": server.vpc_id,
            **server.metadata,
        },
        "tags": server.tags,
        "sys_tags": [{"key": "_sys_enterprise_project_id", "value": "0"}],
        "enterprise_project_id": "0",
        "locked": server.locked,
        "config_drive": "",
        "key_name": None,
        "accessIPv4": "",
        "accessIPv6": "",
        "security_groups": [],
        "os-extended-volumes:volumes_attached": [],
    }
    if server.status == "ERROR":
        shown["fault"] = {"code": 500, "created": iso_seconds(server.updated_at), "message": "No valid host was found."}
    return shown


def _addresses(server: Server) -> dict[str, list[dict[str, object]]]:
    """By the id of the VPC; unlike Nova's, the version is a text."""
    networks = server.addresses(server.vpc_id)
    return {name: [{**one, "version": str(one["version"])} for one in shown] for name, shown in networks.items()}


def launched_at(server: Server) -> str | None:
    if server.launched_at is None:
        return None
    return time.strftime("%Y-%m-%dT%H:%M:%S.000000", time.gmtime(server.launched_at))


@operation("ShowServerRemoteConsole", "POST", f"{_SERVER}/remote_console", permission="ecs:cloudServers:vnc")
def show_server_remote_console(call: Context) -> Reply:
    server = call.server()
    wanted = call.json().get("remote_console")
    if not isinstance(wanted, dict) or (wanted.get("protocol"), wanted.get("type")) != ("vnc", "novnc"):
        raise bad_request("The request body is wrong: protocol must be vnc and type must be novnc.")
    _check_state(call, server)
    url = issue_url(call, server, "novnc", lambda token: f"vnc_auto.html?token={token}&lang=EN&tLength=70")
    return call.answer({"remote_console": {"type": "novnc", "protocol": "vnc", "url": url}})


@operation(
    "ShowServerConsoleOutput", "GET", f"{_SERVER}/console-output", permission="ecs:cloudServers:getConsoleOutput"
)
def show_server_console_output(call: Context) -> Reply:
    """The last 50 lines without ``length``, all of them with -1."""
    server = call.server()
    text = call.request.value("length") or "50"
    if not text.removeprefix("-").isdigit() or int(text) < -1:
        raise bad_request("The parameter length is -1 or more.")
    return call.answer({"output": server.last_lines(int(text))})


def issue_url(call: Context, server: Server, kind: str, write_rest: Callable[[str], str]) -> str:
    """Give out a URL of the emulator's own proxy; its token opens one connection."""
    world, base = call.world, call.request.base
    if kind == "serial":
        base = base.replace("http", "ws", 1)
    life = world.settings.console_token_seconds
    console = world.consoles.issue(
        "huawei", server, kind, lambda token: f"{base}/{write_rest(token)}", life=life, once=True
    )
    return console.url


def _check_state(call: Context, server: Server) -> None:
    if not call.world.settings.huawei_dead_urls and server.status not in _LIKE_ACTIVE:
        raise _wrong_state("The ECS status does not meet requirements. Change the ECS status and try again.")


def _wrong_state(message: str) -> RefusalError:
    return RefusalError(400, "Ecs.0100", message)


@operation(
    "ShowSerialConsoleActions", "POST", f"{_SERVER}/actions/serial-console", permission="ecs:cloudServers:serialConsole"
)
def show_serial_console_actions(call: Context) -> Reply:
    server = call.server()
    _check_state(call, server)
    if not server.serial_console:
        raise _wrong_state("The serial console of the ECS is not enabled.")
    url = issue_url(call, server, "serial", lambda token: f"?token={token}")
    return call.answer({"serial_console": {"url": url}})


@operation(
    "UpdateSerialConsoleOptions",
    "PUT",
    f"{_SERVER}/serial-console-options",
    write=True,
    permission="ecs:cloudServers:serialConsoleOptions",
)
def update_serial_console_options(call: Context) -> Reply:
    server = call.server()
    options = call.json().get("serial_console_options")
    if not isinstance(options, dict) or not isinstance(options.get("enabled"), bool):
        raise bad_request("serial_console_options.enabled must be true or false.")
    server.serial_console = options["enabled"]
    return call.answer({}, 204)
