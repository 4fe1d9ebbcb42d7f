# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""What answers in the place of the session service: every answer is an error of ours, without the address."""

from __future__ import annotations

import asyncio

import pytest
from ansible_collections.cloudops.console.plugins.module_utils._errors import NetworkError
from ansible_collections.cloudops.console.plugins.module_utils._http import Trust
from ansible_collections.cloudops.console.plugins.plugin_utils._terminal import service

TOKEN = "T0kenOfTheSession"
FOUND = "HTTP/1.1 302 Found\r\nContent-Length: 0\r\n"
ANSWERS = {
    "nothing": "",
    "no HTTP": "\0 hello\r\n\r\n",
    "another protocol": "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n",
    "a portal": f"{FOUND}Location: https://portal.example.com/?from=wss://service/%3Ftoken={TOKEN}\r\n\r\n",
    "a part of a page": f"{FOUND}Location: /session?token={TOKEN}#login\r\n\r\n",
    "two places": f"{FOUND}Location: /one\r\nLocation: /two\r\n\r\n",
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_what_is_no_web_socket(answer: str) -> None:
    error = asyncio.run(refused(answer))
    assert error.reason.startswith(("127.0.0.1 did not open a WebSocket", "no connection to 127.0.0.1"))
    assert "proxy settings" in error.message
    assert TOKEN not in error.message
    assert error.__context__ is None


@pytest.mark.parametrize("proxy", ["ftp://me:Pr0xyPass@proxy.example.com", "http://me@proxy.example.com"])
def test_a_proxy_that_cannot_be_used(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    address = service.ServiceAddress(f"wss://service.example.com/session?token={TOKEN}", Trust())
    with pytest.raises(NetworkError, match="did not open a WebSocket") as raised:
        asyncio.run(address.connect(within=0.0))
    assert "proxy.example.com" not in raised.value.message


async def refused(answer: str) -> NetworkError:
    """Return the error of a connection that is answered so."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer.encode())
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        address = service.ServiceAddress(f"ws://127.0.0.1:{port}/session?token={TOKEN}", Trust())
        with pytest.raises(NetworkError) as raised:
            await address.connect(within=0.0)
        return raised.value
