# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The SDK opens, lists and ends terminal sessions."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from alibabacloud_ecs20140526 import models
from alibabacloud_ecs20140526.client import Client
from alibabacloud_tea_openapi.exceptions import AlibabaCloudException

from tests.emulator.client import Emulator
from tests.fidelity.sdk import Place


def start(ecs: Client, place: Place, **options: object) -> models.StartTerminalSessionResponseBody:
    wanted = place.instances()[0]["instance_id"]
    request = models.StartTerminalSessionRequest(**{"region_id": place.region, "instance_id": [wanted], **options})
    return ecs.start_terminal_session(request).body


def test_start_list_end(ecs: Client, cloud: Emulator, place: Place) -> None:
    opened = start(ecs, place, port_number=22)
    query = parse_qs(urlsplit(opened.web_socket_url).query)
    assert query == {"sessionId": [opened.session_id], "token": [opened.security_token]}
    assert opened.security_token in cloud.secrets()

    listing = models.DescribeTerminalSessionsRequest(region_id=place.region, session_id=opened.session_id)
    (shown,) = ecs.describe_terminal_sessions(listing).body.sessions.session
    assert (shown.port_number, shown.connections.connection[0].status) == ("22", "Connecting")

    ending = models.EndTerminalSessionRequest(region_id=place.region, session_id=opened.session_id)
    ecs.end_terminal_session(ending)
    (shown,) = ecs.describe_terminal_sessions(listing).body.sessions.session
    assert shown.connections.connection[0].status == "Terminated"
    with pytest.raises(AlibabaCloudException) as caught:
        ecs.end_terminal_session(ending)
    assert (caught.value.status_code, caught.value.code) == (404, "InvalidSessionId.NotFound")


def test_client_token(ecs: Client, place: Place) -> None:
    first = start(ecs, place, client_token="one")
    assert start(ecs, place, client_token="one").session_id == first.session_id
    assert start(ecs, place, client_token="two").session_id != first.session_id
    with pytest.raises(AlibabaCloudException) as caught:
        start(ecs, place, client_token="one", command_line="top")
    assert (caught.value.status_code, caught.value.code) == (403, "IdempotentParameterMismatch")


@pytest.mark.parametrize(
    "options",
    [
        {"command_line": "top", "port_number": 22},
        {"target_server": "192.0.2.1"},
        {"port_number": 70000},
        {"connection_type": "Pigeon"},
        {"command_line": "x" * 513},
        {
            "port_number": 22,
            "encryption_options": models.StartTerminalSessionRequestEncryptionOptions(enabled=True, mode="Auto"),
        },
        {"encryption_options": models.StartTerminalSessionRequestEncryptionOptions(kmskey_id="k", mode="Auto")},
    ],
    ids="+".join,
)
def test_conflicting_options(ecs: Client, place: Place, options: dict[str, object]) -> None:
    with pytest.raises(AlibabaCloudException) as caught:
        start(ecs, place, **options)
    assert caught.value.status_code == 403
    assert caught.value.code.startswith("InvalidParameter.")


def test_refusals(ecs: Client, cloud: Emulator, place: Place) -> None:
    stopped = place.instances(status="Stopped")[0]["instance_id"]
    with pytest.raises(AlibabaCloudException) as caught:
        start(ecs, place, instance_id=[stopped])
    assert caught.value.code == "InvalidInstance.NotRunning"
    with pytest.raises(AlibabaCloudException) as caught:
        start(ecs, place, instance_id=["i-unknown"])
    assert caught.value.code == "InvalidInstanceId.NotFound"
    cloud.configure(session_manager=False)
    with pytest.raises(AlibabaCloudException) as caught:
        start(ecs, place)
    assert caught.value.code == "UserBehavior.SessionManagerDisabled"


def test_listing_has_pages(ecs: Client, place: Place) -> None:
    opened = {start(ecs, place).session_id for _each in range(3)}
    first = ecs.describe_terminal_sessions(
        models.DescribeTerminalSessionsRequest(region_id=place.region, max_results=2)
    ).body
    rest = ecs.describe_terminal_sessions(
        models.DescribeTerminalSessionsRequest(region_id=place.region, max_results=2, next_token=first.next_token)
    ).body
    assert {one.session_id for page in (first, rest) for one in page.sessions.session} == opened
    assert rest.next_token == ""
    with pytest.raises(AlibabaCloudException) as caught:
        ecs.describe_terminal_sessions(models.DescribeTerminalSessionsRequest(region_id=place.region, max_results=101))
    assert caught.value.code == "InvalidParameter.MaxResults"


def test_assistant_status_is_a_word(ecs: Client, cloud: Emulator, place: Place) -> None:
    alive, bare = (one["instance_id"] for one in place.instances()[:2])
    cloud.change_instance(bare, agent=False)
    request = models.DescribeCloudAssistantStatusRequest(region_id=place.region, instance_id=[alive, bare, "i-unknown"])
    rows = ecs.describe_cloud_assistant_status(request).body.instance_cloud_assistant_status_set
    shown = {row.instance_id: row for row in rows.instance_cloud_assistant_status}
    assert {name: row.cloud_assistant_status for name, row in shown.items()} == {alive: "true", bare: "false"}
    assert shown[alive].support_session_manager is True
