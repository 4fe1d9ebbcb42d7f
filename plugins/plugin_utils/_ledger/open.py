# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""From the options of a plugin to an open ledger: ledger_options(), then opened_ledger(), which closes it as well."""

from __future__ import annotations

import contextlib
import pathlib
import typing as t
from dataclasses import dataclass, field

from ansible_collections.cloudops.console.plugins.module_utils._http import Policy
from ansible_collections.cloudops.console.plugins.module_utils._naming import rendered
from ansible_collections.cloudops.console.plugins.plugin_utils._files import user_name
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.default import default_address
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.encryption import PlaySecrets, choose_secrets
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.errors import ledger_error
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.sqlite.ledger import SqliteLedger, open_sqlite
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.store import Ledger, NoLedgerYet
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.vault.address import FORM, SCHEMES, parse_place
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.vault.ledger import ServerOptions, open_vault
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.vault.login import login_from

# Characters; no file can have a longer path.
LONGEST_PATH = 4096
_FILE = "sqlite://"
_USE_A_FILE = "Use sqlite:///absolute/path of a file."


@dataclass(frozen=True)
class LedgerOptions:
    """Which ledger, and what is needed to open it.

    :param address: empty for the default one.
    :param key: the passphrase of a ledger in a file, empty for the vault secrets of the play.
    :param vault_id: of the vault secret to use, where the play has several.
    :param allow_file: false if a file would be deleted after the job, as in AWX.
    :param server: how to reach a ledger on a server.
    """

    address: str = ""
    key: str = field(default="", repr=False)
    vault_id: str = ""
    allow_file: bool = True
    server: ServerOptions = field(default_factory=ServerOptions, repr=False)

    @property
    def file(self) -> pathlib.Path | None:
        """The ledger's file, None where it is on a server.

        :raises ConsoleError: Ledger.Address, there is no such file, or it may not be used.
        """
        address = self.address or default_address()
        if not address.startswith(_FILE):
            return None
        if not self.allow_file:
            raise ledger_error(
                "Ledger.Address",
                "a file ledger would be deleted at the end of this AWX job",
                f"Keep it in HashiCorp Vault or OpenBao ({FORM}); or, where its folder is kept "
                "(AWX_ISOLATION_SHOW_PATHS), set O(allow_local_ledger) to true.",
            )
        return _path(address.removeprefix(_FILE))

    @property
    def where(self) -> str:
        """The ledger's address for people, without a secret.

        :raises ConsoleError: Ledger.Address.
        """
        if self.file is not None:
            return f"{_FILE}{self.file}"
        if self.address.partition("://")[0] not in SCHEMES:
            raise ledger_error(
                "Ledger.Address",
                "the address of the ledger has no known scheme",
                f"Use sqlite:///absolute/path of a file, or {FORM}.",
            )
        return parse_place(self.address, allow_plain_http=self.server.allow_plain_http).where


def ledger_options(
    params: t.Mapping[str, t.Any], *, policy: Policy | None = None, in_awx: bool = False
) -> LedgerOptions:
    """Return the options of a ledger among those of a plugin; empty ones of a server are read from the environment.

    :param policy: time limit and retries of calls to a server.
    :param in_awx: whether this is a job whose files are deleted at its end, unless params allow a local ledger.
    """
    return LedgerOptions(
        address=params["ledger"] or "",
        key=params["ledger_key"] or "",
        vault_id=params["ledger_vault_id"] or "",
        allow_file=bool(params.get("allow_local_ledger")) or not in_awx,
        server=ServerOptions(login_from(params), policy or Policy(), bool(params.get("allow_plain_http"))),
    )


def open_ledger(
    options: LedgerOptions, secrets: PlaySecrets, *, read_only: bool = False, create: bool = True
) -> Ledger:
    """Open the ledger that the options name.

    :param secrets: the vault secrets of the play.
    :param read_only: write nothing, as check mode and lookups want it.
    :param create: whether a missing file is made.
    :raises ConsoleError: with a code ``Ledger.*``.
    """
    file = options.file
    if file is None:
        return open_vault(options.where, options.server, read_only=read_only)
    chosen = choose_secrets(options.key, secrets, options.vault_id)
    return open_sqlite(file, chosen, read_only=read_only, create=create)


@contextlib.asynccontextmanager
async def opened_ledger(
    options: LedgerOptions, secrets: PlaySecrets, *, read_only: bool = False, create: bool = True
) -> t.AsyncIterator[Ledger]:
    """Open the ledger as open_ledger() does, and close it in the end."""
    ledger = open_ledger(options, secrets, read_only=read_only, create=create)
    try:
        yield ledger
    finally:
        await ledger.close()


def is_new(ledger: Ledger) -> bool:
    """Whether opening the ledger has made it; in check mode, whether a real run would."""
    return isinstance(ledger, NoLedgerYet) or (isinstance(ledger, SqliteLedger) and ledger.created)


def new_ledger_text(where: str, *, check_mode: bool) -> str:
    """Say it where a ledger is new: with a second one, all passwords would be due again."""
    made = (
        "There is no ledger yet, and a real run would make" if check_mode else "There was no ledger, so this run made"
    )
    return rendered(
        f"{made} a new one, {where}, as the user {user_name()}. All hosts count as never rotated in it. If there is a "
        "ledger already, perhaps that of another user, set O(ledger) to its address."
    )


def _path(rest: str) -> pathlib.Path:
    """sqlite:///a/b and sqlite:////a/b are /a/b, and sqlite:///~/b is below the home folder."""
    stripped = rest.lstrip("/")
    if not rest.startswith("/") or not stripped or "\0" in rest:
        raise ledger_error("Ledger.Address", "the address of the ledger names no absolute path", _USE_A_FILE)
    if not rest.isprintable() or len(rest) > LONGEST_PATH:
        raise ledger_error(
            "Ledger.Address",
            "the address of the ledger is too long or has characters that do not show",
            _USE_A_FILE,
        )
    if stripped.startswith("~"):
        try:
            return pathlib.Path(stripped).expanduser()
        except RuntimeError:
            raise ledger_error(
                "Ledger.Address", "the address of the ledger names the home of an unknown user", "Correct it."
            ) from None
    return pathlib.Path("/", stripped)
