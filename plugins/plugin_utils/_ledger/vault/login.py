# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""Our identity for the server: a token, or the two ids of an AppRole."""

from __future__ import annotations

import os
import typing as t
from dataclasses import dataclass, field

from ansible_collections.cloudops.console.plugins.module_utils._key_material import expanded
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.errors import ledger_error

# The options, with the environment variable that is read where an option is empty.
VARIABLES = {
    "vault_token": "VAULT_TOKEN",
    "vault_role_id": "VAULT_ROLE_ID",
    "vault_secret_id": "VAULT_SECRET_ID",
    "vault_namespace": "VAULT_NAMESPACE",
    "vault_ca_cert": "VAULT_CACERT",
}


@dataclass(frozen=True)
class VaultCredentials:
    """What opens the store; either a token or a role id is there, unless nothing was given at all.

    :param secret_id: empty for an AppRole that wants none.
    :param ca_cert: a PEM file; empty means the certificates of the system.
    :param ca_cert_source: for people, what names that file.
    """

    token: str = field(default="", repr=False)
    role_id: str = field(default="", repr=False)
    secret_id: str = field(default="", repr=False)
    namespace: str = ""
    ca_cert: str = ""
    ca_cert_source: str = "O(vault_ca_cert)"

    @property
    def secrets(self) -> tuple[str, ...]:
        """What may appear in no message."""
        return self.token, self.role_id, self.secret_id

    def checked(self) -> VaultCredentials:
        """Return self.

        :raises ConsoleError: Ledger.NoLogin, nothing was given; Ledger.Token, no token has such a form.
        """
        if not self.token and not self.role_id:
            raise ledger_error(
                "Ledger.NoLogin",
                "there is neither a token nor an AppRole for the ledger",
                "Set O(vault_role_id) and O(vault_secret_id), or O(vault_token), or the "
                "environment variables VAULT_ROLE_ID and VAULT_SECRET_ID, or VAULT_TOKEN.",
            )
        if not (self.token + self.namespace).isascii() or not (self.token + self.namespace + "-").isprintable():
            raise ledger_error(
                "Ledger.Token",
                "the token or the namespace of the ledger holds characters that none can have",
                "Check it for line ends and spaces.",
            )
        return self


def login_from(options: t.Mapping[str, t.Any], environ: t.Mapping[str, str] | None = None) -> VaultCredentials:
    """Choose from options and environment; empty values count as not given.

    A token or a role id of the options comes before both of the environment, so that a forgotten VAULT_TOKEN does not
    replace an AppRole; among those of one place the token comes first.
    """
    env = os.environ if environ is None else environ
    given = {name: str(options.get(name) or "").strip() for name in VARIABLES}
    found = {name: given[name] or env.get(variable, "").strip() for name, variable in VARIABLES.items()}
    source = given if given["vault_token"] or given["vault_role_id"] else found
    by_token = bool(source["vault_token"])
    return VaultCredentials(
        token=source["vault_token"],
        role_id="" if by_token else source["vault_role_id"],
        secret_id="" if by_token else found["vault_secret_id"],
        namespace=found["vault_namespace"].strip("/"),
        ca_cert=_expanded(found["vault_ca_cert"], env),
        ca_cert_source="O(vault_ca_cert)" if given["vault_ca_cert"] == found["vault_ca_cert"] else "VAULT_CACERT",
    )


def _expanded(path: str, env: t.Mapping[str, str]) -> str:
    """The environment and variables of the lookup are no paths to Ansible, so it has not expanded them."""
    return str(expanded(path, env)) if path.startswith("~/") else path
