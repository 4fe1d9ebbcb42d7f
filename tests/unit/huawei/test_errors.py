# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every body shape and every code that the client tells apart."""

from __future__ import annotations

import email.utils
import time
import typing as t

import pytest
from ansible_collections.cloudops.console.plugins.module_utils._errors import (
    AuthenticationError,
    ConsoleError,
    NotFound,
    PermissionDenied,
    Throttled,
    UnexpectedAnswer,
    WrongState,
)
from ansible_collections.cloudops.console.plugins.module_utils._huawei.errors import error_of, unreadable
from ansible_collections.cloudops.console.plugins.module_utils._huawei.models import Refusal, refusal_of

from tests.unit.scripted_client import answer


def error(status: int, body: dict[str, t.Any], **headers: str) -> ConsoleError:
    refusal = refusal_of(body, status)
    assert refusal is not None
    return error_of(answer(status, body, **headers), refusal, permission="ecs:x", secrets=("s3cret", "t0ken"))


@pytest.mark.parametrize(
    ("status", "body", "wanted"),
    [
        (404, {"error": {"code": "Ecs.0114", "message": "m"}}, Refusal("Ecs.0114", "m")),
        (
            400,
            {"internalError": [{"id": "1", "error_code": "Ecs.1000", "error_message": "m"}]},
            Refusal("Ecs.1000", "m"),
        ),
        (401, {"error_msg": "m", "error_code": "APIGW.0301", "request_id": "r"}, Refusal("APIGW.0301", "m", "r")),
        (404, {"itemNotFound": {"code": 404, "message": "m"}}, Refusal("itemNotFound", "m")),
        (401, {"error": {"code": 401, "message": "m", "title": "Unauthorized"}}, Refusal("Unauthorized", "m")),
        (401, {"error": {"code": 401, "message": "m"}}, Refusal("401", "m")),
        (403, {"code": "Pdp.0001", "message": "m", "encoded_authorization_message": "x"}, Refusal("Pdp.0001", "m")),
        (400, {"errorCode": "Ecs.0000", "errorMsg": "m"}, Refusal("Ecs.0000", "m")),
        (202, {"code": "Common.0024", "message": "m"}, Refusal("Common.0024", "m")),
        (202, {"error": {"code": "Common.0024", "message": "m"}}, Refusal("Common.0024", "m")),
        (500, {"nothing": "known"}, Refusal()),
        (400, {"error": [], "code": ""}, Refusal()),
        (200, {"remote_console": {"type": "novnc", "code": "x"}}, None),
        (200, {"servers": [{"code": "x"}]}, None),
    ],
)
def test_four_shapes(status: int, body: dict[str, t.Any], wanted: Refusal | None) -> None:
    assert refusal_of(body, status) == wanted


@pytest.mark.parametrize(
    ("status", "code", "kind", "retryable"),
    [
        (404, "Ecs.0114", NotFound, False),
        (404, "Ecs.0614", NotFound, False),
        (404, "APIGW.0101", ConsoleError, False),
        (400, "Ecs.0100", WrongState, False),
        (400, "Ecs.0030", WrongState, False),
        (400, "Ecs.0000", ConsoleError, False),
        (400, "Ecs.0005", ConsoleError, False),
        (401, "APIGW.0301", AuthenticationError, False),
        (401, "APIG.0301", AuthenticationError, False),
        (401, "APIGW.0307", AuthenticationError, False),
        (401, "Common.0013", AuthenticationError, False),
        (400, "Ecs.0023", AuthenticationError, False),
        (400, "Common.0018", AuthenticationError, False),
        (403, "Ecs.0003", PermissionDenied, False),
        (403, "Ecs.0110", PermissionDenied, False),
        (403, "Pdp.0001", PermissionDenied, False),
        (403, "APIGW.0302", PermissionDenied, False),
        (403, "APIGW.0802", PermissionDenied, False),
        (403, "Some.9999", PermissionDenied, False),
        (429, "APIGW.0308", Throttled, True),
        (429, "Common.1503", Throttled, True),
        (202, "Common.0024", Throttled, True),
        (500, "Common.0001", UnexpectedAnswer, True),
        *((400, f"Ecs.{number}", UnexpectedAnswer, True) for number in ("0002", "0004", "1000", "1001", "1002")),
        (502, "APIGW.0201", UnexpectedAnswer, True),
        (503, "APIGW.0613", UnexpectedAnswer, True),
        (500, "Some.9999", UnexpectedAnswer, True),
        (400, "Some.9999", ConsoleError, False),
    ],
)
def test_codes(status: int, code: str, kind: type[ConsoleError], retryable: bool) -> None:
    found = error(status, {"error_code": code, "error_msg": "The reason."}, x_request_id="rid")
    assert found.__class__ is kind
    assert (found.code, found.status, found.request_id, found.retryable) == (code, status, "rid", retryable)


# As the gateway writes it: the request that it signed, with ``|`` for the ends of lines.
ECHO = (
    "Incorrect IAM authentication information: verify aksk signature fail, canonicalRequest:GET|/v1/p/||"
    "host:h|x-project-id:13c67a21|x-sdk-date:20251210T080910Z|x-security-token:t0ken-long|,"
    "Authorization:SDK-HMAC-SHA256 Access=QTWAOYTT, SignedHeaders=host, Signature=ede48c"
)


@pytest.mark.parametrize(
    ("message", "said"),
    [
        (ECHO, "the signature was not accepted"),
        ("Get secretKey failed,ak:QTWAOYTT,err:ak not exist", "the access key is not known"),
        ("decrypt token fail", "the security token was not accepted"),
        ("token expires, expires_at: 2026", "the security token has expired"),
        ("AK access failed to reach the limit,forbidden", "locked"),
        ("x-auth-token not found", "the signature was not accepted"),
    ],
)
def test_echoing_messages_are_never_shown(message: str, said: str) -> None:
    found = error(401, {"error_msg": message, "error_code": "APIGW.0301", "request_id": "rid"})
    assert said in str(found).lower()
    assert found.request_id == "rid"
    for part in ("QTWAOYTT", "13c67a21", "t0ken", "Signature=", "ede48c", "SDK-HMAC"):
        assert part not in str(found.failure)


def test_clock() -> None:
    date = email.utils.formatdate(time.time() + 1200, usegmt=True)
    assert "seconds behind" in str(error(401, {"error_code": "APIGW.0301", "error_msg": ECHO}, date=date))


def test_other_messages_are_scrubbed_and_permissions_named() -> None:
    found = error(403, {"error": {"code": "Ecs.0110", "message": "no s3cret\nfor t0ken"}})
    assert "s3cret" not in str(found)
    assert "t0ken" not in str(found)
    assert "Grant the permission ecs:x" in found.advice


@pytest.mark.parametrize(
    ("status", "kind"), [(429, Throttled), (502, UnexpectedAnswer), (504, UnexpectedAnswer), (302, UnexpectedAnswer)]
)
def test_pages_of_proxies(status: int, kind: type[ConsoleError]) -> None:
    found = unreadable(answer(status, b"<html>"))
    assert found.__class__ is kind
    assert found.retryable is (status != 302)
    assert unreadable(answer(404, b"<html>")) is None
