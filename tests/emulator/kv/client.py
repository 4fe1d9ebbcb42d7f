# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Start a server and talk to its control endpoint; what the server itself offers is for its own clients.

with KvServer.start_kv() as server:
server.url, server.root_token
server.add_fault("drop_answer", action="WriteData", first=1)
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from ..client import Emulator, started


class KvServer(Emulator):
    """A running server. Counters, faults, quotas, log and clock are those of every emulator."""

    @staticmethod
    @contextmanager
    def start_kv(
        *, latency: float = 0.0, certfile: str | None = None, keyfile: str | None = None, python: str = sys.executable
    ) -> Iterator[KvServer]:
        """Start a process on a free port of 127.0.0.1; it ends on leaving, and also when this process dies."""
        with started([python, "-m", "emulator.kv"], None, latency, certfile, keyfile) as (url, pid):
            yield KvServer(url, pid, certfile)

    @property
    def root_token(self) -> str:
        return cast("dict[str, str]", self._call("GET", "root"))["token"]

    def seal(self, *, sealed: bool = True) -> None:
        self._call("PUT", "seal", {"sealed": sealed})

    def record_calls(self) -> dict[str, int]:
        """How often each action was called."""
        rows: list[dict[str, Any]] = cast("list[dict[str, Any]]", self.counters()["by_action"])
        return {row["action"]: row["calls"] for row in rows}
