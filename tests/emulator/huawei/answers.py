# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Huawei's shape of success and its many shapes of refusal."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping
from http import HTTPStatus

from ..call import Headers, Reply

_JSON = (b"content-type", b"application/json;charset=utf-8")
_NOVA_NAMES = {
    400: "badRequest",
    403: "forbidden",
    404: "itemNotFound",
    406: "computeFault",
    409: "conflictingRequest",
    500: "computeFault",
    503: "serviceUnavailable",
}


class RefusalError(Exception):
    """An error answer. ``shape`` is a key of SHAPES; empty: the one that answers with this code usually have."""

    def __init__(
        self, status: int, code: str, message: str, *, shape: str = "", encoded_message: str = "", headers: Headers = ()
    ) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.message = message
        self.shape = shape or _usual_shape(code)
        self.encoded_message = encoded_message
        self.headers = headers


Shape = Callable[[RefusalError, str], dict[str, object]]


def _ecs(problem: RefusalError, _request_id: str) -> dict[str, object]:
    return {"error": {"code": problem.code, "message": problem.message}}


def _internal(problem: RefusalError, request_id: str) -> dict[str, object]:
    inner = {"id": "1", "error_code": problem.code, "error_message": problem.message}
    return {**_ecs(problem, request_id), "internalError": [inner]}


def _gateway(problem: RefusalError, request_id: str) -> dict[str, object]:
    return {"error_msg": problem.message, "error_code": problem.code, "request_id": request_id}


def _nova(problem: RefusalError, _request_id: str) -> dict[str, object]:
    name = _NOVA_NAMES.get(problem.status, "computeFault")
    return {name: {"code": problem.status, "message": problem.message}}


def _iam(problem: RefusalError, _request_id: str) -> dict[str, object]:
    """The code is a number here."""
    title = HTTPStatus(problem.status).phrase
    return {"error": {"code": problem.status, "message": problem.message, "title": title}}


def _flat(problem: RefusalError, _request_id: str) -> dict[str, object]:
    return {"code": problem.code, "message": problem.message}


def _camel(problem: RefusalError, _request_id: str) -> dict[str, object]:
    return {"errorCode": problem.code, "errorMsg": problem.message}


SHAPES: Mapping[str, Shape] = {
    "ecs": _ecs,
    "internal": _internal,
    "gateway": _gateway,
    "nova": _nova,
    "iam": _iam,
    "flat": _flat,
    "camel": _camel,
}


def _usual_shape(code: str) -> str:
    return "gateway" if code.startswith(("APIGW.", "APIG.", "Pdp.")) else "ecs"


def nova_refusal(status: int, message: str) -> RefusalError:
    return RefusalError(status, _NOVA_NAMES.get(status, "computeFault"), message, shape="nova")


def new_request_id() -> str:
    return secrets.token_hex(16)


def success(request_id: str, payload: Mapping[str, object], status: int = 200, headers: Headers = ()) -> Reply:
    body = _encode(payload) if status != 204 else b""
    return Reply(status, body, (*_headers(request_id), *headers))


def refusal(request_id: str, problem: RefusalError) -> Reply:
    payload = SHAPES[problem.shape](problem, request_id)
    if problem.encoded_message:
        payload["encoded_authorization_message"] = problem.encoded_message
    return Reply(problem.status, _encode(payload), (*_headers(request_id), *problem.headers), problem.code)


def _headers(request_id: str) -> Headers:
    return (_JSON, (b"x-request-id", request_id.encode()))


def _encode(payload: Mapping[str, object]) -> bytes:
    return json.dumps(payload, separators=(",", ":"), ensure_ascii=False).encode()
