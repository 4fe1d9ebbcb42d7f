# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The vendor's SDK reads servers, finds its project, and gets consoles."""

from __future__ import annotations

import time
from urllib.parse import parse_qs, urlsplit

import pytest
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException, SdkException, ServerResponseException
from huaweicloudsdkecs.v2 import (
    EcsClient,
    GetServerRemoteConsoleOption,
    ListServersDetailsRequest,
    NovaListServersDetailsRequest,
    NovaShowServerRequest,
    SerialConsoleOptions,
    ShowSerialConsoleActionsRequest,
    ShowServerConsoleOutputRequest,
    ShowServerRemoteConsoleRequest,
    ShowServerRemoteConsoleRequestBody,
    ShowServerRequest,
    UpdateSerialConsoleOptionsRequest,
    UpdateSerialConsoleOptionsRequestBody,
)

from tests.emulator.client import Emulator
from tests.fidelity.servers.clients import HuaweiPlace, huawei_client

UNKNOWN = "47bc79ae-df61-4ade-9197-283a74e5d70e"


def console(ecs: EcsClient, server_id: str, protocol: str = "vnc", kind: str = "novnc") -> str:
    option = GetServerRemoteConsoleOption(protocol=protocol, type=kind)
    body = ShowServerRemoteConsoleRequestBody(remote_console=option)
    answer = ecs.show_server_remote_console(ShowServerRemoteConsoleRequest(server_id=server_id, body=body))
    assert (answer.remote_console.protocol, answer.remote_console.type) == ("vnc", "novnc")
    return str(answer.remote_console.url)


def test_show_server(ecs: EcsClient, huawei: HuaweiPlace) -> None:
    wanted = huawei.servers()[0]
    server = ecs.show_server(ShowServerRequest(server_id=wanted["instance_id"])).server
    assert (server.id, server.name, server.status) == (wanted["instance_id"], wanted["name"], "ACTIVE")
    assert (server.os_ext_st_svm_state, server.os_ext_st_stask_state, server.os_ext_st_spower_state) == (
        "active",
        None,
        1,
    )
    assert server.metadata["os_type"].lower() == wanted["os_type"]
    assert server.tags == wanted["tags"]
    launched = time.strftime("%Y-%m-%dT%H:%M:%S.000000", time.gmtime(wanted["launched_at"]))
    assert server.os_srv_us_glaunched_at == launched
    assert server.tenant_id == huawei.project_id


def test_unknown_server(ecs: EcsClient, estate_other: str) -> None:
    for server_id in (UNKNOWN, "a-name", estate_other):
        with pytest.raises(ClientRequestException) as caught:
            ecs.show_server(ShowServerRequest(server_id=server_id))
        assert (caught.value.status_code, caught.value.error_code) == (404, "Ecs.0114")


@pytest.fixture
def estate_other(huawei: HuaweiPlace) -> str:
    """A server of the same account in another project."""
    return next(one["instance_id"] for one in huawei.part["servers"] if one["project_id"] != huawei.project_id)


def ids(ecs: EcsClient, **query: object) -> list[str]:
    return [one.id for one in ecs.list_servers_details(ListServersDetailsRequest(**query)).servers]


def test_pages_are_numbered_from_one(ecs: EcsClient, huawei: HuaweiPlace) -> None:
    everything = {one["instance_id"] for one in huawei.part["servers"] if one["project_id"] == huawei.project_id}
    answer = ecs.list_servers_details(ListServersDetailsRequest(limit=5))
    assert (answer.count, len(answer.servers)) == (len(everything), 5)
    pages = [ids(ecs, limit=5, offset=number) for number in range(1, 5)]
    assert {one for page in pages for one in page} == everything
    assert ids(ecs, limit=5, offset=0) == pages[0]
    assert pages[0] == [one.id for one in answer.servers]
    assert ids(ecs, limit=5, offset=99) == []


def test_filters(ecs: EcsClient, cloud: Emulator, huawei: HuaweiPlace) -> None:
    first, second = huawei.servers()[:2]
    wanted = [first["instance_id"], second["instance_id"]]
    assert set(ids(ecs, server_id=f"{','.join(wanted)},{UNKNOWN}")) == set(wanted)
    assert first["instance_id"] in ids(ecs, name=first["name"][3:-1].upper())
    assert ids(ecs, name=f"^{first['name']}$") == [first["instance_id"]]
    cloud.change_server(wanted[0], tags=["owner=anna", "seen"])
    assert ids(ecs, tags="owner=anna") == ids(ecs, tags="owner") == ids(ecs, tags="seen") == wanted[:1]
    assert ids(ecs, tags="owner=ann") == wanted[:1]  # a part of the value is enough
    assert wanted[0] not in ids(ecs, not_tags="owner=anna")
    cloud.change_server(wanted[1], status="MIGRATING")
    assert set(wanted) <= set(ids(ecs, status="ACTIVE"))
    assert ids(ecs, status="MIGRATING") == wanted[1:]


@pytest.mark.parametrize("query", [{"limit": 1001}, {"limit": 0}, {"status": "SLEEPY"}, {"name": "("}])
def test_bad_query(ecs: EcsClient, query: dict[str, object]) -> None:
    with pytest.raises(ClientRequestException) as caught:
        ids(ecs, **query)
    assert (caught.value.status_code, caught.value.error_code) == (400, "Ecs.0005")


def test_project_is_discovered(cloud: Emulator, huawei: HuaweiPlace) -> None:
    client = huawei_client(cloud, huawei.key, huawei.region, None)
    assert client.list_servers_details(ListServersDetailsRequest()).count > 0
    (row,) = cloud.log("KeystoneListProjects")
    assert (row["cloud"], row["region"], row["account_id"]) == ("huawei", huawei.region, huawei.account["account_id"])


def test_no_project_of_that_name(cloud: Emulator, huawei: HuaweiPlace) -> None:
    with pytest.raises(SdkException, match="Failed to get project id"):
        huawei_client(cloud, huawei.key, "no-such-region-1", None).list_servers_details(ListServersDetailsRequest())


@pytest.mark.parametrize("project_id", ["0" * 32, "b6f64e3245ae4df9adca3446580ee0c1"])
def test_project_of_somebody_else(cloud: Emulator, huawei: HuaweiPlace, project_id: str) -> None:
    with pytest.raises(ClientRequestException) as caught:
        huawei_client(cloud, huawei.key, huawei.region, project_id).list_servers_details(ListServersDetailsRequest())
    assert (caught.value.status_code, caught.value.error_code) == (400, "Ecs.0023")


def test_console_url(ecs: EcsClient, cloud: Emulator, huawei: HuaweiPlace) -> None:
    wanted = huawei.servers()[0]["instance_id"]
    url = console(ecs, wanted)
    query = parse_qs(urlsplit(url).query)
    assert url.startswith(f"{cloud.url}/vnc_auto.html?token=")
    assert (query["lang"], query["tLength"]) == (["EN"], ["70"])
    (row,) = cloud.consoles()
    assert (row["cloud"], row["instance_id"], row["url"], row["token"]) == ("huawei", wanted, url, query["token"][0])
    assert {url, row["token"]} <= set(cloud.secrets())
    assert cloud.counters()["writes"] == 0


@pytest.mark.parametrize(
    ("server", "protocol", "kind", "status", "code"),
    [
        (UNKNOWN, "vnc", "novnc", 404, "Ecs.0114"),
        (None, "vnc", "spice-html5", 400, "Ecs.0005"),
        (None, "serial", "serial", 400, "Ecs.0005"),
    ],
)
def test_console_refused(
    ecs: EcsClient, huawei: HuaweiPlace, server: str | None, protocol: str, kind: str, status: int, code: str
) -> None:
    with pytest.raises(ClientRequestException) as caught:
        console(ecs, server or huawei.servers()[0]["instance_id"], protocol, kind)
    assert (caught.value.status_code, caught.value.error_code) == (status, code)


def test_console_of_a_stopped_server(ecs: EcsClient, cloud: Emulator, huawei: HuaweiPlace) -> None:
    """Whether the real one refuses is not documented; both can be had."""
    wanted = huawei.servers()[0]["instance_id"]
    cloud.change_server(wanted, status="SHUTOFF")
    with pytest.raises(ClientRequestException) as caught:
        console(ecs, wanted)
    assert (caught.value.status_code, caught.value.error_code) == (400, "Ecs.0100")
    cloud.configure(huawei_dead_urls=True)
    assert console(ecs, wanted)


def test_serial_console(ecs: EcsClient, cloud: Emulator, huawei: HuaweiPlace) -> None:
    wanted = huawei.servers()[0]["instance_id"]
    with pytest.raises(ClientRequestException) as caught:
        ecs.show_serial_console_actions(ShowSerialConsoleActionsRequest(server_id=wanted))
    assert caught.value.error_code == "Ecs.0100"
    body = UpdateSerialConsoleOptionsRequestBody(serial_console_options=SerialConsoleOptions(enabled=True))
    ecs.update_serial_console_options(UpdateSerialConsoleOptionsRequest(server_id=wanted, body=body))
    answer = ecs.show_serial_console_actions(ShowSerialConsoleActionsRequest(server_id=wanted))
    assert answer.serial_console.url.startswith(f"{cloud.websocket_url}/?token=")
    assert cloud.counters()["writes"] == 1


# Huawei's SDK calls the methods of its Nova part old, and they are what is tested here
@pytest.mark.filterwarnings("ignore:Method .nova_:DeprecationWarning")
def test_nova_reading(ecs: EcsClient, huawei: HuaweiPlace) -> None:
    wanted = huawei.servers()[0]
    server = ecs.nova_show_server(NovaShowServerRequest(server_id=wanted["instance_id"])).server
    assert (server.id, server.status) == (wanted["instance_id"], "ACTIVE")
    first = ecs.nova_list_servers_details(NovaListServersDetailsRequest(limit=5)).servers
    rest = ecs.nova_list_servers_details(NovaListServersDetailsRequest(limit=100, marker=first[-1].id)).servers
    everything = {one["instance_id"] for one in huawei.part["servers"] if one["project_id"] == huawei.project_id}
    assert {one.id for one in (*first, *rest)} == everything
    with pytest.raises(ClientRequestException) as caught:
        ecs.nova_show_server(NovaShowServerRequest(server_id=UNKNOWN))
    assert (caught.value.status_code, caught.value.error_msg) == (404, f"Instance {UNKNOWN} could not be found.")


def test_server_errors_have_their_own_exception(ecs: EcsClient, cloud: Emulator) -> None:
    cloud.add_fault("error", cloud="huawei", status=500, code="Common.0001", first=1)
    with pytest.raises(ServerResponseException) as caught:
        ids(ecs)
    assert (caught.value.status_code, caught.value.error_code) == (500, "Common.0001")
    assert ids(ecs, limit=1)


def test_console_output(ecs: EcsClient, cloud: Emulator, huawei: HuaweiPlace) -> None:
    """The last 50 lines, or as many as are asked for; -1 asks for all."""
    wanted = huawei.servers()[0]["instance_id"]
    cloud.change_server(wanted, console_log="".join(f"line {number}\n" for number in range(60)))
    for length, lines in ((None, 50), (2, 2), (-1, 60)):
        answer = ecs.show_server_console_output(ShowServerConsoleOutputRequest(server_id=wanted, length=length))
        assert len(answer.output.splitlines()) == lines
        assert answer.output.endswith("line 59\n")
    with pytest.raises(ClientRequestException) as caught:
        ecs.show_server_console_output(ShowServerConsoleOutputRequest(server_id=UNKNOWN))
    assert (caught.value.status_code, caught.value.error_code) == (404, "Ecs.0114")
