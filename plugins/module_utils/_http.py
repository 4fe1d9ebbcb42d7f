# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""One request with its retries, its pace, its time limits and its redaction.

A Wire sends one request and returns one Answer, or raises TimedOut or UnexpectedAnswer. Retries stand above signing:
call() asks for a freshly signed request for every try, because Alibaba refuses a repeated nonce and an old date.
Nothing here puts a URL, a header or the text of a library's exception into an error: the query holds the password.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import email.utils
import functools
import ipaddress
import json
import logging
import random
import socket
import ssl
import time
import typing as t
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from ansible_collections.cloudops.console.plugins.module_utils._deps import httpx
from ansible_collections.cloudops.console.plugins.module_utils._errors import (
    ConsoleError,
    Throttled,
    TimedOut,
    UnexpectedAnswer,
)
from ansible_collections.cloudops.console.plugins.module_utils._pace import Pace

Read = t.TypeVar("Read")

# An answer with more bytes than this is refused while it is read.
LARGEST_ANSWER = 8 * 1024 * 1024
# Seconds: the first pause between two tries, and the longest.
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 8.0
USER_AGENT = "cloudops.console (Ansible)"
# Idle connections that one Wire keeps; it serves one worker, so there is never a crowd to scan.
IDLE_CONNECTIONS = 4

# httpx logs every URL at INFO, and ansible.cfg's log_path collects what the root logger gets.
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)


@dataclass(frozen=True)
class Request:
    """What to send. The parts that can hold secrets stay out of its repr."""

    method: str
    url: str = field(repr=False)
    headers: t.Mapping[str, str] = field(repr=False, default_factory=dict)
    body: bytes = field(repr=False, default=b"")


@dataclass(frozen=True)
class Answer:
    """What came back, read to its end. Header names are in lower case."""

    status: int
    headers: t.Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    @property
    def date(self) -> dt.datetime | None:
        """The Date header in UTC, None where it is missing or no date."""
        try:
            date = email.utils.parsedate_tz(self.headers.get("date", ""))
            return date and dt.datetime.fromtimestamp(email.utils.mktime_tz(date), dt.timezone.utc)
        except (ValueError, OverflowError, OSError):
            return None

    @property
    def at(self) -> dt.datetime:
        """When the service answered, by its own clock (the Date header) where it says so, else by ours; UTC."""
        return self.date or dt.datetime.now(dt.timezone.utc)

    def json_object(self) -> dict[str, t.Any]:
        """Parse the body as one JSON object.

        :raises UnexpectedAnswer: it is something else; ambiguous, because the service may have done its work.
        """
        try:
            parsed = json.loads(self.body)
        except (ValueError, RecursionError):
            parsed = None
        if isinstance(parsed, dict):
            return parsed
        raise UnexpectedAnswer(
            f"the answer is not a JSON object but {len(self.body)} bytes of something else",
            advice="Check the endpoint and any proxy on the way to it.",
            status=self.status,
            retryable=True,
            ambiguous=True,
        )


@dataclass(frozen=True)
class Policy:
    """How long and how often.

    :param timeout: seconds for one try, from connecting to the last byte.
    :param retries: tries after the first one.
    """

    timeout: float = 15.0
    retries: int = 3

    @property
    def window(self) -> float:
        """Seconds within which all tries of one call have ended, waiting for throttling included."""
        return (self.timeout + LONGEST_PAUSE) * (self.retries + 1)


@dataclass(frozen=True)
class Reply(t.Generic[Read]):
    """What an accepted answer says.

    :param at: when the service answered, see Answer.at.
    :param ambiguous: an earlier try of the same call may have been applied too, or may still be.
    """

    value: Read
    at: dt.datetime
    ambiguous: bool


@dataclass(frozen=True)
class Trust:
    """Which certificates to believe: the system's, or those of a file; verify=False believes all."""

    verify: bool = True
    ca_cert: str | None = None


@functools.cache
def ssl_context(trust: Trust) -> ssl.SSLContext:
    """One context per process and setting: loading the certificates costs more than a call.

    :raises ConsoleError: the file of ca_cert cannot be read.
    """
    try:
        context = ssl.create_default_context(cafile=trust.ca_cert)
    except (OSError, ssl.SSLError) as error:
        raise ConsoleError(
            f"the file of ca_cert, {trust.ca_cert}, cannot be used: {type(error).__name__}",
            advice="Name a readable PEM file.",
        ) from None
    if not trust.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def is_loopback(host: str) -> bool:
    """Whether host (a name or an address, without brackets) can only be this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def checked_endpoint(endpoint: str, *, allow_plain_http: bool) -> str:
    """Return endpoint as scheme://host[:port], without anything behind it.

    :raises ConsoleError: it is no such URL, or it is plain http, not loopback and not allowed.
    """
    text = endpoint if "://" in endpoint else f"https://{endpoint}"
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port = "", None
    plain = host.isascii() and all(char.isalnum() or char in ".-:" for char in host)
    if (
        not host
        or not plain
        or parts.scheme not in ("https", "http")
        or "@" in parts.netloc
        or text[len(parts.scheme) + 3 :].rstrip("/") != parts.netloc
    ):
        raise ConsoleError(
            "the endpoint is not a plain URL of the form https://host or https://host:port",
            advice="Correct endpoint (console_endpoint in the inventory): no user, path or query belongs there.",
        )
    if parts.scheme == "http" and not allow_plain_http and not is_loopback(host):
        raise ConsoleError(
            f"the endpoint http://{host} is not encrypted, and passwords and keys would cross the network in clear",
            advice="Use https, or set allow_plain_http to true if that network is really yours.",
        )
    netloc = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{netloc}:{port}" if port else f"{parts.scheme}://{netloc}"


class Wire:
    """One worker's connections. Never shared between workers: a large pool costs more to scan than a call."""

    def __init__(self, trust: Trust, policy: Policy) -> None:
        self._trust = trust
        self._policy = policy
        self._clients: dict[bool, httpx.AsyncClient] = {}

    async def __aenter__(self) -> Wire:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        for client in self._clients.values():
            await client.aclose()
        self._clients.clear()

    def _client(self, url: str) -> httpx.AsyncClient:
        """Loopback goes past proxies and needs no certificates; everything else honours both."""
        local = url.startswith("http://") and is_loopback(urlsplit(url).hostname or "")
        client = self._clients.get(local)
        if client is None:
            client = self._clients[local] = self._new_client(local)
        return client

    def _new_client(self, local: bool) -> httpx.AsyncClient:
        try:
            return httpx.AsyncClient(
                verify=False if local else ssl_context(self._trust),  # there is no TLS on plain loopback
                # The connection gets half of the time, so that a request that was never sent is known as such.
                timeout=httpx.Timeout(self._policy.timeout, connect=self._policy.timeout / 2),
                limits=httpx.Limits(max_connections=None, max_keepalive_connections=IDLE_CONNECTIONS),
                follow_redirects=False,
                trust_env=not local,
            )
        except (ImportError, ValueError, httpx.InvalidURL):
            raise ConsoleError(
                "the proxy that the environment names cannot be used",
                advice="Correct HTTPS_PROXY, ALL_PROXY and NO_PROXY; their schemes are http and https.",
            ) from None

    async def send(self, request: Request) -> Answer:
        """Send one request and read its answer.

        :raises TimedOut: not connected, or not finished within the policy's timeout.
        :raises UnexpectedAnswer: the connection broke, or the answer is too large.
        """
        try:
            return await asyncio.wait_for(self._exchange(request), self._policy.timeout)
        except asyncio.TimeoutError:
            raise self._too_late() from None
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError) as error:
            raise _not_connected(request, error) from None
        except httpx.TimeoutException:
            raise self._too_late() from None
        except httpx.HTTPError as error:
            raise UnexpectedAnswer(
                f"the connection broke before the answer was complete ({type(error).__name__})",
                advice="The request may have arrived. Run it again; if it goes on, look at proxies and firewalls.",
                retryable=True,
                ambiguous=True,
            ) from None
        except (httpx.InvalidURL, ValueError, UnicodeError):
            raise ConsoleError(
                "the request could not be built from these values",
                advice="Check region, endpoint and credentials for stray characters.",
            ) from None

    async def _exchange(self, request: Request) -> Answer:
        client = self._client(request.url)
        async with client.stream(
            request.method, request.url, headers=request.headers, content=request.body
        ) as response:
            body = bytearray()
            async for chunk in response.aiter_raw():
                body += chunk
                if len(body) > LARGEST_ANSWER:
                    raise UnexpectedAnswer(
                        f"the answer has more than {LARGEST_ANSWER // (1024 * 1024)} MB and was not read further",
                        advice="Check that the endpoint is the cloud's own.",
                        status=response.status_code,
                        ambiguous=True,
                    )
            headers = {name.lower(): value for name, value in response.headers.items()}
            return Answer(response.status_code, headers, bytes(body))

    def _too_late(self) -> TimedOut:
        return TimedOut(
            f"no complete answer within {self._policy.timeout:g} seconds",
            advice="The request may have arrived. Run it again; raise timeout if the network is slow.",
            retryable=True,
            ambiguous=True,
        )


def _causes(error: BaseException | None) -> t.Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _not_connected(request: Request, error: Exception) -> ConsoleError:
    """The request never left: say where to and why, from the parts of the exception that hold no URL."""
    host = urlsplit(request.url).netloc
    causes = list(_causes(error))
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        return TimedOut(
            f"the certificate of {host} is not trusted",
            advice="Set ca_cert to the file of the authority that signed it.",
        )
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return TimedOut(
            f"the name {host} cannot be resolved",
            advice="Check the region and the endpoint, and that this machine can resolve public names.",
            retryable=True,
        )
    return TimedOut(
        f"no connection to {host} ({type(error).__name__})",
        advice="Check the endpoint, the network and the proxy settings of this machine.",
        retryable=True,
    )


def _no_turn(policy: Policy) -> Throttled:
    return Throttled(
        f"the call did not get its turn within {policy.window:g} seconds",
        advice="Nothing was sent. Lower concurrency, or raise requests_per_second if the quota allows it.",
    )


def _pause(tries: int, error: ConsoleError) -> float:
    """Seconds before try number tries + 1: what the cloud asks for, else exponential with full jitter."""
    if error.retry_after is not None:
        return min(error.retry_after, LONGEST_PAUSE)
    return random.uniform(0.5, 1.0) * min(FIRST_PAUSE * 2.0 ** (tries - 1), LONGEST_PAUSE)  # noqa: S311 - jitter


async def call(
    wire: Wire,
    sign: t.Callable[[], Request],
    read: t.Callable[[Answer], Read],
    *,
    policy: Policy,
    pace: Pace,
    repeatable: bool = True,
    deadline: float | None = None,
) -> Reply[Read]:
    """Send one call until it is accepted, refused for good, or its window is over.

    :param sign: makes a freshly signed request, once per try.
    :param read: turns an accepted answer into what it says, and raises the error that any other answer means.
    :param repeatable: whether it is harmless to send again what may have been applied already.
    :param deadline: when all tries must have ended, by the monotonic clock; the policy's window from now where None.
    :raises ConsoleError: the last error; its ``ambiguous`` covers all tries of this call.
    """
    last_start = (time.monotonic() + policy.window if deadline is None else deadline) - policy.timeout
    tries, ambiguous = 0, False
    previous: ConsoleError | None = None
    while True:
        sent = False
        try:
            async with pace.turn():
                if time.monotonic() > last_start:
                    raise previous or _no_turn(policy)
                sent = True
                answer = await wire.send(sign())
                value = read(answer)
        except ConsoleError as raised:
            error = raised
        else:
            pace.succeeded()
            return Reply(value, answer.at, ambiguous)
        ambiguous = ambiguous or error.ambiguous
        # Throttling costs time, not tries: the call was not looked at.
        if isinstance(error, Throttled):
            if sent:
                pace.throttled(error.retry_after)
        else:
            tries += 1
        pause = _pause(max(tries, 1), error)
        again = error.retryable and (repeatable or not error.ambiguous)
        if not again or tries > policy.retries or time.monotonic() + pause > last_start:
            error.ambiguous = ambiguous
            raise error
        previous = error
        await asyncio.sleep(pause)
