# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers in the server's form."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence

from ..call import Reply

_JSON = ((b"content-type", b"application/json"), (b"cache-control", b"no-store"))
EMPTY = Reply(204, b"", _JSON[1:])


class RefusalError(Exception):
    """The call is refused with these errors."""

    def __init__(self, status: int, *errors: str) -> None:
        super().__init__(*errors)
        self.status = status
        self.errors = errors


def found(data: object = None, *, status: int = 200, auth: object = None) -> Reply:
    body = {
        "request_id": str(uuid.uuid4()),
        "lease_id": "",
        "renewable": False,
        "lease_duration": 0,
        "data": data,
        "wrap_info": None,
        "warnings": None,
        "auth": auth,
    }
    return Reply(status, json.dumps(body).encode(), _JSON, "" if status == 200 else str(status))


def refused(status: int, errors: Sequence[str], retry_after: int | None = None) -> Reply:
    headers = _JSON if retry_after is None else (*_JSON, (b"retry-after", str(retry_after).encode()))
    return Reply(status, json.dumps({"errors": list(errors)}).encode() + b"\n", headers, str(status))


def nothing_there() -> RefusalError:
    return RefusalError(404)


def no_route(path: str) -> RefusalError:
    return RefusalError(404, f'no handler for route "{path}". route entry not found.')


def denied() -> RefusalError:
    return RefusalError(403, "1 error occurred:\n\t* permission denied\n\n")


def bad_token() -> RefusalError:
    """As OpenBao says it; HashiCorp Vault lists "invalid token" beside it."""
    return RefusalError(403, "permission denied")


def unsupported() -> RefusalError:
    return RefusalError(405, "1 error occurred:\n\t* unsupported operation\n\n")
