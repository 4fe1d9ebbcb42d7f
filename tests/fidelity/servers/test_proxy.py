# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The URLs given out lead to something, as long as they should."""

from __future__ import annotations

import base64
import os
import socket
from collections.abc import Iterator
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from alibabacloud_ecs20140526 import models
from huaweicloudsdkecs.v2 import (
    EcsClient,
    GetServerRemoteConsoleOption,
    ShowServerRemoteConsoleRequest,
    ShowServerRemoteConsoleRequestBody,
)
from openstack.connection import Connection
from websockets.exceptions import ConnectionClosedError
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tests.emulator.client import Emulator
from tests.emulator.fleet import Fleet
from tests.fidelity.sdk import sdk_client
from tests.fidelity.servers.clients import HuaweiPlace, OpenstackPlace, ask

# openstacksdk warns of its own ways, whatever one calls
pytestmark = pytest.mark.filterwarnings("ignore::PendingDeprecationWarning", "ignore::DeprecationWarning:openstack")
GREETING = b"RFB 003.008\n"


def websocket(cloud: Emulator, url: str) -> str:
    """Return what the page at this URL connects to."""
    path = parse_qs(urlsplit(url).query)["path"][0]
    return f"{cloud.websocket_url}/{path}"


def join(url: str) -> ClientConnection:
    return connect(url, open_timeout=5, close_timeout=1, proxy=None)


def greets(url: str) -> bool:
    """False only when the proxy dropped the connection without a close frame."""
    with join(url) as connection:
        try:
            return connection.recv(timeout=5) == GREETING
        except ConnectionClosedError as problem:
            return problem.rcvd is not None


@pytest.fixture
def wanted(stack: OpenstackPlace) -> str:
    return stack.servers()[0]["instance_id"]


@pytest.fixture
def url(nova: Connection, cloud: Emulator, wanted: str) -> str:
    page = nova.compute.create_server_remote_console(wanted, protocol="vnc", type="novnc").url
    assert ask(cloud, "GET", page.removeprefix(cloud.url))[0] == 200
    return websocket(cloud, page)


def test_novnc_opens_any_number_of_times(cloud: Emulator, url: str) -> None:
    assert [greets(url) for _each in range(3)] == [True, True, True]
    assert [row["opened"] for row in cloud.consoles()] == [3]


def test_unknown_token(cloud: Emulator) -> None:
    assert not greets(f"{cloud.websocket_url}/?token=00000000-0000-0000-0000-000000000000")
    assert not greets(f"{cloud.websocket_url}/")


def test_expired_token(cloud: Emulator, url: str) -> None:
    cloud.set_clock_offset(599)
    assert greets(url)
    cloud.set_clock_offset(601)
    assert not greets(url)


@pytest.mark.parametrize("change", [{"status": "SHUTOFF"}, {"status": "SUSPENDED"}, {"host_down": True}])
def test_nothing_to_see(cloud: Emulator, url: str, wanted: str, change: dict[str, object]) -> None:
    cloud.change_server(wanted, **change)
    assert not greets(url)


def test_stopped_server_gets_a_dead_url(nova: Connection, cloud: Emulator, wanted: str) -> None:
    cloud.change_server(wanted, status="SHUTOFF")
    page = nova.compute.create_server_remote_console(wanted, protocol="vnc", type="novnc").url
    assert not greets(websocket(cloud, page))


def test_serial_echoes(nova: Connection, wanted: str) -> None:
    address = nova.compute.create_server_remote_console(wanted, protocol="serial", type="serial").url
    with join(address) as connection:
        assert b"login:" in connection.recv(timeout=5)
        connection.send(b"root\r")
        assert connection.recv(timeout=5) == b"root\r"


def test_subprotocol(cloud: Emulator, url: str) -> None:
    with connect(url, subprotocols=[Subprotocol("binary"), Subprotocol("base64")], proxy=None) as connection:
        assert connection.subprotocol == "binary"
        assert connection.recv(timeout=5) == GREETING
    assert cloud.consoles()[0]["opened"] == 1


def test_bytes_on_the_wire(cloud: Emulator) -> None:
    """A bad token: 101, then the end of the stream and not one byte more."""
    host, _colon, port = cloud.url.partition("://")[2].rpartition(":")
    key = base64.b64encode(os.urandom(16)).decode()
    request = (
        f"GET /?token=bad HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    with socket.create_connection((host, int(port)), timeout=5) as line:
        line.sendall(request.encode())
        received = b"".join(_until_end(line))
    head, _blank, rest = received.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 101 ")
    assert rest == b""


def _until_end(line: socket.socket) -> Iterator[bytes]:
    while data := line.recv(4096):
        yield data


def test_huawei_token_opens_once(ecs: EcsClient, cloud: Emulator, huawei: HuaweiPlace) -> None:
    option = GetServerRemoteConsoleOption(protocol="vnc", type="novnc")
    body = ShowServerRemoteConsoleRequestBody(remote_console=option)
    request = ShowServerRemoteConsoleRequest(server_id=huawei.servers()[0]["instance_id"], body=body)
    page = ecs.show_server_remote_console(request).remote_console.url
    assert ask(cloud, "GET", page.removeprefix(cloud.url))[0] == 200
    token = parse_qs(urlsplit(page).query)["token"][0]
    with connect(
        f"{cloud.websocket_url}/websockify", additional_headers={"Cookie": f"token={token}"}, proxy=None
    ) as connection:
        assert connection.recv(timeout=5) == GREETING
    assert not greets(f"{cloud.websocket_url}/?token={token}")


def test_alibaba_url(cloud: Emulator, estate: Fleet) -> None:
    cloud.configure(vnc_base=f"{cloud.websocket_url}/websockify/")
    instance = estate["instances"][0]
    account = next(one for one in estate["accounts"] if one["account_id"] == instance["account_id"])
    client = sdk_client(cloud, account["access_keys"][0], instance["region"])
    request = models.DescribeInstanceVncUrlRequest(region_id=instance["region"], instance_id=instance["instance_id"])
    address = unquote(client.describe_instance_vnc_url(request).body.vnc_url)
    assert greets(address)
    cloud.set_clock_offset(16)
    assert not greets(address)
    assert not greets(f"{cloud.websocket_url}/websockify/?s=nonsense")
