# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Permissions, throttling, error shapes, tokens, and the operations that must never be called."""

from __future__ import annotations

import json
from typing import Any

import pytest
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException, RequestTimeoutException, SdkException
from huaweicloudsdkecs.v2 import (
    DeleteServerPasswordRequest,
    EcsClient,
    ListServersDetailsRequest,
    ResetServerPasswordOption,
    ResetServerPasswordRequest,
    ResetServerPasswordRequestBody,
    ShowResetPasswordFlagRequest,
    ShowServerPasswordRequest,
    ShowServerRequest,
)

from tests.emulator.client import ControlError, Emulator
from tests.fidelity.servers.clients import HuaweiPlace, ask, huawei_client

LIST = ListServersDetailsRequest()


def refused(ecs: EcsClient) -> ClientRequestException:
    with pytest.raises(ClientRequestException) as caught:
        ecs.list_servers_details(LIST)
    return caught.value


def test_denied_by_policy(ecs: EcsClient, cloud: Emulator, huawei: HuaweiPlace) -> None:
    one, other = (server["instance_id"] for server in huawei.servers()[:2])
    key = huawei.key["access_key_id"]
    cloud.deny(key, {"actions": ["ListServersDetails"]}, {"actions": ["ShowServer"], "instances": [one]})
    problem = refused(ecs)
    assert (problem.status_code, problem.error_code) == (403, "Pdp.0001")
    assert problem.error_msg == "Policy does not allow ecs:cloudServers:list to be performed."
    assert problem.encoded_auth_msg
    ecs.show_server(ShowServerRequest(server_id=other))
    with pytest.raises(ClientRequestException):
        ecs.show_server(ShowServerRequest(server_id=one))
    cloud.deny(key)
    ecs.list_servers_details(LIST)


def test_denied_by_ecs_and_by_iam(ecs: EcsClient, cloud: Emulator, huawei: HuaweiPlace) -> None:
    cloud.deny(huawei.key["access_key_id"], {"code": "Ecs.0003"})
    problem = refused(ecs)
    assert (problem.status_code, problem.error_code, problem.encoded_auth_msg) == (403, "Ecs.0003", None)
    with pytest.raises(SdkException, match="not authorized"):
        huawei_client(cloud, huawei.key, "cn-east-3", None).list_servers_details(LIST)


@pytest.mark.parametrize(("code", "status"), [("APIGW.0308", 429), ("Common.1503", 429), ("Common.0024", 202)])
def test_quota(ecs: EcsClient, cloud: Emulator, code: str, status: int) -> None:
    """A throttle with status 202 is none to the SDK, and of a 429 it keeps the status alone; the log has both."""
    cloud.configure(huawei_throttle=code)
    cloud.set_quotas({"action": "ListServersDetails", "calls": 1, "seconds": 60})
    ecs.list_servers_details(LIST)
    if status == 202:
        ecs.list_servers_details(LIST)
    else:
        assert refused(ecs).status_code == status
    assert [(row["status"], row["code"]) for row in cloud.log("ListServersDetails")] == [(200, ""), (status, code)]
    (row,) = cloud.counters()["by_action"]
    assert (row["cloud"], row["calls"], row["ok"], row["errors"]) == ("huawei", 2, 1, {code: 1})


@pytest.mark.parametrize(
    ("code", "shape", "keys"),
    [
        ("Ecs.0002", "", {"error"}),
        ("Ecs.1000", "internal", {"error", "internalError"}),
        ("APIGW.0201", "", {"error_msg", "error_code", "request_id"}),
        ("Common.0001", "flat", {"code", "message"}),
        ("Common.0001", "camel", {"errorCode", "errorMsg"}),
        ("Ecs.0002", "nova", {"badRequest"}),
        ("Ecs.0002", "iam", {"error"}),
    ],
)
def test_shapes_of_a_fault(
    ecs: EcsClient, cloud: Emulator, huawei: HuaweiPlace, code: str, shape: str, keys: set[str]
) -> None:
    """The SDK finds code and message in each of them; a 400 may well be something that passes."""
    token = huawei_token(cloud, huawei)
    cloud.add_fault("error", cloud="huawei", status=400, code=code, shape=shape, message="Try again later.", first=2)
    problem = refused(ecs)
    assert problem.status_code == 400
    assert problem.error_msg == "Try again later."
    if shape not in ("nova", "iam"):
        assert problem.error_code == code
    path = f"/v1/{huawei.project_id}/cloudservers/detail"
    assert set(json.loads(ask(cloud, "GET", path, {"X-Auth-Token": token})[2])) == keys
    ecs.list_servers_details(LIST)


def test_mistyped_shape_is_refused(cloud: Emulator) -> None:
    with pytest.raises(ControlError, match="shape must be"):
        cloud.add_fault("error", shape="round")


@pytest.mark.parametrize("kind", ["drop_request", "drop_answer", "reset", "truncate", "html"])
def test_broken_answers(ecs: EcsClient, cloud: Emulator, kind: str) -> None:
    cloud.add_fault(kind, cloud="huawei", first=1)
    with pytest.raises((SdkException, RequestTimeoutException, ValueError, OSError)):
        ecs.list_servers_details(LIST)
    assert ecs.list_servers_details(LIST).count > 0


def test_faults_know_their_cloud(ecs: EcsClient, cloud: Emulator) -> None:
    cloud.add_fault("error", cloud=["alibaba", "openstack"])
    assert ecs.list_servers_details(LIST).count > 0


def test_unknown_api(cloud: Emulator) -> None:
    status, _headers, body = ask(cloud, "GET", "/v1/nothing/here")
    assert (status, json.loads(body)["error_code"]) == (404, "APIGW.0101")


def test_password_operations_are_counted(ecs: EcsClient, cloud: Emulator, huawei: HuaweiPlace) -> None:
    wanted = huawei.servers()[0]["instance_id"]
    option = ResetServerPasswordOption(new_password="Guest-Pass-1", is_check_password=True)
    body = ResetServerPasswordRequestBody(reset_password=option)
    ecs.reset_server_password(ResetServerPasswordRequest(server_id=wanted, body=body))
    ecs.delete_server_password(DeleteServerPasswordRequest(server_id=wanted))
    ecs.show_server_password(ShowServerPasswordRequest(server_id=wanted))
    assert ecs.show_reset_password_flag(ShowResetPasswordFlagRequest(server_id=wanted)).resetpwd_flag == "True"
    writes = {row["action"]: row["writes"] for row in cloud.counters()["by_action"] if row["writes"]}
    assert writes == {"ResetServerPassword": 1, "DeleteServerPassword": 1}
    assert "Guest-Pass-1" in cloud.secrets()

    cloud.configure(refuse_writes=True)
    with pytest.raises(ClientRequestException) as caught:
        ecs.reset_server_password(ResetServerPasswordRequest(server_id=wanted, body=body))
    assert caught.value.status_code == 403
    assert cloud.counters()["refused_writes"] == 1


def huawei_token(cloud: Emulator, huawei: HuaweiPlace, **changes: Any) -> str:
    status, headers, _body = log_in(cloud, huawei, **changes)
    assert status == 201
    return str(headers["X-Subject-Token"])


def log_in(cloud: Emulator, huawei: HuaweiPlace, **changes: Any) -> tuple[int, Any, bytes]:
    (user,) = huawei.account["users"]
    login = {"domain": {"name": huawei.account["name"]}, "name": user["name"], "password": user["password"], **changes}
    identity = {"methods": ["password"], "password": {"user": login}}
    body = {"auth": {"identity": identity, "scope": {"project": {"name": huawei.region}}}}
    return ask(cloud, "POST", "/v3/auth/tokens?nocatalog=true", body=body)


def test_token(cloud: Emulator, huawei: HuaweiPlace) -> None:
    token = huawei_token(cloud, huawei)
    path = f"/v1/{huawei.project_id}/cloudservers/detail"
    assert ask(cloud, "GET", path, {"X-Auth-Token": token})[0] == 200
    projects = json.loads(ask(cloud, "GET", "/v3/auth/projects", {"X-Auth-Token": token})[2])["projects"]
    assert {one["name"] for one in projects} == {one["name"] for one in huawei.account["projects"]}
    other = huawei.account["projects"][1]["id"]
    status, _headers, body = ask(cloud, "GET", f"/v1/{other}/cloudservers/detail", {"X-Auth-Token": token})
    assert (status, json.loads(body)["error"]["code"]) == (400, "Ecs.0023")
    assert token in cloud.secrets()
    cloud.set_clock_offset(24 * 3600 + 1)
    status, _headers, body = ask(cloud, "GET", path, {"X-Auth-Token": token})
    assert (status, json.loads(body)["error_code"]) == (401, "APIGW.0307")


def test_wrong_password(cloud: Emulator, huawei: HuaweiPlace) -> None:
    status, _headers, body = log_in(cloud, huawei, password="wrong")
    assert (status, json.loads(body)["error"]["code"], json.loads(body)["error"]["title"]) == (401, 401, "Unauthorized")


def test_nova_console_and_its_microversions(cloud: Emulator, huawei: HuaweiPlace) -> None:
    headers = {"X-Auth-Token": huawei_token(cloud, huawei)}
    wanted = huawei.servers()[0]["instance_id"]
    path = f"/v2.1/{huawei.project_id}/servers/{wanted}/remote-consoles"
    body = {"remote_console": {"protocol": "vnc", "type": "novnc"}}

    def send(**more: str) -> tuple[int, dict[str, Any]]:
        status, _headers, answer = ask(cloud, "POST", path, {**headers, **more}, body)
        return status, json.loads(answer)

    status, answer = send(**{"X-OpenStack-Nova-API-Version": "2.6"})
    assert (status, answer["remote_console"]["type"]) == (200, "novnc")
    assert answer["remote_console"]["url"].startswith(f"{cloud.url}/vnc.auto.html?token=")
    assert send(**{"OpenStack-API-Version": "compute 2.6"})[0] == 200
    assert send() == (404, {"itemNotFound": {"code": 404, "message": "The resource could not be found."}})
    assert send(**{"OpenStack-API-Version": "compute 2.999"})[0] == 406
    cloud.change_server(wanted, task_state="migrating")
    status, answer = send(**{"OpenStack-API-Version": "compute 2.6"})
    assert (status, "InstanceInvalidState" in answer["computeFault"]["message"]) == (500, True)
