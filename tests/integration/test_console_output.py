# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""console_output_info on all three clouds: text, screenshots, what a file gets, and what is refused."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.emulator.alibaba.showing import PIXEL
from tests.emulator.client import Emulator
from tests.emulator.fleet import Fleet, make_fleet
from tests.integration import module_calls
from tests.integration.module_calls import Options, Outcome, bare_environment

ACTIONS = {
    "alibaba": "GetInstanceConsoleOutput",
    "huawei": "ShowServerConsoleOutput",
    "openstack": "os-getConsoleOutput",
}
LINES = "".join(f"line {number}\r\n" for number in range(1, 301))


@pytest.fixture(scope="module")
def fleet() -> Fleet:
    return make_fleet(4, seed=35, stopped=0, regions=1, accounts=1, windows=0, huawei=2, openstack=2)


@pytest.fixture(autouse=True)
def _home(tmp_path: Path) -> Iterator[None]:
    with bare_environment(tmp_path):
        yield


def options(provider: str, cloud: Emulator, fleet: Fleet, **more: Any) -> Options:
    first = module_calls.instances(provider, fleet)[0]["instance_id"]
    return module_calls.options(provider, cloud, fleet, **{"instance_id": first, **more})


def ask(given: Options, *, check: bool = False) -> Outcome:
    return module_calls.call("console_output_info", given, check=check)


def write(cloud: Emulator, provider: str, instance_id: str, text: str) -> None:
    """Have the instance write text to its console."""
    if provider == "alibaba":
        cloud.change_instance(instance_id, console_output=base64.b64encode(text.encode()).decode())
    else:
        cloud.change_server(instance_id, console_log=text)


@pytest.mark.parametrize(
    ("provider", "more", "action"),
    [*((name, {}, action) for name, action in ACTIONS.items()), ("huawei", {"api": "nova"}, "NovaServerAction")],
)
def test_the_last_lines(cloud: Emulator, fleet: Fleet, provider: str, more: Options, action: str) -> None:
    given = options(provider, cloud, fleet, lines=3, **more)
    write(cloud, provider, given["instance_id"], LINES)
    outcome = ask(given)
    assert not outcome.failed, outcome.message
    assert outcome.result["output"] == "line 298\nline 299\nline 300"
    assert (outcome.result["truncated"], outcome.result["cleaned"], outcome.changed) == (True, False, False)
    assert outcome.result["screenshot"] is None
    assert outcome.result["request_id"]
    assert cloud.calls(action) == 1
    assert cloud.counters()["writes"] == 0
    whole = ask({**given, "lines": 300})
    assert whole.result["output"].count("\n") == 299
    assert whole.result["truncated"] is False


@pytest.mark.parametrize("provider", sorted(ACTIONS))
def test_what_the_instance_writes_is_made_safe(cloud: Emulator, fleet: Fleet, provider: str) -> None:
    given = options(provider, cloud, fleet)
    write(cloud, provider, given["instance_id"], "\x1b[2J\x1b]0;pwned\x07 login: ")
    outcome = ask(given)
    assert "\x1b" not in outcome.result["output"]
    assert outcome.result["output"].endswith(" login: ")
    if provider != "openstack":  # Nova itself takes the escape characters out, and leaves what stands behind them
        assert outcome.result["output"] == " login: "
        assert outcome.result["cleaned"]


def test_bytes_that_are_no_text_and_the_time(cloud: Emulator, fleet: Fleet) -> None:
    given = options("alibaba", cloud, fleet)
    cloud.change_instance(
        given["instance_id"], console_output=base64.b64encode(b"gr\xfc\xdfe").decode(), started_at=1_767_312_000.0
    )
    outcome = ask(given)
    assert outcome.result["output"] == "gr\ufffd\ufffde"
    assert outcome.result["updated_at"] == "2026-01-02T00:00:00Z"


def test_a_stopped_instance_has_its_last_output(cloud: Emulator, fleet: Fleet) -> None:
    for provider in ACTIONS:
        given = options(provider, cloud, fleet)
        if provider == "alibaba":
            cloud.change_instance(given["instance_id"], status="Stopped")
        else:
            cloud.change_server(given["instance_id"], status="SHUTOFF")
        assert "login: " in ask(given).result["output"]


def picture(cloud: Emulator, fleet: Fleet, dest: Path | str, **more: Any) -> Options:
    """Options for a screenshot, without the ten seconds between two of them."""
    cloud.configure(screenshot_seconds=0)
    return options("alibaba", cloud, fleet, screenshot=True, dest=str(dest), **more)


def test_a_screenshot_is_a_private_file(cloud: Emulator, fleet: Fleet, tmp_path: Path) -> None:
    """In check mode it is taken and not written; the same picture again changes nothing."""
    file = tmp_path / "screen.jpg"
    given = picture(cloud, fleet, file, _ansible_diff=True)
    forecast = ask(given, check=True)
    assert (forecast.changed, file.exists()) == (True, False)
    first = ask(given)
    assert first.changed
    assert file.read_bytes() == PIXEL
    assert file.stat().st_mode & 0o7777 == 0o600
    sha256 = hashlib.sha256(PIXEL).hexdigest()
    shown = {"path": str(file), "format": "jpg", "size": len(PIXEL), "sha256": sha256}
    assert first.result["screenshot"] == shown == forecast.result["screenshot"]
    assert first.result["diff"]["before"] == ""
    assert sha256 in first.result["diff"]["after"]
    assert "login: " in first.result["output"]
    again = ask(given)
    assert not again.changed
    assert again.result["diff"]["before"] == again.result["diff"]["after"]
    assert [path.name for path in tmp_path.iterdir()] == ["screen.jpg"]


def test_the_mode_is_set(cloud: Emulator, fleet: Fleet, tmp_path: Path) -> None:
    file = tmp_path / "screen.jpg"
    assert ask(picture(cloud, fleet, file)).changed
    wider = picture(cloud, fleet, file, mode="u=rw,g=r")
    assert ask(wider, check=True).changed
    assert file.stat().st_mode & 0o7777 == 0o600
    assert ask(wider).changed
    assert file.stat().st_mode & 0o7777 == 0o640
    assert not ask(wider).changed


@pytest.mark.parametrize("mode", ["0640", "640", 0o640, "u=rw,g=r,o=", "u=rwX,g=u-w,o-rwx", "=,u+rw,g+r"])
def test_forms_of_the_mode(cloud: Emulator, fleet: Fleet, tmp_path: Path, mode: str | int) -> None:
    file = tmp_path / "screen.jpg"
    assert ask(picture(cloud, fleet, file, mode=mode, output=False)).changed
    assert file.stat().st_mode & 0o7777 == 0o640


def test_another_picture_replaces_the_file(cloud: Emulator, fleet: Fleet, tmp_path: Path) -> None:
    file = tmp_path / "screen"
    file.write_bytes(b"another")
    file.chmod(0o644)
    given = picture(cloud, fleet, file)
    png = b"\x89PNG\r\n\x1a\nrest"
    cloud.change_instance(given["instance_id"], screenshot=base64.b64encode(png).decode())
    outcome = ask(given)
    assert (outcome.changed, outcome.result["screenshot"]["format"]) == (True, "png")
    assert file.read_bytes() == png
    assert file.stat().st_mode & 0o7777 == 0o600


def test_a_folder_gets_a_file_of_the_instances_name(cloud: Emulator, fleet: Fleet, tmp_path: Path) -> None:
    given = picture(cloud, fleet, f"{tmp_path}/", output=False)
    cloud.change_instance(given["instance_id"], os_type="windows")
    outcome = ask(given)
    assert outcome.result["screenshot"]["path"] == str(tmp_path / f"{given['instance_id']}.jpg")
    assert outcome.result["output"] is None
    assert cloud.calls("GetInstanceConsoleOutput") == 0


@pytest.mark.parametrize("content", [b"<html>sign in</html>", b"GIF89a"])
def test_what_is_no_picture_is_not_written(cloud: Emulator, fleet: Fleet, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "screen.jpg"
    file.write_bytes(b"before")
    given = picture(cloud, fleet, file)
    cloud.change_instance(given["instance_id"], screenshot=base64.b64encode(content).decode())
    outcome = ask(given)
    assert outcome.kind == "unexpected_answer", outcome.message
    assert file.read_bytes() == b"before"


def test_refused_before_any_call(cloud: Emulator, fleet: Fleet, tmp_path: Path) -> None:
    link = tmp_path / "link.jpg"
    link.symlink_to("elsewhere.jpg")
    pipe = Path("/dev/null")
    nova = options("openstack", cloud, fleet, screenshot=True, dest=str(tmp_path))
    huawei = options("huawei", cloud, fleet, screenshot=True, dest=str(tmp_path))
    cases: list[tuple[Options, str]] = [
        (options("alibaba", cloud, fleet, lines=0), "lines is 0. Use a number from 1 to 10000."),
        (options("alibaba", cloud, fleet, lines=10_001), "lines is 10001"),
        (options("alibaba", cloud, fleet, output=False), "output and screenshot are both false"),
        (options("alibaba", cloud, fleet, dest=str(tmp_path)), "dest is for a screenshot"),
        (options("alibaba", cloud, fleet, instance_id="web 01"), "The instance id has characters"),
        (picture(cloud, fleet, tmp_path / "missing" / "screen.jpg"), "which is no folder. Make the folder first."),
        (picture(cloud, fleet, f"{tmp_path}/missing/"), "which is no folder"),
        (picture(cloud, fleet, link), "which is no ordinary file"),
        (picture(cloud, fleet, pipe), "which is no ordinary file"),
        (picture(cloud, fleet, ""), "dest is empty. Name a file, or a folder that exists."),
        (
            picture(cloud, fleet, tmp_path / ("x" * 256)),
            "dest cannot be used: File name too long. Choose another dest.",
        ),
        (picture(cloud, fleet, f"{tmp_path}/screen\0.jpg"), "dest cannot be used: ValueError"),
        *(
            (picture(cloud, fleet, tmp_path, mode=mode), "mode is neither an octal number of permissions nor symbols")
            for mode in ("rwx", "9999", "77777", 65536, -1, "", "u=rw,g", "preserve")
        ),
        (nova, "OpenStack Nova takes no screenshots. Set screenshot to false"),
        (huawei, "Huawei Cloud ECS takes no screenshots"),
    ]
    for given, words in cases:
        outcome = ask(given)
        assert outcome.kind == "invalid", outcome.text
        assert words in outcome.message
    assert cloud.counters()["calls"] == 0
    missing = ask({**options("alibaba", cloud, fleet), "screenshot": True})
    assert "screenshot is True but all of the following are missing: dest" in missing.message


@pytest.mark.parametrize(
    ("provider", "change", "kind", "code", "words"),
    [
        ("alibaba", {"os_type": "windows"}, "invalid", "NotSupported", "Windows instances have no console output"),
        ("huawei", {"instance_id": "unknown"}, "not_found", "Ecs.0114", "project are invisible"),
        ("openstack", {"console_log": None}, "wrong_state", "itemNotFound", "the server has no console log"),
        ("openstack", {"placed": False, "status": "ERROR"}, "wrong_state", "conflictingRequest", "no compute host"),
        ("openstack", {"host_down": True}, "timeout", "computeFault", "compute host of the server does not answer"),
    ],
    ids=["windows", "unknown", "no log", "not placed", "dead host"],
)
def test_states_without_output(
    cloud: Emulator, fleet: Fleet, provider: str, change: Options, kind: str, code: str, words: str
) -> None:
    given = options(provider, cloud, fleet)
    if "instance_id" in change:
        given["instance_id"] = "47bc79ae-df61-4ade-9197-283a74e5d70e"
    elif provider == "alibaba":
        cloud.change_instance(given["instance_id"], **change)
    else:
        cloud.change_server(given["instance_id"], **change)
    outcome = ask(given)
    assert (outcome.kind, outcome.code) == (kind, code), outcome.message
    assert words in outcome.message
    assert outcome.message.startswith("Reading the console output of ")
    assert outcome.result["failure"]["request_id"] in outcome.message


def test_no_permission(cloud: Emulator, fleet: Fleet) -> None:
    rights = {
        "alibaba": "ecs:GetInstanceConsoleOutput on acs:ecs:",
        "huawei": "ecs:cloudServers:getConsoleOutput",
        "openstack": "os_compute_api:os-console-output",
    }
    cloud.deny(fleet["accounts"][0]["access_keys"][0]["access_key_id"], {"actions": [ACTIONS["alibaba"]]})
    cloud.deny(fleet["huawei"]["accounts"][0]["access_keys"][0]["access_key_id"], {"actions": [ACTIONS["huawei"]]})
    cloud.deny_user("operator", {"actions": [ACTIONS["openstack"]]})
    for provider, right in rights.items():
        outcome = ask(options(provider, cloud, fleet))
        assert outcome.kind == "permission", outcome.message
        assert right in outcome.message


def test_screenshots_have_their_own_refusals(cloud: Emulator, fleet: Fleet, tmp_path: Path) -> None:
    given = options("alibaba", cloud, fleet, screenshot=True, dest=str(tmp_path), output=False)
    assert ask(given).changed
    soon = ask(given)
    assert (soon.kind, soon.code) == ("throttled", "Throttling")
    assert "one screenshot of an instance in ten seconds" in soon.message
    cloud.change_instance(given["instance_id"], status="Stopped")
    stopped = ask(given)
    assert (stopped.kind, stopped.code) == ("wrong_state", "IncorrectInstanceStatus")
    assert "state Running" in stopped.message
