# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a node was asked, by its own audit log, which it writes before it answers."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

WRITES = ("create", "update", "delete", "patch")


class Audit:
    """The calls that were answered since this was made, or since clear()."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._start = 0
        self.clear()

    def clear(self) -> None:
        self._start = self._path.stat().st_size

    def calls(self) -> Counter[str]:
        """How often each path was asked, as ``METHOD path``; METHOD is read, list, create, update or delete."""
        return Counter(f"{entry['request']['operation']} {entry['request']['path']}" for entry in self._answered())

    def count(self, operation: str, part: str) -> int:
        """How many calls of an operation had this in their path."""
        return sum(n for call, n in self.calls().items() if call.startswith(f"{operation} ") and part in call)

    def changes(self) -> int:
        """How many records were written or deleted."""
        return sum(self.count(operation, "/data/") for operation in WRITES)

    def secrets(self) -> set[str]:
        """Every token and secret id that the server gave or got: the log is not hashed."""
        found: set[str] = set()
        for entry in self._answered():
            auth, answer = entry.get("auth") or {}, entry.get("response") or {}
            data = {**(entry["request"].get("data") or {}), **(answer.get("data") or {})}
            found |= {str(auth.get("client_token")), str((answer.get("auth") or {}).get("client_token"))}
            found.add(str(data.get("secret_id")))
        return found - {"None", ""}

    def _answered(self) -> Iterator[dict[str, Any]]:
        with self._path.open("rb") as log:
            log.seek(self._start)
            for line in log:
                entry = json.loads(line)
                if entry["type"] == "response":
                    yield entry
