# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""Where the records are: server, mount and path, from an address such as vault+https://host:8200/secret/console."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote

from ansible_collections.cloudops.console.plugins.module_utils._endpoint import checked_endpoint
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.errors import ledger_error
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.record import InstanceKey

SCHEMES = ("vault+https", "vault+http")
FORM = "vault+https://host:8200/mount/prefix"
_SEGMENT = re.compile(r"[A-Za-z0-9_~-][A-Za-z0-9._~-]*\Z")


@dataclass(frozen=True)
class VaultAddress:
    """The part of a server that holds the records.

    :param endpoint: scheme, host and port.
    :param mount: the path of the store on the server.
    :param prefix: what all paths of records begin with, below the mount.
    """

    endpoint: str
    mount: str
    prefix: str

    @property
    def where(self) -> str:
        """The address again."""
        return f"vault+{self.endpoint}/{self.mount}/{self.prefix}"

    @property
    def config(self) -> str:
        """The API path of the store's settings."""
        return f"{self.mount}/config"

    def data(self, key: InstanceKey) -> str:
        """The API path of a record, as policies name it."""
        return f"{self.mount}/data/{self._below(key)}"

    def record(self, key: InstanceKey) -> str:
        """The path of a record as commands take it; it works for every mount, which the option -mount does not."""
        return f"{self.mount}/{self._below(key)}"

    def _below(self, key: InstanceKey) -> str:
        return "/".join((self.prefix, *(_quoted(part) for part in key)))

    def listing(self, provider: str, region: str) -> str:
        """The API path under which the names of a region's records are listed."""
        return "/".join((self.mount, "metadata", self.prefix, _quoted(provider), _quoted(region)))

    def moved_to(self, mount: str) -> VaultAddress:
        """Return the place when the server says that its mount is this one, which may have several segments.

        :raises ConsoleError: nothing is left for the prefix, or the mount is another one.
        """
        path = f"{self.mount}/{self.prefix}"
        if not path.startswith(f"{mount}/"):
            raise ledger_error(
                "Ledger.WrongMount",
                f"the address of the ledger names the store {mount!r} and no path below it",
                f"Use {FORM}, with a prefix of your choice.",
            )
        return VaultAddress(self.endpoint, mount, path[len(mount) + 1 :])


def _quoted(part: str) -> str:
    """A segment of its own, whatever it holds; ids and regions never need this."""
    if part in ("", ".", ".."):
        raise ledger_error("Ledger.Address", "a record cannot be named by this id", "Correct it in the inventory.")
    return quote(part, safe="")


def parse_place(address: str, *, allow_plain_http: bool) -> VaultAddress:
    """Return the place that an address names.

    :raises ConsoleError: Ledger.Address.
    """
    scheme, _sign, rest = address.partition("://")
    host, _slash, path = rest.partition("/")
    segments = path.strip("/").split("/")
    if len(segments) < 2 or not all(_SEGMENT.match(segment) for segment in segments):
        raise ledger_error(
            "Ledger.Address",
            "the address of the ledger does not have the form of a mount and a prefix on a server",
            f"Use {FORM}: letters, digits, '-', '_', '.' and '~' only.",
        )
    try:
        endpoint = checked_endpoint(f"{scheme.removeprefix('vault+')}://{host}", allow_plain_http=allow_plain_http)
    except ConsoleError as error:
        raise _bad_endpoint(error, scheme) from None
    return VaultAddress(endpoint, segments[0], "/".join(segments[1:]))


def _bad_endpoint(error: ConsoleError, scheme: str) -> ConsoleError:
    if scheme == "vault+http" and "not encrypted" in error.reason:
        return ledger_error(
            "Ledger.Address",
            "the address of the ledger is not encrypted, and every password would cross the network in clear",
            "Use vault+https, or set O(allow_plain_http) to true if that network is really yours.",
        )
    return ledger_error("Ledger.Address", "the address of the ledger names no server", f"Use {FORM}.")
