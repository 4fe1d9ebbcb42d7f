# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The server's side of SDK-HMAC-SHA256, written from the description alone. Pure functions."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote, unquote

ALGORITHM = "SDK-HMAC-SHA256"
UNSIGNED = "UNSIGNED-PAYLOAD"
Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Claim:
    """The parts of an Authorization header."""

    access_key_id: str
    signed_headers: tuple[str, ...]
    signature: str


def read_claim(authorization: str) -> Claim | None:
    """None when the header is not of the form ``SDK-HMAC-SHA256 Access=…, SignedHeaders=…, Signature=…``."""
    algorithm, _blank, rest = authorization.partition(" ")
    if algorithm != ALGORITHM:
        return None
    parts = dict(part.strip().partition("=")[::2] for part in rest.split(","))
    if not all(parts.get(name) for name in ("Access", "SignedHeaders", "Signature")):
        return None
    return Claim(parts["Access"], tuple(parts["SignedHeaders"].split(";")), parts["Signature"])


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
