# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nova's microversions, and what the schema of remote-consoles says in each. Pure functions."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

Version = tuple[int, int]
LOWEST: Version = (2, 1)
SINCE_REMOTE_CONSOLES: Version = (2, 6)
_FORM = re.compile(r"([1-9]\d*)\.([1-9]\d*|0)")
_PROTOCOLS = {(2, 6): ["vnc", "spice", "rdp", "serial"], (2, 8): ["vnc", "spice", "rdp", "serial", "mks"]}
_TYPES = {
    (2, 6): ["novnc", "xvpvnc", "rdp-html5", "spice-html5", "serial"],
    (2, 8): ["novnc", "xvpvnc", "rdp-html5", "spice-html5", "serial", "webmks"],
    (2, 99): ["novnc", "xvpvnc", "rdp-html5", "spice-html5", "serial", "webmks", "spice-direct"],
}
# What each protocol can really show; the schema lets more through.
_PAIRS = {
    "vnc": ("novnc",),
    "spice": ("spice-html5", "spice-direct"),
    "rdp": ("rdp-html5",),
    "serial": ("serial",),
    "mks": ("webmks",),
}


class SchemaError(Exception):
    """A body that Nova refuses with 400; the text is Nova's reason."""


def wanted_version(headers: Mapping[str, str]) -> str:
    """Return the text after ``compute`` in the newer header, else the older header; the lowest one without both."""
    for entry in headers.get("openstack-api-version", "").split(","):
        service, _blank, text = entry.strip().partition(" ")
        if service == "compute" and text:
            return text.strip()
    return headers.get("x-openstack-nova-api-version", "").strip() or write(LOWEST)


def read(text: str, highest: Version) -> Version | None:
    """None when it is no version at all; ``latest`` is the highest."""
    if text == "latest":
        return highest
    match = _FORM.fullmatch(text)
    return (int(match[1]), int(match[2])) if match else None


def write(version: Version) -> str:
    return f"{version[0]}.{version[1]}"


def read_console_body(body: bytes, version: Version) -> tuple[str, str]:
    """Return protocol and type; raise SchemaError."""
    return check_console_body(read_json(body), version)


def read_json(body: bytes) -> Any:
    try:
        return json.loads(body) if body else None
    except ValueError:
        raise SchemaError("Malformed request body") from None


def check_console_body(body: Any, version: Version) -> tuple[str, str]:
    _check_object(body, "", {"remote_console"})
    inner = body["remote_console"]
    _check_object(inner, "remote_console", {"protocol", "type"})
    for name, table in (("protocol", _PROTOCOLS), ("type", _TYPES)):
        allowed = _at(table, version)
        if inner[name] not in allowed:
            raise SchemaError(_field(name, inner[name], f"{inner[name]!r} is not one of {allowed}"))
    return inner["protocol"], inner["type"]


def _check_object(value: Any, name: str, keys: set[str]) -> None:
    if not isinstance(value, dict):
        raise SchemaError(_field(name, value, f"{value!r} is not of type 'object'"))
    for missing in sorted(keys - set(value)):
        raise SchemaError(_field(name, value, f"{missing!r} is a required property"))
    if more := [key for key in value if key not in keys]:
        words = ", ".join(repr(key) for key in more)
        verb = "was" if len(more) == 1 else "were"
        raise SchemaError(_field(name, value, f"Additional properties are not allowed ({words} {verb} unexpected)"))


def _field(name: str, value: object, reason: str) -> str:
    return f"Invalid input for field/attribute {name}. Value: {value}. {reason}" if name else reason


def _at(table: Mapping[Version, list[str]], version: Version) -> list[str]:
    return table[max(since for since in table if since <= version)]


def check_pair(protocol: str, kind: str, offered: list[str]) -> None:
    """Raise SchemaError when the host has no such console, or protocol and type do not go together.

    A host without the protocol complains of that first, whatever the type.
    """
    if not any(one in offered for one in _PAIRS[protocol]):
        raise SchemaError(f"Unavailable console type {kind}.")
    if kind not in _PAIRS[protocol]:
        raise SchemaError(f"Invalid console type {kind}")
    if kind not in offered:
        raise SchemaError(f"Unavailable console type {kind}.")
