# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The SDK changes VNC passwords and restarts instances; the emulator knows what is in force and what waits."""

from __future__ import annotations

import base64
import re
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from alibabacloud_ecs20140526 import models
from alibabacloud_ecs20140526.client import Client
from alibabacloud_tea_openapi.exceptions import AlibabaCloudException

from tests.emulator.client import Emulator
from tests.fidelity.sdk import Place


def set_password(ecs: Client, place: Place, instance_id: str, password: str) -> str:
    request = models.ModifyInstanceVncPasswdRequest(
        region_id=place.region, instance_id=instance_id, vnc_password=password
    )
    return str(ecs.modify_instance_vnc_passwd(request).body.request_id)


def refusal(caught: pytest.ExceptionInfo[AlibabaCloudException]) -> tuple[int, str]:
    return caught.value.status_code, caught.value.code


def test_in_force_at_once_when_io_optimized(ecs: Client, cloud: Emulator, place: Place) -> None:
    wanted = place.instances(io_optimized=True)[0]["instance_id"]
    assert set_password(ecs, place, wanted, "Ecs123")
    shown = cloud.instance(wanted)
    assert (shown["in_force"], shown["waiting"]) == ("Ecs123", None)
    assert [row["outcome"] for row in shown["received"]] == ["in_force"]


def test_waits_for_a_restart_and_the_last_one_wins(ecs: Client, cloud: Emulator, place: Place) -> None:
    wanted = place.instances(io_optimized=False)[0]["instance_id"]
    for password in ("Ecs123", "Ecs456", "Ecs789"):
        set_password(ecs, place, wanted, password)
    shown = cloud.instance(wanted)
    assert (shown["in_force"], shown["waiting"]) == ("", "Ecs789")
    ecs.reboot_instance(models.RebootInstanceRequest(instance_id=wanted))
    shown = cloud.instance(wanted)
    assert (shown["status"], shown["in_force"], shown["waiting"], shown["starts"]) == ("Running", "Ecs789", None, 1)
    assert [row["password"] for row in shown["received"]] == ["Ecs123", "Ecs456", "Ecs789"]


def test_stopped_instance_takes_it_and_applies_it_at_its_start(ecs: Client, cloud: Emulator, place: Place) -> None:
    wanted = place.instances(io_optimized=False, status="Stopped")[0]["instance_id"]
    set_password(ecs, place, wanted, "Ecs123")
    ecs.start_instance(models.StartInstanceRequest(instance_id=wanted))
    assert cloud.instance(wanted)["in_force"] == "Ecs123"


def test_restart_takes_its_time(ecs: Client, cloud: Emulator, place: Place) -> None:
    cloud.configure(restart_seconds=60)
    wanted = place.instances(io_optimized=False)[0]["instance_id"]
    set_password(ecs, place, wanted, "Ecs123")
    ecs.reboot_instance(models.RebootInstanceRequest(instance_id=wanted, force_stop=True))
    shown = cloud.instance(wanted)
    assert (shown["status"], shown["waiting"]) == ("Starting", "Ecs123")
    with pytest.raises(AlibabaCloudException) as caught:
        set_password(ecs, place, wanted, "Ecs456")
    assert refusal(caught) == (403, "InstanceNotReady")
    cloud.restart([wanted], started_at=1_800_000_000)
    assert cloud.instance(wanted)["start_time"] == "2027-01-15T08:00Z"


def test_stop(ecs: Client, cloud: Emulator, place: Place) -> None:
    wanted = place.instances()[0]["instance_id"]
    ecs.stop_instance(models.StopInstanceRequest(instance_id=wanted))
    assert cloud.instance(wanted)["status"] == "Stopped"
    with pytest.raises(AlibabaCloudException) as caught:
        ecs.reboot_instance(models.RebootInstanceRequest(instance_id=wanted))
    assert refusal(caught) == (403, "IncorrectInstanceStatus")


@pytest.mark.parametrize("password", ["abc", "Ecs1234", "Ecs12!", "ecs123", "ECS123", "Ecsabc", "Ecs12é"])
def test_malformed(ecs: Client, cloud: Emulator, place: Place, password: str) -> None:
    wanted = place.instances()[0]["instance_id"]
    with pytest.raises(AlibabaCloudException) as caught:
        set_password(ecs, place, wanted, password)
    assert refusal(caught) == (400, "IncorrectVncPassword.Malformed")
    (row,) = cloud.instance(wanted)["received"]
    assert (row["password"], row["outcome"]) == (password, "refused: IncorrectVncPassword.Malformed")


@pytest.mark.parametrize(
    ("status", "code"),
    [("Pending", "IncorrectInstanceStatus"), ("Stopping", "IncorrectInstanceStatus"), ("Starting", "InstanceNotReady")],
)
def test_wrong_state(ecs: Client, cloud: Emulator, place: Place, status: str, code: str) -> None:
    wanted = place.instances()[0]["instance_id"]
    cloud.change_instance(wanted, status=status)
    with pytest.raises(AlibabaCloudException) as caught:
        set_password(ecs, place, wanted, "Ecs123")
    assert refusal(caught) == (403, code)
    assert cloud.instance(wanted)["in_force"] == ""


def test_instance_of_another_region_or_account_is_unknown(ecs: Client, place: Place) -> None:
    elsewhere = next(one for one in place.fleet["instances"] if one["region"] != place.region)
    abroad = next(one for one in place.fleet["instances"] if one["account_id"] != place.account["account_id"])
    for wanted in (elsewhere["instance_id"], abroad["instance_id"], "i-unknown"):
        with pytest.raises(AlibabaCloudException) as caught:
            set_password(ecs, place, wanted, "Ecs123")
        assert refusal(caught) == (404, "InvalidInstanceId.NotFound")


def test_dry_run_succeeds_with_an_error(ecs: Client, cloud: Emulator, place: Place) -> None:
    wanted = place.instances()[0]["instance_id"]
    with pytest.raises(AlibabaCloudException) as caught:
        ecs.reboot_instance(models.RebootInstanceRequest(instance_id=wanted, dry_run=True))
    assert refusal(caught) == (400, "DryRunOperation")
    assert cloud.instance(wanted)["starts"] == 0
    assert cloud.counters()["writes"] == 0


def test_locked_instance_is_not_restarted(ecs: Client, cloud: Emulator, place: Place) -> None:
    wanted = place.instances()[0]["instance_id"]
    cloud.change_instance(wanted, operation_locks=["security"])
    with pytest.raises(AlibabaCloudException) as caught:
        ecs.reboot_instance(models.RebootInstanceRequest(instance_id=wanted))
    assert refusal(caught) == (403, "InstanceLockedForSecurity")


def test_restart_of_many(ecs: Client, cloud: Emulator, place: Place) -> None:
    running, stopped = place.instances()[0]["instance_id"], place.instances(status="Stopped")[0]["instance_id"]

    def reboot(mode: str, dry_run: bool = False) -> dict[str, str]:
        request = models.RebootInstancesRequest(
            region_id=place.region, instance_id=[running, stopped], batch_optimization=mode, dry_run=dry_run
        )
        rows = ecs.reboot_instances(request).body.instance_responses.instance_response
        return {row.instance_id: row.code for row in rows}

    with pytest.raises(AlibabaCloudException) as caught:
        reboot("AllTogether")
    assert refusal(caught) == (403, "IncorrectInstanceStatus")
    with pytest.raises(AlibabaCloudException) as caught:
        reboot("SuccessFirst", dry_run=True)
    assert refusal(caught) == (400, "DRYRUN.SUCCESS")
    assert reboot("SuccessFirst") == {running: "200", stopped: "IncorrectInstanceStatus"}
    assert [cloud.instance(one)["starts"] for one in (running, stopped)] == [1, 0]


def test_vnc_url_is_encoded_once(ecs: Client, cloud: Emulator, place: Place) -> None:
    wanted = place.instances()[0]["instance_id"]
    request = models.DescribeInstanceVncUrlRequest(region_id=place.region, instance_id=wanted)
    url = ecs.describe_instance_vnc_url(request).body.vnc_url
    assert url.startswith("wss%3A%2F%2F")
    (token,) = parse_qs(urlsplit(unquote(url)).query)["s"]
    assert token in cloud.secrets()
    cloud.change_instance(wanted, status="Stopped")
    with pytest.raises(AlibabaCloudException) as caught:
        ecs.describe_instance_vnc_url(request)
    assert refusal(caught) == (403, "IncorrectInstanceStatus")


def test_console_output_and_screenshot(ecs: Client, cloud: Emulator, place: Place) -> None:
    """Base64 both; a screenshot every ten seconds, and only of what runs."""
    wanted = place.instances()[0]["instance_id"]
    cloud.change_instance(wanted, os_type="linux")
    output = models.GetInstanceConsoleOutputRequest(region_id=place.region, instance_id=wanted)
    shown = ecs.get_instance_console_output(output).body
    assert base64.b64decode(shown.console_output).endswith(b" login: ")
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", shown.last_update_time)
    screen = models.GetInstanceScreenshotRequest(region_id=place.region, instance_id=wanted)
    assert base64.b64decode(ecs.get_instance_screenshot(screen).body.screenshot).startswith(b"\xff\xd8\xff")
    with pytest.raises(AlibabaCloudException) as caught:
        ecs.get_instance_screenshot(screen)
    assert refusal(caught) == (429, "Throttling")
    cloud.change_instance(wanted, status="Stopped", os_type="windows")
    with pytest.raises(AlibabaCloudException) as caught:
        ecs.get_instance_screenshot(screen)
    assert refusal(caught) == (405, "IncorrectInstanceStatus")
    with pytest.raises(AlibabaCloudException) as caught:
        ecs.get_instance_console_output(output)
    assert refusal(caught) == (405, "NotSupported")
