# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""``python -m emulator --port 0 --ready-file F --seed fleet.json`` (with PYTHONPATH=tests)."""

from __future__ import annotations

import argparse
import json
import os
import socket
import sys
import threading
from pathlib import Path
from typing import Literal

import uvicorn
from starlette.types import ASGIApp

from .app import build_app
from .fleet import Fleet, make_fleet

_BACKLOG = 2048


def main(arguments: list[str] | None = None) -> int:
    options = parse(arguments)
    return serve(build_app(_load(options), latency=options.latency), options)


def serve(app: ASGIApp, options: argparse.Namespace, *, http: Literal["auto", "h11"] = "auto") -> int:
    """Serve app until the process gets a signal to end."""
    listener = _listen(options.host, options.port)
    config = uvicorn.Config(
        app,
        http=http,
        access_log=False,
        log_level="critical",
        date_header=False,
        server_header=False,
        proxy_headers=False,
        lifespan="off",
        ws_per_message_deflate=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=1,
        backlog=_BACKLOG,
        ssl_certfile=options.certfile,
        ssl_keyfile=options.keyfile,
    )
    server = uvicorn.Server(config)
    if options.stop_with_stdin:
        threading.Thread(target=_stop_with_stdin, args=(server,), daemon=True).start()
    _announce(options, listener.getsockname()[1])
    server.run(sockets=[listener])
    return 0


def parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="emulator", description="Cloud consoles on loopback, for tests.")
    parser.add_argument("--host", default="127.0.0.1", choices=("127.0.0.1", "::1"))
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--ready-file", type=Path, help="written as JSON (url, port, pid) once connections are taken")
    parser.add_argument("--seed", type=Path, help="fleet file to begin with")
    parser.add_argument("--count", type=int, default=0, help="without --seed: make a fleet of so many instances")
    parser.add_argument("--huawei", type=int, default=0, help="and so many servers of Huawei Cloud")
    parser.add_argument("--openstack", type=int, default=0, help="and so many of OpenStack")
    parser.add_argument("--fleet-seed", type=int, default=1, help="seed of that fleet")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds that every call takes")
    parser.add_argument("--certfile", help="serve https with this certificate")
    parser.add_argument("--keyfile", help="its key")
    parser.add_argument("--stop-with-stdin", action="store_true", help="end when standard input ends")
    return parser.parse_args(arguments)


def _load(options: argparse.Namespace) -> Fleet:
    if options.seed is None:
        return make_fleet(options.count, seed=options.fleet_seed, huawei=options.huawei, openstack=options.openstack)
    fleet: Fleet = json.loads(options.seed.read_text(encoding="utf-8"))
    return fleet


def _listen(host: str, port: int) -> socket.socket:
    """Bound and listening before it is announced, so that an early client waits instead of being refused."""
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    listener.listen(_BACKLOG)
    return listener


def _announce(options: argparse.Namespace, port: int) -> None:
    scheme = "https" if options.certfile else "http"
    host = f"[{options.host}]" if ":" in options.host else options.host
    ready = json.dumps({"url": f"{scheme}://{host}:{port}", "port": port, "pid": os.getpid()})
    if options.ready_file is None:
        print(ready, flush=True)
        return
    unfinished = options.ready_file.with_suffix(".part")
    unfinished.write_text(ready, encoding="utf-8")
    unfinished.replace(options.ready_file)


def _stop_with_stdin(server: uvicorn.Server) -> None:
    sys.stdin.buffer.read()
    server.should_exit = True


if __name__ == "__main__":
    sys.exit(main())
