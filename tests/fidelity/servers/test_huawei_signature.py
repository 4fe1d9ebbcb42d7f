# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The emulator's own signature code against the known answers, and what its gateway makes of bad ones."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException
from huaweicloudsdkecs.v2 import EcsClient, ListServersDetailsRequest

from tests.emulator.client import Emulator
from tests.emulator.huawei import signature as sign
from tests.fidelity.servers.clients import HuaweiPlace, ask, huawei_client

VECTORS = json.loads(Path(__file__).with_name("huawei_signatures.json").read_text(encoding="utf-8"))["vectors"]
GOOD = ListServersDetailsRequest()


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: str(vector["name"]))
def test_vector(vector: dict[str, Any]) -> None:
    claim = sign.read_claim(vector["authorization"])
    assert claim is not None
    headers = {name.lower(): value for name, value in vector["sent_headers"].items()}
    path, _mark, query = vector["sent_uri"].partition("?")
    pairs = parse_qsl(query, keep_blank_values=True)
    digest = sign.body_hash(vector["body"].encode(), headers)
    request = sign.canonical_request(vector["method"], path, pairs, headers, claim.signed_headers, digest)
    assert request == vector["canonical_request"]
    text = sign.string_to_sign(headers["x-sdk-date"], request)
    assert text == vector["string_to_sign"]
    assert claim.access_key_id == vector["ak"]
    assert sign.signature(vector["sk"], text) == claim.signature


@pytest.mark.parametrize("header", ["", "Bearer x", "SDK-HMAC-SHA256 Access=a", "SDK-HMAC-SHA256 ,=,,="])
def test_no_claim(header: str) -> None:
    assert sign.read_claim(header) is None


@pytest.mark.parametrize(
    ("raw", "canonical"),
    [("/v1/a", "/v1/a/"), ("/v1/a/", "/v1/a/"), ("/a%2Fb%20c~", "/a/b%20c~/"), ("/a+b*", "/a%2Bb%2A/")],
)
def test_canonical_path(raw: str, canonical: str) -> None:
    assert sign.canonical_path(raw) == canonical


def refused(client: EcsClient) -> tuple[int, str, str]:
    with pytest.raises(ClientRequestException) as caught:
        client.list_servers_details(GOOD)
    problem = caught.value
    assert problem.request_id
    return problem.status_code, problem.error_code, problem.error_msg


def test_wrong_secret_echoes_the_canonical_request(cloud: Emulator, huawei: HuaweiPlace) -> None:
    client = huawei_client(cloud, huawei.key, huawei.region, huawei.project_id, secret="wrong")
    status, code, message = refused(client)
    assert (status, code) == (401, "APIGW.0301")
    path = f"canonicalRequest:GET|/v1/{huawei.project_id}/cloudservers/detail/||content-type:application/json|host:"
    assert path in message
    assert f"Authorization: SDK-HMAC-SHA256 Access={huawei.key['access_key_id']}" in message
    assert "\n" not in message


def test_five_failures_lock_the_key(cloud: Emulator, ecs: EcsClient, huawei: HuaweiPlace) -> None:
    wrong = huawei_client(cloud, huawei.key, huawei.region, huawei.project_id, secret="wrong")
    for _each in range(4):
        assert "verify aksk signature fail" in refused(wrong)[2]
    ecs.list_servers_details(GOOD)  # a good one in between starts the count anew
    for _each in range(5):
        assert "verify aksk signature fail" in refused(wrong)[2]
    assert refused(ecs) == (
        401,
        "APIGW.0301",
        "Incorrect IAM authentication information: AK access failed to reach the limit,forbidden",
    )
    cloud.set_clock_offset(4 * 60)
    assert "reach the limit" in refused(ecs)[2]
    cloud.set_clock_offset(5 * 60 + 1)
    assert ecs.list_servers_details(GOOD).count > 0


@pytest.mark.parametrize(("offset", "good"), [(14.5, True), (-14.5, True), (15.5, False), (-15.5, False)])
def test_skew(cloud: Emulator, ecs: EcsClient, offset: float, good: bool) -> None:
    cloud.set_clock_offset(offset * 60)
    if good:
        ecs.list_servers_details(GOOD)
    else:
        assert "signature expired" in refused(ecs)[2]


def test_keys(cloud: Emulator, ecs: EcsClient, huawei: HuaweiPlace) -> None:
    stranger = {"access_key_id": "NOSUCHKEY", "access_key_secret": "x"}
    message = refused(huawei_client(cloud, stranger, huawei.region, huawei.project_id))[2]
    assert message.endswith("Get secretKey failed,ak:NOSUCHKEY,err:ak not exist")
    cloud.change_key(huawei.key["access_key_id"], inactive=True)
    assert "Get secretKey failed" in refused(ecs)[2]


def test_temporary_key(cloud: Emulator, ecs: EcsClient, huawei: HuaweiPlace) -> None:
    key_id = huawei.key["access_key_id"]
    cloud.change_key(key_id, security_token="temporary-token", expires_at=time.time() + 60)
    assert "security token" in refused(ecs)[2]
    key = {**huawei.key, "security_token": "temporary-token"}
    temporary = huawei_client(cloud, key, huawei.region, huawei.project_id)
    assert temporary.list_servers_details(GOOD).count > 0
    cloud.set_clock_offset(61)
    assert "token expires, expires_at: " in refused(temporary)[2]
    wrong = huawei_client(cloud, key, huawei.region, huawei.project_id, secret="wrong")
    assert "x-security-token:temporary-token" in refused(wrong)[2]
    assert "temporary-token" in cloud.secrets()


def signed(cloud: Emulator, huawei: HuaweiPlace, path: str, names: tuple[str, ...], **more: str) -> dict[str, str]:
    """Return headers that sign only some of what is sent."""
    headers = {
        "host": cloud.url.partition("://")[2],
        "x-sdk-date": time.strftime("%Y%m%dT%H%M%SZ", time.gmtime()),
        **more,
    }
    request = sign.canonical_request("GET", path, [], headers, names, hashlib.sha256(b"").hexdigest())
    text = sign.string_to_sign(headers["x-sdk-date"], request)
    digest = hmac.new(huawei.key["access_key_secret"].encode(), text.encode(), hashlib.sha256).hexdigest()
    claim = f"Access={huawei.key['access_key_id']}, SignedHeaders={';'.join(names)}, Signature={digest}"
    return {**headers, "authorization": f"SDK-HMAC-SHA256 {claim}"}


def test_host_and_date_must_be_signed(cloud: Emulator, huawei: HuaweiPlace) -> None:
    path = f"/v1/{huawei.project_id}/cloudservers/detail"
    assert ask(cloud, "GET", path, signed(cloud, huawei, path, ("host", "x-sdk-date")))[0] == 200
    assert ask(cloud, "GET", path, signed(cloud, huawei, path, ("x-sdk-date",)))[0] == 401
    assert ask(cloud, "GET", path, signed(cloud, huawei, path, ("host",)))[0] == 401


def test_no_signature_at_all(cloud: Emulator, huawei: HuaweiPlace) -> None:
    path = f"/v1/{huawei.project_id}/cloudservers/detail"
    for headers, code, words in (
        ({}, "APIGW.0301", "x-auth-token not found"),
        ({"x-auth-token": "nonsense"}, "APIGW.0301", "decrypt token fail"),
        ({"authorization": "Bearer x"}, "APIGW.0303", "Incorrect authorization format"),
    ):
        status, answered, body = ask(cloud, "GET", path, headers)
        answer = json.loads(body)
        assert (status, answer["error_code"]) == (401, code)
        assert words in answer["error_msg"]
        assert answer["request_id"] == answered["X-Request-Id"]
