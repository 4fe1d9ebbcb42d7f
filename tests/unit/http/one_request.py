# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""One request to a server on loopback that answers as a test wants, and a look at the error that comes of it."""

from __future__ import annotations

import asyncio
import contextlib
import typing as t

from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.module_utils._http import (
    Client,
    Policy,
    Request,
    Response,
    Trust,
)

SECRET = "Zq7Zq7Secret"
ONE_TRY = Policy(2.0, 0)
PATIENT = Policy(3.0, 0)
TRUSTING = Trust()
Handler = t.Callable[[asyncio.StreamReader, asyncio.StreamWriter], t.Awaitable[None]]


def request(url: str) -> Request:
    return Request("POST", f"{url}/?VncPassword={SECRET}", {"x-acs-action": "X", "authorization": SECRET})


def send(handler: Handler, policy: Policy = ONE_TRY) -> tuple[Response | ConsoleError, int]:
    """Send one request to a server that handles each connection so; also say how many requests it read."""
    arrived = 0
    served: list[asyncio.Task[t.Any]] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal arrived
        served.extend(task for task in [asyncio.current_task()] if task)
        try:
            await reader.readuntil(b"\r\n\r\n")
            arrived += 1
            await handler(reader, writer)
            await writer.drain()
            writer.close()
            await writer.wait_closed()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            await hang_up(writer)

    async def scenario() -> Response | ConsoleError:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        try:
            async with Client(Trust(), policy) as client:
                return await client.send(request(f"http://127.0.0.1:{port}"))
        except ConsoleError as error:
            return error
        finally:
            server.close()
            await asyncio.wait_for(asyncio.gather(*served), 5)
            await server.wait_closed()

    return asyncio.run(scenario()), arrived


async def hang_up(writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()


def answering(text: bytes) -> Handler:
    async def handler(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(text)

    return handler


def silent(error: object) -> ConsoleError:
    """It is an error, and no spelling of it shows the request."""
    assert isinstance(error, ConsoleError)
    for text in (error.message, repr(error), str(error.failure)):
        assert SECRET not in text
        assert "?" not in text
    assert error.advice
    # An exception of httpx has the request and so the URL: it must not hang on as a cause
    assert error.__cause__ is None
    assert error.__context__ is None
    return error


async def _send_to(url: str, policy: Policy, trust: Trust) -> Response | ConsoleError:
    async with Client(trust, policy) as client:
        try:
            return await client.send(request(url))
        except ConsoleError as error:
            return error


def send_to(url: str, policy: Policy = PATIENT, trust: Trust = TRUSTING) -> Response | ConsoleError:
    return asyncio.run(_send_to(url, policy, trust))
