# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook that opens the console of one host: on a terminal or in a browser, and nowhere else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.emulator.client import Emulator
from tests.emulator.fleet import Fleet, make_fleet
from tests.integration import module_calls
from tests.integration.on_a_terminal import played_at
from tests.integration.playbook_runs import Room, Run

OPEN = "cloudops.console.open_console"
# What BROWSER names: it keeps what it was started with, and the page that it was to open.
BROWSER = """#!/bin/sh
printf '%s\\n' "$@" > {folder}/arguments
file=${{1#file://}}
stat -c '%a %U' "$file" "$(dirname "$file")" > {folder}/modes
cp "$file" {folder}/page
"""


@pytest.fixture(scope="module")
def fleet() -> Fleet:
    return make_fleet(4, seed=36, regions=1, accounts=1, stopped=0, huawei=2, openstack=2)


@pytest.fixture(autouse=True)
def _clouds(room: Room, cloud: Emulator, fleet: Fleet) -> None:
    """One host on each cloud, and a group."""
    first = next(iter(room.hosts))
    room.hosts = {"web-01": room.hosts[first]}
    huawei = module_calls.options("huawei", cloud, fleet)
    given = {f"console_{name}": huawei[name] for name in ("provider", "region", "endpoint", "project_id")}
    keys = {f"console_{name}": huawei[name] for name in ("access_key_id", "access_key_secret")}
    room.hosts["hw-01"] = {**given, **keys, "console_instance_id": fleet["huawei"]["servers"][0]["instance_id"]}
    auth = module_calls.logins(cloud, fleet)["password"]
    lines = "".join(f"      {name}: {value}\n" for name, value in auth.items())
    room.write(
        "home/.config/openstack/clouds.yaml",
        f"clouds:\n  lab:\n    region_name: RegionOne\n    auth:\n{lines}",
    )
    nova = {"console_provider": "openstack", "console_cloud": "lab"}
    room.hosts["os-01"] = {**nova, "console_instance_id": fleet["openstack"]["servers"][0]["instance_id"]}
    room.groups = {"shop": ["web-01", "hw-01"]}


def run(room: Room, *arguments: str) -> Run:
    return room.run("ansible-playbook", "-i", str(room.inventory()), OPEN, *arguments)


@pytest.mark.cores(full=True)
@pytest.mark.parametrize(
    ("host", "url", "life"),
    [
        ("web-01", r"https://g\.alicdn\.com/\S+vncUrl=\S+", "Open it within 15 seconds."),
        pytest.param(
            *("hw-01", r"http://127\S+/vnc_auto\.html\?token=\S+", "the cloud does not say how long it lives"),
            marks=pytest.mark.full,
        ),
        ("os-01", r"http://127\S+/vnc_auto\.html\?path=\S+", "Open it within 600 seconds."),
    ],
)
def test_a_url_at_a_terminal(room: Room, cloud: Emulator, host: str, url: str, life: str) -> None:
    """It is on the screen, and neither in the log nor in what callbacks are told, at any verbosity."""
    log = room.path / "kept.log"
    shown = played_at(room, OPEN, "-e", f"console_host={host}", "-vvv", ANSIBLE_LOG_PATH=str(log))
    shown.wait_for("type yes and press Enter")
    asked = ("DescribeInstanceVncUrl", "ShowServerRemoteConsole", "CreateRemoteConsole")
    assert not sum(cloud.calls(action) for action in asked)
    shown.answer("yes\r")
    assert shown.end() == 0
    found = set(re.findall(url, shown.text))
    assert len(found) == 1, shown.text
    assert life in shown.text
    assert f"The console of {host}." in shown.text
    (address,) = found
    assert [name for name in (log, shown.record) if address.encode() in name.read_bytes()] == []
    assert b"expires_in" in shown.record.read_bytes()


@pytest.mark.cores(full=True)
def test_in_the_browser(room: Room, cloud: Emulator) -> None:
    """The browser gets the path of a private page, which is gone afterwards."""
    folder = room.path / "browser"
    folder.mkdir()
    program = room.write("browser.sh", BROWSER.format(folder=folder))
    program.chmod(0o700)
    room.environ["BROWSER"] = f"{program} %s"
    done = run(room, "-e", "console_host=os-01", "-e", "console_open=true", "-vvv")
    assert done.rc == 0, done.text
    (row,) = cloud.consoles()
    arguments = (folder / "arguments").read_text().split()
    assert len(arguments) == 1
    assert arguments[0].startswith("file:///")
    assert row["token"] not in arguments[0]
    assert row["url"] in (folder / "page").read_text()
    assert [line.split()[0] for line in (folder / "modes").read_text().splitlines()] == ["600", "700"]
    assert not Path(arguments[0].removeprefix("file://")).parent.exists()
    assert row["token"] not in done.text
    assert done.one("cloudops.console.console_view")["browser"] is True


def test_no_browser(room: Room, cloud: Emulator) -> None:
    room.environ["BROWSER"] = "/bin/false %s"
    done = run(room, "-e", "console_host=os-01", "-e", "console_open=true")
    assert done.rc == 2
    assert "No browser could be started on this machine. Set the environment variable BROWSER" in done.text
    assert cloud.consoles()[0]["token"] not in done.text


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "Which host? Name it with -e console_host=NAME."),
        pytest.param(
            ("-e", "console_host=web-02"),
            "The inventory has no host web-02. Name one host as the inventory does",
            marks=pytest.mark.full,
        ),
        (
            ("-e", "console_host=web-02", "--start-at-task", "Open the console"),
            "The inventory has no host web-02. Name",
        ),
        (("-e", "console_host=web-01,hw-01"), "The inventory has no host web-01,hw-01."),
        (("-e", '{"console_host": ["web-01"]}'), "The inventory has no host ['web-01']."),
        (("-e", "console_host=shop"), "shop is a group. Name one of its hosts: web-01, hw-01."),
        (("-e", "console_host=web-01", "-e", "awx_job_id=7"), "AWX keeps the output of its jobs"),
        (("-e", "console_host=web-01"), "standard output is not a terminal"),
        (("-e", "console_host=web-01", "--start-at-task", "Open the console"), "standard output is not a terminal"),
        (("-e", "console_host=web-01", "-e", "console_open=true"), "IncorrectInstanceStatus"),
    ],
    ids=[
        "no host",
        "unknown",
        "unknown and started there",
        "a list",
        "a list of YAML",
        "a group",
        "awx",
        "no terminal",
        "started there",
        "stopped",
    ],
)
def test_refused(room: Room, cloud: Emulator, arguments: tuple[str, ...], says: str) -> None:
    cloud.change_instance(room.instance("web-01"), status="Stopped")
    done = run(room, *arguments)
    assert done.rc == 2
    assert says in " ".join(done.text.split())
    # One reason alone: a group is no unknown host as well
    checked = [one for task in done.of("See which host is meant") for one in task.result["results"]]
    assert len([one for one in checked if one.get("failed")]) <= 1
    assert "Traceback" not in done.text
