# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""What is asked of the server before any cloud is called: the right mount, a token that may write, and no expiry."""

from __future__ import annotations

import typing as t

from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.record import InstanceKey
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.vault.address import VaultAddress
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.vault.responses import (
    Asked,
    denied,
    expiring,
    hidden_mount,
    read_data,
    wrong_mount,
)
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.vault.session import VaultSession

NEEDED = ("read", "create", "update")
# Paths whose capabilities are asked in one call; a region is one path, since policies end in a wildcard.
_PATHS = 50


async def find_mount(session: VaultSession, place: VaultAddress) -> VaultAddress:
    """Return the place as the server knows it.

    Where it does not show its mounts to this token, an address of two segments can mean one thing only, and the answers
    about records tell the rest; of a longer one, nothing is guessed.

    :raises ConsoleError: Ledger.WrongMount or Ledger.Denied.
    """
    path = f"{place.mount}/{place.prefix}"
    found = await _shown(session, f"sys/internal/ui/mounts/{path}")
    if found is None or not isinstance(found.get("path"), str):
        if "/" in place.prefix:
            await _explain(session, place)
        return place
    mount = found["path"].strip("/")
    options = found.get("options")
    version = options.get("version") if isinstance(options, dict) else None
    if found.get("type") != "kv" or str(version) != "2":
        raise wrong_mount(mount)
    return place.moved_to(mount)


async def _explain(session: VaultSession, place: VaultAddress) -> t.NoReturn:
    """Say whether there is no such mount, which a token hears that may ask there, or this one may not know."""
    path = f"{place.mount}/{place.prefix}"
    try:
        await session.ask("GET", place.config, read_data)
    except ConsoleError as error:
        if error.code == "Ledger.WrongMount":
            raise wrong_mount(path) from None
        if error.code != "Ledger.Denied":
            raise
    raise hidden_mount(path)


async def check_writing(session: VaultSession, place: VaultAddress, keys: t.Sequence[InstanceKey]) -> bool:
    """See that records can be written and stay; return False where this token may not ask what it may do.

    :raises ConsoleError: Ledger.Denied or Ledger.Expiring.
    """
    shown = await _check_capabilities(session, place, keys)
    config = await _shown(session, place.config)
    after = config.get("delete_version_after", "0s") if config else "0s"
    if after not in ("0s", "", None):
        raise expiring(place.mount, str(after))
    return shown


async def _check_capabilities(session: VaultSession, place: VaultAddress, keys: t.Sequence[InstanceKey]) -> bool:
    one_of_each = {(key.provider, key.region): place.data(key) for key in keys}
    paths = list(one_of_each.values())[:_PATHS]
    if not paths:
        return False
    granted = await _shown(session, "sys/capabilities-self", method="POST", body={"paths": paths}, needs="update")
    for path in paths:
        have = (granted or {}).get(path)
        if not isinstance(have, list) or "root" in have:
            continue
        missing = [name for name in NEEDED if name not in have]
        if missing:
            raise denied(Asked(path, " and ".join(missing)))
    return granted is not None


async def _shown(session: VaultSession, path: str, *, method: str = "GET", **more: t.Any) -> dict[str, t.Any] | None:
    """Return what a path of the server's own says; None where this token may not see it, or it is not there."""
    try:
        return (await session.ask(method, path, read_data, **more)).value
    except ConsoleError as error:
        if error.code == "Ledger.Denied" or error.status in (404, 405):
            return None
        raise
