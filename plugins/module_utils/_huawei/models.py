# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""The answers of ECS and IAM as models; nothing behind this file sees the vendor's JSON."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ansible_collections.cloudops.console.plugins.module_utils._deps import ConfigDict
from ansible_collections.cloudops.console.plugins.module_utils._models import Instance
from ansible_collections.cloudops.console.plugins.module_utils._vendor_model import VendorModel

_IRREGULAR = {"zone": "OS-EXT-AZ:availability_zone", "kind": "OS-EXT-IPS:type"}


def _vendor_name(name: str) -> str:
    return _IRREGULAR.get(name, name)


class _Model(VendorModel):
    """What the service answers."""

    model_config = ConfigDict(alias_generator=_vendor_name)


class Tag(_Model):
    """One tag, where tags are objects."""

    key: str
    value: str | None = None


class Address(_Model):
    """One address of a server: its kind is ``fixed`` for a private one, ``floating`` for an elastic one."""

    addr: str | None = None
    kind: str | None = None


class EcsServer(_Model):
    """One server of ListServersDetails or ShowServer. An unknown one of a list has an id and nothing else."""

    id: str
    name: str | None = None
    status: str | None = None
    zone: str | None = None
    metadata: dict[str, t.Any] | None = None
    tags: tuple[str | Tag, ...] | None = None
    addresses: dict[str, tuple[Address, ...]] | None = None

    def to_instance(self, region: str) -> Instance:
        """Return it in our words. The API tells the first start only, so that started_at stays unknown."""
        return Instance(
            instance_id=self.id,
            region=region,
            status=self.status or "",
            name=self.name or "",
            os_type=str((self.metadata or {}).get("os_type") or "").lower(),
            zone=self.zone or "",
            tags=dict(_tag(tag) for tag in self.tags or ()),
            vpc_id=str((self.metadata or {}).get("vpc_id") or ""),
            private_ips=self._ips(elastic=False),
            public_ips=self._ips(elastic=True),
        )

    def _ips(self, *, elastic: bool) -> tuple[str, ...]:
        every = (one for network in (self.addresses or {}).values() for one in network)
        return tuple(one.addr for one in every if one.addr and (one.kind == "floating") is elastic)


def _tag(tag: str | Tag) -> tuple[str, str]:
    """Lists of servers have ``key=value``, the service for tags has objects."""
    if isinstance(tag, Tag):
        return tag.key, tag.value or ""
    key, _equals, value = tag.partition("=")
    return key, value


class ServerHolder(_Model):
    """The body of ShowServer."""

    server: EcsServer


class ServerPage(_Model):
    """One page of ListServersDetails. The count is that of all pages."""

    servers: tuple[EcsServer, ...]
    count: int | None = None


class RemoteConsole(_Model):
    """The address of a console; v1 and v2.1 answer alike."""

    protocol: str
    type: str
    url: str


class ConsoleHolder(_Model):
    """The body of both console calls."""

    remote_console: RemoteConsole


class ConsoleLog(_Model):
    """The body of both calls for the console's output."""

    output: str | None = None


class Project(_Model):
    """One project of IAM."""

    id: str
    name: str = ""


class ProjectList(_Model):
    """The body of KeystoneListProjects."""

    projects: tuple[Project, ...]


class SecurityKey(_Model):
    """The temporary key of an agency."""

    access: str = ""
    secret: str = ""
    securitytoken: str = ""
    expires_at: str = ""


class SecurityKeyHolder(_Model):
    """What the metadata service answers."""

    credential: SecurityKey


@dataclass(frozen=True)
class Refusal:
    """What an error says, whichever of the vendor's four forms it has; empty where it says nothing."""

    code: str = ""
    message: str = ""
    request_id: str = ""


def refusal_of(document: t.Mapping[str, t.Any], status: int) -> Refusal | None:
    """Return what document refuses, None where it is no error.

    ECS and IAM answer ``{"error": {...}}``, the gateway ``{"error_code", "error_msg"}``, Nova one object under the
    name of its error, others a flat ``code`` or ``errorCode``. Only an error status makes an object under an unknown
    name an error; the flat forms also come with 202.
    """
    for name, value in (("", document), *document.items()):
        part = value[0] if isinstance(value, list) and value else value
        if not isinstance(part, dict) or (name not in ("", "error") and status < 400):
            continue
        code = _first_text(part, "error_code", "errorCode", "code")
        if not code:
            continue
        if code.isdigit():
            code = name if name not in ("", "error") else _first_text(part, "title") or code
        message = _first_text(part, "error_msg", "errorMsg", "error_message", "message")
        return Refusal(code, message, _first_text(document, "request_id", "requestId"))
    return Refusal() if status >= 300 else None


def _first_text(part: t.Mapping[str, t.Any], *names: str) -> str:
    values = (part.get(name) for name in names)
    return next((str(value) for value in values if isinstance(value, str | int) and value != ""), "")
