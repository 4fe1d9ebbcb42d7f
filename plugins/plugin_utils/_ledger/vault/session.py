# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""The token: where it comes from, that it stays valid in a long run, and its end."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import time
import typing as t

from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.module_utils._http import Reply, Response
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.errors import ledger_error
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.vault.client import Transport
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.vault.login import VaultCredentials
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.vault.responses import (
    Asked,
    bad_token,
    read_auth,
    read_data,
    read_nothing,
    refusal,
)

# A token is renewed when this share of its life is left.
LEFT = 1 / 3
# Seconds that a new token is used before it is renewed for the first time, however short its life is.
SOONEST = 0.5
# Seconds between two tries to renew one.
AGAIN = 5.0
# Seconds for which a standby may not know a token yet, or not what it may do; and after which it is asked once more.
NEW = 5.0
SETTLE = 0.3
# Seconds that the good manners at the end may take.
GOODBYE = 5.0
_REFUSED = ("Ledger.Denied", "Ledger.Token")

Read = t.TypeVar("Read")


class VaultSession:
    """Calls with a valid token. Used by one event loop; begin() first, end() last."""

    def __init__(self, login: VaultCredentials, transport: Transport) -> None:
        self._login = login
        self._transport = transport
        self._token = login.token
        self._renewable = False
        # By the monotonic clock; infinite where a token has no end, or its end is not known.
        self._ends = self._due = float("inf")
        self._life = 0.0
        self._new_until = 0.0
        self._lock = asyncio.Lock()
        self._keeper: asyncio.Task[None] | None = None

    async def begin(self, *, short: bool) -> None:
        """Log in, or look at the given token; then keep it alive, unless the session is a short one.

        :raises ConsoleError: it is not accepted.
        """
        self._new_until = time.monotonic() + NEW
        if self._login.role_id:
            await self._log_in()
        elif not short:
            await self._look_up()
        self._transport.patient = True
        if not short and self._keeper is None:
            self._keeper = asyncio.create_task(self._keep())

    async def ask(
        self, method: str, path: str, read: t.Callable[[Response, Asked], Read], **more: t.Any
    ) -> Reply[Read]:
        """Send one call, see Transport.call(); a refusal is believed when nothing is left that could be the reason."""
        await self._refresh()
        refusals, ambiguous = 0, False
        while True:
            token = self._token
            try:
                reply = await self._transport.call(method, path, read, token=token, **more)
                return dataclasses.replace(reply, ambiguous=reply.ambiguous or ambiguous)
            except ConsoleError as error:
                if error.code not in _REFUSED:
                    raise
                refused = error
            refusals, ambiguous = refusals + 1, ambiguous or refused.ambiguous
            if not await self._worth_another_try(token, refusals):
                raise bad_token() if time.monotonic() >= self._ends else refused

    async def end(self) -> None:
        """Give back the token that we made, whatever the server says to that."""
        self._transport.patient = False
        if self._keeper is not None:
            self._keeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._keeper
            self._keeper = None
        if self._login.role_id and self._token:
            with contextlib.suppress(ConsoleError, asyncio.TimeoutError):
                await asyncio.wait_for(self._call("POST", "auth/token/revoke-self", read_nothing), GOODBYE)
            self._token = ""
        await self._transport.close()

    async def _call(self, method: str, path: str, read: t.Callable[[Response, Asked], Read]) -> Read:
        return (await self._transport.call(method, path, read, needs="update", token=self._token)).value

    async def _log_in(self) -> None:
        """Log in; a refusal is believed the second time, because a standby may not know a new secret id yet."""
        try:
            self._take(await self._login_once())
        except ConsoleError as error:
            if error.code != "Ledger.Token":
                raise
            await asyncio.sleep(SETTLE)
            self._take(await self._login_once())

    async def _login_once(self) -> dict[str, t.Any]:
        body = {"role_id": self._login.role_id, "secret_id": self._login.secret_id}
        if not self._login.secret_id:
            del body["secret_id"]
        reply = await self._transport.call("POST", "auth/approle/login", _read_login, needs="update", body=body)
        return reply.value

    async def _look_up(self) -> None:
        """Learn how long the token lives. One that may not look is used as it is: the records will tell."""
        try:
            found = (await self.ask("GET", "auth/token/lookup-self", read_data)).value
        except ConsoleError as error:
            if error.code != "Ledger.Denied":
                raise
            return
        self._live(found.get("ttl"), found.get("renewable"))

    def _take(self, auth: dict[str, t.Any]) -> None:
        token = auth.get("client_token")
        if not isinstance(token, str) or not token:
            raise ledger_error(
                "Ledger.Unavailable", "the server of the ledger gave no token", "Check its AppRole and run again."
            )
        if token != self._token:
            self._new_until = time.monotonic() + NEW
        self._token = token
        self._live(auth.get("lease_duration"), auth.get("renewable"))

    def _live(self, seconds: t.Any, renewable: t.Any) -> None:
        """Note the token's life; 0 seconds mean that it has no end."""
        self._life = float(seconds) if isinstance(seconds, int) and seconds > 0 else float("inf")
        self._renewable = renewable is True
        self._ends = time.monotonic() + self._life
        self._due = time.monotonic() + max(SOONEST, self._life * (1 - LEFT))

    async def _keep(self) -> None:
        """Renew the token also while nothing is asked."""
        while self._due != float("inf"):
            await asyncio.sleep(max(0.1, self._due - time.monotonic()))
            await self._refresh()

    async def _refresh(self) -> None:
        """Make the token live on when it is time to. What goes wrong is left to the calls that need the token."""
        if time.monotonic() < self._due:
            return
        async with self._lock:
            if time.monotonic() < self._due:
                return
            self._due = time.monotonic() + AGAIN
            try:
                await self._prolong()
            except ConsoleError as error:
                if error.code in _REFUSED and not self._login.role_id:
                    self._due = float("inf")

    async def _prolong(self) -> None:
        """Renew; where that gains little, because the token's last day has come, log in again if we can."""
        life = self._life
        if self._renewable:
            try:
                self._take(await self._call("POST", "auth/token/renew-self", read_auth))
            except ConsoleError:
                if not self._login.role_id:
                    raise
            else:
                if not self._login.role_id or self._life > life / 2:
                    return
        if self._login.role_id:
            await self._log_in()
        elif not self._renewable:
            self._due = float("inf")

    async def _worth_another_try(self, token: str, refusals: int) -> bool:
        """Whether to ask again after a refusal: with another token, or because a standby may have been behind.

        A good token is not given up: an AppRole logs in again only where its token is not known any more.
        """
        if refusals > 2:
            return False
        async with self._lock:
            if self._token != token:
                return True
            known, new = await self._is_known(token), time.monotonic() < self._new_until
            if not known and self._login.role_id and (refusals == 2 or not new):
                await self._log_in()
                return True
        if refusals > 1 or not (known or new):
            return False
        await asyncio.sleep(SETTLE)
        return True

    async def _is_known(self, token: str) -> bool:
        """Whether the server takes the token, whatever it may do."""
        try:
            await self._transport.call("GET", "auth/token/lookup-self", read_data, token=token)
        except ConsoleError as error:
            return error.code != "Ledger.Token"
        return True


def _read_login(answer: Response, asked: Asked) -> dict[str, t.Any]:
    """Return what a login gives; 400 is the server's word for wrong ids, 403 and 404 are for a wrong place."""
    if answer.status not in (400, 403, 404):
        return read_auth(answer, asked)
    words = {403: "permission denied", 404: f"there is none at {asked.path.removesuffix('/login')}"}
    text = words.get(answer.status) or refusal(answer, asked).reason.rpartition(": ")[2]
    raise ledger_error(
        "Ledger.Token",
        f"the server of the ledger does not accept the AppRole: {text}",
        "Check role id, secret id (they can expire or be used up), its bound addresses and the namespace.",
        status=answer.status,
    )
