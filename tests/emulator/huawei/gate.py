# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the API gateway checks before an operation runs: signature or token, time, key, lock."""

from __future__ import annotations

import calendar
import hmac
import time
from functools import lru_cache

from ..authorization import Claim
from ..clock import Clock
from ..exchange import Request
from . import signature as sign
from .answers import RefusalError
from .state import Identity, Key, State

WINDOW = 15 * 60
FAILURES = 5
LOCKED = 5 * 60
_ALWAYS_SIGNED = ("host", "x-sdk-date")


def admit(request: Request, state: State, clock: Clock) -> Identity:
    """Return the caller; raise RefusalError."""
    authorization = request.headers.get("authorization")
    if authorization is not None:
        claim = sign.read_claim(authorization)
        if claim is None:
            raise _wrong("Incorrect authorization format", code="APIGW.0303")
        return _admit_key(request, claim, state, clock)
    return _admit_token(request, state, clock)


def _admit_token(request: Request, state: State, clock: Clock) -> Identity:
    text = request.headers.get("x-auth-token")
    if not text:
        raise _wrong("x-auth-token not found")
    token = state.tokens.get(text)
    if token is None:
        raise _wrong("decrypt token fail")
    if token.revoked or clock.now() >= token.expires_at:
        raise RefusalError(401, "APIGW.0307", "The token must be updated.")
    return Identity(token.user.name, token.user.account_id, token.project_id, token.user.denied)


def _admit_key(request: Request, claim: Claim, state: State, clock: Clock) -> Identity:
    key = state.keys.get(claim.access_key_id)
    if key is None:
        raise _wrong(f"Get secretKey failed,ak:{claim.access_key_id},err:ak not exist")
    if clock.now() < key.locked_until:
        raise _wrong("AK access failed to reach the limit,forbidden")
    if key.inactive:
        raise _wrong(f"Get secretKey failed,ak:{key.access_key_id},err:ak is inactive")
    _check_time(request.headers.get("x-sdk-date", ""), clock)
    _check_signature(request, claim, key, clock)
    _check_security_token(key, request.headers.get("x-security-token"), clock)
    return Identity(key.access_key_id, key.account_id, request.headers.get("x-project-id"), key.denied)


def _check_signature(request: Request, claim: Claim, key: Key, clock: Clock) -> None:
    digest = sign.body_hash(request.body, request.headers)
    canonical = sign.canonical_request(
        request.method, request.raw_path, request.query, request.headers, claim.signed_headers, digest
    )
    text = sign.string_to_sign(request.headers["x-sdk-date"], canonical)
    complete = all(name in claim.signed_headers for name in _ALWAYS_SIGNED)
    if complete and hmac.compare_digest(sign.signature(key.secret, text), claim.signature):
        key.failures = 0
        return
    key.failures += 1
    if key.failures >= FAILURES:
        key.failures, key.locked_until = 0, clock.now() + LOCKED
    # The vendor shows what it signed, headers and security token among it: clients must not pass this message on.
    shown = canonical.replace("\n", "|")
    raise _wrong(
        f"verify aksk signature fail, canonicalRequest:{shown}, Authorization: {request.headers['authorization']}"
    )


def _check_time(text: str, clock: Clock) -> None:
    moment = _parse_time(text)
    if moment is None:
        raise _wrong("x-sdk-date is missing or not of the form YYYYMMDDTHHMMSSZ")
    if abs(clock.now() - moment) > WINDOW:
        raise _wrong(f"signature expired, x-sdk-date: {text}")


@lru_cache(maxsize=256)
def _parse_time(text: str) -> int | None:
    try:
        return calendar.timegm(time.strptime(text, "%Y%m%dT%H%M%SZ"))
    except ValueError:
        return None


def _check_security_token(key: Key, token: str | None, clock: Clock) -> None:
    if (key.security_token or "") != (token or ""):
        raise _wrong("verify security token fail")
    if key.expires_at is not None and clock.now() >= key.expires_at:
        raise _wrong(f"token expires, expires_at: {time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(key.expires_at))}")


def _wrong(reason: str, code: str = "APIGW.0301") -> RefusalError:
    return RefusalError(401, code, f"Incorrect IAM authentication information: {reason}")
