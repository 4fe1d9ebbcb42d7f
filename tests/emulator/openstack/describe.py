# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Nova shows of a server, which grows with the microversion."""

from __future__ import annotations

import hashlib
import time

from ..clock import iso_seconds
from ..servers import Server
from .operations import ComputeContext

_WITH_PROGRESS = ("ACTIVE", "BUILD", "REBUILD", "RESIZE", "VERIFY_RESIZE", "MIGRATING")
_IMAGE = "1d4e0f56-47c8-4a8e-8dbf-fe467f6e9850"
_FLAVOR = {"vcpus": 1, "ram": 512, "disk": 1, "ephemeral": 0, "swap": 0, "original_name": "m1.tiny", "extra_specs": {}}


def describe_short(call: ComputeContext, server: Server) -> dict[str, object]:
    return {"id": server.instance_id, "name": server.name, "links": _links(call, server)}


def _links(call: ComputeContext, server: Server) -> list[dict[str, str]]:
    return [
        {"rel": "self", "href": f"{call.compute}/v2.1/servers/{server.instance_id}"},
        {"rel": "bookmark", "href": f"{call.compute}/servers/{server.instance_id}"},
    ]


def describe(call: ComputeContext, server: Server) -> dict[str, object]:
    shown: dict[str, object] = {
        "id": server.instance_id,
        "name": server.name,
        "status": server.status,
        "tenant_id": server.project_id,
        "user_id": call.token.user.user_id,
        "metadata": server.metadata,
        "hostId": _host_id(server),
        "image": {"id": _IMAGE, "links": [_bookmark(call, "images", _IMAGE)]},
        "flavor": _FLAVOR
        if call.version >= (2, 47)
        else {"id": server.flavor, "links": [_bookmark(call, "flavors", server.flavor)]},
        "created": iso_seconds(server.created_at),
        "updated": iso_seconds(server.updated_at),
        "addresses": server.addresses("private"),
        "accessIPv4": "",
        "accessIPv6": "",
        "links": _links(call, server),
        "OS-DCF:diskConfig": "MANUAL",
    }
    if server.status in _WITH_PROGRESS:
        shown["progress"] = 0
    if server.status == "ERROR" and not server.placed:
        fault = {"code": 500, "created": iso_seconds(server.updated_at), "message": "No valid host was found. "}
        shown["fault"] = fault
    return {**shown, **_extensions(server), **_later(call, server)}


def _extensions(server: Server) -> dict[str, object]:
    launched = None if server.launched_at is None or not server.placed else _micro(server.launched_at)
    return {
        "OS-EXT-AZ:availability_zone": "nova" if server.has_host else "",
        "config_drive": "",
        "key_name": None,
        "OS-SRV-USG:launched_at": launched,
        "OS-SRV-USG:terminated_at": None,
        "OS-EXT-STS:task_state": server.task_state,
        "OS-EXT-STS:vm_state": server.vm_state,
        "OS-EXT-STS:power_state": server.power_state,
        "os-extended-volumes:volumes_attached": [],
    }


def _later(call: ComputeContext, server: Server) -> dict[str, object]:
    """Fields that came with later microversions; an administrator sees the host's state, too."""
    fields: list[tuple[tuple[int, int], str, object]] = [
        ((2, 9), "locked", server.locked),
        ((2, 19), "description", None),
        ((2, 26), "tags", server.tags),
        ((2, 63), "trusted_image_certificates", None),
        ((2, 71), "server_groups", []),
        ((2, 73), "locked_reason", None),
    ]
    if call.token.is_admin:
        fields.append(((2, 16), "host_status", ("DOWN" if server.host_down else "UP") if server.has_host else ""))
    return {name: value for since, name, value in fields if call.version >= since}


def _host_id(server: Server) -> str:
    if not server.has_host:
        return ""
    return hashlib.sha224(f"{server.project_id}127.0.0.1".encode()).hexdigest()


def _bookmark(call: ComputeContext, kind: str, name: str) -> dict[str, str]:
    return {"rel": "bookmark", "href": f"{call.compute}/{kind}/{name}"}


def _micro(moment: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S.000000", time.gmtime(moment))
