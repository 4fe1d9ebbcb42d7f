# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The floor: the same signed requests by a bare asyncio and aiohttp loop, which looks at nothing but the status.

``python -m tests.benchmarks.floor URL CA HOSTS CONCURRENCY`` prints its wall and CPU seconds as JSON; CA is the file of
the authority to trust, empty without TLS. It describes all instances, 100 a call, and then sets a password on each. Its
own start is not counted.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import ssl
import sys
import time
import uuid
from collections import deque
from urllib.parse import quote

import aiohttp
import yarl

from tests.benchmarks.lean_cloud import VERSION, fleet_of
from tests.emulator.alibaba.signature import signature, string_to_sign
from tests.emulator.fleet import Fleet

EMPTY = hashlib.sha256(b"").hexdigest()
SIGNED = "host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version"


def signed(host: str, action: str, query: str, key: tuple[str, str]) -> dict[str, str]:
    """Return the headers of a request."""
    headers = {
        "host": host,
        "x-acs-action": action,
        "x-acs-content-sha256": EMPTY,
        "x-acs-date": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "x-acs-signature-nonce": uuid.uuid4().hex,
        "x-acs-version": VERSION,
    }
    lines = "".join(f"{name}:{value}\n" for name, value in headers.items())
    mark = signature(key[1], string_to_sign("\n".join(("POST", "/", query, lines, SIGNED, EMPTY))))
    algorithm = "ACS3-HMAC-SHA256"
    headers["authorization"] = f"{algorithm} Credential={key[0]},SignedHeaders={SIGNED},Signature={mark}"
    return headers


async def work(url: str, context: ssl.SSLContext | bool, fleet: Fleet, concurrency: int) -> None:
    first, region, host = fleet["accounts"][0]["access_keys"][0], fleet["regions"][0], url.partition("://")[2]
    key = first["access_key_id"], first["access_key_secret"]
    ids = [one["instance_id"] for one in fleet["instances"]]
    described = [json.dumps(ids[start : start + 100], separators=(",", ":")) for start in range(0, len(ids), 100)]
    describe = [f"InstanceIds={quote(one, safe='')}&MaxResults=100&RegionId={region}" for one in described]
    change = [f"InstanceId={one}&RegionId={region}&VncPassword=aB3xyz" for one in ids]

    async def worker(session: aiohttp.ClientSession, action: str, queries: deque[str]) -> None:
        while queries:
            query = queries.popleft()
            headers = signed(host, action, query, key)
            async with session.post(yarl.URL(f"{url}/?{query}", encoded=True), headers=headers) as answer:
                await answer.read()
                if answer.status != 200:
                    raise RuntimeError(f"status {answer.status}")

    connector = aiohttp.TCPConnector(limit=concurrency, ssl=context)
    async with aiohttp.ClientSession(connector=connector, auto_decompress=False) as session:
        for action, all_queries in (("DescribeInstances", describe), ("ModifyInstanceVncPasswd", change)):
            queries = deque(all_queries)
            await asyncio.gather(*(worker(session, action, queries) for _each in range(concurrency)))


def main(url: str, ca: str, hosts: str, concurrency: str) -> None:
    fleet, context = fleet_of(int(hosts)), ssl.create_default_context(cafile=ca) if ca else True
    wall, cpu = time.monotonic(), time.process_time()
    asyncio.run(work(url, context, fleet, int(concurrency)))
    print(json.dumps({"wall": time.monotonic() - wall, "cpu": time.process_time() - cpu}))


if __name__ == "__main__":
    main(*sys.argv[1:])
