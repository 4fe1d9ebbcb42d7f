# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The operations against scripted answers: what is sent, what comes back, what is never sent twice."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import typing as t

import pytest
from ansible_collections.cloudops.console.plugins.module_utils import _http
from ansible_collections.cloudops.console.plugins.module_utils._errors import (
    AuthenticationError,
    ConsoleError,
    NotFound,
    UnexpectedAnswer,
    WrongState,
)
from ansible_collections.cloudops.console.plugins.module_utils._http import Policy, Request, Response
from ansible_collections.cloudops.console.plugins.module_utils._huawei import credentials as huawei_credentials
from ansible_collections.cloudops.console.plugins.module_utils._huawei import errors, rpc
from ansible_collections.cloudops.console.plugins.module_utils._huawei.provider import HuaweiProvider
from ansible_collections.cloudops.console.plugins.module_utils._huawei.rpc import REFRESH_BEFORE
from ansible_collections.cloudops.console.plugins.module_utils._models import Access as HuaweiAccess
from ansible_collections.cloudops.console.plugins.module_utils._models import Instance
from ansible_collections.cloudops.console.plugins.module_utils._rate_limit import RateLimiter

from tests.unit.scripted_client import ScriptedClient, answer

PROJECT = "13c67a214ced4afb88d911ae4bd5721a"
ONE = "47bc79ae-df61-4ade-9197-283a74e5d70e"
TWO = "5a1d2c3b-0000-4ade-9197-283a74e5d70f"
URL = "https://nova-novncproxy.example.com:8002/vnc_auto.html?token=abc&lang=EN&tLength=70"
CONSOLE = {"remote_console": {"type": "novnc", "protocol": "vnc", "url": URL}}
PROJECTS = "GET /v3/projects?name=cn-north-4"
SHOW = f"GET /v1/{PROJECT}/cloudservers/{ONE}"
V1 = f"POST /v1/{PROJECT}/cloudservers/{ONE}/remote_console"
NOVA = f"POST /v2.1/{PROJECT}/servers/{ONE}/remote-consoles"
SERVER = {
    "id": ONE,
    "name": "web",
    "status": "ACTIVE",
    "OS-EXT-STS:task_state": None,
    "OS-EXT-AZ:availability_zone": "cn-north-4a",
    "metadata": {"os_type": "Linux"},
    "tags": ["team=billing", "plain"],
}
REFUSED = {"error_msg": "verify aksk signature fail|x-security-token:tok", "error_code": "APIGW.0301"}


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_http, "FIRST_PAUSE", 0.001)
    monkeypatch.setattr(errors, "_THROTTLE_PAUSE", 0.001)


def provider(*, retries: int = 2, patient: bool = True, **more: t.Any) -> HuaweiProvider:
    given = {
        "region": "cn-north-4",
        "project_id": PROJECT,
        "access_key_id": "AK",
        "access_key_secret": "secret-key",
        **more,
    }
    return HuaweiProvider(HuaweiAccess(**given), Policy(5.0, retries, patient), RateLimiter(in_flight=20))


def running(status: str = "ACTIVE") -> Instance:
    return Instance(ONE, "cn-north-4", status)


def test_console_v1() -> None:
    client = ScriptedClient({V1: answer(200, CONSOLE, x_request_id="rid")})
    found = asyncio.run(provider(security_token="tok").console(client, running(), "novnc"))
    assert found.to_result() == {
        "vnc_url": URL,
        "websocket_url": None,
        "expires_in": None,
        "protocol": "vnc",
        "type": "novnc",
        "request_id": "rid",
    }
    sent = client.sent[0]
    assert sent.url.startswith("https://ecs.cn-north-4.myhuaweicloud.com/v1/")
    assert json.loads(sent.body) == {"remote_console": {"protocol": "vnc", "type": "novnc"}}
    assert sent.headers["x-security-token"] == "tok"
    assert "SignedHeaders=content-type;host;x-project-id;x-sdk-date;x-security-token," in sent.headers["authorization"]


def test_console_nova() -> None:
    client = ScriptedClient({NOVA: answer(200, CONSOLE)})
    found = asyncio.run(provider(api="nova").console(client, running(), "novnc"))
    assert found.expires_in == 600
    assert client.sent[0].headers["x-openstack-nova-api-version"] == "2.6"
    assert "x-openstack-nova-api-version" in client.sent[0].headers["authorization"]


@pytest.mark.parametrize("status", ["SHUTOFF", "SHELVED_OFFLOADED", "DELETED"])
def test_no_console_of_a_dead_server(status: str) -> None:
    client = ScriptedClient({})
    with pytest.raises(WrongState, match=f"is {status}") as caught:
        asyncio.run(provider().console(client, running(status), "novnc"))
    assert caught.value.message.startswith(f"Asking for the console of {ONE} in cn-north-4 failed")
    assert client.sent == []


def test_bad_input_sends_nothing() -> None:
    client = ScriptedClient({})
    for instance, kind in ((running(), "serial"), (Instance("web-1", "cn-north-4", "ACTIVE"), "novnc")):
        with pytest.raises(ConsoleError):
            asyncio.run(provider().console(client, instance, kind))
    with pytest.raises(ConsoleError, match="may be a server's name"):
        asyncio.run(provider().describe_instances(client, ["web-1"]))
    refused: tuple[dict[str, t.Any], ...] = (
        {"api": "v3"},
        {"project_id": "../x"},
        {"region": ""},
        {"endpoint": "http://x.example.com"},
    )
    for bad in refused:
        with pytest.raises(ConsoleError):
            provider(**bad)
    assert client.sent == []


def test_a_url_that_is_none() -> None:
    body = {"remote_console": {"type": "novnc", "protocol": "vnc", "url": "javascript:alert(1)"}}
    with pytest.raises(UnexpectedAnswer, match="something other than a URL"):
        asyncio.run(provider().console(ScriptedClient({V1: answer(200, body)}), running(), "novnc"))


def test_describe_one_and_unknown() -> None:
    client = ScriptedClient({SHOW: answer(200, {"server": SERVER})})
    (found,) = asyncio.run(provider().describe_instances(client, [ONE]))
    assert found.to_result() == {
        "instance_id": ONE,
        "name": "web",
        "region": "cn-north-4",
        "zone": "cn-north-4a",
        "status": "ACTIVE",
        "os_type": "linux",
        "io_optimized": None,
        "started_at": None,
        "tags": {"team": "billing", "plain": ""},
    }
    gone = ScriptedClient({SHOW: answer(404, {"error": {"code": "Ecs.0114", "message": "The ECS does not exist."}})})
    assert asyncio.run(provider().describe_instances(gone, [ONE])) == []


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (404, {"error": {"code": "Ecs.0114", "message": "The ECS does not exist."}}),
        (404, {"itemNotFound": {"code": 404, "message": "Instance could not be found."}}),
    ],
)
def test_an_unknown_server_is_told_as_the_service_told_it(status: int, body: dict[str, t.Any]) -> None:
    client = ScriptedClient({SHOW: answer(status, body, x_request_id="R-1")})
    with pytest.raises(NotFound) as caught:
        asyncio.run(provider().describe_instance(client, ONE))
    error = caught.value
    assert (error.code in ("Ecs.0114", "itemNotFound"), error.status, error.request_id) == (True, 404, "R-1")


@pytest.mark.parametrize("status", [200, 302, 404, 429, 502])
def test_an_answer_that_cannot_be_read_keeps_its_request_id(status: int) -> None:
    """Its body is a page of something in between, or nothing; the gateway's header is still there."""
    client = ScriptedClient({SHOW: answer(status, b"<html>", x_request_id="R-2")})
    with pytest.raises(ConsoleError) as caught:
        asyncio.run(provider(retries=0, patient=False).describe_instance(client, ONE))
    assert (caught.value.status, caught.value.request_id) == (status, "R-2")


def test_a_request_id_that_echoes_the_key_is_not_shown() -> None:
    """Whatever is in between can put into its header what it was sent."""
    one = provider(retries=0)
    credentials = asyncio.run(one.rpc.current())
    client = ScriptedClient({SHOW: answer(200, b"<html>", x_request_id=credentials.access_key_secret)})
    with pytest.raises(ConsoleError) as caught:
        asyncio.run(one.describe_instance(client, ONE))
    assert caught.value.request_id is None
    assert credentials.access_key_secret not in caught.value.message


def test_a_wrong_gateway_is_no_unknown_server() -> None:
    client = ScriptedClient({SHOW: answer(404, {"error_code": "APIGW.0101", "error_msg": "API not exist"})})
    with pytest.raises(ConsoleError, match="API not exist"):
        asyncio.run(provider().describe_instances(client, [ONE]))


def test_describe_many_in_one_call() -> None:
    nothing = {"id": TWO, "fault": {"code": 404}, "name": None, "status": None, "metadata": None, "tags": None}
    path = f"GET /v1/{PROJECT}/cloudservers/detail?limit=200&server_id={ONE}%2C{TWO}"
    client = ScriptedClient({path: answer(200, {"count": 2, "servers": [SERVER, nothing]})})
    found = asyncio.run(provider().describe_instances(client, [ONE, TWO]))
    assert [server.instance_id for server in found] == [ONE]


def test_project_is_discovered_once_and_without_itself() -> None:
    client = ScriptedClient(
        {PROJECTS: answer(200, {"projects": [{"id": PROJECT, "name": "cn-north-4"}]}), V1: answer(200, CONSOLE)}
    )
    asking = provider(project_id="")

    async def twice() -> None:
        await asyncio.gather(*(asking.console(client, running(), "novnc") for _each in range(2)))

    asyncio.run(twice())
    assert [url.split("?")[0] for url in client.urls].count(
        "GET https://iam.cn-north-4.myhuaweicloud.com/v3/projects"
    ) == 1
    assert "x-project-id" not in client.sent[0].headers
    assert "SignedHeaders=host;x-sdk-date," in client.sent[0].headers["authorization"]


@pytest.mark.parametrize(("count", "kind"), [(0, NotFound), (2, ConsoleError)])
def test_no_project_or_too_many(count: int, kind: type[ConsoleError]) -> None:
    client = ScriptedClient({PROJECTS: answer(200, {"projects": [{"id": PROJECT}] * count})})
    with pytest.raises(kind, match="set project_id"):
        asyncio.run(provider(project_id="").describe_instances(client, [ONE]))


@pytest.mark.parametrize(
    ("region", "domain"),
    [
        ("eu-west-101", "myhuaweicloud.eu"),
        ("eu-west-0", "myhuaweicloud.com"),
        ("ap-southeast-3", "myhuaweicloud.com"),
    ],
)
def test_a_region_of_the_european_site_has_its_own_domain(region: str, domain: str) -> None:
    projects = f"GET https://iam.{region}.{domain}/v3/projects?name={region}"
    asking = provider(region=region, project_id="")
    assert asking.endpoint == f"https://ecs.{region}.{domain}"
    client = ScriptedClient(lambda _request: answer(401, REFUSED))
    with pytest.raises(ConsoleError):
        asyncio.run(asking.describe_instances(client, [ONE]))
    assert [f"{one.method} {one.url}" for one in client.sent] == [projects]


def test_iam_beside_other_endpoints(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConsoleError, match="Set project_id"):
        asyncio.run(
            provider(project_id="", endpoint="https://cloud.example.com").describe_instances(ScriptedClient({}), [ONE])
        )
    monkeypatch.setenv("HUAWEICLOUD_SDK_IAM_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("HUAWEICLOUD_SDK_REGION_ECS_CN_NORTH_4", "http://127.0.0.1:8,http://127.0.0.1:7")
    asking = provider(project_id="")
    assert asking.endpoint == "http://127.0.0.1:8"
    client = ScriptedClient(
        {PROJECTS: answer(200, {"projects": [{"id": PROJECT}]}), SHOW: answer(200, {"server": SERVER})}
    )
    asyncio.run(asking.describe_instances(client, [ONE]))
    assert client.sent[0].url.startswith("http://127.0.0.1:9/")
    assert client.sent[1].headers["host"] == "127.0.0.1:8"


def test_a_refused_signature_is_never_sent_again() -> None:
    client = ScriptedClient(lambda _request: answer(401, REFUSED))
    asking = provider(retries=5, security_token="tok-en")

    async def many() -> list[t.Any]:
        calls = [asking.describe_instances(client, [ONE]) for _each in range(20)]
        return await asyncio.gather(*calls, return_exceptions=True)

    found = [*asyncio.run(many())]
    assert len(client.sent) == 1
    assert all(isinstance(error, AuthenticationError) for error in found)
    assert len({id(error) for error in found}) == 20
    with pytest.raises(AuthenticationError) as caught:
        asyncio.run(asking.console(client, running(), "novnc"))
    assert caught.value.message.startswith("Asking for the console")
    assert "tok-en" not in str(found)
    assert len(client.sent) == 1


def test_calls_go_side_by_side_once_the_key_is_accepted() -> None:
    most, now = 0, 0

    class Slow(ScriptedClient):
        async def send(self, request: Request) -> Response:
            nonlocal most, now
            now += 1
            most = max(most, now)
            await asyncio.sleep(0.005)
            now -= 1
            return await super().send(request)

    client = Slow({SHOW: answer(200, {"server": SERVER})})
    asking = provider()

    async def many() -> int:
        await asyncio.gather(*(asking.describe_instances(client, [ONE]) for _each in range(2)))
        first = most
        await asyncio.gather(*(asking.describe_instances(client, [ONE]) for _each in range(6)))
        return first

    assert asyncio.run(many()) == 1
    assert most == 6


def test_throttle_as_202_and_passing_400_are_tried_again_with_a_new_signature() -> None:
    client = ScriptedClient(
        {
            V1: [
                answer(202, {"error": {"code": "Common.0024", "message": "Flow limit exceeded"}}),
                answer(400, {"error": {"code": "Ecs.1000", "message": "A system exception occurred. Try again later"}}),
                answer(503, b"<html>busy</html>"),
                answer(200, CONSOLE),
            ]
        }
    )
    assert asyncio.run(provider().console(client, running(), "novnc")).vnc_url == URL
    assert len(client.sent) == 4


def test_metadata_key_is_fetched_late_and_renewed(monkeypatch: pytest.MonkeyPatch) -> None:
    fresh = {"access": "TMP", "secret": "tmpsk", "securitytoken": "tmptok", "expires_at": "2099-01-01T00:00:00Z"}
    stale = {**fresh, "access": "OLD", "expires_at": "2020-01-01T00:00:00Z"}
    client = ScriptedClient(
        {
            "PUT /meta-data/latest/api/token": answer(404),
            "GET /openstack/latest/securitykey": [
                answer(200, {"credential": stale}),
                answer(200, {"credential": fresh}),
            ],
            SHOW: answer(200, {"server": SERVER}),
        }
    )
    monkeypatch.setattr(huawei_credentials, "Client", lambda *_given, **_more: client)
    asking = provider(access_key_id="", access_key_secret="")
    assert asking.account == ""
    for _each in range(3):
        asyncio.run(asking.describe_instances(client, [ONE]))
    assert asking.account == "TMP"
    assert len([url for url in client.urls if "securitykey" in url]) == 2


def test_a_metadata_key_that_holds_is_used_where_its_renewal_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    ends = dt.datetime.now(dt.timezone.utc) + dt.timedelta(seconds=REFRESH_BEFORE / 2)
    key = {"access": "TMP", "secret": "tmpsk", "securitytoken": "tmptok", "expires_at": f"{ends:%Y-%m-%dT%H:%M:%SZ}"}
    client = ScriptedClient(
        {
            "PUT /meta-data/latest/api/token": answer(404),
            "GET /openstack/latest/securitykey": [
                answer(200, {"credential": key}),
                answer(200, b"<html>"),
                answer(200, {"credential": {"access": "HALF"}}),
            ],
            SHOW: answer(200, {"server": SERVER}),
        }
    )
    monkeypatch.setattr(huawei_credentials, "Client", lambda *_given, **_more: client)
    monkeypatch.setattr(rpc, "PAUSE_WITH_KEY", 0.0)
    asking = provider(access_key_id="", access_key_secret="")
    for _each in range(3):
        assert asyncio.run(asking.describe_instances(client, [ONE]))
    assert asking.account == "TMP"
    assert len([url for url in client.urls if "securitykey" in url]) == 3


@pytest.mark.parametrize("renewal", ["fails", "gives the same key"])
def test_the_metadata_is_asked_for_a_newer_key_once_in_a_while(monkeypatch: pytest.MonkeyPatch, renewal: str) -> None:
    ends = dt.datetime.now(dt.timezone.utc) + dt.timedelta(seconds=REFRESH_BEFORE / 2)
    key = {"access": "TMP", "secret": "tmpsk", "securitytoken": "tmptok", "expires_at": f"{ends:%Y-%m-%dT%H:%M:%SZ}"}
    first = answer(200, {"credential": key})
    client = ScriptedClient(
        {
            "PUT /meta-data/latest/api/token": answer(404),
            "GET /openstack/latest/securitykey": [first, answer(500) if renewal == "fails" else first],
            SHOW: answer(200, {"server": SERVER}),
        }
    )
    monkeypatch.setattr(huawei_credentials, "Client", lambda *_given, **_more: client)
    asking = provider(access_key_id="", access_key_secret="")
    for asked in (1, 2):
        for _each in range(5):
            assert asyncio.run(asking.describe_instances(client, [ONE]))
        assert len([url for url in client.urls if "securitykey" in url]) == asked
        monkeypatch.setattr(asking.rpc, "_ask_again_at", 0.0)


def test_no_metadata_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    client = ScriptedClient(lambda _request: answer(500))
    monkeypatch.setattr(huawei_credentials, "Client", lambda *_given, **_more: client)
    asking = provider(access_key_id="", access_key_secret="")
    for _each in range(2):
        with pytest.raises(AuthenticationError, match="no Huawei Cloud credentials"):
            asyncio.run(asking.describe_instances(client, [ONE]))
    assert len(client.sent) == 1


def test_rubbish() -> None:
    for body in (b"<html>", b"[]", b'{"server": {"id": 7, "status": "secret-key"}}', b""):
        with pytest.raises(UnexpectedAnswer) as caught:
            asyncio.run(provider(retries=0).describe_instances(ScriptedClient({SHOW: answer(200, body)}), [ONE]))
        assert "secret-key" not in str(caught.value)
