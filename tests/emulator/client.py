# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Start an emulator and talk to its control endpoint; the standard library alone.

    with Emulator.start(make_fleet(240)) as cloud:
        cloud.add_fault("drop_answer", action="ModifyInstanceVncPasswd", first=1)
        ...                      # run something against cloud.url
        cloud.instance("i-…")["in_force"]

Raises ControlError when the emulator refuses, EmulatorError when it does not start.
"""

from __future__ import annotations

import json
import os
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from .fleet import Denial, Fleet, InstanceData
from .server_client import ServerCalls
from .server_fleet import ServerDenial
from .views import Counters, InstanceView, PaceView, ReceivedPassword

_TESTS = Path(__file__).resolve().parent.parent
_START_SECONDS = 30.0
_STOP_SECONDS = 5.0


class EmulatorError(Exception):
    """The emulator did not start or did not answer."""


class ControlError(EmulatorError):
    """The control endpoint refused; the text is its reason."""


class Emulator(ServerCalls):
    """A running emulator. ``pid`` is None for one that another process started."""

    def __init__(self, url: str, pid: int | None = None, cafile: str | None = None) -> None:
        self.url = url
        self.pid = pid
        handlers: list[urllib.request.BaseHandler] = [urllib.request.ProxyHandler({})]
        if cafile is not None:
            handlers.append(urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=cafile)))
        self._opener = urllib.request.build_opener(*handlers)

    @staticmethod
    @contextmanager
    def start(
        fleet: Fleet | None = None,
        *,
        latency: float = 0.0,
        certfile: str | None = None,
        keyfile: str | None = None,
        python: str = sys.executable,
    ) -> Iterator[Emulator]:
        """Start a process on a free port of 127.0.0.1; it ends on leaving, and also when this process dies."""
        with started([python, "-m", "emulator"], fleet, latency, certfile, keyfile) as (url, pid):
            yield Emulator(url, pid, certfile)

    # What it did and holds

    def health(self) -> dict[str, Any]:
        return cast("dict[str, Any]", self._call("GET", "health"))

    def instances(self, ids: Iterable[str] = ()) -> list[InstanceView]:
        """All instances, or those of ``ids`` that exist."""
        query = urllib.parse.urlencode([("id", one) for one in ids])
        return cast("list[InstanceView]", self._call("GET", f"instances?{query}"))

    def instance(self, instance_id: str) -> InstanceView:
        """Show one instance; KeyError when there is none."""
        found = self.instances([instance_id])
        if not found:
            raise KeyError(instance_id)
        return found[0]

    def received(self) -> list[ReceivedPassword]:
        """Every VNC password that ever arrived, in order, with any outcome of its request."""
        return cast("list[ReceivedPassword]", self._call("GET", "received"))

    def secrets(self) -> list[str]:
        """Every key, token and password the emulator ever saw: what a scan for leaks must look for."""
        return cast("list[str]", self._call("GET", "secrets"))

    def counters(self) -> Counters:
        return cast("Counters", self._call("GET", "counters"))

    def calls(self, action: str, *, cloud: str | None = None) -> int:
        """How often one action was called; ``cloud`` tells apart those that have the same name in two clouds."""
        rows = self.counters()["by_action"]
        return sum(row["calls"] for row in rows if row["action"] == action and cloud in (None, row["cloud"]))

    def pace(self) -> list[PaceView]:
        return cast("list[PaceView]", self._call("GET", "pace"))

    def log(self, action: str | None = None) -> list[dict[str, Any]]:
        query = urllib.parse.urlencode({"action": action} if action else {})
        return cast("list[dict[str, Any]]", self._call("GET", f"log?{query}"))

    # What tests do to it

    def load(self, fleet: Fleet) -> None:
        self._call("PUT", "fleet", fleet)

    def reset(self) -> None:
        """As after the start: the fleet as it was loaded, no faults, no quotas, no counts, the clock right."""
        self._call("POST", "reset")

    def clear(self) -> None:
        """Forget counts, pace and log, and nothing else."""
        self._call("POST", "clear")

    def configure(self, **settings: object) -> dict[str, Any]:
        """Change settings (see ``world.Settings``); returns all of them."""
        return cast("dict[str, Any]", self._call("PATCH", "settings", settings))

    def serve_sessions(self, **settings: object) -> None:
        """Have WebSocketUrl of terminal sessions name this emulator."""
        self.configure(websocket_base=f"ws{self.url.removeprefix('http')}/session", **settings)

    def sessions(self) -> list[dict[str, Any]]:
        """Every terminal session with what it carried, see ``alibaba.session_service.Traffic``."""
        return cast("list[dict[str, Any]]", self._call("GET", "sessions"))

    def close_sessions(self, code: int, reason: str = "") -> int:
        """Close every WebSocket of a session: 1012 or 1005 is a restart, a reason ends it. Returns how many."""
        body = {"code": code, "reason": reason}
        return cast("dict[str, int]", self._call("POST", "sessions/close", body))["open"]

    def set_clock_offset(self, seconds: float) -> None:
        """Set the cloud's clock ``seconds`` before (or, if negative, after) the real one."""
        self._call("PUT", "clock", {"offset": seconds})

    def add_instance(self, data: InstanceData) -> InstanceView:
        return cast("InstanceView", self._call("POST", "instances", data))

    def change_instance(self, instance_id: str, **changes: object) -> InstanceView:
        return cast("InstanceView", self._call("PATCH", f"instances/{instance_id}", changes))

    def remove_instance(self, instance_id: str) -> None:
        self._call("POST", f"instances/{instance_id}/remove")

    def restart(self, instance_ids: Sequence[str] | None = None, started_at: float | None = None) -> int:
        """Start instances anew at once (None: every running one), as if at ``started_at``; returns how many."""
        body = {"instance_ids": None if instance_ids is None else list(instance_ids), "started_at": started_at}
        return cast("dict[str, int]", self._call("POST", "restart", body))["restarted"]

    def change_key(self, access_key_id: str, **changes: object) -> None:
        """``secret``, ``security_token``, ``expires_at``, ``inactive`` or ``denied`` of one access key."""
        self._call("PATCH", f"keys/{access_key_id}", changes)

    def deny(self, access_key_id: str, *denials: Denial | ServerDenial) -> None:
        """Replace what RAM denies to a key; with none given, everything is allowed."""
        self.change_key(access_key_id, denied=list(denials))

    def add_fault(self, kind: str, **rule: object) -> int:
        """Return the fault's id; README.md lists kinds and fields."""
        return cast("dict[str, list[int]]", self._call("POST", "faults", {"faults": [{"kind": kind, **rule}]}))["ids"][
            0
        ]

    def faults(self) -> list[dict[str, Any]]:
        """With ``hits``, how often each has struck."""
        return cast("list[dict[str, Any]]", self._call("GET", "faults"))

    def remove_fault(self, fault_id: int) -> None:
        self._call("POST", f"faults/{fault_id}/remove")

    def clear_faults(self) -> None:
        self._call("DELETE", "faults")

    def set_quotas(self, *quotas: dict[str, Any]) -> None:
        """Rows of ``calls`` per ``seconds``, each for an ``account_id``, ``region`` and ``action`` (absent: every)."""
        self._call("PUT", "quotas", {"quotas": quotas})

    def _call(self, method: str, path: str, body: object = None) -> object:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/_control/{path}", data=data, method=method)
        try:
            with self._opener.open(request, timeout=30) as answer:
                return cast("object", json.load(answer))
        except urllib.error.HTTPError as problem:
            with problem:
                raise ControlError(f"{method} {path}: {problem.read().decode(errors='replace')}") from None
        except OSError as problem:
            raise EmulatorError(f"{method} {path}: {problem}") from None


@contextmanager
def started(
    command: Sequence[str], fleet: Fleet | None, latency: float, certfile: str | None, keyfile: str | None
) -> Iterator[tuple[str, int]]:
    """Start a server on a free port of 127.0.0.1 and give its URL and pid; it also ends when this process dies."""
    options = ["--latency", str(latency), "--stop-with-stdin"]
    if certfile and keyfile:
        options += ["--certfile", certfile, "--keyfile", keyfile]
    process, url = _launch([*command, *options], fleet)
    try:
        yield url, process.pid
    finally:
        _stop(process)


def _launch(command: list[str], fleet: Fleet | None) -> tuple[subprocess.Popen[bytes], str]:
    """Return the process and its URL; no file is left behind, whatever happens to this process later."""
    with tempfile.TemporaryDirectory(prefix="emulator-") as room:
        ready, errors, seed = (Path(room, name) for name in ("ready", "errors", "fleet.json"))
        command = [*command, "--ready-file", str(ready)]
        if fleet is not None:
            seed.write_text(json.dumps(fleet), encoding="utf-8")
            command += ["--seed", str(seed)]
        with errors.open("wb") as stderr:
            process = subprocess.Popen(
                command, env=_environment(), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=stderr
            )
        try:
            return process, _wait_until_ready(process, ready, errors)
        except BaseException:
            _stop(process)
            raise


def _environment() -> dict[str, str]:
    inherited = os.environ.get("PYTHONPATH")
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, (str(_TESTS), inherited)))}


def _wait_until_ready(process: subprocess.Popen[bytes], ready: Path, errors: Path) -> str:
    end = time.monotonic() + _START_SECONDS
    while time.monotonic() < end:
        if ready.exists():
            return str(json.loads(ready.read_text(encoding="utf-8"))["url"])
        if process.poll() is not None:
            break
        time.sleep(0.02)
    raise EmulatorError(f"the emulator did not start: {errors.read_text(encoding='utf-8', errors='replace')[-2000:]}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.stdin is not None:
        process.stdin.close()
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
