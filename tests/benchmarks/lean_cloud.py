# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""A lean Alibaba Cloud for measurements: it answers three operations, as tests/emulator does, and nothing else.

It takes some hundredths of a millisecond per call, so that what is measured is the client. Signatures are looked at
only with ``--check-signatures``; every call takes ``--latency`` seconds. tests/fidelity/test_lean_cloud.py holds its
answers against the emulator's.

It listens on two ports of 127.0.0.1, for HTTP and for HTTPS with a certificate of its own authority, which it writes
into ``--authority``. It prints both ports when it is ready, and ends with its standard input.

``GET /_control/counts`` tells how often each operation was answered and how many instances have a password.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import socket
import ssl
import sys
import time
import uuid
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import cast
from urllib.parse import parse_qsl

from tests.benchmarks.certificate_authority import server_context
from tests.emulator.alibaba import signature
from tests.emulator.alibaba.operations import Context
from tests.emulator.alibaba.reading import describe_instances
from tests.emulator.alibaba.state import State
from tests.emulator.clock import Clock
from tests.emulator.fleet import Fleet, make_fleet
from tests.emulator.world import Settings

VERSION = "2014-05-26"
PAGE_START = b'{"RequestId":"%s","PageNumber":0,"PageSize":0,"TotalCount":0,"NextToken":"%s","Instances":{"Instance":['
UNKNOWN = b'{"RequestId":"%s","Code":"InvalidInstanceId.NotFound","Message":"The specified InstanceId does not exist."}'
REFUSED = b'{"RequestId":"%s","Code":"SignatureDoesNotMatch","Message":"The signature does not match."}'
UNSUPPORTED = b'{"RequestId":"%s","Code":"InvalidAction.NotFound","Message":"Not an operation of this cloud."}'


def fleet_of(hosts: int) -> Fleet:
    """Return one account in one region, where every new password is in force at once; the same every time."""
    return make_fleet(hosts, seed=6, regions=1, accounts=1, stopped=0.0, not_io_optimized=0.0)


class Cloud:
    """Instances as they are described, and the passwords that were set."""

    def __init__(self, fleet: Fleet) -> None:
        account, region = fleet["accounts"][0]["account_id"], fleet["regions"][0]
        key = fleet["accounts"][0]["access_keys"][0]
        self.keys = {key["access_key_id"]: key["access_key_secret"]}
        clock = Clock()
        state = State(clock)
        state.load(fleet)
        self.described: dict[str, bytes] = {}
        self.passwords: dict[str, str] = {}
        self.counts: Counter[str] = Counter()
        ids = [one["instance_id"] for one in fleet["instances"]]
        for start in range(0, len(ids), 100):
            params = {"InstanceIds": json.dumps(ids[start : start + 100]), "MaxResults": "100"}
            call = Context(state, clock, Settings(), params, account, region, None, None)
            for one in describe_instances(call)["Instances"]["Instance"]:  # type: ignore[index]
                self.described[one["InstanceId"]] = json.dumps(one, separators=(",", ":")).encode()
        self.ids = sorted(self.described)

    def answer(self, action: str, params: Mapping[str, str], request_id: bytes) -> tuple[int, bytes]:
        """Return status and body."""
        self.counts[action] += 1
        if action == "DescribeInstances":
            return 200, self._page(params, request_id)
        instance_id = params.get("InstanceId", "")
        if instance_id not in self.described:
            return 404, UNKNOWN % request_id
        if action == "ModifyInstanceVncPasswd":
            self.passwords[instance_id] = params["VncPassword"]
            return 200, b'{"RequestId":"%s"}' % request_id
        if action == "DescribeInstanceVncUrl":
            url = b"wss%%3A%%2F%%2Fconsole.example.com%%2F%%3Fs%%3D" + uuid.uuid4().hex.encode()
            return 200, b'{"RequestId":"%s","VncUrl":"%s"}' % (request_id, url)
        return 404, UNSUPPORTED % request_id

    def _page(self, params: Mapping[str, str], request_id: bytes) -> bytes:
        """Return those that are named, or one page of all; the token is the place of the next one."""
        token = b""
        if "InstanceIds" in params:
            ids = json.loads(params["InstanceIds"])
        else:
            start = int(params.get("NextToken") or 0)
            end = start + int(params["MaxResults"])
            ids, token = self.ids[start:end], b"%d" % end if end < len(self.ids) else b""
        found = [self.described[one] for one in ids if one in self.described]
        return PAGE_START % (request_id, token) + b",".join(found) + b"]}}"

    def is_signed(self, query: list[tuple[str, str]], headers: Mapping[str, str], body_hash: str) -> bool:
        claim = signature.read_claim(headers.get("authorization", ""))
        if claim is None or claim.access_key_id not in self.keys:
            return False
        text = signature.canonical_request("POST", "/", query, headers, claim.signed_headers, body_hash)
        secret = self.keys[claim.access_key_id]
        return signature.signature(secret, signature.string_to_sign(text)) == claim.signature


class Http(asyncio.Protocol):
    """One connection: requests one after the other, each with its head in one piece and no body to speak of."""

    def __init__(self, cloud: Cloud, latency: float, check: bool) -> None:
        self._cloud, self._latency, self._check = cloud, latency, check
        self._loop = asyncio.get_running_loop()
        self._waiting = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._waiting += data
        while (end := self._waiting.find(b"\r\n\r\n")) >= 0:
            head = self._waiting[:end].decode("latin-1")
            first, *lines = head.split("\r\n")
            headers = {name.lower(): value.strip() for name, _colon, value in (line.partition(":") for line in lines)}
            after = end + 4 + int(headers.get("content-length", 0))
            if len(self._waiting) < after:
                return
            self._waiting = self._waiting[after:]
            self._take(first.split(" ")[1], headers)

    def _take(self, target: str, headers: Mapping[str, str]) -> None:
        if target.startswith("/_control/"):
            told = {"calls": self._cloud.counts, "with_password": len(self._cloud.passwords)}
            self._write(200, json.dumps(told).encode(), b"")
            return
        query = parse_qsl(target.partition("?")[2], keep_blank_values=True)
        request_id = str(uuid.uuid4()).upper().encode()
        signed = not self._check or self._cloud.is_signed(query, headers, headers.get("x-acs-content-sha256", ""))
        action = headers.get("x-acs-action", "")
        status, body = self._cloud.answer(action, dict(query), request_id) if signed else (400, REFUSED % request_id)
        self._loop.call_later(self._latency, self._write, status, body, request_id)

    def _write(self, status: int, body: bytes, request_id: bytes) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        self._transport.write(
            b"HTTP/1.1 %d OK\r\ndate: %s\r\ncontent-type: application/json;charset=utf-8\r\n"
            b"x-acs-request-id: %s\r\ncontent-length: %d\r\n\r\n%s" % (status, _date(), request_id, len(body), body)
        )


def _date() -> bytes:
    return time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime()).encode()


async def listen(cloud: Cloud, options: argparse.Namespace, context: ssl.SSLContext | None) -> int:
    """Take connections on a free port, with TLS where there is a context; return the port."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=2048)
    loop = asyncio.get_running_loop()
    await loop.create_server(lambda: Http(cloud, options.latency, options.check_signatures), sock=listener, ssl=context)
    return int(listener.getsockname()[1])


async def serve(options: argparse.Namespace) -> None:
    cloud, context = Cloud(fleet_of(options.hosts)), server_context(options.authority)
    print(await listen(cloud, options, None), await listen(cloud, options, context), flush=True)
    # It ends with its parent.
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.buffer.read)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.lean_cloud", description=__doc__)
    parser.add_argument("--hosts", type=int, required=True)
    parser.add_argument("--latency", type=float, default=0.05, help="seconds that every call takes")
    parser.add_argument("--authority", type=Path, required=True, help="a folder for the authority of its certificate")
    parser.add_argument("--check-signatures", action="store_true")
    asyncio.run(serve(parser.parse_args()))


if __name__ == "__main__":
    main()
