# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""From the answers of Keystone and Nova to our errors.

Nova names its errors by status, so that one name means many things and the message decides: a server that is missing
and an API that is missing are both itemNotFound, a wrong state and a dead compute host are both a 500. Each rule below
was seen from a real Nova (26.2.2 and 34.0.0).
"""

from __future__ import annotations

import re
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
from ansible_collections.cloudops.console.plugins.module_utils._openstack.credentials import KeystoneCredentials
from ansible_collections.cloudops.console.plugins.module_utils._openstack.models import Fault, fault_of
from ansible_collections.cloudops.console.plugins.module_utils._redact import scrub


class Rule(t.NamedTuple):
    """One meaning of an answer.

    :param words: what the message has; empty fits every message.
    :param reason: what is said in place of the message, or empty to say the message.
    """

    status: int
    words: str
    kind: type[ConsoleError]
    advice: str
    reason: str = ""


# The first that fits decides.
_NOVA: tuple[Rule, ...] = (
    Rule(400, "Context's project_id", AuthenticationError, "Correct the project in O(endpoint), or O(project_id)."),
    Rule(
        400,
        "console type",
        ConsoleError,
        "The compute host of this server does not offer this type: use another one, or ask the cloud's operator.",
    ),
    Rule(
        400,
        "is not one of",
        ConsoleError,
        "This cloud is too old for this type of console: use another one.",
        "the cloud does not know this type of console",
    ),
    Rule(401, "", AuthenticationError, "Log in again: the token is expired, revoked or of another cloud."),
    Rule(
        404,
        "resource could not be found",
        UnexpectedAnswer,
        "The compute URL is {url}: set O(endpoint) to that of a Nova with microversion 2.6 (Mitaka); it ends in /v2.1.",
        "there is no such API at the compute URL",
    ),
    Rule(
        404,
        "console available",
        WrongState,
        "Start the server, and ask the cloud's operator whether its compute host keeps a console log.",
        "the server has no console log",
    ),
    Rule(
        404,
        "could not be found",
        NotFound,
        "Check O(instance_id), O(region) and project: servers of another project are invisible.",
    ),
    Rule(406, "", ConsoleError, "Use a type of console that this cloud knows, such as novnc."),
    Rule(409, "", WrongState, "It is on no compute host: bring it into the state ACTIVE and try again."),
    Rule(
        500,
        "InstanceInvalidState",
        WrongState,
        "Wait until it is ACTIVE and has no task, and try again.",
        "the server is being deleted, migrated or otherwise in a state without a console",
    ),
    Rule(
        500,
        "MessagingTimeout",
        TimedOut,
        "The server may still read ACTIVE. Ask the cloud's operator to look at its compute host.",
        "the compute host of the server does not answer Nova",
    ),
    Rule(501, "", ConsoleError, "The driver of this server has no such console."),
)
_RULE_NAME = re.compile(r"\bos_compute_api:[a-z0-9:_-]+")
_KEYSTONE_401 = {
    "password": "Check username, password, both domains, and that the user has a role in the project.",
    "application_credential": "Check application_credential_id and its secret; it ends with its user's role.",
    "token": "Get a new token: it is expired, revoked or of another cloud.",
}


def error_of(response: Response, *, url: str, action: str, secrets: t.Iterable[str]) -> ConsoleError:
    """Return the error that a refusing answer of Nova means.

    :param url: the compute URL, of the catalogue or the option endpoint.
    :param action: the policy rule that the call needs, where the answer does not name one.
    :param secrets: values that the message could echo.
    """
    fault, parts = _fault_of(response, secrets)
    rule = next((rule for rule in _NOVA if rule.status == response.status and rule.words in fault.message), None)
    reason = _reason(fault, response, secrets)
    if rule is not None:
        return rule.kind(rule.reason or reason, advice=rule.advice.format(url=url), **parts)
    if response.status == 403:
        named = _RULE_NAME.search(fault.message)
        advice = (
            f"Ask for a role that the policy rule {named.group() if named else action} accepts; often it is member."
        )
        return PermissionDenied(reason, advice=advice, **parts)
    advice = f"The compute URL {url} leads to another service or a proxy's page: set O(endpoint) to that of Nova."
    return _by_status(response, reason, parts, advice)


def identity_error_of(response: Response, credentials: KeystoneCredentials) -> ConsoleError:
    """Return the error that a refusing answer of Keystone means."""
    fault, parts = _fault_of(response, (credentials.secret,))
    reason = _reason(fault, response, (credentials.secret,))
    if response.status == 401:
        return AuthenticationError(f"Keystone refused: {reason}", advice=_KEYSTONE_401[credentials.method], **parts)
    if response.status == 404 and "Application Credential" in fault.message:
        return AuthenticationError(
            "Keystone does not know the application credential",
            advice="Check application_credential_id: it may be deleted or of another cloud.",
            **parts,
        )
    if response.status == 404:
        return NotFound(
            "there is no Keystone v3 at auth_url", advice="Correct auth_url; often it ends in :5000/v3.", **parts
        )
    if response.status == 403:
        return PermissionDenied(reason, advice="Keystone does not exchange this token: log in to the project.", **parts)
    advice = "Check auth_url: it leads to another service or a proxy's page."
    return _by_status(response, reason, parts, advice)


def _fault_of(response: Response, secrets: t.Iterable[str]) -> tuple[Fault, dict[str, t.Any]]:
    """Read the fault, and the parts that every error has. A body that is no JSON has none: a proxy made it."""
    try:
        fault = fault_of(response.json_object())
    except UnexpectedAnswer:
        fault = Fault()
    request_id = response.headers.get("x-openstack-request-id") or response.headers.get("x-compute-request-id", "")
    parts: dict[str, t.Any] = {
        "code": scrub(fault.name, secrets) or None,
        "request_id": scrub(request_id, secrets) or None,
        "status": response.status,
    }
    return fault, parts


def _reason(fault: Fault, response: Response, secrets: t.Iterable[str]) -> str:
    """Return the message; of Nova's unexpected errors the class alone, because the rest asks to report a bug."""
    unexpected = re.search(r"<class '([\w.]+)'>", fault.message)
    text = f"Nova has a fault, {unexpected.group(1)}" if unexpected else fault.message
    return scrub(text, secrets).rstrip(".") or f"the answer has the HTTP status {response.status} and no readable body"


def _by_status(response: Response, reason: str, parts: dict[str, t.Any], advice: str) -> ConsoleError:
    """Return the error by the status alone; advice is for an answer that has no fault in it."""
    text = response.headers.get("retry-after", "")
    retry_after = float(text) if text.isdecimal() and len(text) < 6 else None
    if response.status in (413, 429):
        return Throttled(reason, retryable=True, retry_after=retry_after, advice="Lower the number of calls.", **parts)
    if response.status >= 500:
        return UnexpectedAnswer(
            reason,
            retryable=True,
            ambiguous=True,
            retry_after=retry_after,
            advice="The cloud or a proxy before it has a fault: run it again later.",
            **parts,
        )
    if response.status >= 400 and parts["code"]:
        return ConsoleError(reason, **parts)
    return UnexpectedAnswer(reason, advice=advice, **parts)
