# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""From the address of a ledger to the ledger."""

from __future__ import annotations

import pathlib
import typing as t

from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.base import Ledger
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.default import default_address
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.encryption import KeyLock
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.errors import ledger_error
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.sqlite.ledger import open_sqlite
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.vault.address import FORM, SCHEMES
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.vault.ledger import ServerOptions, open_kv

# Characters; no file can have a longer path.
LONGEST_PATH = 4096


def open_ledger(
    address: str,
    lock: t.Callable[[], KeyLock],
    *,
    read_only: bool = False,
    create: bool = True,
    access: ServerOptions | None = None,
) -> Ledger:
    """Open the ledger at address; empty means the default one.

    :param lock: makes the key; called only by ledgers that encrypt by themselves.
    :param read_only: write nothing, as check mode and lookups want it.
    :param create: whether a missing ledger is made.
    :param access: how to reach a ledger on a server.
    :raises ConsoleError: with a code ``Ledger.*``.
    """
    address = address or default_address()
    scheme, found, rest = address.partition("://")
    if found and scheme == "sqlite":
        return open_sqlite(_path(rest), lock(), read_only=read_only, create=create)
    if found and scheme in SCHEMES:
        return open_kv(address, access or ServerOptions(), read_only=read_only)
    raise ledger_error(
        "Ledger.Address",
        "the address of the ledger has no known scheme",
        f"Use sqlite:///absolute/path of a file, or {FORM}.",
    )


def is_file(address: str) -> bool:
    """Whether address is that of a ledger in a file; the default one, which empty means, is."""
    return (address or default_address()).startswith("sqlite://")


def file_of(address: str) -> pathlib.Path:
    """Return the file of the ledger at address; empty means the default one.

    :raises ConsoleError: Ledger.Address, the ledger is not a file.
    """
    scheme, found, rest = (address or default_address()).partition("://")
    if not found or scheme != "sqlite":
        raise ledger_error(
            "Ledger.Address",
            "only a ledger in a file is looked after here",
            "Use sqlite:///absolute/path of a file; other stores have their own backups and keys.",
        )
    return _path(rest)


def _path(rest: str) -> pathlib.Path:
    """sqlite:///a/b and sqlite:////a/b are /a/b, and sqlite:///~/b is below the home folder."""
    stripped = rest.lstrip("/")
    if not rest.startswith("/") or not stripped or "\0" in rest:
        raise ledger_error(
            "Ledger.Address",
            "the address of the ledger names no absolute path",
            "Use sqlite:///absolute/path of a file.",
        )
    if not rest.isprintable() or len(rest) > LONGEST_PATH:
        raise ledger_error(
            "Ledger.Address",
            "the address of the ledger is too long or has characters that do not show",
            "Use sqlite:///absolute/path of a file.",
        )
    if stripped.startswith("~"):
        try:
            return pathlib.Path(stripped).expanduser()
        except RuntimeError:
            raise ledger_error(
                "Ledger.Address", "the address of the ledger names the home of an unknown user", "Correct it."
            ) from None
    return pathlib.Path("/", stripped)
