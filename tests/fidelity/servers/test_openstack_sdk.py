# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""openstacksdk logs in, reads servers and gets consoles, errors and all."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from keystoneauth1.exceptions import NotFound, Unauthorized
from openstack.connection import Connection
from openstack.exceptions import (
    BadRequestException,
    ConflictException,
    ForbiddenException,
    HttpException,
    NotFoundException,
)

from tests.emulator.client import Emulator
from tests.fidelity.servers.clients import OpenstackPlace, connect

# openstacksdk warns of its own ways, whatever one calls
pytestmark = pytest.mark.filterwarnings("ignore::PendingDeprecationWarning", "ignore::DeprecationWarning:openstack")
UNKNOWN = "47bc79ae-df61-4ade-9197-283a74e5d70e"


@pytest.fixture
def wanted(stack: OpenstackPlace) -> str:
    return stack.servers()[0]["instance_id"]


def test_password(nova: Connection, cloud: Emulator, stack: OpenstackPlace) -> None:
    assert nova.current_project_id == stack.project_id
    assert nova.compute.get_endpoint() == cloud.compute_url


def test_application_credential(cloud: Emulator, stack: OpenstackPlace, wanted: str) -> None:
    with connect(cloud, stack.credential_login()) as connection:
        assert connection.compute.get_server(wanted).status == "ACTIVE"
        assert connection.current_project_id == stack.project_id


def test_token(nova: Connection, cloud: Emulator, stack: OpenstackPlace, wanted: str) -> None:
    login = {"auth_type": "v3token", "auth": {"token": nova.auth_token, "project_id": stack.project_id}}
    with connect(cloud, login) as connection:
        assert connection.compute.get_server(wanted).id == wanted
        assert connection.auth_token != nova.auth_token
    assert {nova.auth_token, stack.user("operator")["password"]} <= set(cloud.secrets())


@pytest.mark.parametrize(
    ("login", "changes", "error"),
    [
        ("password", {"password": "wrong"}, Unauthorized),
        ("password", {"username": "nobody"}, Unauthorized),
        ("password", {"project_id": "0" * 32}, Unauthorized),
        ("credential", {"application_credential_secret": "wrong"}, Unauthorized),
        ("credential", {"application_credential_id": "0" * 32}, NotFound),
    ],
)
def test_login_refused(
    cloud: Emulator, stack: OpenstackPlace, login: str, changes: dict[str, str], error: type[Exception]
) -> None:
    options = stack.password_login("operator") if login == "password" else stack.credential_login()
    wrong = {**options, "auth": {**options["auth"], **changes}}
    with connect(cloud, wrong) as connection, pytest.raises(error):
        connection.session.get_token()


def test_project_by_name(cloud: Emulator, stack: OpenstackPlace) -> None:
    login = stack.password_login("operator")
    auth = {name: value for name, value in login["auth"].items() if name != "project_id"}
    auth |= {"project_name": "operations", "project_domain_name": "Default"}
    with connect(cloud, {**login, "auth": auth}) as connection:
        assert connection.current_project_id == stack.project_id
    other = {**login, "auth": {**auth, "project_name": "other"}}
    with connect(cloud, other) as connection, pytest.raises(Unauthorized):
        connection.session.get_token()


@pytest.mark.parametrize("interface", ["public", "internal", "admin"])
def test_catalogue(cloud: Emulator, stack: OpenstackPlace, wanted: str, interface: str) -> None:
    with connect(cloud, stack.password_login("operator"), interface=interface) as connection:
        assert connection.compute.get_server(wanted).id == wanted


@pytest.mark.parametrize("end", ["expire", "revoke", "clock"])
def test_token_that_ended_is_renewed_by_the_client(nova: Connection, cloud: Emulator, wanted: str, end: str) -> None:
    old = nova.auth_token
    if end == "expire":
        assert cloud.expire_tokens() == 1
    elif end == "revoke":
        assert cloud.revoke_tokens("openstack") == 1
    else:
        cloud.set_clock_offset(3601)
    assert nova.compute.get_server(wanted).id == wanted
    assert nova.auth_token != old
    assert cloud.calls("IssueToken", cloud="openstack") == 2
    assert [row["status"] for row in cloud.log("ShowServer")] == [401, 200]


def test_revoked_by_its_owner(nova: Connection, cloud: Emulator, wanted: str) -> None:
    answer = nova.session.delete(f"{cloud.auth_url}/auth/tokens", headers={"X-Subject-Token": nova.auth_token})
    assert answer.status_code == 204
    assert nova.compute.get_server(wanted).id == wanted
    assert cloud.calls("IssueToken") == 2


def test_show_server(nova: Connection, cloud: Emulator, stack: OpenstackPlace) -> None:
    data = stack.servers()[0]
    server = nova.compute.get_server(data["instance_id"])
    assert (server.name, server.status, server.vm_state, server.task_state) == (data["name"], "ACTIVE", "active", None)
    assert server.launched_at == time.strftime("%Y-%m-%dT%H:%M:%S.000000", time.gmtime(data["launched_at"]))
    cloud.change_server(data["instance_id"], status="SHUTOFF")
    server = nova.compute.get_server(data["instance_id"])
    assert (server.status, server.vm_state, server.power_state) == ("SHUTOFF", "stopped", 4)


@pytest.mark.parametrize("name", [UNKNOWN, "not-an-id"])
def test_unknown_server(nova: Connection, name: str) -> None:
    with pytest.raises(NotFoundException, match=f"Instance {name} could not be found"):
        nova.compute.get_server(name)
    assert nova.compute.find_server(name) is None


def test_find_by_name(nova: Connection, stack: OpenstackPlace) -> None:
    data = stack.servers()[0]
    found = nova.compute.find_server(data["name"], ignore_missing=False)
    assert found.id == data["instance_id"]


def test_pages(nova: Connection, cloud: Emulator, stack: OpenstackPlace) -> None:
    found = [one.id for one in nova.compute.servers(limit=7)]
    assert sorted(found) == sorted(one["instance_id"] for one in stack.part["servers"])
    assert cloud.calls("ListServersDetail") >= 5
    assert {one.id for one in nova.compute.servers(details=False)} == set(found)
    with pytest.raises(BadRequestException, match="marker"):
        list(nova.compute.servers(marker=UNKNOWN))


def test_filters(nova: Connection, cloud: Emulator, stack: OpenstackPlace) -> None:
    one, two = (data["instance_id"] for data in stack.servers()[:2])
    cloud.change_server(one, tags=["blue", "big"])
    cloud.change_server(two, tags=["blue"], status="SHUTOFF")

    def ids(**query: Any) -> set[str]:
        return {server.id for server in nova.compute.servers(**query)}

    assert ids(tags="blue") == {one, two}
    assert ids(tags="blue,big") == {one}
    assert ids(any_tags="big,small") == {one}
    assert two in ids(not_tags="blue,big")
    assert one not in ids(not_any_tags="big")
    assert two in ids(status="SHUTOFF")
    assert one not in ids(status="SHUTOFF")


@pytest.mark.parametrize(
    ("kind", "protocol", "start"),
    [
        ("novnc", "vnc", "{url}/vnc_auto.html?path=%3Ftoken%3D"),
        ("spice-html5", "spice", "{url}/spice_auto.html?token="),
        ("serial", "serial", "{ws}/?token="),
        ("webmks", "mks", "{url}/mks.html?token="),
        ("spice-direct", "spice", "{url}/nova?token="),
    ],
)
def test_console_types(nova: Connection, cloud: Emulator, wanted: str, kind: str, protocol: str, start: str) -> None:
    cloud.configure(
        nova_max_version="2.104", nova_consoles=["novnc", "spice-html5", "serial", "webmks", "spice-direct"]
    )
    console = nova.compute.create_server_remote_console(wanted, protocol=protocol, type=kind)
    assert (console.protocol, console.type) == (protocol, kind)
    assert console.url.startswith(start.format(url=cloud.url, ws=cloud.websocket_url))
    (row,) = cloud.consoles()
    assert unquote(console.url).endswith(f"token={row['token']}")
    assert {row["token"], row["url"]} <= set(cloud.secrets())
    again = nova.compute.create_console(wanted, console_type=kind)
    assert again is not None
    assert again["url"] != console.url
    assert cloud.counters()["writes"] == 0


@pytest.mark.parametrize(
    ("protocol", "kind", "words"),
    [
        ("vnc", "banana", "'banana' is not one of"),
        ("telnet", "novnc", "'telnet' is not one of"),
        ("vnc", "xvpvnc", "Invalid console type xvpvnc"),
        ("vnc", "serial", "Invalid console type serial"),
        ("rdp", "rdp-html5", "Unavailable console type rdp-html5."),
    ],
)
def test_console_refused(nova: Connection, wanted: str, protocol: str, kind: str, words: str) -> None:
    with pytest.raises(BadRequestException, match=words):
        nova.compute.create_server_remote_console(wanted, protocol=protocol, type=kind)


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"status": "SHELVED_OFFLOADED"}, ConflictException, "is not ready"),
        ({"status": "ERROR", "placed": False}, ConflictException, "is not ready"),
        ({"status": "MIGRATING"}, HttpException, "InstanceInvalidState"),
        ({"task_state": "deleting"}, HttpException, "InstanceInvalidState"),
        ({"host_down": True}, HttpException, "MessagingTimeout"),
        ({"consoles": ["serial"]}, BadRequestException, "Unavailable console type novnc."),
        ({"consoles": []}, HttpException, "not supported"),
    ],
)
def test_states_without_a_console(
    nova: Connection, cloud: Emulator, wanted: str, change: dict[str, object], error: type[Exception], words: str
) -> None:
    cloud.change_server(wanted, **change)
    with pytest.raises(error, match=words):
        nova.compute.create_server_remote_console(wanted, protocol="vnc", type="novnc")


def test_dead_host_takes_its_time(nova: Connection, cloud: Emulator, wanted: str) -> None:
    cloud.configure(rpc_response_seconds=0.5)
    cloud.change_server(wanted, host_down=True)
    assert nova.compute.get_server(wanted).status == "ACTIVE"
    began = time.monotonic()
    with pytest.raises(HttpException, match="MessagingTimeout"):
        nova.compute.create_server_remote_console(wanted, protocol="vnc", type="novnc")
    assert time.monotonic() - began >= 0.5


def test_reader(cloud: Emulator, stack: OpenstackPlace, wanted: str) -> None:
    with connect(cloud, stack.password_login("auditor")) as connection:
        assert connection.compute.get_server(wanted).id == wanted
        with pytest.raises(ForbiddenException, match="os_compute_api:os-remote-consoles"):
            connection.compute.create_server_remote_console(wanted, protocol="vnc", type="novnc")
        cloud.configure(nova_new_policy=False)
        assert connection.compute.create_server_remote_console(wanted, protocol="vnc", type="novnc").url


def test_denied_user(nova: Connection, cloud: Emulator, wanted: str) -> None:
    cloud.deny_user("operator", {"actions": ["ShowServer"], "instances": [wanted]})
    with pytest.raises(ForbiddenException, match="os_compute_api:servers:show"):
        nova.compute.get_server(wanted)
    cloud.deny_user("operator")
    assert nova.compute.get_server(wanted).id == wanted


def test_what_an_administrator_sees_of_a_token(
    nova: Connection, cloud: Emulator, stack: OpenstackPlace, wanted: str
) -> None:
    url = nova.compute.create_server_remote_console(wanted, protocol="vnc", type="novnc").url
    token = parse_qs(urlsplit(url).query)["path"][0].partition("token=")[2]
    with pytest.raises(ForbiddenException):
        nova.compute.validate_console_auth_token(token)
    with connect(cloud, stack.password_login("admin")) as admin:
        assert admin.compute.validate_console_auth_token(token).instance_uuid == wanted
        cloud.set_clock_offset(601)
        with pytest.raises(NotFoundException, match="Token not found"):
            admin.compute.validate_console_auth_token(token)


def test_writes_are_counted_and_can_be_refused(nova: Connection, cloud: Emulator, wanted: str) -> None:
    nova.compute.stop_server(wanted)
    assert cloud.server(wanted)["status"] == "SHUTOFF"
    nova.compute.start_server(wanted)
    nova.compute.change_server_password(wanted, "Guest-Pass-2")
    assert "Guest-Pass-2" in cloud.secrets()
    writes = {row["action"]: row["writes"] for row in cloud.counters()["by_action"] if row["writes"]}
    assert writes == {"os-stop": 1, "os-start": 1, "changePassword": 1}
    cloud.configure(refuse_writes=True)
    with pytest.raises(ForbiddenException):
        nova.compute.reboot_server(wanted, "SOFT")
    assert cloud.counters()["refused_writes"] == 1


def test_faults_and_quotas(nova: Connection, cloud: Emulator, wanted: str) -> None:
    nova.authorize()
    cloud.add_fault("error", cloud="openstack", action="ShowServer", status=403, message="So it is.", first=1)
    with pytest.raises(ForbiddenException, match="So it is"):
        nova.compute.get_server(wanted)
    cloud.add_fault("html", cloud="openstack", first=1)
    with pytest.raises(HttpException) as caught:
        nova.compute.get_server(wanted)
    assert caught.value.status_code == 502
    cloud.set_quotas({"action": "ShowServer", "calls": 1, "seconds": 60})
    nova.compute.get_server(wanted)
    with pytest.raises(HttpException) as caught:
        nova.compute.get_server(wanted)
    assert caught.value.status_code == 429


def test_pace_is_kept_for_each_project(nova: Connection, cloud: Emulator, stack: OpenstackPlace, wanted: str) -> None:
    nova.compute.get_server(wanted)
    rows = {(row["account_id"], row["region"]): row["calls"] for row in cloud.pace()}
    assert rows[stack.project_id, "RegionOne"] >= 1


def test_console_output(nova: Connection, cloud: Emulator, stack: OpenstackPlace, wanted: str) -> None:
    cloud.change_server(wanted, console_log="one\ntwo\x1b[0m\nthree\n")
    assert nova.compute.get_server_console_output(wanted)["output"] == "one\ntwo[0m\nthree\n"
    assert nova.compute.get_server_console_output(wanted, length=1)["output"] == "three\n"
    with (
        connect(cloud, stack.password_login("auditor")) as connection,
        pytest.raises(ForbiddenException, match="os_compute_api:os-console-output"),
    ):
        connection.compute.get_server_console_output(wanted)
    cloud.change_server(wanted, console_log=None)
    with pytest.raises(NotFoundException, match="does not have a console available"):
        nova.compute.get_server_console_output(wanted)
