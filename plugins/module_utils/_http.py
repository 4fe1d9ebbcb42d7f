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
import os
import random
import socket
import ssl
import time
import typing as t
from dataclasses import dataclass, field

from ansible_collections.cloudops.console.plugins.module_utils._connection import (
    LARGEST_ANSWER,
    Broken,
    Connection,
    Head,
    Late,
    Received,
    TooLarge,
    Trust,
    Unconnected,
    connect,
    request_bytes,
    ssl_context,
)
from ansible_collections.cloudops.console.plugins.module_utils._errors import (
    ConsoleError,
    Throttled,
    TimedOut,
    UnexpectedAnswer,
)
from ansible_collections.cloudops.console.plugins.module_utils._pace import Pace
from ansible_collections.cloudops.console.plugins.module_utils._place import (
    Place,
    checked_endpoint,
    is_loopback,
    place_of,
)
from ansible_collections.cloudops.console.plugins.module_utils._vendor_model import json_object

if t.TYPE_CHECKING:
    from ansible_collections.cloudops.console.plugins.module_utils._proxy import Proxy

Read = t.TypeVar("Read")

__all__ = (
    "USER_AGENT",
    "Answer",
    "Policy",
    "Reply",
    "Request",
    "Trust",
    "Wire",
    "call",
    "checked_endpoint",
    "is_loopback",
    "ssl_context",
)

# Seconds: the first pause between two tries, and the longest.
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 8.0
USER_AGENT = "cloudops.console (Ansible)"
# Idle connections that one Wire keeps; it serves one worker, so there is never a crowd to scan.
IDLE_CONNECTIONS = 4


@dataclass(frozen=True)
class Request:
    """What to send. The parts that can hold secrets stay out of its repr."""

    method: str
    url: str = field(repr=False)
    headers: t.Mapping[str, str] = field(repr=False, default_factory=dict)
    body: bytes = field(repr=False, default=b"")


# Answers of the same second have the same date.
@functools.lru_cache(maxsize=8)
def _date(text: str) -> dt.datetime | None:
    try:
        date = email.utils.parsedate_tz(text)
        return date and dt.datetime.fromtimestamp(email.utils.mktime_tz(date), dt.timezone.utc)
    except (ValueError, OverflowError, OSError):
        return None


@dataclass(frozen=True)
class Answer:
    """What came back, read to its end. Header names are in lower case."""

    status: int
    headers: t.Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    @property
    def date(self) -> dt.datetime | None:
        """The Date header in UTC, None where it is missing or no date."""
        return _date(self.headers.get("date", ""))

    @property
    def at(self) -> dt.datetime:
        """When the service answered, by its own clock (the Date header) where it says so, else by ours; UTC."""
        return self.date or dt.datetime.now(dt.timezone.utc)

    def json_object(self) -> dict[str, t.Any]:
        """Parse the body as one JSON object.

        :raises UnexpectedAnswer: it is something else; ambiguous, because the service may have done its work.
        """
        try:
            return json_object(self.body)
        except ValueError:
            raise UnexpectedAnswer(
                f"the answer is not a JSON object but {len(self.body)} bytes of something else",
                advice="Check the endpoint and any proxy on the way to it.",
                status=self.status,
                retryable=True,
                ambiguous=True,
            ) from None


class Policy(t.NamedTuple):
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


class Wire:
    """One worker's connections. Never shared between workers: a large pool costs more to scan than a call.

    :param direct: never through a proxy, whatever the environment names.
    """

    def __init__(self, trust: Trust, policy: Policy, *, direct: bool = False) -> None:
        self._trust = trust
        self._policy = policy
        self._direct = direct
        self._kept: list[tuple[Place, Connection]] = []

    async def __aenter__(self) -> Wire:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections that are kept; others can be made afterwards."""
        kept, self._kept = self._kept, []
        for _place, connection in kept:
            await connection.aclose()

    async def send(self, request: Request) -> Answer:
        """Send one request and read its answer.

        :raises TimedOut: not connected, or not finished within the policy's timeout.
        :raises UnexpectedAnswer: the connection broke, or the answer is too large.
        """
        try:
            return Answer(*await self._exchange(request))
        except Unconnected as error:
            raise _not_connected(request, error) from None
        except Late:
            raise self._too_late() from None
        except Broken as error:
            raise UnexpectedAnswer(
                f"the connection broke before the answer was complete ({error})",
                advice="The request may have arrived. Run it again; if it goes on, look at proxies and firewalls.",
                retryable=True,
                ambiguous=True,
            ) from None
        except TooLarge:
            raise UnexpectedAnswer(
                f"the answer has more than {LARGEST_ANSWER // (1024 * 1024)} MB and was not read further",
                advice="Check that the endpoint is the cloud's own.",
                ambiguous=True,
            ) from None
        except ValueError:
            raise ConsoleError(
                "the request could not be built from these values",
                advice="Check region, endpoint and credentials for stray characters.",
            ) from None

    async def _exchange(self, request: Request) -> Received:
        place, target = place_of(request.url)
        proxy = self._proxy(place)
        head = _head(request, place)
        if proxy is not None and place.scheme == "http":
            target, head = request.url, [*head, *proxy.head]
        sent = request_bytes(request.method, target, head, request.body)
        deadline = asyncio.get_running_loop().time() + self._policy.timeout
        connection = self._take_kept(place) or await self._connect(place, proxy)
        received = await connection.exchange(sent, deadline)
        self._keep(place, connection)
        return received

    def _proxy(self, place: Place) -> Proxy | None:
        """Loopback goes past proxies."""
        if self._direct or is_loopback(place.host) or not any(name.lower().endswith("_proxy") for name in os.environ):
            return None
        # Few environments name a proxy, and each module pays for every file that it imports
        from ansible_collections.cloudops.console.plugins.module_utils import _proxy

        return _proxy.proxy_for(place.scheme, place.host, place.port, os.environ)

    def _take_kept(self, place: Place) -> Connection | None:
        for number, (other, connection) in enumerate(self._kept):
            if other == place:
                del self._kept[number]
                if connection.usable:
                    return connection
                connection.abort()
                return None
        return None

    def _keep(self, place: Place, connection: Connection) -> None:
        self._kept.append((place, connection))
        if len(self._kept) > IDLE_CONNECTIONS:
            self._kept.pop(0)[1].abort()

    async def _connect(self, place: Place, proxy: Proxy | None) -> Connection:
        """Connect within half of the time, so that a request that was never sent is known as such.

        :raises Unconnected: with the cause.
        """
        try:
            return await asyncio.wait_for(self._way(place, proxy), self._policy.timeout / 2)
        except asyncio.TimeoutError:
            raise Unconnected("no answer in time") from None
        except OSError as error:
            raise Unconnected(type(error).__name__) from error

    async def _way(self, place: Place, proxy: Proxy | None) -> Connection:
        tls = ssl_context(self._trust) if place.scheme == "https" else None
        if proxy is None:
            return await connect(place.host, place.port, tls)
        from ansible_collections.cloudops.console.plugins.module_utils import _proxy

        return await _proxy.through(proxy, place.host, place.port, tls)

    def _too_late(self) -> TimedOut:
        return TimedOut(
            f"no complete answer within {self._policy.timeout:g} seconds",
            advice="The request may have arrived. Run it again; raise timeout if the network is slow.",
            retryable=True,
            ambiguous=True,
        )


def _head(request: Request, place: Place) -> Head:
    """Return the headers of a request with those that HTTP itself needs; whoever signs host has it there already."""
    head = list(request.headers.items())
    if "host" not in request.headers:
        head.insert(0, ("host", place.name))
    if request.body or request.method in ("POST", "PUT", "PATCH"):
        head.append(("content-length", str(len(request.body))))
    return head


def _causes(error: BaseException | None) -> t.Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _not_connected(request: Request, error: Exception) -> ConsoleError:
    """The request never left: say where to and why, from the parts of the exception that hold no URL."""
    host = place_of(request.url)[0].name
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
        f"no connection to {host} ({error})",
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
            async with pace.turn(last_start) as admitted:
                if not admitted:
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
