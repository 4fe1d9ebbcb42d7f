# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The emulated cloud, which looks into the ledger at the moment a password arrives (I1).

It is another process than the run, so what it finds is committed and readable for everybody. Which ledger, and where
it writes what it saw, is in the file that CONSOLE_FAULTS_WITNESS names; started like the emulator.
"""

from __future__ import annotations

import json
import os
import sqlite3
import sys
from pathlib import Path
from typing import Any

from ansible.parsing.vault import VaultSecret
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.encryption import Cipher, VaultSecrets
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.record import InstanceKey, Record
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.vault.address import parse_place
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.vault.document import from_document

from tests.emulator.__main__ import main
from tests.emulator.alibaba.state import Received, State
from tests.emulator.kv.admin import Admin, RefusedError

VARIABLE = "CONSOLE_FAULTS_WITNESS"


class Witness:
    """Notes for each arrival where in the record the password was: pending, current, history or nowhere."""

    def __init__(self, settings: Path) -> None:
        self._settings = settings
        self._text = ""
        self._ledger = ""
        self._log = Path()
        self._keys: list[str] = []
        self._server: dict[str, str] = {}
        self._ciphers: dict[bytes, Cipher] = {}

    def note(self, row: Received) -> None:
        self._follow()
        if not self._text:
            return
        seen: dict[str, Any] = {"number": row.number, "instance_id": row.instance_id, "password": row.password}
        try:
            record = self._read(InstanceKey("alibaba", row.region, row.instance_id))
            seen |= {"place": place_of(record, row.password), "attempts": attempts_of(record)}
            seen["staged"] = record.pending.staged_at.isoformat() if record and record.pending else ""
        except (sqlite3.Error, OSError, ConsoleError) as error:
            seen |= {"place": f"unreadable: {error}", "attempts": 0}
        with self._log.open("a", encoding="utf-8") as file:
            file.write(f"{json.dumps(seen)}\n")

    def _follow(self) -> None:
        text = self._settings.read_text(encoding="utf-8") if self._settings.exists() else ""
        if text != self._text:
            self._text, self._ciphers = text, {}
            settings = json.loads(text) if text else {}
            self._ledger, self._log = settings.get("ledger", ""), Path(settings.get("log", ""))
            self._keys = settings.get("ledger_keys", [])
            self._server = settings.get("server", {})

    def _read(self, key: InstanceKey) -> Record | None:
        return self._read_server(key) if self._ledger.startswith("vault+") else self._read_file(key)

    def _read_server(self, key: InstanceKey) -> Record | None:
        place = parse_place(self._ledger, allow_plain_http=False).moved_to(self._server["mount"])
        admin = Admin(place.endpoint, self._keys[0], cafile=self._server["ca_cert"] or None)
        try:
            return from_document(key, admin.call("GET", place.data(key))["data"]["data"])
        except RefusedError as refused:
            if refused.status == 404:
                return None
            raise OSError(str(refused)) from None

    def _read_file(self, key: InstanceKey) -> Record | None:
        """Key and record as they stand at one moment: the key can be changed meanwhile."""
        connection = sqlite3.connect(f"file:{self._ledger}?mode=ro", uri=True, isolation_level=None)
        try:
            connection.execute("BEGIN")
            wrapped = connection.execute("SELECT value FROM meta WHERE name = 'data_key'").fetchone()[0]
            if wrapped not in self._ciphers:
                secrets = [("ledger_key", VaultSecret(each.encode())) for each in self._keys]
                self._ciphers[wrapped] = Cipher(
                    VaultSecrets(secrets, "the passphrase ledger_key").unwrap(wrapped, "the ledger")
                )
            query = "SELECT version, sealed FROM records WHERE provider = ? AND region = ? AND instance_id = ?"
            row = connection.execute(query, key).fetchone()
            return self._ciphers[wrapped].open(key, *row) if row else None
        finally:
            connection.close()


def place_of(record: Record | None, password: str) -> str:
    if record is None or password not in record.passwords:
        return "nowhere"
    if record.pending is not None and record.pending.password == password:
        return "pending"
    return "current" if record.current == password else "history"


def attempts_of(record: Record | None) -> int:
    return record.pending.attempts if record and record.pending else 0


class Rows(list[Received]):
    """The emulator's list of arrivals, with an eye on it."""

    def __init__(self, witness: Witness) -> None:
        super().__init__()
        self._witness = witness

    def append(self, row: Received) -> None:
        self._witness.note(row)
        super().append(row)


def watch(settings: Path) -> None:
    """Let every state of this process be watched."""
    witness, load = Witness(settings), State.load

    def new_load(self: State, fleet: Any) -> None:
        load(self, fleet)
        self.received = Rows(witness)

    vars_of: Any = State
    vars_of.load = new_load


if __name__ == "__main__":
    watch(Path(os.environ[VARIABLE]))
    sys.exit(main(sys.argv[1:]))
