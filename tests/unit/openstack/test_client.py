# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The operations against scripted answers: microversions, states, tokens that end, what is never sent."""

from __future__ import annotations

import asyncio
import json
import typing as t

import certifi
import pytest
from ansible_collections.cloudops.console.plugins.module_utils import _http
from ansible_collections.cloudops.console.plugins.module_utils._errors import (
    AuthenticationError,
    ConsoleError,
    NotFound,
    TimedOut,
    UnexpectedAnswer,
    WrongState,
)
from ansible_collections.cloudops.console.plugins.module_utils._http import Policy, Request, Response
from ansible_collections.cloudops.console.plugins.module_utils._models import Access as OpenStackAccess
from ansible_collections.cloudops.console.plugins.module_utils._models import Console, Instance
from ansible_collections.cloudops.console.plugins.module_utils._openstack import provider as client_module
from ansible_collections.cloudops.console.plugins.module_utils._openstack.facts import CONSOLES
from ansible_collections.cloudops.console.plugins.module_utils._openstack.provider import OpenStackProvider
from ansible_collections.cloudops.console.plugins.module_utils._rate_limit import RateLimiter

from tests.unit.openstack import recorded_answers
from tests.unit.openstack.recorded_answers import ONE
from tests.unit.scripted_client import ScriptedClient, answer

DATE = "Sat, 21 Nov 2026 17:46:18 GMT"
TOKENS = "POST /v3/auth/tokens"
SHOW = f"GET /public/v2.1/servers/{ONE}"
CONSOLE = f"POST /public/v2.1/servers/{ONE}/remote-consoles"
AUTH = {
    "auth_url": "http://127.0.0.1:15000",
    "user_id": "u",
    "password": "hidden-pw",
    "project_id": recorded_answers.PROJECT,
}
URL = "http://127.0.0.1:16080/vnc_auto.html?path=%3Ftoken%3D3c315a23-4bad-4d09-92c9-421f4eb5e247"


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_http, "FIRST_PAUSE", 0.001)


def provider(auth: dict[str, str] | None = None, *, timeout: float = 5.0, **more: t.Any) -> OpenStackProvider:
    access = OpenStackAccess(auth=tuple((auth or AUTH).items()), **more)
    return OpenStackProvider(access, Policy(timeout, 1), RateLimiter(in_flight=8))


def granted(number: int = 1, expires_at: str = "2026-11-21T18:46:18.000000Z") -> Response:
    return answer(201, recorded_answers.token(expires_at), x_subject_token=f"gAAAA-{number}", date=DATE)


def cloud(**more: t.Any) -> ScriptedClient:
    planned = {
        TOKENS: granted(),
        SHOW: answer(200, {"server": recorded_answers.server()}),
        CONSOLE: console_answer("vnc", "novnc", URL),
    }
    return ScriptedClient({**planned, **{globals()[name]: value for name, value in more.items()}})


def console_answer(protocol: str, kind: str, url: str) -> Response:
    body = {"remote_console": {"protocol": protocol, "type": kind, "url": url}}
    return answer(200, body, x_openstack_request_id="req-9")


def ask(client: ScriptedClient, kind: str = "novnc", asking: OpenStackProvider | None = None) -> Console:
    return asyncio.run((asking or provider()).console(client, Instance(ONE, "", ""), kind))


def test_novnc() -> None:
    client = cloud()
    asking = provider()
    assert ask(client, asking=asking).to_result() == {
        "vnc_url": URL,
        "websocket_url": "ws://127.0.0.1:16080/?token=3c315a23-4bad-4d09-92c9-421f4eb5e247",
        "expires_in": 600,
        "protocol": "vnc",
        "type": "novnc",
        "request_id": "req-9",
    }
    assert [request.method for request in client.sent] == ["POST", "GET", "POST"]
    assert asking.region == "RegionOne"
    assert asking.endpoint == "http://127.0.0.1:18774/public/v2.1"
    assert asking.account == f"http://127.0.0.1:15000/v3 u {recorded_answers.PROJECT}"


@pytest.mark.parametrize(
    ("kind", "protocol", "api_type", "microversion"),
    [
        ("novnc", "vnc", "novnc", "2.6"),
        ("spice-html5", "spice", "spice-html5", "2.6"),
        ("serial", "serial", "serial", "2.6"),
        ("mks", "mks", "webmks", "2.8"),
        ("spice-direct", "spice", "spice-direct", "2.99"),
    ],
)
def test_types_and_microversions(kind: str, protocol: str, api_type: str, microversion: str) -> None:
    client = cloud(CONSOLE=console_answer(protocol, api_type, "ws://127.0.0.1:6083/?token=5e26"))
    found = ask(client, kind)
    sent = client.sent[-1]
    assert json.loads(sent.body) == {"remote_console": {"protocol": protocol, "type": api_type}}
    assert sent.headers["openstack-api-version"] == f"compute {microversion}"
    assert sent.headers["x-openstack-nova-api-version"] == microversion
    assert found.websocket_url == ("ws://127.0.0.1:6083/?token=5e26" if CONSOLES[kind].websocket else None)


@pytest.mark.parametrize("status", ["SHUTOFF", "PAUSED", "SUSPENDED", "ERROR", "REBOOT", "SHELVED_OFFLOADED"])
def test_dead_states_get_no_url(status: str) -> None:
    client = cloud(SHOW=answer(200, {"server": recorded_answers.server(status)}))
    with pytest.raises(WrongState, match=f"the server is {status}"):
        ask(client)
    assert len(client.sent) == 2


@pytest.mark.parametrize("task", ["migrating", "deleting", "powering-off"])
def test_leaving_tasks_get_no_url(task: str) -> None:
    with pytest.raises(WrongState, match=f"busy with {task}"):
        ask(cloud(SHOW=answer(200, {"server": recorded_answers.server(task=task)})))


@pytest.mark.parametrize(("status", "task"), [("ACTIVE", None), ("RESCUE", None), ("ACTIVE", "image_snapshot")])
def test_live_states(status: str, task: str | None) -> None:
    assert ask(cloud(SHOW=answer(200, {"server": recorded_answers.server(status, task)}))).vnc_url == URL


def test_a_described_server_is_not_read_again() -> None:
    client, asking = cloud(), provider()

    async def both() -> Console:
        (server,) = await asking.describe_instances(client, [ONE])
        return await asking.console(client, server, "novnc")

    assert asyncio.run(both()).vnc_url == URL
    assert [request.method for request in client.sent] == ["POST", "GET", "POST"]


@pytest.mark.parametrize("case", recorded_answers.NOVA, ids=[case[0] for case in recorded_answers.NOVA])
def test_every_recorded_refusal(case: tuple[str, tuple[int, t.Any], type[ConsoleError], str]) -> None:
    _name, (status, body), kind, words = case
    client = cloud(CONSOLE=answer(status, body))
    with pytest.raises(kind) as caught:
        ask(client)
    assert words in caught.value.message
    assert caught.value.message.startswith(f"Asking for the novnc console of {ONE} in RegionOne failed: ")
    assert "gAAAA" not in str(caught.value.failure)


def test_missing_server_and_missing_api() -> None:
    with pytest.raises(NotFound, match="could not be found"):
        ask(cloud(SHOW=answer(*recorded_answers.NO_SERVER)))
    gone = cloud(SHOW=answer(*recorded_answers.NO_SERVER))
    assert asyncio.run(provider().describe_instances(gone, [ONE])) == []
    with pytest.raises(UnexpectedAnswer, match="no such API"):
        asyncio.run(provider().describe_instances(cloud(SHOW=answer(*recorded_answers.NO_API)), [ONE]))


def test_an_unknown_server_is_told_as_nova_told_it() -> None:
    """Also where the console is asked for at once, without having described the server before."""
    told = answer(*recorded_answers.NO_SERVER, x_openstack_request_id="req-1")
    for asked in (
        lambda: asyncio.run(provider().describe_instance(cloud(SHOW=told), ONE)),
        lambda: ask(cloud(SHOW=told)),
    ):
        with pytest.raises(NotFound) as caught:
            asked()
        error = caught.value
        assert (error.code, error.status, error.request_id) == ("itemNotFound", 404, "req-1")


def test_a_slow_host_is_explained() -> None:
    def handler(request: Request) -> Response:
        if request.url.endswith("remote-consoles"):
            raise TimedOut("no complete answer within 5 seconds", ambiguous=True)
        return granted() if "auth" in request.url else answer(200, {"server": recorded_answers.server()})

    with pytest.raises(TimedOut, match="Raise timeout beyond that"):
        ask(ScriptedClient(handler))


def test_bad_input_sends_nothing() -> None:
    client = cloud()
    with pytest.raises(ConsoleError, match="has no console of type 'xvpvnc'"):
        ask(client, "xvpvnc")
    with pytest.raises(ConsoleError, match="may be a server's name"):
        asyncio.run(provider().describe_instances(client, ["running"]))
    assert client.sent == []


def test_one_token_for_all_workers() -> None:
    client, asking = cloud(), provider()

    async def many() -> None:
        await asyncio.gather(*(asking.describe_instances(client, [ONE]) for _each in range(8)))

    asyncio.run(many())
    assert len([url for url in client.urls if "auth/tokens" in url]) == 1


def test_a_token_that_ends_in_the_middle_is_renewed_once() -> None:
    class Ending(ScriptedClient):
        """Refuses the first token from the second question on; answers come late, so that workers meet."""

        async def send(self, request: Request) -> Response:
            late = request.headers.get("x-auth-token") == "gAAAA-1" and len(self.sent) > 1
            found = await super().send(request)
            await asyncio.sleep(0.001)
            return answer(401, recorded_answers.UNAUTHORIZED) if late else found

    client = Ending({TOKENS: [granted(1), granted(2)], SHOW: answer(200, {"server": recorded_answers.server()})})
    asking = provider()

    async def run() -> list[list[Instance]]:
        await asking.describe_instances(client, [ONE])
        return await asyncio.gather(*(asking.describe_instances(client, [ONE]) for _each in range(3)))

    assert [[server.instance_id for server in found] for found in asyncio.run(run())] == [[ONE]] * 3
    used = [request.headers["x-auth-token"] for request in client.sent if request.method == "GET"]
    assert used == [*["gAAAA-1"] * 4, *["gAAAA-2"] * 3]
    assert len([url for url in client.urls if "auth/tokens" in url]) == 2


def test_a_token_that_stays_refused_is_not_renewed_forever() -> None:
    client = cloud(SHOW=answer(401, recorded_answers.UNAUTHORIZED))
    with pytest.raises(AuthenticationError, match="Log in again"):
        asyncio.run(provider().describe_instances(client, [ONE]))
    assert len(client.sent) == 4


def test_a_token_is_replaced_before_it_ends() -> None:
    client = cloud(TOKENS=[granted(1, "2026-11-21T17:47:00.000000Z"), granted(2)])
    asking = provider()
    for _each in range(3):
        asyncio.run(asking.describe_instances(client, [ONE]))
    assert len([url for url in client.urls if "auth/tokens" in url]) == 2


def test_refused_logins_are_not_repeated() -> None:
    client, asking = cloud(TOKENS=answer(401, recorded_answers.UNAUTHORIZED)), provider()
    for _each in range(3):
        with pytest.raises(AuthenticationError, match="Keystone refused") as caught:
            asyncio.run(asking.describe_instances(client, [ONE]))
        assert "hidden-pw" not in str(caught.value)
    assert len(client.sent) == 1


def test_a_given_token_cannot_be_renewed() -> None:
    path = f"GET /v2.1/servers/{ONE}"
    client = ScriptedClient({path: answer(401, recorded_answers.UNAUTHORIZED)})
    asking = provider({"token": "gAAAA-own"}, endpoint="http://127.0.0.1:8774")
    with pytest.raises(AuthenticationError, match="cannot be renewed"):
        asyncio.run(asking.describe_instances(client, [ONE]))
    assert len(client.sent) == 1


def test_many_are_looked_up_in_pages() -> None:
    ids = [f"00000000-0000-0000-0000-0000000000{number:02d}" for number in range(12)]
    listed = [recorded_answers.server(id=one) for one in ids]
    base = "GET /public/v2.1/servers"
    client = ScriptedClient(
        {
            TOKENS: granted(),
            f"{base}/detail?limit=1000": answer(
                200, {"servers": listed[:6], "servers_links": [{"rel": "next", "href": "http://elsewhere/"}]}
            ),
            f"{base}/detail?limit=1000&marker={ids[5]}": answer(200, {"servers": listed[6:11]}),
            f"{base}/{ids[11]}": answer(*recorded_answers.NO_SERVER),
        }
    )
    found = asyncio.run(provider().describe_instances(client, ids))
    assert [server.instance_id for server in found] == ids[:11]
    assert found[0].to_result()["tags"] == {"team": "billing"}
    assert found[0].started_at is None


def test_an_empty_page_that_links_to_a_next_one_is_no_end() -> None:
    """Without a server there is no marker to go on with, so the list is refused instead of cut off."""
    page = answer(200, {"servers": [], "servers_links": [{"rel": "next", "href": "http://elsewhere/"}]})
    client = ScriptedClient(lambda request: granted() if "auth" in request.url else page)
    with pytest.raises(UnexpectedAnswer, match="does not end"):
        asyncio.run(provider().find_instances(client, {}))


def test_find_by_metadata() -> None:
    page = answer(200, {"servers": [recorded_answers.server()]})
    client = ScriptedClient(lambda request: granted() if "auth" in request.url else page)
    assert len(asyncio.run(provider().find_instances(client, {"team": "billing"}))) == 1
    assert asyncio.run(provider().find_instances(client, {"team": "other"})) == []


def test_trust_of_the_clouds_file(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in AUTH.items():
        monkeypatch.setenv(f"OS_{name.upper()}", value)
    monkeypatch.setenv("OS_CACERT", certifi.where())
    assert OpenStackProvider(OpenStackAccess(), Policy(), RateLimiter()).trust == _http.Trust(ca_cert=certifi.where())
    monkeypatch.setenv("OS_INSECURE", "true")
    assert OpenStackProvider(OpenStackAccess(), Policy(), RateLimiter()).trust == _http.Trust(verify=False)


@pytest.mark.parametrize(
    "body",
    [b"<html>", b"[]", b"", b'{"server": {"id": 1}}', b'{"remote_console": {"type": "x"}}'],
)
def test_rubbish(body: bytes) -> None:
    with pytest.raises(UnexpectedAnswer) as caught:
        ask(cloud(CONSOLE=answer(200, body)))
    assert caught.value.ambiguous


def test_a_url_that_is_none() -> None:
    with pytest.raises(UnexpectedAnswer, match="something other than a URL"):
        ask(cloud(CONSOLE=console_answer("vnc", "novnc", "javascript:alert(1)")))


def test_one_by_one_has_a_limit() -> None:
    assert client_module.ONE_BY_ONE < client_module.PAGE
