# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The vendor's own SDK with a pool of threads: ``python -m tests.benchmarks.sdk URL HOSTS THREADS``.

Prints its wall and CPU seconds as JSON; its start is not counted. One client is shared, as the vendor advises.
"""

from __future__ import annotations

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from alibabacloud_ecs20140526 import models
from alibabacloud_ecs20140526.client import Client
from alibabacloud_tea_openapi.models import Config

from tests.benchmarks.cloud import fleet_of


def main(url: str, hosts: str, threads: str) -> None:
    fleet = fleet_of(int(hosts))
    key, region = fleet["accounts"][0]["access_keys"][0], fleet["regions"][0]
    config = Config(
        access_key_id=key["access_key_id"],
        access_key_secret=key["access_key_secret"],
        endpoint=url.partition("://")[2],
        protocol="HTTP",
        region_id=region,
    )
    client = Client(config)

    def change(instance_id: str) -> None:
        request = models.ModifyInstanceVncPasswdRequest(
            instance_id=instance_id, region_id=region, vnc_password="aB3xyz"
        )
        client.modify_instance_vnc_passwd(request)

    ids = [one["instance_id"] for one in fleet["instances"]]
    change(ids[0])
    wall, cpu = time.monotonic(), time.process_time()
    for start in range(0, len(ids), 100):
        wanted = json.dumps(ids[start : start + 100])
        client.describe_instances(
            models.DescribeInstancesRequest(instance_ids=wanted, max_results=100, region_id=region)
        )
    with ThreadPoolExecutor(int(threads)) as pool:
        list(pool.map(change, ids))
    print(json.dumps({"wall": time.monotonic() - wall, "cpu": time.process_time() - cpu}))


if __name__ == "__main__":
    main(*sys.argv[1:])
