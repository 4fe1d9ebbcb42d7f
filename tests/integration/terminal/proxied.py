# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The proxy as ssh starts it: a process with pipes, its command line and environment as the connection makes them."""

from __future__ import annotations

import contextlib
import os
import select
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ansible_collections.cloudops.console.plugins.plugin_utils._terminal import handover
from ansible_collections.cloudops.console.plugins.plugin_utils._terminal.handover import ProxyOptions

from tests.emulator.client import Emulator
from tests.emulator.fleet import Fleet

# Announces what no machine reaches.
UNLIMITED = 0xFFFFFFFF


def options(cloud: Emulator, fleet: Fleet, port: int, **more: Any) -> ProxyOptions:
    """Return what leads to a port of the fleet's first instance."""
    key = fleet["accounts"][0]["access_keys"][0]
    given: dict[str, Any] = {
        "instance_id": fleet["instances"][0]["instance_id"],
        "region": fleet["regions"][0],
        "endpoint": cloud.url,
        "access_key_id": key["access_key_id"],
        "access_key_secret": key["access_key_secret"],
        "port": port,
        **more,
    }
    return ProxyOptions(**given)


class Proxy:
    """A running proxy."""

    def __init__(self, given: ProxyOptions, home: Path) -> None:
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "ALIBABA_CLOUD_ECS_METADATA_DISABLED": "true",
            **handover.environment(given),
        }
        self.process = subprocess.Popen(
            handover.arguments(given),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            bufsize=0,
        )
        self._errors: list[bytes] = []
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def _listen(self) -> None:
        if self.process.stderr:
            self._errors.extend(self.process.stderr)

    def write(self, data: bytes) -> None:
        """Write in the background, as much as is taken."""
        threading.Thread(target=self._write, args=(data,), daemon=True).start()

    def _write(self, data: bytes) -> None:
        view = memoryview(data)
        with contextlib.suppress(OSError, ValueError):
            while view and self.process.stdin:
                view = view[self.process.stdin.write(view) :]

    def read(self, size: int, seconds: float = 60.0) -> bytes:
        """Read so many bytes, or fewer where it ends before."""
        found = bytearray()
        end = time.monotonic() + seconds
        while len(found) < size and self.process.stdout:
            ready, _none, _nothing = select.select([self.process.stdout], [], [], max(0.0, end - time.monotonic()))
            if not ready or not (data := self.process.stdout.read(min(65536, size - len(found)))):
                break
            found += data
        return bytes(found)

    def hang_up(self) -> None:
        if self.process.stdin:
            self.process.stdin.close()

    def wait(self, seconds: float = 20.0) -> int:
        code = self.process.wait(seconds)
        self._listener.join(5)
        return code

    @property
    def errors(self) -> str:
        return b"".join(self._errors).decode()


@contextlib.contextmanager
def proxied(given: ProxyOptions, home: Path) -> Iterator[Proxy]:
    proxy = Proxy(given, home)
    try:
        yield proxy
    finally:
        if proxy.process.poll() is None:
            proxy.process.kill()
        proxy.process.wait()
        for stream in (proxy.process.stdin, proxy.process.stdout):
            if stream:
                with contextlib.suppress(OSError):
                    stream.close()
        proxy._listener.join(5)
        if proxy.process.stderr:
            proxy.process.stderr.close()
