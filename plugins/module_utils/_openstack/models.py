# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""The answers of Keystone and Nova as models; nothing behind this file sees their JSON."""

from __future__ import annotations

import datetime as dt
import ipaddress
import typing as t
from dataclasses import dataclass

from ansible_collections.cloudops.console.plugins.module_utils._deps import ConfigDict
from ansible_collections.cloudops.console.plugins.module_utils._models import Instance
from ansible_collections.cloudops.console.plugins.module_utils._vendor_model import VendorModel

# For answers that do not fit.
ADVICE = "Check auth_url, O(endpoint) and any proxy on the way to them."
_IRREGULAR = {
    "task_state": "OS-EXT-STS:task_state",
    "zone": "OS-EXT-AZ:availability_zone",
    "kind": "OS-EXT-IPS:type",
}


def _vendor_name(name: str) -> str:
    return _IRREGULAR.get(name, name)


class _Model(VendorModel):
    """What the service answers."""

    model_config = ConfigDict(alias_generator=_vendor_name)


@dataclass(frozen=True)
class Server(Instance):
    """An instance with what it is busy with, as Nova names it; empty where it is not."""

    task_state: str = ""


class Address(_Model):
    """One address of a server. Its kind is ``fixed`` or ``floating``."""

    addr: str | None = None
    kind: str | None = None

    @property
    def is_public(self) -> bool:
        """Whether the internet can reach it: a fixed address of a provider network can be a public one."""
        try:
            return self.kind == "floating" or ipaddress.ip_address(self.addr or "").is_global
        except ValueError:
            return False


class NovaServer(_Model):
    """One server, as lists and single answers have it."""

    id: str
    status: str
    name: str | None = None
    task_state: str | None = None
    zone: str | None = None
    metadata: dict[str, str | None] | None = None
    addresses: dict[str, tuple[Address, ...]] | None = None

    def to_server(self, region: str) -> Server:
        """Return it in our words; tags are its metadata.

        Nova tells neither the operating system nor the last start: launched_at is when the server was first built.
        """
        return Server(
            instance_id=self.id,
            region=region,
            status=self.status,
            name=self.name or "",
            zone=self.zone or "",
            tags={key: value or "" for key, value in (self.metadata or {}).items()},
            task_state=self.task_state or "",
            private_ips=self._ips(public=False),
            public_ips=self._ips(public=True),
        )

    def _ips(self, *, public: bool) -> tuple[str, ...]:
        every = (one for network in (self.addresses or {}).values() for one in network)
        return tuple(one.addr for one in every if one.addr and one.is_public is public)


class ServerHolder(_Model):
    """The body of one server."""

    server: NovaServer


class Link(_Model):
    """A link of a page."""

    rel: str = ""


class ServerPage(_Model):
    """One page of servers; a link with rel next says that there are more."""

    servers: tuple[NovaServer, ...]
    servers_links: tuple[Link, ...] = ()


class RemoteConsole(_Model):
    """The address of a console."""

    protocol: str
    type: str
    url: str


class ConsoleHolder(_Model):
    """The body of a new console."""

    remote_console: RemoteConsole


class ConsoleLog(_Model):
    """The body of os-getConsoleOutput."""

    output: str | None = None


class Endpoint(_Model):
    """One endpoint of the catalogue."""

    interface: str = ""
    url: str = ""
    region: str | None = None
    region_id: str | None = None

    @property
    def place(self) -> str:
        """The region; older catalogues have it under one name only."""
        return self.region_id or self.region or ""


class Service(_Model):
    """One service of the catalogue."""

    type: str = ""
    endpoints: tuple[Endpoint, ...] = ()


class Project(_Model):
    """What a token is for."""

    id: str


class Token(_Model):
    """A token without its value."""

    expires_at: dt.datetime | None = None
    project: Project | None = None
    catalog: tuple[Service, ...] = ()


class TokenHolder(_Model):
    """The body of a token."""

    token: Token


@dataclass(frozen=True)
class Fault:
    """What an error says: its name (Keystone's title, Nova's key) and its message; empty where it says nothing."""

    name: str = ""
    message: str = ""


def fault_of(document: t.Mapping[str, t.Any]) -> Fault:
    """Read an error: one object under ``error`` (Keystone, and its guard before Nova) or under its own name (Nova)."""
    for name, part in document.items():
        if isinstance(part, dict) and isinstance(part.get("message"), str):
            title = part.get("title")
            return Fault(title if name == "error" and isinstance(title, str) else name, part["message"])
    return Fault()
