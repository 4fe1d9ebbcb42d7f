# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The server's side of SDK-HMAC-SHA256, written from the description alone. Pure functions."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from urllib.parse import quote, unquote

from ..authorization import Claim
from ..authorization import read_claim as read_header

ALGORITHM = "SDK-HMAC-SHA256"
UNSIGNED = "UNSIGNED-PAYLOAD"
Pairs = Sequence[tuple[str, str]]


def read_claim(authorization: str) -> Claim | None:
    """None when the header is not of this form."""
    return read_header(authorization, ALGORITHM, "Access")


def canonical_path(raw_path: str) -> str:
    """Encode each part anew; with a slash at the end, which the request itself has not."""
    path = "/".join(quote(part, safe="~") for part in unquote(raw_path).split("/"))
    return path if path.endswith("/") else f"{path}/"


def canonical_query(pairs: Pairs) -> str:
    return "&".join(f"{quote(name, safe='~')}={quote(value, safe='~')}" for name, value in sorted(pairs))


def body_hash(body: bytes, headers: Mapping[str, str]) -> str:
    """Of a body that a client may leave unsigned (no JSON), the word it sends in place of the hash."""
    if headers.get("x-sdk-content-sha256") == UNSIGNED:
        return UNSIGNED
    return hashlib.sha256(body).hexdigest()


def canonical_request(
    method: str, raw_path: str, query: Pairs, headers: Mapping[str, str], signed_headers: Sequence[str], digest: str
) -> str:
    names = sorted(name.lower() for name in signed_headers)
    lines = "".join(f"{name}:{headers.get(name, '').strip()}\n" for name in names)
    return "\n".join((method, canonical_path(raw_path), canonical_query(query), lines, ";".join(names), digest))


def string_to_sign(date: str, request: str) -> str:
    return f"{ALGORITHM}\n{date}\n{hashlib.sha256(request.encode()).hexdigest()}"


def signature(secret: str, text: str) -> str:
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()
