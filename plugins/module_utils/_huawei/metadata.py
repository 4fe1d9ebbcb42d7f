# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""The temporary key of the agency of the ECS that this runs on, from its metadata service.

The address is link-local and unencrypted by nature: it is asked directly and never through a proxy, and nothing is sent
but the request for a token of its own.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import re

from ansible_collections.cloudops.console.plugins.module_utils._errors import AuthenticationError, ConsoleError
from ansible_collections.cloudops.console.plugins.module_utils._http import (
    USER_AGENT,
    Client,
    Policy,
    Request,
    Response,
    Trust,
)
from ansible_collections.cloudops.console.plugins.module_utils._huawei import models
from ansible_collections.cloudops.console.plugins.module_utils._huawei.credentials import (
    Credentials,
    complete,
    nothing_found,
)
from ansible_collections.cloudops.console.plugins.module_utils._vendor_model import read_model

SERVICE = "http://169.254.169.254"
SOURCE = "the metadata of this machine"
# Seconds for the first answer, because most machines have no such service; and for the next, as in the vendor's SDK.
PROBE_SECONDS = 1.0
ANSWER_SECONDS = 3.0
TOKEN_LIFE = 21600
_TOKEN = re.compile(r"[!-~]{1,4096}\Z")
# Older services know no tokens.
_WITHOUT_TOKENS = (404, 405, 503)


class DirectClient(Client):
    """A client that knows no proxy: for plain http to the metadata service only."""

    def __init__(self) -> None:
        super().__init__(Trust(), Policy(timeout=ANSWER_SECONDS, retries=0), direct=True)


async def fetch_credentials() -> Credentials:
    """Return the key of this machine's agency.

    :raises AuthenticationError: this machine has no metadata service or no agency: there are no credentials anywhere.
    """
    async with DirectClient() as client:
        return await _ask(client)


async def _ask(client: Client) -> Credentials:
    headers = {"accept": "application/json", "accept-encoding": "identity", "user-agent": USER_AGENT}
    put = Request(
        "PUT",
        f"{SERVICE}/meta-data/latest/api/token",
        {**headers, "x-metadata-token-ttl-seconds": str(TOKEN_LIFE)},
    )
    token = await _within(client, put, PROBE_SECONDS)
    if token.status == 200:
        headers["x-metadata-token"] = _token(token)
    elif token.status not in _WITHOUT_TOKENS:
        raise nothing_found()
    answer = await _within(client, Request("GET", f"{SERVICE}/openstack/latest/securitykey", headers), ANSWER_SECONDS)
    if answer.status == 401:
        raise AuthenticationError(
            "there are no Huawei Cloud credentials, and this machine has no agency",
            advice="Give O(access_key_id) and O(access_key_secret), or give the ECS an agency.",
            status=answer.status,
        )
    if answer.status != 200:
        raise nothing_found()
    return _credentials(answer)


async def _within(client: Client, request: Request, seconds: float) -> Response:
    try:
        return await asyncio.wait_for(client.send(request), seconds)
    except (asyncio.TimeoutError, ConsoleError):
        raise nothing_found() from None


def _token(answer: Response) -> str:
    text = answer.body.decode("latin-1").strip()
    if _TOKEN.match(text):
        return text
    raise nothing_found()


def _credentials(answer: Response) -> Credentials:
    key = read_model(models.SecurityKeyHolder, answer.json_object(), status=answer.status).credential
    found = complete(key.access, key.secret, key.securitytoken, source=SOURCE, expires_at=parse_time(key.expires_at))
    if found is None:
        raise nothing_found()
    return found


def parse_time(text: str) -> dt.datetime | None:
    """Read a UTC time such as 2026-01-02T03:04:05.000000Z; None where it is something else."""
    for form in ("%Y-%m-%dT%H:%M:%S.%fZ", "%Y-%m-%dT%H:%M:%SZ"):
        try:
            return dt.datetime.strptime(text, form).replace(tzinfo=dt.timezone.utc)
        except ValueError:
            continue
    return None
