# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The console proxy: what a browser, or a check of a URL, connects to. Needs ``websockets`` beside uvicorn.

A good token gets 101, then the greeting of its protocol as the first binary frame. A bad one gets 101 too, and then
the connection is closed with no close frame: that is how the proxies of Nova and Huawei do it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs, urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import BaseRoute, Route, WebSocketRoute

from .consoles import ConsoleBook
from .wire import Receive, Scope, Send

RFB_GREETING = b"RFB 003.008\n"
# A client of SPICE or MKS speaks first.
_GREETINGS = {"novnc": RFB_GREETING, "serial": b"\r\nlogin: "}
_PAGES = ("/vnc_auto.html", "/vnc.auto.html", "/spice_auto.html", "/mks.html")
_PATHS = ("/", "/websockify", "/websockify/")


class Proxy:
    """An ASGI application for WebSockets. ``opens_alibaba`` says whether a token of a VncUrl is good."""

    def __init__(self, consoles: ConsoleBook, opens_alibaba: Callable[[str], bool]) -> None:
        self._consoles = consoles
        self._opens_alibaba = opens_alibaba

    def routes(self) -> list[BaseRoute]:
        pages = [Route(path, _page) for path in _PAGES]
        return [*(WebSocketRoute(path, self) for path in _PATHS), *pages]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        protocols = scope.get("subprotocols", [])
        await send({"type": "websocket.accept", "subprotocol": "binary" if "binary" in protocols else None})
        kind = self._open(scope)
        if kind is None:
            _hang_up(receive)
            return
        if greeting := _GREETINGS.get(kind):
            await send({"type": "websocket.send", "bytes": greeting})
        await _converse(kind, receive, send)

    def _open(self, scope: Scope) -> str | None:
        """Return the console's type, None when the token opens nothing."""
        query = parse_qs(scope["query_string"].decode("latin-1"))
        if "s" in query:
            return "novnc" if self._opens_alibaba(query["s"][0]) else None
        console = self._consoles.open(_token(scope, query))
        return console.type if console else None


def _token(scope: Scope, query: dict[str, list[str]]) -> str:
    """From the query; from a path inside of it, as the page's URL has it; or from the cookie that old pages set."""
    if "token" in query:
        return query["token"][0]
    inner = parse_qs(urlsplit(query.get("path", [""])[0]).query)
    if "token" in inner:
        return inner["token"][0]
    header = dict(scope["headers"]).get(b"cookie", b"").decode("latin-1")
    try:
        cookie = SimpleCookie(header).get("token")
    except CookieError:
        cookie = None
    return cookie.value if cookie else ""


async def _converse(kind: str, receive: Receive, send: Send) -> None:
    """A serial console echoes; a screen stays as it is."""
    while (message := await receive())["type"] != "websocket.disconnect":
        typed = message.get("bytes") or (message.get("text") or "").encode()
        if kind == "serial" and typed:
            await send({"type": "websocket.send", "bytes": typed})


def _hang_up(receive: Receive) -> None:
    # ASGI knows only an orderly close; uvicorn's protocol, whose method ``receive`` is, holds the connection.
    protocol = getattr(receive, "__self__", None)
    transport: asyncio.WriteTransport | None = getattr(protocol, "transport", None)
    if transport is not None:
        transport.close()


async def _page(request: Request) -> HTMLResponse:
    name = request.url.path.strip("/").partition(".html")[0]
    return HTMLResponse(f"<!DOCTYPE html><html><head><title>{name}</title></head><body>{name}</body></html>")
