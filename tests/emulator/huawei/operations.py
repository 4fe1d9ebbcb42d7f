# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The registry of operations, and what each of them is given."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..call import Headers, Reply
from ..exchange import Registry, Request
from ..servers import Server
from ..world import World
from .answers import RefusalError, success
from .state import Identity, State


@dataclass
class Context:
    """One admitted call. ``params`` are the variables of the path; ``identity`` is None for an unsigned operation."""

    world: World
    state: State
    request: Request
    params: Mapping[str, str]
    request_id: str
    identity: Identity | None

    @property
    def project_id(self) -> str:
        return self.params["project_id"]

    def answer(self, payload: Mapping[str, object], status: int = 200, headers: Headers = ()) -> Reply:
        return success(self.request_id, payload, status, headers)

    def json(self) -> Any:
        """Return the body; raise RefusalError when it is no JSON object."""
        try:
            body = json.loads(self.request.body)
        except ValueError:
            body = None
        if not isinstance(body, dict):
            raise bad_request("The request body is not a JSON object.")
        return body

    def integer(self, name: str, default: int) -> int:
        text = self.request.value(name)
        if not text:
            return default
        if not text.isdigit():
            raise bad_request(f"The parameter {name} must be a number.")
        return int(text)

    def find(self) -> Server | None:
        return self.state.servers.find(self.project_id, self.params["server_id"])

    def server(self) -> Server:
        """Return the server that the path names, or refuse with Ecs.0114."""
        found = self.find()
        if found is None:
            raise RefusalError(404, "Ecs.0114", "The ECS does not exist.")
        return found


def bad_request(message: str) -> RefusalError:
    return RefusalError(400, "Ecs.0005", message)


REGISTRY: Registry[Context] = Registry()
operation = REGISTRY.operation
