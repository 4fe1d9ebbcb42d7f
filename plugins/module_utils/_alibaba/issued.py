# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""The form in which STS, the metadata service and a credentials URI hand out temporary credentials."""

from __future__ import annotations

import datetime as dt
import typing as t

from ansible_collections.cloudops.console.plugins.module_utils._alibaba.keys import Issue, complete, unreadable
from ansible_collections.cloudops.console.plugins.module_utils._alibaba.models import AlibabaModel
from ansible_collections.cloudops.console.plugins.module_utils._deps import ValidationError
from ansible_collections.cloudops.console.plugins.module_utils._errors import AuthenticationError, ConsoleError
from ansible_collections.cloudops.console.plugins.module_utils._http import Response
from ansible_collections.cloudops.console.plugins.module_utils._redact import scrub

# Characters of a code that are shown.
_LONGEST_CODE = 100


class Issued(AlibabaModel):
    """What is handed out; Code is missing where STS does."""

    code: str = "Success"
    access_key_id: str = ""
    access_key_secret: str = ""
    security_token: str = ""
    expiration: str = ""


def read_issue(document: t.Mapping[str, t.Any], source: str, *, at: dt.datetime, status: int | None = None) -> Issue:
    """Return the credentials that document holds.

    :param source: where it came from, for people.
    :param at: when it was handed out, by the clock that its Expiration is of.
    :raises ConsoleError: it holds none, or half of one.
    """
    try:
        issued = Issued.model_validate(document)
    except ValidationError:
        raise unreadable("the answer", status=status) from None
    if issued.code != "Success":
        raise AuthenticationError(
            "it has no credentials to give",
            code=scrub(issued.code, (issued.access_key_secret, issued.security_token))[:_LONGEST_CODE],
            status=status,
            advice="Check that a role is set where they come from.",
        )
    expiration = parse_expiration(issued.expiration)
    if not (issued.security_token and expiration):
        raise unreadable("the answer", status=status)
    found = complete(issued.access_key_id, issued.access_key_secret, issued.security_token, source)
    if found is None:
        raise unreadable("the answer", status=status)
    return Issue(found, (expiration - at).total_seconds())


def parse_expiration(text: str) -> dt.datetime | None:
    """Read a UTC time such as 2026-01-02T03:04:05Z, with or without fractions; None where it is something else."""
    for form in ("%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S.%fZ"):
        try:
            return dt.datetime.strptime(text, form).replace(tzinfo=dt.timezone.utc)
        except ValueError:
            continue
    return None


def answered_at(answer: Response) -> dt.datetime:
    """When the answer was given, by the clock of who gave it; by ours where its date makes no sense."""
    try:
        return answer.at
    except (ValueError, OverflowError):
        return dt.datetime.now(dt.timezone.utc)


def document_of(answer: Response) -> dict[str, t.Any]:
    """Return the JSON object of a 200 answer.

    :raises ConsoleError: it is something else.
    """
    if answer.status != 200:
        raise AuthenticationError(
            f"it answered with HTTP status {answer.status}",
            status=answer.status,
            advice="Check that the address is right and that a role is set there.",
        )
    try:
        return answer.json_object()
    except ConsoleError:
        raise unreadable("the answer", status=answer.status) from None
