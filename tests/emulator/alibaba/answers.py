# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Alibaba's shapes of success and of refusal."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from urllib.parse import quote

from ..call import Headers, Reply

_JSON = (b"content-type", b"application/json;charset=utf-8")


class RefusalError(Exception):
    """A documented error answer. ``by_gateway`` marks those that never reach the product behind the gateway."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        by_gateway: bool = False,
        retry_after_ms: int | None = None,
        detail: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.message = message
        self.by_gateway = by_gateway
        self.retry_after_ms = retry_after_ms
        self.detail = detail


def new_request_id() -> str:
    return str(uuid.uuid4()).upper()


def success(request_id: str, payload: Mapping[str, object]) -> Reply:
    return Reply(200, _encode({"RequestId": request_id, **payload}), _headers(request_id))


def refusal(request_id: str, host: str, problem: RefusalError, product: str = "Ecs") -> Reply:
    payload: dict[str, object] = {
        "RequestId": request_id,
        "HostId": host,
        "Code": problem.code,
        "Message": problem.message,
        "Recommend": _recommend(problem, product, request_id),
    }
    if problem.detail:
        payload["AccessDeniedDetail"] = problem.detail
    headers = _headers(request_id)
    if problem.retry_after_ms is not None:
        headers += ((b"x-acs-retry-after", b"%d" % problem.retry_after_ms),)
    return Reply(problem.status, _encode(payload), headers, problem.code)


def _recommend(problem: RefusalError, product: str, request_id: str) -> str:
    source = "&source=PopGw" if problem.by_gateway else ""
    return (
        f"https://api.aliyun.com/troubleshoot?q={quote(problem.code)}&product={product}&requestId={request_id}{source}"
    )


def _headers(request_id: str) -> Headers:
    return (_JSON, (b"x-acs-request-id", request_id.encode()))


def _encode(payload: Mapping[str, object]) -> bytes:
    return json.dumps(payload, separators=(",", ":"), ensure_ascii=False).encode()
