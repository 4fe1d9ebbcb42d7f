# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""From the codes of Alibaba Cloud to our errors.

The HTTP status decides little here: throttling is a 400, an unknown access key a 404 or a 400. Source of the codes: the
error tables of each operation, https://www.alibabacloud.com/help/en/ecs/developer-reference/api-ecs-2014-05-26-overview.
"""

from __future__ import annotations

import typing as t

from ansible_collections.cloudops.console.plugins.module_utils._errors import (
    AuthenticationError,
    ConsoleError,
    NotFound,
    PermissionDenied,
    Throttled,
    UnexpectedAnswer,
    WrongState,
)
from ansible_collections.cloudops.console.plugins.module_utils._http import Response
from ansible_collections.cloudops.console.plugins.module_utils._redact import scrub

# Beginnings of codes, the first that fits decides.
_CLASSES: tuple[tuple[str, type[ConsoleError]], ...] = (
    ("InvalidAccessKeyId", AuthenticationError),
    ("InvalidSecurityToken", AuthenticationError),
    ("MissingSecurityToken", AuthenticationError),
    ("SignatureDoesNotMatch", AuthenticationError),
    ("IncompleteSignature", AuthenticationError),
    ("InvalidTimeStamp", AuthenticationError),
    ("SignatureNonceUsed", AuthenticationError),
    ("Forbidden", PermissionDenied),
    ("NoPermission", PermissionDenied),
    ("UnauthorizedOperation", PermissionDenied),
    ("InvalidInstanceId.NotFound", NotFound),
    ("InvalidRegionId.NotFound", NotFound),
    ("InvalidRegionInstance", NotFound),
    ("InvalidSessionId.NotFound", NotFound),
    ("NoSuchResource", NotFound),
    ("IncorrectInstanceStatus", WrongState),
    ("InstanceNotReady", WrongState),
    ("InstanceLockedForSecurity", WrongState),
    ("InstanceExpiredOrInArrears", WrongState),
    ("DiskError", WrongState),
    ("InvalidInstance.", WrongState),
    ("UserBehavior.SessionManagerDisabled", WrongState),
    ("InvalidOperation.SecurityGroupRuleDenied", WrongState),
    ("IdempotentProcessing", WrongState),
)
# The state or the nonce is another one at the next try.
_PASSING = ("InstanceNotReady", "SignatureNonceUsed", "IdempotentProcessing")
# Their messages quote the request that was signed, with its query.
_ECHOING = ("SignatureDoesNotMatch", "IncompleteSignature")

_ADVICE: tuple[tuple[str, str], ...] = (
    (
        "InvalidAccessKeyId",
        "Check O(access_key_id), the environment or the profile: the key may be deleted, disabled or of another site.",
    ),
    (
        "InvalidSecurityToken",
        "Get new temporary credentials: the security token has expired or belongs to another key.",
    ),
    ("MissingSecurityToken", "These are temporary credentials: give O(security_token) as well."),
    (
        "SignatureDoesNotMatch",
        "Check that O(access_key_secret) belongs to this O(access_key_id), with no leading or trailing spaces.",
    ),
    ("InvalidTimeStamp", "Set this machine's clock: it may differ from the cloud's by at most 15 minutes."),
    (
        "InvalidOperation.NotSupportedEndpoint",
        (
            "Region and endpoint do not belong together: leave O(endpoint) out, or "
            "set it to the region's own, for example https://ecs.cn-hangzhou.aliyuncs.com for cn-hangzhou."
        ),
    ),
    ("RegionId.ApiNotSupported", "Check O(region) and O(endpoint): the service has no such operation in this region."),
    (
        "InvalidRegionId.NotFound",
        "Check the spelling of O(region), and that O(endpoint), where it is given, belongs to it.",
    ),
    (
        "InvalidInstanceId.NotFound",
        "Check O(instance_id), O(region) and account: instances of another region or account are invisible.",
    ),
    (
        "InvalidRegionInstance",
        "Check O(instance_id), O(region) and account: instances of another region or account are invisible.",
    ),
    ("IncorrectVncPassword.Malformed", "Use exactly six characters, only A-Z, a-z and 0-9, at least one of each."),
    (
        "IncorrectInstanceStatus",
        "Bring the instance into the state Running (for its VNC password, Running or Stopped) and try again.",
    ),
    (
        "NotSupported",
        (
            "Windows instances have no console output, and retired instance types neither output nor screenshots: "
            "open the console instead."
        ),
    ),
    ("InstanceNotReady", "The instance is starting or just created: try again in a few minutes."),
    ("InvalidInstance.NotRunning", "Start the instance first."),
    (
        "UserBehavior.SessionManagerDisabled",
        "Enable Session Manager for the account: ECS console, Cloud Assistant, settings. It applies to all regions.",
    ),
    (
        "InvalidOperation.SecurityGroupRuleDenied",
        "Allow HTTPS (port 443) to *.axt.aliyuncs.com in the instance's security group.",
    ),
    ("IdempotentParameterMismatch", "Use another O(client_token), or the same options as before."),
    ("InstanceLockedForSecurity", "The instance is locked for security: see its events in the ECS console."),
)


def _first(table: t.Iterable[tuple[str, t.Any]], code: str, default: t.Any) -> t.Any:
    return next((value for prefix, value in table if code.startswith(prefix)), default)


def _retry_after(response: Response) -> float | None:
    """Seconds to wait, from the header x-acs-retry-after (milliseconds)."""
    text = response.headers.get("x-acs-retry-after", "")
    return int(text) / 1000.0 if text.isdecimal() and len(text) < 9 else None


def error_of(
    response: Response, code: str, message: str, request_id: str | None, *, permission: str, secrets: t.Iterable[str]
) -> ConsoleError:
    """Return the error that a refusing answer means.

    :param permission: the RAM action and resource that the call needs, for the advice.
    :param secrets: values that the message could echo.
    """
    if code.startswith(_ECHOING):
        reason = "the signature was not accepted"
    else:
        reason = scrub(message, secrets).rstrip(".") or "the call was refused without a message"
    parts: dict[str, t.Any] = {
        "code": scrub(code, secrets),
        "request_id": scrub(request_id or "", secrets) or None,
        "status": response.status,
    }
    advice = _first(_ADVICE, code, "")
    if "Throttling" in code:
        return Throttled(
            reason,
            retryable=True,
            retry_after=_retry_after(response),
            advice="Wait a minute, or ask for a higher quota; in a rotation, lower O(requests_per_second) or "
            "O(concurrency).",
            **parts,
        )
    if response.status >= 500 or code in ("InternalError", "ServiceUnavailable", "UnknownError"):
        return UnexpectedAnswer(
            reason,
            retryable=True,
            ambiguous=True,
            advice="The service has a fault: run it again later; if it persists, give its support the request id.",
            **parts,
        )
    kind = _first(_CLASSES, code, ConsoleError)
    if kind is PermissionDenied:
        advice = f"Grant the RAM permission {permission}."
    if code.startswith("InvalidTimeStamp"):
        reason += response.clock_difference()
    return t.cast(ConsoleError, kind(reason, advice=advice, retryable=code.startswith(_PASSING), **parts))
