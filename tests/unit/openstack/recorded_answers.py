# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers of a real Nova 26.2.2 and Keystone, one line for each case: status and body, and what they mean to us."""

from __future__ import annotations

import typing as t

from ansible_collections.cloudops.console.plugins.module_utils._errors import (
    AuthenticationError,
    ConsoleError,
    NotFound,
    PermissionDenied,
    TimedOut,
    UnexpectedAnswer,
    WrongState,
)

ONE = "d6a39163-764f-4f29-bda3-1cd0c9689a3d"
PROJECT = "b6f64e3245ae4df9adca3446580ee0c1"
OTHER_PROJECT = "13c67a214ced4afb88d911ae4bd5721a"
UNAUTHORIZED = {
    "error": {"code": 401, "title": "Unauthorized", "message": "The request you have made requires authentication."}
}
_UNEXPECTED = (
    "Unexpected API Error. Please report this at http://bugs.launchpad.net/nova/ and attach the Nova API log if "
    "possible.\n<class '{}'>"
)


def nova(name: str, code: int, message: str) -> tuple[int, dict[str, t.Any]]:
    return code, {name: {"code": code, "message": message}}


def _bad(message: str) -> tuple[int, dict[str, t.Any]]:
    return nova("badRequest", 400, message)


def _not_one_of(field: str, value: str, known: list[str]) -> str:
    return f"Invalid input for field/attribute {field}. Value: {value}. '{value}' is not one of {known}"


PROTOCOLS = ["vnc", "spice", "rdp", "serial"]
TYPES = ["novnc", "xvpvnc", "rdp-html5", "spice-html5", "serial"]
INVALID_STATE = nova("computeFault", 500, _UNEXPECTED.format("nova.exception.InstanceInvalidState"))
MESSAGING_TIMEOUT = nova("computeFault", 500, _UNEXPECTED.format("oslo_messaging.exceptions.MessagingTimeout"))
NO_SERVER = nova("itemNotFound", 404, f"Instance {ONE} could not be found.")
NO_API = nova("itemNotFound", 404, "The resource could not be found.")

# The case, the answer, our class, and words of our message.
NOVA: list[tuple[str, tuple[int, t.Any], type[ConsoleError], str]] = [
    ("token", (401, UNAUTHORIZED), AuthenticationError, "requires authentication"),
    (
        "reader",
        nova("forbidden", 403, "Policy doesn't allow os_compute_api:os-remote-consoles to be performed."),
        PermissionDenied,
        "the policy rule os_compute_api:os-remote-consoles accepts",
    ),
    ("unknown server", NO_SERVER, NotFound, "could not be found"),
    ("name", nova("itemNotFound", 404, "Instance running could not be found."), NotFound, "instance_id"),
    ("no such api", NO_API, UnexpectedAnswer, "no such API"),
    (
        "too high",
        nova(
            "computeFault",
            406,
            "Version 2.999 is not supported by the API. Minimum is 2.1 and maximum is 2.93.",
        ),
        ConsoleError,
        "maximum is 2.93",
    ),
    (
        "malformed version",
        _bad("API Version String banana is of invalid format. Must be of format MajorNum.MinorNum."),
        ConsoleError,
        "invalid format",
    ),
    (
        "project",
        _bad(
            f"Malformed request URL: URL's project_id '{OTHER_PROJECT}' doesn't match Context's project_id '{PROJECT}'"
        ),
        AuthenticationError,
        "project_id",
    ),
    ("protocol", _bad(_not_one_of("protocol", "telnet", PROTOCOLS)), ConsoleError, "does not know this type"),
    ("type", _bad(_not_one_of("type", "banana", TYPES)), ConsoleError, "does not know this type"),
    ("spice-direct", _bad(_not_one_of("type", "spice-direct", [*TYPES, "webmks"])), ConsoleError, "too old"),
    ("mks at 2.6", _bad(_not_one_of("protocol", "mks", PROTOCOLS)), ConsoleError, "too old"),
    ("xvpvnc", _bad("Invalid console type xvpvnc"), ConsoleError, "does not offer this type"),
    ("mismatch", _bad("Invalid console type spice-html5"), ConsoleError, "does not offer this type"),
    *(
        (f"{kind} off", _bad(f"Unavailable console type {kind}."), ConsoleError, f"Unavailable console type {kind}")
        for kind in ("novnc", "spice-html5", "serial", "rdp-html5", "webmks")
    ),
    (
        "extra key",
        _bad(
            "Invalid input for field/attribute remote_console. Value: {'protocol': 'vnc', 'type': 'novnc', 'x': 1}. "
            "Additional properties are not allowed ('x' was unexpected)"
        ),
        ConsoleError,
        "Additional properties",
    ),
    ("no json", _bad("Malformed request body"), ConsoleError, "Malformed request body"),
    ("html", (404, b"<html>\n <head>\n  <title>404 Not Found</title>"), UnexpectedAnswer, "no readable body"),
    ("offloaded", nova("conflictingRequest", 409, f"Instance {ONE} is not ready"), WrongState, "is not ready"),
    ("migrating", INVALID_STATE, WrongState, "migrated"),
    ("dead host", MESSAGING_TIMEOUT, TimedOut, "compute host"),
    (
        "unexpected",
        nova("computeFault", 500, _UNEXPECTED.format("sqlalchemy.exc.OperationalError")),
        UnexpectedAnswer,
        "sqlalchemy.exc.OperationalError",
    ),
    ("no driver", nova("notImplemented", 501, "Unable to get novnc console"), ConsoleError, "driver"),
    ("proxy", (502, b"<html>Bad Gateway"), UnexpectedAnswer, "502"),
]
KEYSTONE: list[tuple[str, tuple[int, t.Any], type[ConsoleError], str]] = [
    ("password or project", (401, UNAUTHORIZED), AuthenticationError, "Check username"),
    (
        "no domain",
        (
            400,
            {
                "error": {
                    "code": 400,
                    "message": "Expecting to find domain in user. The server could not comply with the request since "
                    "it is either malformed or otherwise incorrect. The client is assumed to be in error.",
                    "title": "Bad Request",
                }
            },
        ),
        ConsoleError,
        "Expecting to find domain in user",
    ),
    (
        "credential",
        (
            404,
            {
                "error": {
                    "code": 404,
                    "message": "Could not find Application Credential: 00000000000000000000000000000000.",
                    "title": "Not Found",
                }
            },
        ),
        AuthenticationError,
        "does not know the application credential",
    ),
    (
        "scope",
        (
            401,
            {
                "error": {
                    "code": 401,
                    "identity": {},
                    "message": "Error authenticating with application credential: Application credentials cannot "
                    "request a scope.",
                    "title": "Unauthorized",
                }
            },
        ),
        AuthenticationError,
        "cannot request a scope",
    ),
    ("no keystone", (404, b"<html>"), NotFound, "no Keystone v3"),
    ("forbidden", (403, {"error": {"code": 403, "message": "No.", "title": "Forbidden"}}), PermissionDenied, "No"),
    ("proxy", (503, b""), UnexpectedAnswer, "503"),
    ("login page", (302, b"<html>"), UnexpectedAnswer, "another service"),
]


def server(status: str = "ACTIVE", task: str | None = None, **more: t.Any) -> dict[str, t.Any]:
    return {
        "id": ONE,
        "name": "running",
        "status": status,
        "tenant_id": PROJECT,
        "metadata": {"team": "billing"},
        "OS-EXT-AZ:availability_zone": "nova",
        "OS-SRV-USG:launched_at": "2026-11-21T17:46:16.000000",
        "OS-EXT-STS:task_state": task,
        "OS-EXT-STS:vm_state": "active",
        "OS-EXT-STS:power_state": 1,
        **more,
    }


def endpoints(url: str, *regions: str) -> list[dict[str, str]]:
    return [
        {"id": "x", "interface": interface, "region_id": region, "region": region, "url": url.format(interface)}
        for region in regions
        for interface in ("public", "internal", "admin")
    ]


def token(
    expires_at: str = "2026-11-21T18:46:18.000000Z", *regions: str, project: str | None = PROJECT
) -> dict[str, t.Any]:
    found: dict[str, t.Any] = {
        "methods": ["password"],
        "user": {"domain": {"id": "default", "name": "Default"}, "id": "a1100b04", "name": "demo"},
        "expires_at": expires_at,
        "issued_at": "2026-11-21T17:46:18.000000Z",
        "catalog": [
            {"type": "identity", "name": "keystone", "endpoints": endpoints("http://127.0.0.1:15000/v3", "RegionOne")},
            {
                "type": "compute",
                "name": "nova",
                "endpoints": endpoints("http://127.0.0.1:18774/{}/v2.1", *(regions or ("RegionOne",))),
            },
        ],
    }
    if project:
        found["project"] = {"domain": {"id": "default", "name": "Default"}, "id": project, "name": "demo"}
    return {"token": found}
