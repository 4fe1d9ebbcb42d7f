# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""OpenStack's shapes of success and refusal; ``phrases.json`` has the words of a real Keystone and Nova."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from pathlib import Path
from string import Template
from typing import Any

from ..call import Headers, Reply

_PHRASES: dict[str, dict[str, Any]] = json.loads(Path(__file__).with_name("phrases.json").read_text(encoding="utf-8"))
_JSON = (b"content-type", b"application/json")
_JSON_ERROR = (b"content-type", b"application/json; charset=UTF-8")
_HTML = (b"content-type", b"text/html; charset=UTF-8")
_NAMES = {
    400: "badRequest",
    401: "unauthorized",
    403: "forbidden",
    404: "itemNotFound",
    409: "conflictingRequest",
    413: "overLimit",
    429: "overLimit",
    501: "notImplemented",
    503: "serviceUnavailable",
}


class RefusalError(Exception):
    """An error answer: a phrase of ``phrases.json`` with its variables filled in."""

    def __init__(self, phrase: str, **words: str) -> None:
        super().__init__(phrase)
        data = dict(_PHRASES[phrase])
        self.status: int = data.pop("status")
        self.name: str = data.pop("name")
        message = Template(data.pop("message")).substitute(words)
        self.detail: dict[str, Any] = {"code": self.status, **data, "message": message}

    @staticmethod
    def of(status: int, message: str) -> RefusalError:
        """Any other refusal of Nova."""
        problem = RefusalError("bad_request", reason=message)
        problem.status, problem.name = status, _NAMES.get(status, "computeFault")
        problem.detail["code"] = status
        return problem


def new_request_id() -> str:
    return f"req-{uuid.uuid4()}"


def identity_headers(request_id: str) -> Headers:
    return ((b"vary", b"X-Auth-Token"), (b"x-openstack-request-id", request_id.encode()))


def compute_headers(request_id: str, version: str | None) -> Headers:
    """``version`` None: the answer comes from before Nova has read the microversion."""
    ids: Headers = ((b"x-openstack-request-id", request_id.encode()), (b"x-compute-request-id", request_id.encode()))
    if version is None:
        return ids
    text = version.encode("latin-1", "replace")
    return (
        (b"openstack-api-version", b"compute " + text),
        (b"x-openstack-nova-api-version", text),
        (b"vary", b"OpenStack-API-Version"),
        (b"vary", b"X-OpenStack-Nova-API-Version"),
        *ids,
    )


def ask_for_token(base: str) -> Headers:
    return ((b"www-authenticate", f'Keystone uri="{base}/identity/v3"'.encode()),)


def success(payload: Mapping[str, object], headers: Headers, status: int = 200) -> Reply:
    return Reply(status, json.dumps(payload).encode(), (_JSON, *headers))


def empty(headers: Headers, status: int = 204) -> Reply:
    return Reply(status, b"", headers)


def refusal(problem: RefusalError, headers: Headers) -> Reply:
    """The code that counters show is Nova's name of the error, or Keystone's title."""
    body = json.dumps({problem.name: problem.detail}).encode()
    kind = _JSON if problem.name == "error" else _JSON_ERROR
    code = str(problem.detail.get("title", problem.name))
    return Reply(problem.status, body, (kind, *headers), code)


def page(status: int, title: str, text: str, headers: Headers) -> Reply:
    """An HTML page, as for a path or method that leads nowhere, or from a proxy before the service."""
    body = (
        f"<html>\n <head>\n  <title>{status} {title}</title>\n </head>\n <body>\n  <h1>{status} {title}</h1>\n"
        f"  {text}<br /><br />\n\n\n\n </body>\n</html>"
    )
    return Reply(status, body.encode(), (_HTML, *headers), "(html)")
