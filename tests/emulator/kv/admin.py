# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an administrator does on a server, real or emulated, over its documented API; the standard library alone."""

from __future__ import annotations

import contextlib
import functools
import json
import secrets
import ssl
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any

from tests.openbao import guide

# What the documentation of the ledger tells its readers to allow, and what it calls enough for those that only read.
POLICY = guide.policy()
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
    cafile: str | None = None

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return what the server answers; RefusedError for anything but success."""
        request = urllib.request.Request(f"{self.url}/v1/{path}", method=method)
        request.add_header("X-Vault-Token", self.token)
        if self.namespace:
            request.add_header("X-Vault-Namespace", self.namespace)
        data = None if body is None else json.dumps(body).encode()
        try:
            with _opener(self.cafile).open(request, data, timeout=30) as answer:
                text = answer.read()
        except urllib.error.HTTPError as problem:
            with problem:
                raise RefusedError(problem.code, json.loads(problem.read() or b"{}")) from None
        return dict(json.loads(text)) if text else {}

    def make_mount(self, name: str = "", version: str = "2", *, cas_required: bool = False) -> str:
        """Make a store and return its path, which has a slash unless it is given."""
        path = name or f"team/kv-{secrets.token_hex(4)}"
        self.call("POST", f"sys/mounts/{path}", {"type": "kv", "options": {"version": version}})
        if version == "2":
            self._configure(path, {"cas_required": cas_required})
        return path

    def _configure(self, path: str, settings: dict[str, Any]) -> None:
        """A real server needs a moment until a new store is one of version 2."""
        for _wait in range(100):
            try:
                self.call("POST", f"{path}/config", settings)
            except RefusedError as error:
                if "non-versioned to versioned" not in str(error):
                    raise
                time.sleep(0.05)
            else:
                return
        raise TimeoutError(path)

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


@functools.cache
def _opener(cafile: str | None) -> urllib.request.OpenerDirector:
    """Make one per authority: loading certificates takes longer than a call."""
    trust = urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=cafile))
    return urllib.request.build_opener(urllib.request.ProxyHandler({}), trust)
