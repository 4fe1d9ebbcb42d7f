# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""From the options of a plugin, and the vault secrets of the play, to an open ledger."""

from __future__ import annotations

import pathlib
import typing as t

from ansible_collections.cloudops.console.plugins.module_utils._http import Policy
from ansible_collections.cloudops.console.plugins.module_utils._naming import rendered
from ansible_collections.cloudops.console.plugins.plugin_utils._files import user_name
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.address import file_of, open_ledger
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.base import Ledger, NoLedgerYet
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.encryption import KeyLock, key_lock
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.errors import ledger_error
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.sqlite.ledger import SqliteLedger
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.vault.address import FORM
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.vault.ledger import ServerOptions
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.vault.login import login_from


def ledger_from(
    *,
    address: str,
    ledger_key: str,
    vault_id: str,
    loader: t.Any,
    read_only: bool,
    create: bool = True,
    local_allowed: bool = True,
    vault: t.Mapping[str, t.Any] | None = None,
    policy: Policy | None = None,
    allow_plain_http: bool = False,
) -> Ledger:
    """Open the ledger that the options name.

    :param loader: ansible's data loader, which holds the play's vault secrets.
    :param create: whether a missing ledger is made.
    :param local_allowed: false where a file would be thrown away after the job, as in AWX.
    :param vault: the options vault_*; the environment is read where they are empty.
    :param policy: time limit and retries of calls to a server.
    :param allow_plain_http: whether a server may be reached without encryption although it is not this machine.
    :raises ConsoleError: with a code ``Ledger.*``.
    """
    _refuse_local(address, local_allowed)
    access = ServerOptions(login_from(vault or {}), policy or Policy(), allow_plain_http)
    return open_ledger(
        address,
        lambda: lock_from(ledger_key, vault_id, loader),
        read_only=read_only,
        create=create,
        access=access,
    )


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


def lock_from(ledger_key: str, vault_id: str, loader: t.Any, option: str = "ledger_vault_id") -> KeyLock:
    """Return the key that the options choose.

    :param option: the one that gives vault_id.
    :raises ConsoleError: Ledger.NoKey.
    """
    # The data loader has no public way to its secrets; this attribute is the same from 2.16 to 2.22.
    return key_lock(ledger_key, loader._vault.secrets or [], vault_id, option)


def file_from(address: str, *, local_allowed: bool) -> pathlib.Path:
    """Return the file of the ledger that the options name.

    :raises ConsoleError: Ledger.Address.
    """
    _refuse_local(address, local_allowed)
    return file_of(address)


def _refuse_local(address: str, local_allowed: bool) -> None:
    if not local_allowed and address.partition("://")[0] in ("", "sqlite"):
        raise ledger_error(
            "Ledger.Address",
            "a ledger in a file would be thrown away at the end of this AWX job",
            f"Keep it in HashiCorp Vault or OpenBao ({FORM}); or, where its folder is kept (AWX_ISOLATION_SHOW_PATHS), "
            "set O(allow_local_ledger) to true.",
        )
