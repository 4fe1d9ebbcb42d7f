# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""What it means that a request got no answer: from exceptions of httpx to our errors.

Of an exception only its type and its causes are used, because its text and its request have the URL.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import sys
import typing as t

from ansible_collections.cloudops.console.plugins.module_utils._deps import httpx
from ansible_collections.cloudops.console.plugins.module_utils._errors import (
    ConsoleError,
    NetworkError,
    TimedOut,
    UnexpectedAnswer,
)

_WAY = "Check O(endpoint), the network and the proxy settings of this machine (HTTPS_PROXY, NO_PROXY)."
_NO_TLS = "Check O(endpoint) and any proxy: an endpoint without a scheme means https; write http:// if that is meant."
# How httpcore begins to say that a connection ended too early; what it says else is about an answer that is no HTTP.
_CLOSED = ("Server disconnected", "peer closed connection")


def unanswered(error: Exception, seconds: float) -> ConsoleError:
    """The error for a request that may have arrived.

    :param seconds: how long its answer was waited for.
    """
    kind, reason, advice = _what_broke(error)
    if isinstance(error, (httpx.TimeoutException, asyncio.TimeoutError)):
        kind, reason = TimedOut, f"no complete answer within {seconds:g} seconds"
        advice = "Run it again; raise O(timeout) if the network is slow."
    return kind(reason, advice=f"The request may have arrived. {advice}", retryable=True, ambiguous=True)


def _what_broke(error: Exception) -> tuple[type[ConsoleError], str, str]:
    if isinstance(error, httpx.RemoteProtocolError) and not str(error).startswith(_CLOSED):
        return (
            UnexpectedAnswer,
            "what answered does not speak HTTP",
            "Check O(endpoint) and any proxy on the way to it.",
        )
    reason = f"the connection broke before the answer was complete ({type(error).__name__})"
    return NetworkError, reason, "Run it again; if it persists, check proxies and firewalls."


def unusable_proxy(error: Exception) -> ConsoleError:
    """The error for a proxy of which no client can be made."""
    reason = "the proxy that the environment names cannot be used"
    advice = "Correct HTTPS_PROXY, HTTP_PROXY and ALL_PROXY; their schemes are http, https and socks5."
    if isinstance(error, ImportError):
        reason = "the proxy that the environment names speaks SOCKS, and the Python library socksio is missing"
        advice = f"Install it for {sys.executable} on {socket.gethostname()}: pip install 'httpx[socks]'."
    return ConsoleError(reason, advice=advice)


def not_connected(host: str, error: Exception) -> ConsoleError:
    """The error for a request that never left, from the parts of an exception that hold no URL."""
    causes = list(_causes(error))
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        return untrusted(host)
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        advice = "Check O(region) and O(endpoint), and this machine's DNS."
        return NetworkError(f"the name {host} cannot be resolved", advice=advice, retryable=True)
    kind = TimedOut if isinstance(error, (httpx.TimeoutException, asyncio.TimeoutError)) else NetworkError
    advice = _NO_TLS if any(isinstance(cause, ssl.SSLError) for cause in causes) else _WAY
    return kind(f"no connection to {host} ({_why_not(error, causes)})", advice=advice, retryable=True)


def untrusted(host: str) -> ConsoleError:
    """The error for a server whose certificate no authority has signed that is trusted: another try changes nothing."""
    advice = "Set O(ca_cert) to the file of the authority that signed it."
    return NetworkError(f"the certificate of {host} is not trusted", advice=advice)


def _causes(error: BaseException | None) -> t.Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _why_not(error: Exception, causes: t.Sequence[BaseException]) -> str:
    if isinstance(error, httpx.ProxyError):
        status = str(error)[:3]
        login = ": it needs a user and a password, as in http://user:password@proxy:3128" if status == "407" else ""
        return f"the proxy answers with status {status}{login}" if status.isdigit() else "the proxy refuses"
    if isinstance(error, (httpx.TimeoutException, asyncio.TimeoutError)):
        return "no answer in time"
    if isinstance(error, httpx.RemoteProtocolError):
        return "the proxy does not answer in HTTP"
    name = [type(cause).__name__ for cause in (error, *causes) if cause is error or isinstance(cause, OSError)][-1]
    return f"the TLS handshake failed: {name}" if any(isinstance(cause, ssl.SSLError) for cause in causes) else name
