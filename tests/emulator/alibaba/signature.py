# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The server's side of Alibaba Cloud's signatures, written from the documentation alone.

Pure functions: V3 is ACS3-HMAC-SHA256, V1 is HMAC-SHA1 over the sorted parameters.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from urllib.parse import quote

from ..authorization import Claim
from ..authorization import read_claim as read_header

ALGORITHM = "ACS3-HMAC-SHA256"
ALWAYS_SIGNED = ("host", "x-acs-action", "x-acs-content-sha256", "x-acs-date", "x-acs-signature-nonce", "x-acs-version")
Pairs = Sequence[tuple[str, str]]


def read_claim(authorization: str) -> Claim | None:
    """None when the header is not of this form."""
    return read_header(authorization, ALGORITHM, "Credential")


def unsigned_headers(claim: Claim, headers: Mapping[str, str]) -> list[str]:
    """Headers that must be present and signed but are not: the fixed ones, content-type, and every x-acs-* sent."""
    wanted = set(ALWAYS_SIGNED)
    wanted.update(name for name in headers if name.startswith("x-acs-") or name == "content-type")
    signed = set(claim.signed_headers)
    return sorted(name for name in wanted if name not in headers or name not in signed)


def percent_encode(text: str) -> str:
    return quote(text, safe="~")


def canonical_query(pairs: Pairs) -> str:
    return "&".join(f"{percent_encode(name)}={percent_encode(value)}" for name, value in sorted(pairs))


def canonical_request(
    method: str, path: str, query: Pairs, headers: Mapping[str, str], signed_headers: Sequence[str], body_hash: str
) -> str:
    names = sorted(signed_headers)
    lines = "".join(f"{name}:{headers.get(name, '').strip()}\n" for name in names)
    return "\n".join((method, path or "/", canonical_query(query), lines, ";".join(names), body_hash))


def string_to_sign(request: str) -> str:
    return f"{ALGORITHM}\n{hashlib.sha256(request.encode()).hexdigest()}"


def signature(secret: str, text: str) -> str:
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def v1_string_to_sign(method: str, params: Mapping[str, str]) -> str:
    pairs = [(name, value) for name, value in params.items() if name != "Signature"]
    return f"{method}&%2F&{percent_encode(canonical_query(pairs))}"


def v1_signature(secret: str, text: str) -> str:
    digest = hmac.new(f"{secret}&".encode(), text.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()
