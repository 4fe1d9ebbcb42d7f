# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The vendor's own SDK with a pool of threads, as a script of an operator's: ``python sdk.py FILE``.

FILE holds url, access_key, region, instance_ids and threads as JSON. One client is shared, as the vendor advises. Which
certificates it trusts is for SSL_CERT_FILE to say: the SDK verifies as it does against the vendor's real endpoints.
"""

from __future__ import annotations

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from alibabacloud_ecs20140526 import models
from alibabacloud_ecs20140526.client import Client
from alibabacloud_tea_openapi.models import Config


def main(order: dict[str, Any]) -> None:
    protocol, _mark, host = order["url"].partition("://")
    key, region, ids = order["access_key"], order["region"], order["instance_ids"]
    config = Config(
        access_key_id=key[0],
        access_key_secret=key[1],
        endpoint=host,
        protocol=protocol.upper(),
        region_id=region,
    )
    client = Client(config)

    def change(instance_id: str) -> None:
        request = models.ModifyInstanceVncPasswdRequest(
            instance_id=instance_id, region_id=region, vnc_password="aB3xyz"
        )
        client.modify_instance_vnc_passwd(request)

    for start in range(0, len(ids), 100):
        wanted = json.dumps(ids[start : start + 100])
        client.describe_instances(
            models.DescribeInstancesRequest(instance_ids=wanted, max_results=100, region_id=region)
        )
    with ThreadPoolExecutor(order["threads"]) as pool:
        list(pool.map(change, ids))


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
