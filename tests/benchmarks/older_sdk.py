# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The vendor's older SDK with a pool of threads, as a script of an operator's: ``python older_sdk.py FILE``.

FILE is that of sdk.py. The client is as it comes: it keeps ten connections, and all others for one call. It does not
look at SSL_CERT_FILE; so it is given the usual authorities with that one added, as operators do it.
"""

from __future__ import annotations

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import certifi
from aliyunsdkcore.client import AcsClient
from aliyunsdkcore.http import protocol_type
from aliyunsdkcore.request import CommonRequest


def bundle(folder: Path, ca: str) -> str:
    path = folder / "bundle.pem"
    path.write_text(Path(certifi.where()).read_text(encoding="utf-8") + Path(ca).read_text(encoding="utf-8"))
    return str(path)


def main(file: Path) -> None:
    order: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    protocol, _mark, place = order["url"].partition("://")
    (host, port), (key_id, secret), region = place.split(":"), order["access_key"], order["region"]
    verify = bundle(file.parent, order["ca"]) if order["ca"] else None
    client = AcsClient(key_id, secret, region, port=int(port), verify=verify)

    def call(action: str, **params: str) -> None:
        request = CommonRequest(domain=host, version="2014-05-26", action_name=action)
        # It compares by identity
        request.set_protocol_type(protocol_type.HTTPS if protocol == "https" else protocol_type.HTTP)
        request.set_method("POST")
        for name, value in {"RegionId": region, **params}.items():
            request.add_query_param(name, value)
        client.do_action_with_exception(request)

    def change(instance_id: str) -> None:
        call("ModifyInstanceVncPasswd", InstanceId=instance_id, VncPassword="aB3xyz")

    ids = order["instance_ids"]
    for start in range(0, len(ids), 100):
        call("DescribeInstances", InstanceIds=json.dumps(ids[start : start + 100]), MaxResults="100")
    with ThreadPoolExecutor(order["threads"]) as pool:
        list(pool.map(change, ids))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
