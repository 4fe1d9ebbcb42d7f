# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an administrator does on a server, over its documented API; the standard library alone.

A real server serves as well: with VAULT_ADDR and VAULT_TOKEN set (a token that may do all), ``served()`` gives that one
in place of an emulated one.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .client import KvServer

REAL = os.environ.get("VAULT_ADDR", "").rstrip("/"), os.environ.get("VAULT_TOKEN", "")

# What the documentation of the ledger tells its readers to allow.
POLICY = """
path "{mount}/data/{prefix}/*" {{
  capabilities = ["create", "read", "update"]
}}
path "{mount}/metadata/{prefix}/*" {{
  capabilities = ["list"]
}}
path "{mount}/config" {{
  capabilities = ["read"]
}}
"""
READER = """
path "{mount}/data/{prefix}/*" {{
  capabilities = ["read"]
}}
"""


class RefusedError(Exception):
    """The server answered so."""

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        super().__init__(f"{status}: {body}")
        self.status = status
        self.body = body


@dataclass(frozen=True)
class Admin:
    """Talks to a server with a token that may do all."""

    url: str
    token: str
    namespace: str = ""

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return what the server answers; RefusedError for anything but success."""
        request = urllib.request.Request(f"{self.url}/v1/{path}", method=method)
        request.add_header("X-Vault-Token", self.token)
        if self.namespace:
            request.add_header("X-Vault-Namespace", self.namespace)
        data = None if body is None else json.dumps(body).encode()
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, data, timeout=30) as answer:
                text = answer.read()
        except urllib.error.HTTPError as problem:
            with problem:
                raise RefusedError(problem.code, json.loads(problem.read() or b"{}")) from None
        return dict(json.loads(text)) if text else {}

    def make_mount(self, name: str = "", version: str = "2") -> str:
        """Make a store and return its path."""
        path = name or f"kv-{secrets.token_hex(4)}"
        self.call("POST", f"sys/mounts/{path}", {"type": "kv", "options": {"version": version}})
        return path

    def remove_mount(self, name: str) -> None:
        self.call("DELETE", f"sys/mounts/{name}")

    def make_policy(self, text: str) -> str:
        """Write a policy in HCL and return its name."""
        name = f"policy-{secrets.token_hex(4)}"
        self.call("POST", f"sys/policies/acl/{name}", {"policy": text})
        return name

    def make_token(self, *policies: str, **parts: Any) -> str:
        body = {"policies": list(policies), **parts}
        return str(self.call("POST", "auth/token/create", body)["auth"]["client_token"])

    def make_approle(self, *policies: str, **parts: Any) -> tuple[str, str]:
        """Return role id and secret id of a new AppRole."""
        with contextlib.suppress(RefusedError):
            self.call("POST", "sys/auth/approle", {"type": "approle"})
        path = f"auth/approle/role/role-{secrets.token_hex(4)}"
        self.call("POST", path, {"token_policies": list(policies), **parts})
        role_id = self.call("GET", f"{path}/role-id")["data"]["role_id"]
        return role_id, self.call("POST", f"{path}/secret-id", {})["data"]["secret_id"]


@contextlib.contextmanager
def served() -> Iterator[tuple[Admin, KvServer | None]]:
    """Give the real server of the environment, else an emulated one with its control client."""
    if all(REAL):
        yield Admin(*REAL), None
        return
    with KvServer.start_kv() as server:
        yield Admin(server.url, server.root_token), server
