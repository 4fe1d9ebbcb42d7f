# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""Temporary credentials from a URI: what a local helper, a sidecar or a service of one's own hands out."""

from __future__ import annotations

import hashlib
import typing as t
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from ansible_collections.cloudops.console.plugins.module_utils import _http
from ansible_collections.cloudops.console.plugins.module_utils._alibaba import files, issued
from ansible_collections.cloudops.console.plugins.module_utils._alibaba.keys import Issue
from ansible_collections.cloudops.console.plugins.module_utils._endpoint import is_loopback
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.module_utils._rate_limit import RateLimiter

# The switch of the vendor's command line for programs and URIs.
SWITCH = "ALIBABA_CLOUD_DISABLE_EXTERNAL_PROCESS"

_HEADERS = {"accept": "application/json", "accept-encoding": "identity", "user-agent": _http.USER_AGENT}


def is_switched_off(env: t.Mapping[str, str]) -> bool:
    """Whether programs and URIs may not be asked."""
    return files.is_true(env.get(SWITCH, ""))


def switched_off(name: str) -> ConsoleError:
    """Return the error for a profile that needs what is switched off."""
    return ConsoleError(f"{name} is switched off by {SWITCH}", advice="Unset it, or use a profile of another mode.")


@dataclass(frozen=True)
class CredentialsUri:
    """A URI; its path and query can be secret, so only its host is ever shown."""

    name: str
    uri: str = field(repr=False)
    policy: _http.Policy

    @property
    def account(self) -> str:
        return f"uri/{hashlib.sha256(self.uri.encode('utf-8', 'replace')).hexdigest()[:16]}"

    def check(self) -> None:
        """Raise ConsoleError where it is no https URI, or an http URI of another machine."""
        try:
            parts = urlsplit(self.uri)
            host, _port = parts.hostname or "", parts.port
        except ValueError:
            host = ""
        plain = self.uri.isascii() and self.uri.isprintable() and " " not in self.uri
        if not host or not plain or "@" in parts.netloc or parts.scheme not in ("http", "https"):
            raise ConsoleError(
                f"the URI of {self.name} has not the form https://host/path",
                advice="Correct ALIBABA_CLOUD_CREDENTIALS_URI, or credentials_uri of the profile.",
            )
        if parts.scheme == "http" and not is_loopback(host):
            raise ConsoleError(
                f"the URI of {self.name} is not encrypted and leads to {host}: keys would cross the network in clear",
                advice="Use https, or an address of this machine such as http://127.0.0.1:8080/.",
            )

    async def fetch(self, client: _http.Client) -> Issue:
        """Read the URI."""
        request = _http.Request("GET", self.uri, _HEADERS)

        def read(answer: _http.Response) -> Issue:
            document = issued.document_of(answer)
            return issued.read_issue(document, self.name, at=issued.answered_at(answer), status=answer.status)

        return (await _http.call(client, lambda: request, read, policy=self.policy, limiter=RateLimiter())).value
