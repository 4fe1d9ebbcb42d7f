# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each call of each cloud with a right answer to it, for tests that bend the answers."""

from __future__ import annotations

import json
import typing as t
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from ansible_collections.cloudops.console.plugins.module_utils._http import Client, Policy, Request, Response, Trust
from ansible_collections.cloudops.console.plugins.module_utils._models import Access, Instance
from ansible_collections.cloudops.console.plugins.module_utils._provider import open_provider
from ansible_collections.cloudops.console.plugins.module_utils._rate_limit import RateLimiter
from ansible_collections.cloudops.console.plugins.module_utils._sessions import SessionRequest

from tests.unit.fuzz.hostile_values import SECRET

ONE = "d6a39163-764f-4f29-bda3-1cd0c9689a3d"
PROJECT = "b6f64e3245ae4df9adca3446580ee0c1"
IMPATIENT = Policy(timeout=1.0, retries=0)


class Said(Client):
    """A client with which the other side says what a function says."""

    def __init__(self, answer: Callable[[Request], Response]) -> None:
        super().__init__(Trust(), IMPATIENT)
        self._answer = answer
        self.requests = 0

    async def send(self, request: Request) -> Response:
        self.requests += 1
        assert self.requests < 2000, "it asks and asks"
        return self._answer(request)


@dataclass(frozen=True)
class Call:
    """One call of a provider, and what a right answer to it is."""

    name: str
    work: Callable[[t.Any, Client], Awaitable[t.Any]]
    whole: dict[str, t.Any]


def _server(**more: t.Any) -> dict[str, t.Any]:
    return {
        "id": ONE,
        "name": "web",
        "status": "ACTIVE",
        "OS-EXT-STS:task_state": None,
        "OS-EXT-AZ:availability_zone": "z",
        "metadata": {"os_type": "Linux", "vpc_id": "v"},
        "addresses": {
            "v": [
                {"addr": "192.0.2.1", "version": 4, "OS-EXT-IPS:type": "floating"},
                {"addr": "10.0.0.1", "version": "4", "OS-EXT-IPS:type": "fixed"},
            ]
        },
        **more,
    }


ECS_INSTANCE = {
    "InstanceId": "i-1",
    "RegionId": "cn-hangzhou",
    "ZoneId": "cn-hangzhou-b",
    "InstanceName": "web",
    "Status": "Running",
    "OSType": "linux",
    "IoOptimized": True,
    "StartTime": "2026-01-02T03:04Z",
    "Tags": {"Tag": [{"TagKey": "env", "TagValue": "test"}]},
    "VpcAttributes": {"VpcId": "vpc-1", "PrivateIpAddress": {"IpAddress": ["10.0.0.1"]}},
    "InnerIpAddress": {"IpAddress": []},
    "PublicIpAddress": {"IpAddress": ["192.0.2.1"]},
    "EipAddress": {"IpAddress": "192.0.2.2"},
}
_SESSION = {
    "SessionId": "s-1",
    "CreationTime": "2026-01-02T03:04:05Z",
    "Username": "root",
    "PortNumber": "22",
    "ClientIP": "192.0.2.1",
    "Connections": {"Connection": [{"InstanceId": "i-1", "Status": "Connected", "StartTime": "2026-01-02T03:04:05Z"}]},
}
REFUSALS: dict[str, dict[str, t.Any]] = {
    "alibaba": {"Code": "Forbidden.RAM", "Message": f"no {SECRET}", "RequestId": "R-1", "HostId": "h"},
    "huawei": {"error": {"code": "Ecs.0100", "message": f"no {SECRET}"}},
    "openstack": {"badRequest": {"code": 400, "message": f"no {SECRET}"}},
}
_REQUEST = SessionRequest("i-1", "token-1")
ALIBABA = (
    Call(
        "describe",
        lambda cloud, client: cloud.describe_instances(client, ["i-1"]),
        {"RequestId": "R-1", "Instances": {"Instance": [ECS_INSTANCE]}},
    ),
    Call(
        "find",
        lambda cloud, client: cloud.find_instances(client, {"env": "test"}),
        {"RequestId": "R-1", "NextToken": "", "Instances": {"Instance": [ECS_INSTANCE]}},
    ),
    Call("set", lambda cloud, client: cloud.set_vnc_password(client, "i-1", SECRET), {"RequestId": "R-1"}),
    Call(
        "console",
        lambda cloud, client: cloud.console(client, Instance("i-1", "cn-hangzhou", "Running"), "novnc"),
        {"RequestId": "R-1", "VncUrl": "wss%3A%2F%2Fhz01-vncproxy.aliyun.com%2F%3Fs%3DevvjPtnpB"},
    ),
    Call(
        "output",
        lambda cloud, client: cloud.console_output(client, "i-1", 101),
        {"RequestId": "R-1", "ConsoleOutput": "bG9naW46IA==", "LastUpdateTime": "2026-01-02 03:04:05"},
    ),
    Call(
        "screenshot",
        lambda cloud, client: cloud.screenshot(client, "i-1"),
        {"RequestId": "R-1", "Screenshot": "/9j/4AAQSkZJRgABAQEASABIAAD/2Q=="},
    ),
    Call(
        "restart",
        lambda cloud, client: cloud.restart(client, "i-1", force_stop=False, dry_run=True),
        {"RequestId": "R-1"},
    ),
    Call(
        "start session",
        lambda cloud, client: cloud.start_session(client, _REQUEST),
        {"RequestId": "R-1", "SessionId": "s-1", "SecurityToken": "t", "WebSocketUrl": "wss://example.com/"},
    ),
    Call("end session", lambda cloud, client: cloud.end_session(client, "s-1"), {"RequestId": "R-1"}),
    Call(
        "list sessions",
        lambda cloud, client: cloud.list_sessions(client, instance_id="i-1"),
        {"RequestId": "R-1", "NextToken": "", "Sessions": {"Session": [_SESSION]}},
    ),
)
_TAGGED = _server(tags=["env=test", {"key": "os", "value": "linux"}])
_OUTPUT = Call("output", lambda cloud, client: cloud.console_output(client, ONE, 101), {"output": "login: \x1b[1m"})
HUAWEI = (
    Call("describe", lambda cloud, client: cloud.describe_instances(client, [ONE]), {"server": _TAGGED}),
    Call("describe two", lambda cloud, client: cloud.describe_instances(client, [ONE, ONE]), {"servers": [_TAGGED]}),
    Call("find", lambda cloud, client: cloud.find_instances(client, {"env": "test"}), {"servers": [_TAGGED] * 2}),
    Call(
        "console",
        lambda cloud, client: cloud.console(client, Instance(ONE, "cn-north-4", "ACTIVE"), "novnc"),
        {"remote_console": {"protocol": "vnc", "type": "novnc", "url": f"https://example.com/?token={SECRET}"}},
    ),
    _OUTPUT,
)
_NOVA_CONSOLE = {"protocol": "vnc", "type": "novnc", "url": "https://h:6080/vnc_auto.html?path=%3Ftoken%3Dx"}
OPENSTACK = (
    Call("describe", lambda cloud, client: cloud.describe_instances(client, [ONE]), {"server": _server()}),
    Call(
        "find",
        lambda cloud, client: cloud.find_instances(client, {"os_type": "Linux"}),
        {"servers": [_server()], "servers_links": [{"rel": "next", "href": "x"}]},
    ),
    Call(
        "console",
        lambda cloud, client: cloud.console(client, Instance(ONE, "RegionOne", "ACTIVE"), "novnc"),
        {"server": _server(), "remote_console": _NOVA_CONSOLE},
    ),
    _OUTPUT,
)
CALLS = {"alibaba": ALIBABA, "huawei": HUAWEI, "openstack": OPENSTACK}

TOKEN = {
    "token": {
        "expires_at": "2126-01-02T03:04:05.000000Z",
        "project": {"id": PROJECT},
        "catalog": [
            {
                "type": "compute",
                "endpoints": [
                    {"interface": "public", "url": "http://127.0.0.1/v2.1", "region": "R", "region_id": "R"},
                    {"interface": "internal", "url": "http://127.0.0.2/v2.1", "region": "R", "region_id": "R"},
                ],
            }
        ],
    }
}
_AUTH = {
    "auth_url": "http://127.0.0.1:5000/v3",
    "username": "ops",
    "password": SECRET,
    "user_domain_name": "Default",
    "project_id": PROJECT,
}


def token_answer() -> Response:
    """A right answer of Keystone; only the token that it gives goes to Nova, never the password."""
    return Response(201, {"x-subject-token": SECRET}, json.dumps(TOKEN).encode())


def opened(name: str) -> t.Any:
    """A client of this cloud, whose secret is SECRET."""
    options: dict[str, dict[str, t.Any]] = {
        "alibaba": {"region": "cn-hangzhou", "access_key_id": "LTAI", "access_key_secret": SECRET},
        "huawei": {
            "region": "cn-north-4",
            "access_key_id": "AK",
            "access_key_secret": SECRET,
            "project_id": PROJECT,
        },
        "openstack": {"auth": tuple(_AUTH.items())},
    }
    access = Access(provider=name, endpoint="" if name == "openstack" else "http://127.0.0.1:1", **options[name])
    return open_provider(access, IMPATIENT, RateLimiter())
