# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The cloud that the benchmarks run against answers as the emulator does."""

from __future__ import annotations

import http.client
import json
import re
import ssl
from collections.abc import Iterator
from typing import Any

import pytest

from tests.benchmarks.bench_folder import Cloud as Lean
from tests.benchmarks.bench_folder import Way, cloud_of
from tests.benchmarks.floor import signed
from tests.benchmarks.lean_cloud import Cloud, fleet_of
from tests.emulator.client import Emulator

REQUEST_ID = re.compile(r"[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}")


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator.start(fleet_of(3)) as running:
        yield running


@pytest.fixture(scope="module")
def lean() -> Iterator[Lean]:
    with cloud_of(3, 0.0) as running:
        yield running


def connect(way: Way) -> http.client.HTTPConnection:
    host = way.url.partition("://")[2]
    if not way.ca:
        return http.client.HTTPConnection(host, timeout=10)
    return http.client.HTTPSConnection(host, timeout=10, context=ssl.create_default_context(cafile=way.ca))


def ask(way: Way, action: str, query: str) -> tuple[int, dict[str, Any], set[str]]:
    """Return status, body without the request id, and the names of the headers."""
    key = fleet_of(3)["accounts"][0]["access_keys"][0]
    host = way.url.partition("://")[2]
    headers = signed(host, action, query, (key["access_key_id"], key["access_key_secret"]))
    connection = connect(way)
    try:
        connection.request("POST", f"/?{query}", headers=headers)
        answer = connection.getresponse()
        body = json.loads(answer.read())
        assert REQUEST_ID.fullmatch(body.pop("RequestId"))
        return answer.status, body, {name.lower() for name in answer.headers}
    finally:
        connection.close()


@pytest.mark.parametrize("by", ["TLS", "plain"])
@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("action", ["DescribeInstances", "ModifyInstanceVncPasswd", "DescribeInstanceVncUrl"])
def test_answers_are_alike(emulator: Emulator, lean: Lean, action: str, known: bool, by: str) -> None:
    fleet = fleet_of(3)
    ids = [one["instance_id"] for one in fleet["instances"]] if known else ["i-unknown"]
    region = fleet["regions"][0]
    query = {
        "DescribeInstances": "InstanceIds=%5B" + "%2C".join(f"%22{one}%22" for one in ids) + "%5D&MaxResults=100",
        "ModifyInstanceVncPasswd": f"InstanceId={ids[0]}",
        "DescribeInstanceVncUrl": f"InstanceId={ids[0]}",
    }[action]
    query += f"&RegionId={region}" + ("&VncPassword=aB3xyz" if action.startswith("Modify") else "")
    status, body, names = ask(Way(emulator.url, ""), action, query)
    found = ask(lean.tls if by == "TLS" else lean.plain, action, query)
    assert found[0] == status
    assert found[2] == names
    if known and action == "DescribeInstances":
        assert found[1] == body
        assert len(body["Instances"]["Instance"]) == 3
    elif known:
        assert set(found[1]) == set(body)
    else:
        assert found[1].get("Code") == body.get("Code")
        assert found[1].get("Message") == body.get("Message")


def test_certificate_is_that_of_its_own_authority(lean: Lean) -> None:
    """Clients of Python 3.13 and later are strict from the start."""
    host, context = lean.tls.url.partition("://")[2], ssl.create_default_context(cafile=lean.tls.ca)
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    connection = http.client.HTTPSConnection(host, timeout=10, context=context)
    connection.connect()
    assert isinstance(connection.sock, ssl.SSLSocket)
    assert connection.sock.version() == "TLSv1.3"
    connection.close()
    with pytest.raises(ssl.SSLCertVerificationError):
        http.client.HTTPSConnection(host, timeout=10).connect()


def test_signatures_are_checked_where_that_is_wanted() -> None:
    cloud = Cloud(fleet_of(1))
    ((key_id, secret),) = cloud.keys.items()
    good = signed("h", "DescribeInstances", "MaxResults=100", (key_id, secret))
    bad = signed("h", "DescribeInstances", "MaxResults=100", (key_id, f"{secret}x"))
    body_hash = good["x-acs-content-sha256"]
    assert cloud.is_signed([("MaxResults", "100")], good, body_hash)
    assert not cloud.is_signed([("MaxResults", "100")], bad, body_hash)


def test_pages_are_alike(emulator: Emulator, lean: Lean) -> None:
    """The order and the end of a list; a token is opaque to clients."""
    query = f"MaxResults=100&RegionId={fleet_of(3)['regions'][0]}"
    status, body, names = ask(Way(emulator.url, ""), "DescribeInstances", query)
    assert ask(lean.plain, "DescribeInstances", query) == (status, body, names)
    assert body["NextToken"] == ""


def test_a_list_of_many_pages() -> None:
    cloud, region = Cloud(fleet_of(250)), fleet_of(250)["regions"][0]
    token, found = "", []
    for size in (100, 100, 50):
        _status, text = cloud.answer("DescribeInstances", {"MaxResults": "100", "NextToken": token}, b"R")
        page = json.loads(text)
        assert len(page["Instances"]["Instance"]) == size
        found += [one["InstanceId"] for one in page["Instances"]["Instance"]]
        token = page["NextToken"]
    assert token == ""
    assert sorted(found) == sorted(one["instance_id"] for one in fleet_of(250)["instances"])
    assert region in text.decode()
