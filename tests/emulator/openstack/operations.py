# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""What each operation of Keystone and Nova is given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .. import microversion as mv
from ..call import Reply
from ..exchange import Registry, Request
from ..servers import Server, denial_of
from ..world import World
from .answers import RefusalError, compute_headers, identity_headers, success
from .state import State, Token


@dataclass
class IdentityContext:
    """A call to Keystone. ``token`` is None where none was shown, or a bad one."""

    world: World
    state: State
    request: Request
    params: Mapping[str, str]
    request_id: str
    token: Token | None

    def answer(self, payload: Mapping[str, object], status: int = 200, subject: str = "") -> Reply:
        headers = identity_headers(self.request_id)
        if subject:
            headers += ((b"x-subject-token", subject.encode()),)
        return success(payload, headers, status)


@dataclass
class ComputeContext:
    """An admitted call to Nova."""

    world: World
    state: State
    request: Request
    params: Mapping[str, str]
    request_id: str
    token: Token
    version: mv.Version

    def answer(self, payload: Mapping[str, object], status: int = 200) -> Reply:
        return success(payload, compute_headers(self.request_id, mv.write(self.version)), status)

    @property
    def compute(self) -> str:
        return f"{self.request.base}/compute"

    @property
    def visible_project(self) -> str | None:
        """None for an administrator, who sees every project's servers."""
        return None if self.token.is_admin else self.token.project_id

    def server(self) -> Server:
        server_id = self.params["server_id"]
        found = self.state.servers.find(self.visible_project, server_id)
        if found is None:
            raise RefusalError("instance_not_found", id=server_id)
        return found

    def want(self, policy: str, action: str, *, roles: tuple[str, ...] = ("member", "admin")) -> None:
        """Refuse unless the token has one of the roles and no denial stands against it."""
        ids = [self.params["server_id"]] if "server_id" in self.params else []
        if not set(roles) & set(self.token.roles) or denial_of(self.token.user.denied, action, ids):
            raise RefusalError("forbidden", policy=f"os_compute_api:{policy}")


IDENTITY: Registry[IdentityContext] = Registry()
COMPUTE: Registry[ComputeContext] = Registry()
