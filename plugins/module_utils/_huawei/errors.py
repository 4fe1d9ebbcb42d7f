# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""From the codes of Huawei Cloud to our errors.

The HTTP status decides little here: throttling also comes as 202, a passing fault as 400. Source of the codes: the
error codes of ECS in its API reference, and those of the API gateway in the guide to signing (devg-apisign).
"""

from __future__ import annotations

import typing as t

from ansible_collections.cloudops.console.plugins.module_utils._errors import (
    AuthenticationError,
    ConsoleError,
    NotFound,
    PermissionDenied,
    Throttled,
    TimedOut,
    UnexpectedAnswer,
    WrongState,
)
from ansible_collections.cloudops.console.plugins.module_utils._http import Response
from ansible_collections.cloudops.console.plugins.module_utils._huawei.facts import UNKNOWN_SERVER
from ansible_collections.cloudops.console.plugins.module_utils._huawei.models import Refusal
from ansible_collections.cloudops.console.plugins.module_utils._redact import scrub

_KINDS: dict[type[ConsoleError], frozenset[str]] = {
    NotFound: UNKNOWN_SERVER,
    WrongState: frozenset({"Ecs.0100", "Ecs.0030", "conflictingRequest"}),
    AuthenticationError: frozenset(
        {
            "APIGW.0301",
            "APIGW.0303",
            "APIGW.0305",
            "APIGW.0307",
            "Common.0013",
            "Common.0018",
            "Ecs.0023",
            "Unauthorized",
        }
    ),
    PermissionDenied: frozenset(
        {
            "APIGW.0302",
            "APIGW.0306",
            "APIGW.0310",
            "APIGW.0802",
            "Ecs.0003",
            "Ecs.0110",
            "Pdp.0001",
            "Forbidden",
            "forbidden",
        }
    ),
    Throttled: frozenset({"APIGW.0308", "Common.0024", "Common.1503"}),
}
# The service or its gateway has a fault that passes, whatever the status says.
_PASSING = frozenset(
    {
        "APIGW.0201",
        "APIGW.0202",
        "APIGW.0203",
        "APIGW.0610",
        "APIGW.0613",
        "Common.0001",
        "Ecs.0002",
        "Ecs.0004",
        "Ecs.1000",
        "Ecs.1001",
        "Ecs.1002",
    }
)
# Where no code is known, the status says as much as this.
_STATUSES: dict[int, type[ConsoleError]] = {401: AuthenticationError, 403: PermissionDenied, 409: WrongState}

# Their messages quote the request that was signed, with the key, the project and the security token: what they mean is
# told by words that are looked for, and nothing of them is shown.
_ECHOING = frozenset({"APIGW.0301", "APIGW.0303", "APIGW.0305", "APIGW.0307"})
_MEANINGS: tuple[tuple[str, str, str], ...] = (
    (
        "reach the limit",
        "the access key is locked after too many refused signatures",
        "Wait five minutes, correct the key, and try once.",
    ),
    (
        "ak not exist",
        "the access key is not known",
        "Check O(access_key_id): it may be deleted, disabled or of another site.",
    ),
    (
        "decrypt token fail",
        "the security token was not accepted",
        "Get new temporary credentials: key and token belong together.",
    ),
    ("token expires", "the security token has expired", "Get new temporary credentials."),
    ("must be updated", "the security token has expired", "Get new temporary credentials."),
    (
        "",
        "the signature was not accepted",
        (
            "Check O(access_key_secret), O(security_token) and this machine's clock, which may be off by 15 minutes at "
            "most. It is not tried again, because five refused signatures lock a key for five minutes."
        ),
    ),
)
_NOT_SEEN = "Check O(instance_id), O(region) and O(project_id): servers of another region or project are invisible."
_NOT_ITS_PROJECT = (
    "Set O(project_id) to the project of this region that the key may use, or leave it out to discover it."
)
_ADVICE: dict[str, str] = {
    "Ecs.0114": _NOT_SEEN,
    "Ecs.0614": _NOT_SEEN,
    "itemNotFound": _NOT_SEEN,
    "APIGW.0101": "Check O(region) and O(endpoint): this gateway does not have the API.",
    "Ecs.0100": "Bring the server into the state ACTIVE and try again.",
    "Ecs.0030": "The server is frozen: see the account's bills or the server's events in the ECS console.",
    "Ecs.0023": _NOT_ITS_PROJECT,
    "Common.0018": _NOT_ITS_PROJECT,
    "Common.0013": "Get new temporary credentials.",
}
# Seconds; the vendor's advice is 2 to 5, and it sends no header.
_THROTTLE_PAUSE = 2.0


def normal_code(code: str) -> str:
    """Return code as the tables spell it: dedicated gateways say APIG where the shared one says APIGW."""
    return f"APIGW.{code.removeprefix('APIG.')}" if code.startswith("APIG.") else code


def error_of(response: Response, refusal: Refusal, *, permission: str, secrets: t.Iterable[str]) -> ConsoleError:
    """Return the error that a refusing answer means.

    :param permission: the action that the call needs, for the advice.
    :param secrets: values that the message could echo.
    """
    hidden = tuple(secrets)
    code = normal_code(refusal.code)
    parts: dict[str, t.Any] = {
        "code": scrub(refusal.code, hidden) or None,
        "request_id": scrub(response.headers.get("x-request-id", "") or refusal.request_id, hidden) or None,
        "status": response.status,
    }
    reason = scrub(refusal.message, hidden).rstrip(".") or f"the call was refused with HTTP status {response.status}"
    kind = _kind_of(code, response.status)
    if kind is Throttled:
        return _throttled(response, reason, parts)
    if "InstanceInvalidState" in refusal.message:
        return WrongState(
            "the server is being migrated or deleted, or is in another state without a console",
            advice="Wait until it is ACTIVE and has no task, and try again.",
            **parts,
        )
    if "MessagingTimeout" in refusal.message:
        return TimedOut(
            "the compute host of the server does not answer",
            advice="The server may still read ACTIVE. Give the vendor's support the request id.",
            **parts,
        )
    if kind is UnexpectedAnswer:
        return UnexpectedAnswer(
            reason,
            retryable=True,
            ambiguous=True,
            advice="The service has a fault: run it again later; the vendor's support asks for the request id.",
            **parts,
        )
    advice = _ADVICE.get(code, "")
    if kind is PermissionDenied:
        advice = f"Grant the permission {permission}; an account in arrears gets the same answer."
    if kind is AuthenticationError and (code in _ECHOING or not advice):
        _words, reason, advice = next(meaning for meaning in _MEANINGS if meaning[0] in refusal.message)
        reason += response.clock_difference(from_seconds=60)
    return kind(reason, advice=advice, **parts)


def unreadable(response: Response) -> ConsoleError | None:
    """Return the error of an answer whose status says enough, so that its body (often a proxy's page) is not read."""
    if response.status == 429:
        return _throttled(response, "the gateway asks to slow down", {"status": response.status})
    if response.status in (500, 502, 503, 504):
        return UnexpectedAnswer(
            f"the service or a proxy before it answered with HTTP status {response.status}",
            advice="Run it again later.",
            status=response.status,
            retryable=True,
            ambiguous=True,
        )
    if 300 <= response.status < 400:
        return UnexpectedAnswer(
            f"the endpoint answered with HTTP status {response.status}, a redirection, which is not followed",
            advice="Check O(endpoint): it is another service or a login page.",
            status=response.status,
        )
    return None


def _kind_of(code: str, status: int) -> type[ConsoleError]:
    for kind, codes in _KINDS.items():
        if code in codes:
            return kind
    if status == 429:
        return Throttled
    if code in _PASSING or status >= 500:
        return UnexpectedAnswer
    return _STATUSES.get(status, ConsoleError)


def _throttled(response: Response, reason: str, parts: dict[str, t.Any]) -> Throttled:
    text = response.headers.get("retry-after", "")
    return Throttled(
        reason,
        retryable=True,
        retry_after=float(text) if text.isdecimal() and len(text) < 6 else _THROTTLE_PAUSE,
        advice="Lower the number of calls at once, or ask for a higher quota.",
        **parts,
    )
