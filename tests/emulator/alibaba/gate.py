# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the gateway checks before an operation runs: signature, key, token, time, nonce, version."""

from __future__ import annotations

import calendar
import hashlib
import hmac
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from ..authorization import Claim
from ..clock import Clock
from . import signature as sign
from .answers import RefusalError
from .state import Key, State

VERSIONS = {"2014-05-26": "Ecs", "2015-04-01": "Sts"}
UNSIGNED_ACTIONS = frozenset({"AssumeRoleWithOIDC"})
WINDOW = 15 * 60
_NONCE_LIFE = 2 * WINDOW
_V1_WANTED = ("AccessKeyId", "SignatureMethod", "SignatureNonce", "SignatureVersion", "Timestamp")


@dataclass
class Request:
    """One HTTP request, taken apart. ``params`` holds those of the query and of a form body."""

    method: str
    path: str
    headers: Mapping[str, str]
    query: list[tuple[str, str]]
    params: dict[str, str]
    body: bytes
    claim: Claim | None
    action: str
    version: str
    access_key_id: str


def admit(request: Request, state: State, clock: Clock) -> Key | None:
    """Return the key that signed the request, None for an unsigned action; raise RefusalError."""
    if VERSIONS.get(request.version) is None:
        raise _refused(400, "InvalidVersion", "Specified parameter Version is not valid.")
    if request.action in UNSIGNED_ACTIONS:
        return None
    if request.claim is not None:
        return _admit_v3(request, request.claim, state, clock)
    if "Signature" in request.params:
        return _admit_v1(request, state, clock)
    raise _refused(400, "IncompleteSignature", "The request carries no signature that conforms to the standard.")


def _admit_v3(request: Request, claim: Claim, state: State, clock: Clock) -> Key:
    headers = request.headers
    if missing := sign.unsigned_headers(claim, headers):
        absent = [name for name in missing if name not in headers]
        if absent:
            raise _refused(400, f"Missing{absent[0]}", f"{absent[0]} is mandatory for this action.")
        raise _refused(400, "IncompleteSignature", f"Headers not signed: {';'.join(missing)}.")
    body_hash = hashlib.sha256(request.body).hexdigest()
    if headers["x-acs-content-sha256"] != body_hash:
        raise _refused(400, "InvalidContentSha256", "x-acs-content-sha256 does not match the body.")
    _check_time(headers["x-acs-date"], clock)
    key = _find_key(claim.access_key_id, state)
    canonical = sign.canonical_request(
        request.method, request.path, request.query, headers, claim.signed_headers, body_hash
    )
    text = sign.string_to_sign(canonical)
    if not hmac.compare_digest(sign.signature(key.secret, text), claim.signature):
        raise _mismatch(f"{text} server canonical request is:{canonical}")
    _check_token(key, headers.get("x-acs-security-token"), clock)
    _use_nonce(key, headers["x-acs-signature-nonce"], state, clock)
    return key


def _admit_v1(request: Request, state: State, clock: Clock) -> Key:
    params = request.params
    for name in _V1_WANTED:
        if not params.get(name):
            raise _refused(400, f"Missing{name}", f"{name} is mandatory for this action.")
    if params["SignatureMethod"] != "HMAC-SHA1" or params["SignatureVersion"] != "1.0":
        raise _refused(400, "InvalidParameter.SignatureMethod", "Only HMAC-SHA1, version 1.0, is known.")
    _check_time(params["Timestamp"], clock)
    key = _find_key(params["AccessKeyId"], state)
    text = sign.v1_string_to_sign(request.method, params)
    if not hmac.compare_digest(sign.v1_signature(key.secret, text), params["Signature"]):
        raise _mismatch(text)
    _check_token(key, params.get("SecurityToken"), clock)
    _use_nonce(key, params["SignatureNonce"], state, clock)
    return key


def _find_key(access_key_id: str, state: State) -> Key:
    key = state.keys.get(access_key_id)
    if key is None:
        raise _refused(404, "InvalidAccessKeyId.NotFound", "Specified access key is not found.")
    if key.inactive:
        raise _refused(400, "InvalidAccessKeyId.Inactive", "Specified access key is disabled.")
    return key


def _check_time(text: str, clock: Clock) -> None:
    moment = _parse_time(text)
    if moment is None:
        raise _refused(400, "InvalidTimeStamp.Format", "Specified time stamp or date value is not well formatted.")
    if abs(clock.now() - moment) > WINDOW:
        raise _refused(400, "InvalidTimeStamp.Expired", "Specified time stamp or date value is expired.")


@lru_cache(maxsize=256)
def _parse_time(text: str) -> int | None:
    try:
        return calendar.timegm(time.strptime(text, "%Y-%m-%dT%H:%M:%SZ"))
    except ValueError:
        return None


def _check_token(key: Key, token: str | None, clock: Clock) -> None:
    if key.security_token is None:
        if token:
            raise _token("MismatchWithAccessKey", "The security token does not belong to this access key.")
        return
    if not token:
        raise _refused(400, "MissingSecurityToken", "SecurityToken is mandatory for this action.")
    if token != key.security_token:
        raise _token("MismatchWithAccessKey", "The security token does not belong to this access key.")
    if key.expires_at is not None and clock.now() >= key.expires_at:
        raise _token("Expired", "Specified SecurityToken is expired.")


def _use_nonce(key: Key, nonce: str, state: State, clock: Clock) -> None:
    now, used = clock.real(), state.nonces
    mark = (key.access_key_id, nonce)
    if mark in used:
        raise _refused(400, "SignatureNonceUsed", "Specified signature nonce was used already.")
    used[mark] = now
    if len(used) % 1024 == 0:
        for old in [mark for mark, when in used.items() if when < now - _NONCE_LIFE]:
            del used[old]


def _mismatch(text: str) -> RefusalError:
    # The vendor shows its string-to-sign here. With the canonical query it holds every parameter, passwords too:
    # clients must not pass this message on.
    message = f"Specified signature is not matched with our calculation. server string to sign is:{text}"
    return _refused(400, "SignatureDoesNotMatch", message)


def _token(kind: str, message: str) -> RefusalError:
    return _refused(400, f"InvalidSecurityToken.{kind}", message)


def _refused(status: int, code: str, message: str) -> RefusalError:
    return RefusalError(status, code, message, by_gateway=True)
