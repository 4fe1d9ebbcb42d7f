# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Start the watched cloud, and tell it which ledger to look into."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.emulator.client import Emulator, _launch, _stop
from tests.emulator.fleet import Fleet
from tests.faults.witness import VARIABLE
from tests.tools.collection import link
from tests.tools.environment import ROOT

# What the kill points of the emulator's README cannot show: how it was seen from outside.
QUIET_SECONDS = 30.0


class Cloud(Emulator):
    """A running emulator with a witness in it.

    :param settings: the file that tells the witness which ledger to read.
    """

    def __init__(self, url: str, pid: int, settings: Path) -> None:
        super().__init__(url, pid)
        self._settings = settings
        self._log = settings.with_suffix(".jsonl")

    def watch(self, ledger: Path | str, ledger_key: str, **server: str) -> None:
        """Begin anew, the witness at this ledger: a file and its key, or an address, its token, ca_cert and mount."""
        self.wait_until_quiet()
        self.reset()
        self._log.unlink(missing_ok=True)
        self.follow(ledger, ledger_key, **server)

    def follow(self, ledger: Path | str, *ledger_keys: str, **server: str) -> None:
        """Let the witness look into this ledger from now on; of a file, any of the keys may be its own."""
        where = {"ledger": str(ledger), "ledger_keys": ledger_keys, "server": server}
        text = json.dumps({**where, "log": str(self._log)})
        part = self._settings.with_suffix(".part")
        part.write_text(text, encoding="utf-8")
        part.replace(self._settings)

    def seen(self) -> dict[int, dict[str, Any]]:
        """What the witness saw, by the number of the call."""
        lines = self._log.read_text(encoding="utf-8").splitlines() if self._log.exists() else []
        return {row["number"]: row for row in map(json.loads, lines)}

    def wait_until_quiet(self) -> None:
        """Wait for the calls that are still to be applied."""
        end = time.monotonic() + QUIET_SECONDS
        while self.health()["background"] or any(pace["in_flight"] for pace in self.pace()):
            if time.monotonic() > end:
                raise TimeoutError("the cloud is never quiet")
            time.sleep(0.02)


@contextlib.contextmanager
def watched(fleet: Fleet, folder: Path, *, latency: float = 0.0) -> Iterator[Cloud]:
    """Start one with this fleet; its files are in folder."""
    settings = folder / "witness.json"
    os.environ[VARIABLE] = str(settings)
    paths = (str(ROOT), str(link()), os.environ.get("PYTHONPATH"))
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
    options = ["--latency", str(latency), "--stop-with-stdin"]
    try:
        process, url = _launch([sys.executable, "-m", "tests.faults.witness", *options], fleet)
    finally:
        del os.environ[VARIABLE]
        if before is None:
            del os.environ["PYTHONPATH"]
        else:
            os.environ["PYTHONPATH"] = before
    try:
        yield Cloud(url, process.pid, settings)
    finally:
        _stop(process)
