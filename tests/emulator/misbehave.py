# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Serve one call under the faults that hit it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from .call import Call, Reply
from .faults import DELAYS, Fault
from .wire import Line

Apply = Callable[[], Reply]
Refuse = Callable[[Fault], Reply]
Spawn = Callable[[Coroutine[Any, Any, None]], None]

_GARBAGE = Reply(200, b'\x00\xff<<not json>>{"RequestId": ', ((b"content-type", b"application/json"),))
_HTML = b"<!DOCTYPE html><html><head><title>Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"


async def serve(call: Call, faults: Sequence[Fault], apply: Apply, refuse: Refuse, line: Line, spawn: Spawn) -> None:
    """Serve the call: ``apply`` makes the change and gives the true answer, ``refuse`` phrases an ``error`` fault."""
    await _wait(faults, "delay")
    fault = next((f for f in faults if f.kind not in DELAYS), None)
    if fault is None:
        await _answer_late(call, apply(), faults, line)
    elif fault.kind == "apply_late":
        await _apply_late(fault, apply, line, spawn)
    elif fault.kind == "drop_answer" or fault.applies_first:
        reply = apply()
        await _wait(faults, "delay_answer")
        await _spoil(call, fault, reply, refuse, line)
    else:
        await _spoil(call, fault, None, refuse, line)


async def _wait(faults: Sequence[Fault], kind: str) -> None:
    seconds = sum(fault.seconds for fault in faults if fault.kind == kind)
    if seconds > 0:
        await asyncio.sleep(seconds)


async def _answer_late(call: Call, reply: Reply, faults: Sequence[Fault], line: Line) -> None:
    await _wait(faults, "delay_answer")
    await _finish(call, reply, line)


async def _finish(call: Call, reply: Reply, line: Line) -> None:
    call.status, call.code = reply.status, reply.code
    await line.answer(reply)


async def _apply_late(fault: Fault, apply: Apply, line: Line, spawn: Spawn) -> None:
    async def later() -> None:
        await asyncio.sleep(fault.seconds)
        apply()

    spawn(later())
    if not fault.close:
        await asyncio.sleep(fault.seconds)
    await line.close()


async def _spoil(call: Call, fault: Fault, reply: Reply | None, refuse: Refuse, line: Line) -> None:
    kind = fault.kind
    if kind in ("drop_request", "drop_answer"):
        await line.close()
    elif kind == "reset":
        await line.reset()
    elif kind == "error":
        await _finish(call, refuse(fault), line)
    elif kind == "html":
        status = fault.status if fault.status != 500 else 502
        await _finish(call, Reply(status, _HTML, ((b"content-type", b"text/html"),), "(html)"), line)
    elif kind == "garbage":
        await _finish(call, Reply(_GARBAGE.status, _GARBAGE.body, _GARBAGE.headers, "(garbage)"), line)
    elif kind == "truncate":
        await line.truncate(reply or _GARBAGE)
    else:
        await line.flood(reply or _GARBAGE, fault.bytes)
