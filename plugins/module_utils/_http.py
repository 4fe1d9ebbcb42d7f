# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""One request over httpx with its retries, its rate limit, its time limits and its redaction.

A Client sends one request and returns one Response, or raises NetworkError, TimedOut or UnexpectedAnswer. Retries are
above signing: call() asks for a freshly signed request for every try, because Alibaba refuses a repeated nonce and an
old date.
Nothing here puts a URL, a header or the text of a library's exception into an error: the query holds the password.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import email.utils
import functools
import logging
import os
import random
import re
import ssl
import time
import typing as t
from dataclasses import dataclass, field

from ansible_collections.cloudops.console.plugins.module_utils._deps import httpx
from ansible_collections.cloudops.console.plugins.module_utils._errors import (
    ConsoleError,
    Throttled,
    UnexpectedAnswer,
)
from ansible_collections.cloudops.console.plugins.module_utils._proxies import proxy_for
from ansible_collections.cloudops.console.plugins.module_utils._rate_limit import RateLimiter
from ansible_collections.cloudops.console.plugins.module_utils._redact import scrub
from ansible_collections.cloudops.console.plugins.module_utils._unanswered import (
    not_connected,
    unanswered,
    unusable_proxy,
)
from ansible_collections.cloudops.console.plugins.module_utils._vendor_model import json_object

Read = t.TypeVar("Read")

# Bytes: a larger body is refused while it is read. A larger head is refused by h11, below httpx.
LARGEST_RESPONSE = 8 * 1024 * 1024
# Seconds: the first pause between two tries, and the longest.
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 8.0
# Seconds for which an idle connection is kept: less than the five after which many services close theirs.
KEEP = 4.0
USER_AGENT = "cloudops.console (Ansible)"
# What every request to a cloud has.
JSON_HEADERS = {"accept": "application/json", "accept-encoding": "identity", "user-agent": USER_AGENT}

# What httpcore says when it begins to send a request.
BEGUN = "http11.send_request_headers.started"
_URL = re.compile(r"https?://[^/?#@]+(/[!-~]*)\Z")
_UNSENDABLE = re.compile(r"[^\t -~]")

# httpx logs every URL at INFO and httpcore every header at DEBUG; ansible.cfg's log_path collects what they log.
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.CRITICAL + 1)


class Trust(t.NamedTuple):
    """Which certificates to believe: the system's, or those of a file; verify=False believes all.

    :param source: for people, what names the file.
    """

    verify: bool = True
    ca_cert: str | None = None
    source: str = "O(ca_cert)"


@functools.cache
def ssl_context(trust: Trust) -> ssl.SSLContext:
    """One context per process and setting: loading the certificates costs more than a call.

    :raises ConsoleError: the file cannot be read. Where nothing is verified it is not needed.
    """
    try:
        context = ssl.create_default_context(cafile=trust.ca_cert if trust.verify else None)
    except (OSError, ValueError) as error:
        raise ConsoleError(
            f"{trust.source} names {scrub(trust.ca_cert or '', ())}, which cannot be used: {type(error).__name__}",
            advice="Name a readable PEM file.",
        ) from None
    if not trust.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


@dataclass(frozen=True)
class Request:
    """What to send. The parts that can hold secrets stay out of its repr."""

    method: str
    url: str = field(repr=False)
    headers: t.Mapping[str, str] = field(repr=False, default_factory=dict)
    body: bytes = field(repr=False, default=b"")


@dataclass(frozen=True)
class Response:
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

    def clock_difference(self, *, from_seconds: int = 0) -> str:
        """For the end of a reason, how far this machine's clock is off by the Date header; empty below from_seconds."""
        seconds = round(time.time() - self.date.timestamp()) if self.date else None
        if seconds is None or abs(seconds) < from_seconds:
            return ""
        return f"; this machine's clock is {abs(seconds)} seconds {'ahead' if seconds > 0 else 'behind'}"

    def json_object(self) -> dict[str, t.Any]:
        """Parse the body as one JSON object.

        :raises UnexpectedAnswer: it is something else; ambiguous, because the service may have done its work.
        """
        try:
            return json_object(self.body)
        except ValueError:
            raise UnexpectedAnswer(
                f"the answer is not a JSON object but {len(self.body)} bytes of something else",
                advice="Check O(endpoint) and any proxy on the way to it.",
                status=self.status,
                retryable=True,
                ambiguous=True,
            ) from None


class Policy(t.NamedTuple):
    """How long and how often.

    :param timeout: seconds for one try, from connecting to the last byte.
    :param retries: tries after the first one.
    :param patient: throttling costs no tries but time, within the window: for many calls, which slow down together. A
        single call is not patient: it is tried as often as it was asked for, and no more.
    """

    timeout: float = 15.0
    retries: int = 3
    patient: bool = True

    @property
    def window(self) -> float:
        """Seconds within which all tries of one call have ended, waiting for throttling included."""
        return (self.timeout + LONGEST_PAUSE) * (self.retries + 1)


@dataclass(frozen=True)
class Reply(t.Generic[Read]):
    """What an accepted answer says.

    :param at: when the service answered, see Response.at.
    :param ambiguous: an earlier try of the same call may have been applied too, or may still be.
    """

    value: Read
    at: dt.datetime
    ambiguous: bool


class Client(contextlib.AbstractAsyncContextManager["Client"]):
    """The connections of one worker, which sends one request at a time.

    Never shared between workers: httpx scans its pool of connections for every request, so that one large pool costs
    more than many small ones.

    :param direct: never through a proxy, whatever the environment names.
    """

    def __init__(self, trust: Trust, policy: Policy, *, direct: bool = False) -> None:
        self._trust = trust
        self._policy = policy
        self._direct = direct
        # By whether the way is encrypted, and by proxy
        self._clients: dict[tuple[bool, str | None], httpx.AsyncClient] = {}

    async def __aexit__(self, *exc_info: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections that are kept; others can be made afterwards."""
        clients, self._clients = self._clients, {}
        for client in clients.values():
            await client.aclose()

    async def send(self, request: Request) -> Response:
        """Send one request and read its answer.

        :raises TimedOut: not connected, or not finished, within the policy's timeout.
        :raises NetworkError: no connection, or it broke.
        :raises UnexpectedAnswer: the answer is too large.
        :raises ConsoleError: no request can be made of these values, or the proxy's address cannot be used.
        """
        built, sent = _built(request, self._policy.timeout)
        client = self._client(request.url)
        try:
            # httpx limits each phase and not the whole
            return await asyncio.wait_for(_exchange(client, built), self._policy.timeout)
        except (httpx.HTTPError, httpx.StreamError, asyncio.TimeoutError, OSError) as error:
            failure = (
                unanswered(error, self._policy.timeout) if sent else not_connected(built.url.netloc.decode(), error)
            )
        # Raised out here, because an exception of httpx has the request and so the URL, and must not become its context
        raise failure

    def _client(self, url: str) -> httpx.AsyncClient:
        secure = url.startswith("https:")
        proxy = None if self._direct else proxy_for(url, os.environ)
        if (secure, proxy) not in self._clients:
            self._clients[secure, proxy] = self._new_client(secure, proxy)
        return self._clients[secure, proxy]

    def _new_client(self, secure: bool, proxy: str | None) -> httpx.AsyncClient:
        # Plain http reads no certificates: that takes longer than the call
        verify = ssl_context(self._trust) if secure else False
        limits = httpx.Limits(keepalive_expiry=KEEP)
        try:
            if proxy is not None and not httpx.URL(proxy).host:
                raise ValueError
            return httpx.AsyncClient(verify=verify, proxy=proxy, limits=limits, trust_env=False)
        except (ImportError, ValueError, httpx.InvalidURL) as error:
            failure = unusable_proxy(error)
        raise failure


def _built(request: Request, seconds: float) -> tuple[httpx.Request, list[str]]:
    """Return the request for httpx, and a list that is empty as long as nothing of it has been sent.

    It is built by hand, because the methods of a client add headers and cookies to what was signed. So it needs the
    time limits that a client would add; before httpx 0.28 it would have none.
    """
    sent: list[str] = []
    until = time.monotonic() + seconds

    async def trace(event: str, info: t.Mapping[str, t.Any]) -> None:
        # A proxy is asked for the way first, with a CONNECT of its own
        if event == BEGUN and info["request"].method != b"CONNECT":
            # A process that was stopped and continues has steps to do before its timers: none of them may send what
            # another run has replaced meanwhile
            if time.monotonic() > until:
                raise asyncio.TimeoutError
            sent.append(event)

    headers = dict(request.headers)
    # A connection gets half of the time, so that there is time left to send something over it
    extensions = {"trace": trace, "timeout": httpx.Timeout(seconds, connect=seconds / 2).as_dict()}
    try:
        built = httpx.Request(request.method, request.url, headers=headers, content=request.body, extensions=extensions)
        if _is_as_signed(built, request):
            return built, sent
    except (httpx.InvalidURL, ValueError):
        pass
    raise ConsoleError(
        "the request could not be built from these values",
        advice="Check O(region), O(endpoint) and credentials for stray characters.",
    )


def _is_as_signed(built: httpx.Request, request: Request) -> bool:
    """Whether all bytes of the URL will be sent as they are, and no header can end its line."""
    target = _URL.match(request.url)
    plain = not _UNSENDABLE.search("".join(request.headers.values()))
    return plain and target is not None and target[1].encode() == built.url.raw_path


async def _exchange(client: httpx.AsyncClient, request: httpx.Request) -> Response:
    """Send a request and read its answer as it comes: what is compressed is not unpacked."""
    response = await client.send(request, stream=True)
    try:
        body = bytearray()
        async for chunk in response.aiter_raw():
            body += chunk
            if len(body) > LARGEST_RESPONSE:
                raise UnexpectedAnswer(
                    f"the answer has more than {LARGEST_RESPONSE // (1024 * 1024)} MB and was not read further",
                    advice="Check that O(endpoint) is the cloud's own.",
                    status=response.status_code,
                    ambiguous=True,
                )
        return Response(response.status_code, dict(response.headers.items()), bytes(body))
    finally:
        await response.aclose()


def _pause(tries: int, error: ConsoleError) -> float:
    """Seconds before try number tries + 1: what the cloud asks for, else exponential; never next to none."""
    if error.retry_after is not None:
        return min(max(error.retry_after, FIRST_PAUSE / 2), LONGEST_PAUSE)
    return random.uniform(0.5, 1.0) * min(FIRST_PAUSE * 2.0 ** (tries - 1), LONGEST_PAUSE)  # noqa: S311 - jitter


async def call(
    client: Client,
    sign: t.Callable[[], Request],
    read: t.Callable[[Response], Read],
    *,
    policy: Policy,
    limiter: RateLimiter,
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
            async with limiter.turn(last_start) as admitted:
                if not admitted:
                    raise previous or Throttled(
                        f"the call did not get its turn within {policy.window:g} seconds",
                        advice="Nothing was sent. Lower O(concurrency), or raise O(requests_per_second) if allowed.",
                    )
                sent = True
                response = await client.send(sign())
                value = read(response)
        except ConsoleError as raised:
            error = raised
        else:
            limiter.succeeded()
            return Reply(value, response.at, ambiguous)
        ambiguous = ambiguous or error.ambiguous
        throttled = isinstance(error, Throttled)
        if throttled and sent:
            limiter.throttled(error.retry_after)
        # A patient call pays for throttling with time alone: it was not looked at
        tries += not (throttled and policy.patient)
        pause = _pause(max(tries, 1), error)
        again = error.retryable and (repeatable or not error.ambiguous)
        if not again or tries > policy.retries or time.monotonic() + pause > last_start:
            error.ambiguous = ambiguous
            raise error
        previous = error
        await asyncio.sleep(pause)
