# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""What these tests share: a home with the vendor's files, a server that says what a test wants, sources."""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
import typing as t
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from ansible_collections.cloudops.console.plugins.module_utils._alibaba.credentials.cache import (
    CredentialCache,
    Credentials,
    TemporaryCredentials,
)
from ansible_collections.cloudops.console.plugins.module_utils._alibaba.credentials.chain import find_credentials
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.module_utils._http import Client, Policy, Trust
from ansible_collections.cloudops.console.plugins.module_utils._models import Access

QUICK = Policy(timeout=2.0, retries=1)
ROLE = "acs:ram::1234567890123456:role/console"
PROVIDER = "acs:ram::1234567890123456:oidc-provider/ci"


@dataclass
class Home:
    """A home directory, and an environment that names it and nothing else of this machine."""

    path: Path
    env: dict[str, str] = field(default_factory=dict)

    def profiles(self, *profiles: dict[str, t.Any], current: str = "") -> None:
        self.file(".aliyun/config.json", json.dumps({"current": current, "profiles": profiles}))

    def ini(self, text: str) -> None:
        self.file(".alibabacloud/credentials.ini", text)

    def file(self, name: str, content: str | bytes) -> Path:
        path = self.path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def keys(self, access: Access | None = None, /, **env: str) -> CredentialCache:
        return find_credentials(access or Access(), {"HOME": str(self.path), **self.env, **env}, policy=QUICK)

    def refused(self, access: Access | None = None, /, **env: str) -> ConsoleError:
        with pytest.raises(ConsoleError) as caught:
            self.keys(access, **env)
        return caught.value


def got(keys: CredentialCache) -> Credentials:
    """The credentials that a worker gets."""

    async def ask() -> Credentials:
        async with Client(Trust(), QUICK) as client:
            return await keys.current(client)

    return asyncio.run(ask())


def failure(keys: CredentialCache) -> ConsoleError:
    with pytest.raises(ConsoleError) as caught:
        got(keys)
    assert not caught.value.ambiguous
    return caught.value


def ak(name: str = "default", number: int = 1, **more: t.Any) -> dict[str, t.Any]:
    """A profile of mode AK."""
    return {
        "name": name,
        "mode": "AK",
        "access_key_id": f"LTAIprofile{number}",
        "access_key_secret": f"profile-secret-{number}",
        **more,
    }


@dataclass
class Seen:
    """A request that the server got."""

    method: str
    path: str
    headers: dict[str, str]


@dataclass
class Served:
    """A server on loopback; answers maps ``METHOD /path`` to (status, body), and anything else is a 404."""

    url: str = ""
    answers: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    seen: list[Seen] = field(default_factory=list)
    hang: threading.Event | None = None

    def say(self, request: str, body: t.Any, status: int = 200) -> None:
        self.answers[request] = (status, body if isinstance(body, bytes) else json.dumps(body).encode())

    @property
    def requests(self) -> list[str]:
        return [f"{one.method} {one.path}" for one in self.seen]


@contextlib.contextmanager
def serve() -> t.Iterator[Served]:
    served = Served()

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            served.seen.append(Seen(self.command, self.path, headers))
            if served.hang is not None:
                served.hang.wait(10)
            status, body = served.answers.get(f"{self.command} {self.path}", (404, b""))
            with contextlib.suppress(OSError):
                self.send_response(status)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        do_GET = do_PUT = do_POST = _answer  # noqa: N815 - the base class names them

        def log_message(self, *_args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    served.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield served
    finally:
        if served.hang is not None:
            served.hang.set()
        server.shutdown()
        thread.join()
        server.server_close()


def handed_out(number: int = 1, **more: t.Any) -> dict[str, t.Any]:
    """What the metadata service and a credentials URI give."""
    return {
        "Code": "Success",
        "AccessKeyId": f"STS.handed{number}",
        "AccessKeySecret": f"handed-secret-{number}",
        "SecurityToken": f"handed-token-{number}",
        "Expiration": "2099-01-02T03:04:05Z",
        "LastUpdated": "2026-01-02T03:04:05Z",
        **more,
    }


@dataclass
class Clock:
    time: float = 1000.0

    def __call__(self) -> float:
        return self.time


@dataclass
class Counted:
    """A source that counts, waits a turn of the loop, and fails on request."""

    life: float | None = 3600.0
    failing: ConsoleError | None = None
    fetched: int = 0
    same: bool = False
    name: str = "a counted source"
    account: str = "counted"

    async def fetch(self, client: Client) -> TemporaryCredentials:  # noqa: ARG002 - nothing is asked
        self.fetched += 1
        await asyncio.sleep(0.01)
        if self.failing is not None:
            raise self.failing
        number = 1 if self.same else self.fetched
        credentials = Credentials(f"STS.{number}", f"secret-{number}", f"token-{number}", self.name)
        return TemporaryCredentials(credentials, self.life)
