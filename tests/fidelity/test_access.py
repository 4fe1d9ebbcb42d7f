# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Signatures, keys, tokens, time, permissions and quotas."""

from __future__ import annotations

import json
import time

import pytest
from alibabacloud_ecs20140526 import models
from alibabacloud_ecs20140526.client import Client
from alibabacloud_tea_openapi.exceptions import AlibabaCloudException

from tests.emulator.client import Emulator
from tests.fidelity.sdk import Place, RawCaller, sdk_client

ACTION = "ModifyInstanceVncPasswd"


@pytest.fixture
def request_of_change(place: Place) -> models.ModifyInstanceVncPasswdRequest:
    return models.ModifyInstanceVncPasswdRequest(
        region_id=place.region, instance_id=place.instances(io_optimized=True)[0]["instance_id"], vnc_password="Ecs123"
    )


def error_of(client: Client, request: models.ModifyInstanceVncPasswdRequest) -> AlibabaCloudException:
    with pytest.raises(AlibabaCloudException) as caught:
        client.modify_instance_vnc_passwd(request)
    return caught.value


def test_unknown_and_disabled_key(
    cloud: Emulator, place: Place, request_of_change: models.ModifyInstanceVncPasswdRequest
) -> None:
    stranger = sdk_client(cloud, {**place.key, "access_key_id": "LTAI5tNobody"}, place.region)
    problem = error_of(stranger, request_of_change)
    assert (problem.status_code, problem.code) == (404, "InvalidAccessKeyId.NotFound")
    cloud.change_key(place.key["access_key_id"], inactive=True)
    problem = error_of(sdk_client(cloud, place.key, place.region), request_of_change)
    assert (problem.status_code, problem.code) == (400, "InvalidAccessKeyId.Inactive")
    assert [row["outcome"] for row in cloud.received()] == [
        "refused: InvalidAccessKeyId.NotFound",
        "refused: InvalidAccessKeyId.Inactive",
    ]


def test_wrong_secret_shows_the_query(
    cloud: Emulator, place: Place, request_of_change: models.ModifyInstanceVncPasswdRequest
) -> None:
    forger = sdk_client(cloud, {**place.key, "access_key_secret": "wrong"}, place.region)
    problem = error_of(forger, request_of_change)
    assert (problem.status_code, problem.code) == (400, "SignatureDoesNotMatch")
    assert "VncPassword=Ecs123" in problem.message


@pytest.mark.parametrize(("offset", "code"), [(800, None), (-800, None), (1000, "Expired"), (-1000, "Expired")])
def test_clock_skew(
    ecs: Client,
    cloud: Emulator,
    request_of_change: models.ModifyInstanceVncPasswdRequest,
    offset: float,
    code: str | None,
) -> None:
    cloud.set_clock_offset(offset)
    if code is None:
        ecs.modify_instance_vnc_passwd(request_of_change)
        return
    problem = error_of(ecs, request_of_change)
    assert (problem.status_code, problem.code) == (400, "InvalidTimeStamp.Expired")


def test_security_token(
    cloud: Emulator, place: Place, request_of_change: models.ModifyInstanceVncPasswdRequest
) -> None:
    key_id = place.key["access_key_id"]
    cloud.change_key(key_id, security_token="CAIS/+=token")

    def code_with(token: str | None) -> str:
        client = sdk_client(cloud, {**place.key, "security_token": token}, place.region)
        return str(error_of(client, request_of_change).code)

    assert code_with(None) == "MissingSecurityToken"
    assert code_with("another") == "InvalidSecurityToken.MismatchWithAccessKey"
    sdk_client(cloud, {**place.key, "security_token": "CAIS/+=token"}, place.region).modify_instance_vnc_passwd(
        request_of_change
    )
    cloud.change_key(key_id, expires_at=time.time() - 1)
    assert code_with("CAIS/+=token") == "InvalidSecurityToken.Expired"


def test_permission_for_some_and_for_all(
    ecs: Client, cloud: Emulator, place: Place, request_of_change: models.ModifyInstanceVncPasswdRequest
) -> None:
    key_id, mine = place.key["access_key_id"], request_of_change.instance_id
    cloud.deny(key_id, {"actions": [ACTION], "instances": ["i-another"]})
    ecs.modify_instance_vnc_passwd(request_of_change)
    cloud.deny(key_id, {"actions": [ACTION], "instances": [mine]})
    problem = error_of(ecs, request_of_change)
    assert (problem.status_code, problem.code) == (403, "Forbidden.RAM")
    assert problem.access_denied_detail["AuthAction"] == f"ecs:{ACTION}"
    cloud.deny(key_id, {"actions": [ACTION]})
    assert error_of(ecs, request_of_change).code == "Forbidden.RAM"
    cloud.deny(key_id)
    ecs.modify_instance_vnc_passwd(request_of_change)


def test_writes_can_be_refused(
    ecs: Client, cloud: Emulator, place: Place, request_of_change: models.ModifyInstanceVncPasswdRequest
) -> None:
    cloud.configure(refuse_writes=True)
    assert error_of(ecs, request_of_change).status_code == 403
    ecs.describe_instances(models.DescribeInstancesRequest(region_id=place.region))
    counters = cloud.counters()
    assert (counters["refused_writes"], counters["writes"], counters["ok"]) == (1, 1, 1)


def test_quota(ecs: Client, cloud: Emulator, request_of_change: models.ModifyInstanceVncPasswdRequest) -> None:
    cloud.set_quotas({"action": ACTION, "calls": 2, "seconds": 60})
    for _each in range(2):
        ecs.modify_instance_vnc_passwd(request_of_change)
    problem = error_of(ecs, request_of_change)
    assert (problem.status_code, problem.code) == (400, "Throttling.User")
    assert 0 < problem.retry_after <= 60_000


def test_raw_request_is_good(raw: RawCaller, place: Place) -> None:
    status, body = raw.send(raw.headers("DescribeInstances"), {"RegionId": place.region})
    assert status == 200
    assert json.loads(body)["TotalCount"] == 40


def test_nonce_is_used_once(raw: RawCaller, place: Place) -> None:
    headers = raw.headers("DescribeInstances")
    assert raw.send(headers, {"RegionId": place.region})[0] == 200
    status, body = raw.send(headers, {"RegionId": place.region})
    assert (status, json.loads(body)["Code"]) == (400, "SignatureNonceUsed")


def test_form_body_counts_when_it_is_signed(raw: RawCaller, cloud: Emulator, place: Place) -> None:
    wanted = place.instances(io_optimized=True)[0]["instance_id"]
    body = f"InstanceId={wanted}&VncPassword=Ecs123".encode()
    headers = {**raw.headers(ACTION, body), "content-type": "application/x-www-form-urlencoded"}
    assert raw.send(headers, {"RegionId": place.region}, body)[0] == 200
    assert cloud.instance(wanted)["in_force"] == "Ecs123"
    headers = {**raw.headers(ACTION), "content-type": "application/x-www-form-urlencoded"}
    status, answer = raw.send(headers, {"RegionId": place.region}, body)
    assert (status, json.loads(answer)["Code"]) == (400, "InvalidContentSha256")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"x-acs-date": "yesterday"}, "InvalidTimeStamp.Format"),
        ({"x-acs-version": "2013-01-10"}, "InvalidVersion"),
        ({"x-acs-action": "DeleteInstance"}, "InvalidAction.NotFound"),
        ({"x-acs-signature-nonce": None}, "Missingx-acs-signature-nonce"),
    ],
)
def test_wrong_header(raw: RawCaller, place: Place, change: dict[str, str | None], code: str) -> None:
    headers = {**raw.headers("DescribeInstances"), **change}
    kept = {name: value for name, value in headers.items() if value is not None}
    assert json.loads(raw.send(kept, {"RegionId": place.region})[1])["Code"] == code


@pytest.mark.parametrize(
    ("after", "code"),
    [
        ({"x-acs-extra": "unsigned"}, "IncompleteSignature"),
        ({"authorization": "ACS3-HMAC-SHA256 nonsense"}, "IncompleteSignature"),
        ({"x-acs-action": "DescribeRegions"}, "SignatureDoesNotMatch"),
    ],
)
def test_header_changed_after_signing(raw: RawCaller, place: Place, after: dict[str, str], code: str) -> None:
    headers = raw.headers("DescribeInstances")
    assert json.loads(raw.send(headers, {"RegionId": place.region}, after=after)[1])["Code"] == code
