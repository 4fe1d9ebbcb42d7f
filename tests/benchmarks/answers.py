# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many requests a second the lean cloud answers: ``python -m tests.benchmarks.answers URL CA HOSTS``.

CA is the file of the authority to trust, empty without TLS. 64 kept connections each send the next request when the
answer to the last one is there, all made beforehand, so that the cloud is what is waited for. Prints a figure as JSON.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import sys
import time
from typing import cast

import uvloop

from tests.benchmarks.cloud import fleet_of
from tests.benchmarks.floor import signed

CONNECTIONS = 64
SECONDS = 5.0


class Asking(asyncio.Protocol):
    """One connection that asks again and again until a time of the event loop's clock."""

    def __init__(self, request: bytes, until: float) -> None:
        self._request, self._until = request, until
        self._loop = asyncio.get_running_loop()
        self._answer = b""
        self.answers = 0
        self.over: asyncio.Future[None] = self._loop.create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self._answer += data
        # The body is the request id alone, and its length stands in the head.
        if not self._answer.endswith(b"}"):
            return
        if not self._answer.startswith(b"HTTP/1.1 200 "):
            self.over.set_exception(RuntimeError(self._answer.decode()))
            return
        self._answer = b""
        self.answers += 1
        if self._loop.time() < self._until:
            self._transport.write(self._request)
        elif not self.over.done():
            self.over.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.over.done():
            self.over.set_exception(exc or RuntimeError("the cloud closed the connection"))


async def ask(url: str, context: ssl.SSLContext | None, requests: list[bytes]) -> float:
    """Return answers a second."""
    loop, (host, port) = asyncio.get_running_loop(), url.partition("://")[2].split(":")
    started = time.monotonic()
    until = loop.time() + SECONDS
    made = await asyncio.gather(
        *(loop.create_connection(lambda r=one: Asking(r, until), host, int(port), ssl=context) for one in requests)
    )
    await asyncio.gather(*(asking.over for _transport, asking in made))
    return sum(asking.answers for _transport, asking in made) / (time.monotonic() - started)


def main(url: str, ca: str, hosts: str) -> None:
    fleet, host = fleet_of(int(hosts)), url.partition("://")[2]
    first, region = fleet["accounts"][0]["access_keys"][0], fleet["regions"][0]
    key = first["access_key_id"], first["access_key_secret"]
    requests = []
    for one in fleet["instances"][:CONNECTIONS]:
        query = f"InstanceId={one['instance_id']}&RegionId={region}&VncPassword=aB3xyz"
        lines = "".join(
            f"{name}: {value}\r\n" for name, value in signed(host, "ModifyInstanceVncPasswd", query, key).items()
        )
        requests.append(f"POST /?{query} HTTP/1.1\r\n{lines}content-length: 0\r\n\r\n".encode())
    context = ssl.create_default_context(cafile=ca) if ca else None
    print(json.dumps({"per_second": uvloop.run(ask(url, context, requests))}))


if __name__ == "__main__":
    main(*sys.argv[1:])
