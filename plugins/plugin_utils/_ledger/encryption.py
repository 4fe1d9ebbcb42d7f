# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""How a ledger's values are encrypted.

A random data key of 256 bits encrypts each record with AES-256-GCM; the record's key and version are bound to it as
associated data, so that a value can be moved neither to another instance nor to another version. The data key itself
is in the ledger as an Ansible Vault text, under the play's vault secret or under the passphrase ledger_key.
"""

from __future__ import annotations

import base64
import binascii
import os
import typing as t

from ansible.errors import AnsibleError
from ansible.parsing.vault import VaultLib, VaultSecret
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.errors import ledger_error
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.record import InstanceKey, Record
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.record_json import from_json, to_json

# The form of a sealed value; it is part of the associated data.
FORM = 1
_NONCE = 12
_DATA_KEY = 32
LEDGER_KEY_LABEL = "ledger_key"

# Vault ids and their secrets, as Ansible keeps them.
PlaySecrets = t.Sequence[tuple[str, VaultSecret]]


class VaultSecrets:
    """Wraps and unwraps data keys, and other texts, with Ansible Vault.

    :param secrets: those that may open; the first one encrypts.
    :param origin: for people, what they are.
    """

    def __init__(self, secrets: PlaySecrets, origin: str) -> None:
        self._secrets = list(secrets)
        self.origin = origin

    def wrap(self, data_key: bytes) -> bytes:
        """Return data_key as an Ansible Vault text."""
        return self.encrypt(base64.b64encode(data_key))

    def unwrap(self, vault_text: bytes, where: str) -> bytes:
        """Return the data key of the ledger at where; raise Ledger.WrongKey where none of the secrets opens it."""
        data_key = self._data_key(vault_text)
        if data_key is None:
            raise ledger_error(
                "Ledger.WrongKey",
                f"the ledger {where} is encrypted with another key than {self.origin}",
                "Give the vault secret or O(ledger_key) that it was made with; without it, no password can be read.",
            )
        return data_key

    def opens(self, vault_text: t.Any) -> bool:
        """Whether one of the secrets opens a wrapped data key."""
        return isinstance(vault_text, bytes) and self._data_key(vault_text) is not None

    def first(self) -> VaultSecrets:
        """Return only the secret that encrypts."""
        return VaultSecrets(self._secrets[:1], self.origin)

    def encrypt(self, content: bytes) -> bytes:
        """Return content as an Ansible Vault text; it is only ever in memory."""
        vault_id, secret = self._secrets[0]
        return bytes(VaultLib(self._secrets).encrypt(content, secret, vault_id))

    def decrypt(self, vault_text: bytes) -> bytes | None:
        """Return what is in an Ansible Vault text, None where it is none or none of the secrets opens it."""
        try:
            return bytes(VaultLib(self._secrets).decrypt(vault_text))
        except (AnsibleError, binascii.Error, ValueError):
            return None

    def _data_key(self, vault_text: bytes) -> bytes | None:
        try:
            data_key = base64.b64decode(self.decrypt(vault_text) or b"", validate=True)
        except ValueError:
            return None
        return data_key if len(data_key) == _DATA_KEY else None


def play_secrets(loader: t.Any) -> PlaySecrets:
    """Return the vault secrets of the play, which Ansible's data loader holds."""
    # It has no public way to them; this attribute is the same from ansible-core 2.16 to 2.22.
    secrets: PlaySecrets = loader._vault.secrets or []
    return secrets


def choose_secrets(
    ledger_key: str, secrets: PlaySecrets, vault_id: str, option: str = "ledger_vault_id"
) -> VaultSecrets:
    """Choose the passphrase ledger_key where given, else the play's secrets, the one of vault_id first where given.

    :param option: the one that gives vault_id, for the message.
    :raises ConsoleError: Ledger.NoKey, with the way to make one.
    """
    if ledger_key:
        return VaultSecrets([(LEDGER_KEY_LABEL, VaultSecret(ledger_key.encode()))], "the passphrase O(ledger_key)")
    chosen = [pair for pair in secrets if not vault_id or pair[0] == vault_id]
    if chosen:
        rest = [pair for pair in secrets if pair not in chosen]
        return VaultSecrets([*chosen, *rest], f"the vault secret {chosen[0][0]!r}")
    if vault_id:
        known = ", ".join(repr(pair[0]) for pair in secrets) or "none"
        raise ledger_error(
            "Ledger.NoKey",
            f"the play has no vault secret {vault_id!r} (it has: {known})",
            f"Name it with --vault-id, or correct O({option}).",
        )
    raise ledger_error(
        "Ledger.NoKey",
        "there is no key to encrypt the ledger with",
        "Run with --vault-password-file or --ask-vault-pass, or set O(ledger_key). To make a vault password: "
        "'(umask 077; set -C; openssl rand -base64 32 > ~/.vault-pass)'. Keep it safe: every later run needs it.",
    )


def new_data_key() -> bytes:
    """Return a new random data key."""
    return os.urandom(_DATA_KEY)


class Cipher:
    """Seals and opens records with one data key."""

    def __init__(self, data_key: bytes) -> None:
        # Late, because ansible-core brings cryptography, but places that only import this file may lack it.
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        self._gcm = AESGCM(data_key)
        self._invalid = InvalidTag

    def seal(self, key: InstanceKey, record: Record) -> bytes:
        """Return the record as nonce and ciphertext."""
        nonce = os.urandom(_NONCE)
        return nonce + self._gcm.encrypt(nonce, to_json(record), _bound_to(key, record.version))

    def open(self, key: InstanceKey, version: t.Any, sealed: t.Any) -> Record:
        """Return the record; raise Ledger.Corrupt where it was changed, moved or cut, its type included."""
        try:
            text = self._gcm.decrypt(sealed[:_NONCE], sealed[_NONCE:], _bound_to(key, version))
            record = from_json(text)
        except (self._invalid, TypeError, ValueError):
            record = None
        if record is None or record.version != version:
            raise ledger_error(
                "Ledger.Corrupt",
                f"the record of {key} was changed outside of this collection or is damaged",
                "Restore the ledger from a backup.",
            ) from None
        return record


def _bound_to(key: InstanceKey, version: int) -> bytes:
    """The associated data; ids hold no NUL, so the parts cannot run into each other."""
    return "\0".join((str(FORM), *key, str(version))).encode()
