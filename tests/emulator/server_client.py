# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The part of the client for Huawei and OpenStack; the standard library alone."""

from __future__ import annotations

import urllib.parse
from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import cast

from .server_fleet import ServerData, ServerDenial
from .views import ConsoleView, ServerView


class ServerCalls(ABC):
    """Addresses of the further clouds, and what tests see of them and do to them."""

    url: str

    @abstractmethod
    def _call(self, method: str, path: str, body: object = None) -> object:
        """Ask the control endpoint."""

    @property
    def huawei_url(self) -> str:
        """ECS and IAM: the ``endpoint`` option, and ``HUAWEICLOUD_SDK_IAM_ENDPOINT``."""
        return self.url

    @property
    def auth_url(self) -> str:
        """Keystone; the catalogue there names Nova."""
        return f"{self.url}/identity/v3"

    @property
    def compute_url(self) -> str:
        """Nova, as the catalogue names it."""
        return f"{self.url}/compute/v2.1"

    @property
    def websocket_url(self) -> str:
        """What the proxy's URLs begin with; ``configure(vnc_base=f"{…}/websockify/")`` sends Alibaba's there, too."""
        return self.url.replace("http", "ws", 1)

    def servers(self, ids: Iterable[str] = (), *, cloud: str | None = None) -> list[ServerView]:
        """All servers of ``cloud`` (None: of both), or those of ``ids`` that exist."""
        pairs = [("id", one) for one in ids] + ([("cloud", cloud)] if cloud else [])
        return cast("list[ServerView]", self._call("GET", f"servers?{urllib.parse.urlencode(pairs)}"))

    def server(self, instance_id: str) -> ServerView:
        """Show one server; KeyError when there is none."""
        found = self.servers([instance_id])
        if not found:
            raise KeyError(instance_id)
        return found[0]

    def add_server(self, cloud: str, data: ServerData) -> ServerView:
        return cast("ServerView", self._call("POST", "servers", {"cloud": cloud, **data}))

    def change_server(self, instance_id: str, **changes: object) -> ServerView:
        """``status`` (with the two states behind it), ``task_state``, ``host_down``, ``consoles``, ``tags``, …."""
        return cast("ServerView", self._call("PATCH", f"servers/{instance_id}", changes))

    def remove_server(self, instance_id: str) -> None:
        self._call("POST", f"servers/{instance_id}/remove")

    def consoles(self) -> list[ConsoleView]:
        """Every console URL that was given out, and how often its token has opened a connection."""
        return cast("list[ConsoleView]", self._call("GET", "consoles"))

    def change_user(self, name: str, **changes: object) -> None:
        """``password``, ``denied``, of OpenStack also ``roles``; ``cloud`` where both have such a user."""
        self._call("PATCH", f"users/{name}", changes)

    def deny_user(self, name: str, *denials: ServerDenial, cloud: str = "openstack") -> None:
        """Replace what a user is denied; with none given, everything is allowed."""
        self.change_user(name, denied=list(denials), cloud=cloud)

    def revoke_tokens(self, cloud: str | None = None) -> int:
        """Revoke every token given out until now; returns how many there were."""
        return self._end_tokens({"cloud": cloud})

    def expire_tokens(self, cloud: str | None = None) -> int:
        """Bring every token given out until now to the end of its time."""
        return self._end_tokens({"cloud": cloud, "expire": True})

    def _end_tokens(self, body: dict[str, object]) -> int:
        return cast("dict[str, int]", self._call("POST", "tokens/end", body))["ended"]
