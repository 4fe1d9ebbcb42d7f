# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""An access key, where it comes from, and how a temporary one is kept in force while many workers use it."""

from __future__ import annotations

import asyncio
import copy
import time
import typing as t
from dataclasses import dataclass, field

from ansible_collections.cloudops.console.plugins.module_utils._errors import AuthenticationError, ConsoleError
from ansible_collections.cloudops.console.plugins.module_utils._http import Client, Policy
from ansible_collections.cloudops.console.plugins.module_utils._key_material import has_access_key

# A temporary key is replaced so many seconds before its end, as the vendor's SDK does, or when only this share of its
# life is left, whichever comes later.
RENEW_BEFORE = 900.0
RENEW_SHARE = 0.25
# Seconds before a renewal that failed is tried again: while the old key still holds, and once it has ended.
PAUSE_WITH_KEY = 60.0
PAUSE_WITHOUT_KEY = 5.0
# Seconds in which a key that was replaced because the cloud called it expired is not replaced for that reason again.
PAUSE_AFTER_REFUSAL = 60.0
# Refusals of the key that asks for the temporary one: sent again and again, they could lock it.
_FINAL = ("InvalidAccessKeyId", "SignatureDoesNotMatch", "IncompleteSignature")
# The one refusal that a new temporary key cures.
_EXPIRED = "InvalidSecurityToken.Expired"


@dataclass(frozen=True)
class Credentials:
    """An access key, perhaps a temporary one; source says for people where it came from."""

    access_key_id: str
    access_key_secret: str = field(repr=False)
    security_token: str = field(default="", repr=False)
    source: str = ""

    @property
    def secrets(self) -> tuple[str, ...]:
        """What no message may show."""
        return (self.access_key_secret, self.security_token)


class TemporaryCredentials(t.NamedTuple):
    """Credentials as a source gives them, and the seconds for which they hold, None where that is not known."""

    credentials: Credentials
    life: float | None = None


class Setting(t.NamedTuple):
    """What finding and asking a source needs to know beside it: the environment, and how patiently to ask."""

    env: t.Mapping[str, str]
    policy: Policy


class Source(t.Protocol):
    """Where credentials come from. Making one reads files at most; only fetch() asks the network or a program."""

    @property
    def name(self) -> str:
        """For people, such as ``profile ops of ~/.aliyun/config.json``."""

    @property
    def account(self) -> str:
        """The same for the same credentials, different for others, and no secret."""

    async def fetch(self, client: Client) -> TemporaryCredentials:
        """Get credentials; raises ConsoleError."""


@dataclass(frozen=True)
class Static:
    """A key that was given as it is."""

    credentials: Credentials

    @property
    def name(self) -> str:
        return self.credentials.source

    @property
    def account(self) -> str:
        return self.credentials.access_key_id

    async def fetch(self, client: Client) -> TemporaryCredentials:  # noqa: ARG002 - nothing is asked
        """Return the key."""
        return TemporaryCredentials(self.credentials)


@dataclass(frozen=True)
class Absent:
    """What a file has in place of credentials; why says what was left aside, empty where there is nothing to say."""

    why: str = ""


def is_on(env: t.Mapping[str, str], name: str) -> bool:
    """Read a switch of the environment; the vendor's SDK knows ``true`` only, its command line also ``1``."""
    return env.get(name, "").strip().lower() in ("true", "1", "yes")


def complete(key_id: str, secret: str, token: str, source: str) -> Credentials | None:
    """Return the credentials of one source, None where it has none.

    :raises ConsoleError: a part is missing or has characters that no key has.
    """
    given = has_access_key(key_id, secret, token, source=source, second_part="access key secret")
    return Credentials(key_id, secret, token, source) if given else None


@dataclass
class _Held:
    """Credentials in use; all times are of the clock of the cache."""

    credentials: Credentials
    ends: float
    renew_at: float


class CredentialCache:
    """The credentials of one account, always in force; safe to share between workers, each with its own Client.

    :param now: a clock in seconds that never goes back.
    """

    def __init__(self, source: Source, *, now: t.Callable[[], float] = time.monotonic) -> None:
        self.static = source.credentials if isinstance(source, Static) else None
        self._source = source
        self._now = now
        self._held: _Held | None = None
        self._failure: ConsoleError | None = None
        self._quiet_until = float("-inf")
        self._replaced_at = float("-inf")
        self._lock: asyncio.Lock | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def account(self) -> str:
        """Whose credentials these are, known without a call: for grouping, not for people."""
        return self._source.account

    @property
    def source(self) -> str:
        """Where they come from, for people."""
        return self._source.name

    async def current(self, client: Client) -> Credentials:
        """Return credentials that hold; get or renew temporary ones where it is time, once for all workers.

        :raises ConsoleError: there are none, and why; never ambiguous, because the call that needs them was not sent.
        """
        if self.static is not None:
            return self.static
        held = self._held
        if held is not None and self._now() < held.renew_at:
            return held.credentials
        async with self._alone():
            held = self._held
            if held is None or self._now() >= held.renew_at:
                held = await self._renew(client)
            return held.credentials

    async def refused(self, credentials: Credentials, code: str | None, client: Client) -> bool:
        """Say whether a call that was refused with code is worth sending again, with what current() then returns.

        True only where these temporary credentials have expired and others could be had; never for a wrong signature
        or an unknown key, which no new temporary key cures.

        :raises ConsoleError: they have expired, and no others could be had.
        """
        if self.static is not None or not (code or "").startswith(_EXPIRED):
            return False
        async with self._alone():
            if self._held is None or self._held.credentials is not credentials:
                return True
            if self._now() - self._replaced_at < PAUSE_AFTER_REFUSAL:
                return False
            self._held.ends = self._held.renew_at = self._replaced_at = self._now()
            self._quiet_until = float("-inf")
            return (await self._renew(client)).credentials.security_token != credentials.security_token

    def _alone(self) -> asyncio.Lock:
        """One renewal at a time; the lock is made where it is first needed, because it belongs to one event loop."""
        loop = asyncio.get_running_loop()
        if self._lock is None or self._loop is not loop:
            self._lock, self._loop = asyncio.Lock(), loop
        return self._lock

    async def _renew(self, client: Client) -> _Held:
        """Replace what is held. All calls that waited get the same failure; it is ignored while the old key holds."""
        if self._failure is not None and self._now() < self._quiet_until:
            raise copy.copy(self._failure)
        try:
            self._held = self._hold(await self._source.fetch(client))
        except ConsoleError as error:
            return self._forgiven(error)
        self._failure = None
        return self._held

    def _hold(self, found: TemporaryCredentials) -> _Held:
        now = self._now()
        if found.life is None:
            return _Held(found.credentials, float("inf"), float("inf"))
        if found.life <= 0:
            raise AuthenticationError(
                "what was given has already expired",
                advice="Check where it comes from, and the clock of this machine.",
            )
        ends = now + found.life
        return _Held(found.credentials, ends, ends - min(RENEW_BEFORE, found.life * RENEW_SHARE))

    def _forgiven(self, error: ConsoleError) -> _Held:
        error.while_doing(f"getting credentials from {self.source}")
        error.ambiguous = False
        now, held = self._now(), self._held
        final = (error.code or "").startswith(_FINAL)
        if held is not None and now < held.ends:
            held.renew_at = held.ends if final else min(now + PAUSE_WITH_KEY, held.ends)
            return held
        self._failure = error
        self._quiet_until = float("inf") if final else now + PAUSE_WITHOUT_KEY
        raise error
