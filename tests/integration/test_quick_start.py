# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The way of a stranger: the README's commands exactly as written, from an empty home to a schedule.

Only what the README cannot know is added: the address of the emulated cloud, and an access key in the environment.
Tasks by example hands over to another user; there, paths of the machine become those of a room.
"""

from __future__ import annotations

import json
import os
import pwd
import re
import subprocess
from pathlib import Path

import pytest

from tests.emulator.client import Emulator
from tests.emulator.fleet import Fleet, make_fleet
from tests.integration.on_a_terminal import Terminal
from tests.integration.playbook_runs import Room, Run, contents, writes
from tests.tools.collection import snapshot
from tests.tools.environment import ROOT
from tests.tools.pages import GUIDES, README, blocks

HOSTS = {"web-01.example.com": "i-bp1hzoinajzkh91h0001", "web-02.example.com": "i-bp1hzoinajzkh91h0002"}
STEP = re.compile(r"^### (\d\. .*)$", re.MULTILINE)
CRONTAB = re.compile(r"^\d+ \d+ \* \* \* (.*)$", re.MULTILINE)
CRON_D = re.compile(r"^\d+ \d+ \* \* \* console (.*)$", re.MULTILINE)
ANOTHER_USER = "Schedule for a user of its own"


def steps() -> dict[int, str]:
    """Heading of each step of the quick start by its number."""
    return {int(heading[0]): heading for heading in STEP.findall(README.read_text(encoding="utf-8"))}


def shell(number: int) -> list[str]:
    """Return the commands of a step, block by block."""
    return [block.text for block in blocks(README, steps()[number]) if block.language == "shell"]


def inventory() -> str:
    (block,) = (block for block in blocks(README, steps()[2]) if block.language == "yaml")
    return block.text


def another_user(language: str) -> list[str]:
    return [block.text for block in blocks(GUIDES / "tasks.rst", ANOTHER_USER) if block.language == language]


class Place:
    """Where the commands are run, one after the other: a home that is empty at first."""

    def __init__(self, room: Room) -> None:
        self.room = room
        self.folder = room.home
        self.srv = room.path / "srv"
        self.console = room.path / "console"
        self.console.mkdir()

    def run(self, text: str) -> Run:
        """Run commands as a shell does that was left in a folder."""
        return self.room.run("/bin/bash", "-euc", f"cd {self.folder}\n{text}")

    def address(self, folder: Path) -> None:
        """Say where the emulated cloud is, beside the inventory."""
        (folder / "group_vars").mkdir()
        address = json.dumps({"console_endpoint": self.room.cloud.url})
        (folder / "group_vars" / "all.yml").write_text(address, encoding="utf-8")

    def start(self) -> None:
        """Steps 2 and 3: folder, inventory, and the key of the ledger."""
        (folder,), (key,) = shell(2), shell(3)
        made = self.run(folder)
        assert made.rc == 0, made.text
        self.folder = self.room.home / "console"
        (self.folder / "inventory.yml").write_text(inventory(), encoding="utf-8")
        self.address(self.folder)
        assert self.run(key).rc == 0

    def meant(self, text: str) -> str:
        """Put the room's paths, and this user, in place of those of the page; sudo does without asking."""
        me = pwd.getpwuid(os.geteuid()).pw_name
        for said, here in {
            "/srv/backup/": f"{self.srv}/",
            "/srv/console": str(self.srv),
            "/home/console": str(self.console),
            "/opt/console/bin/": f"{self.room.core.bin}/",
            "-o console ": f"-o {me} ",
            "chown -R console ": f"chown -R {me} ",
            "\\%": "%",
        }.items():
            text = text.replace(said, here)
        return f'sudo() {{ "$@"; }}\n{text}'

    def start_in_srv(self) -> None:
        """The same in a folder of its own, as tasks by example say."""
        folder, _hand_over = another_user("shell")
        assert self.run(self.meant(folder)).rc == 0
        self.folder = self.srv
        text = inventory().replace("sqlite:///~/console/", f"sqlite://{self.srv}/")
        (self.srv / "inventory.yml").write_text(text, encoding="utf-8")
        self.address(self.srv)
        assert self.run(shell(3)[0]).rc == 0


@pytest.fixture(scope="module")
def fleet() -> Fleet:
    return make_fleet(4, seed=64, regions=1, accounts=1, stopped=0)


@pytest.fixture
def place(room: Room, cloud: Emulator) -> Place:
    """The README's instances exist, and the key is in the environment."""
    one = room.fleet["instances"][0]
    for name, instance_id in HOSTS.items():
        cloud.add_instance({**one, "instance_id": instance_id, "name": name, "region": "cn-hangzhou"})
    key = next(account for account in room.fleet["accounts"] if account["account_id"] == one["account_id"])
    found = key["access_keys"][0]
    room.environ |= {
        "ALIBABA_CLOUD_ACCESS_KEY_ID": found["access_key_id"],
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": found["access_key_secret"],
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    }
    return Place(room)


def spoken(run: Run) -> str:
    return " ".join(run.stderr.split())


@pytest.mark.cores(full=True)
def test_the_way_of_a_stranger(place: Place, cloud: Emulator) -> None:
    """Every command of the quick start, in its order; a ledger that is made once, and no file elsewhere."""
    room = place.room
    room.environ["ANSIBLE_COLLECTIONS_PATH"] = str(room.home / ".ansible" / "collections")
    assert not contents(room.home)
    place.folder = snapshot(room.path / "checkout")
    installed = place.run(shell(1)[0])
    assert installed.rc == 0, installed.text

    place.folder = room.home
    place.start()
    preflight, dry = shell(4)
    ready = place.run(preflight)
    assert ready.rc == 0, ready.text
    forecast = place.run(dry)
    assert forecast.rc == 0, forecast.text
    assert forecast.outcomes == dict.fromkeys(HOSTS, "rotated")
    assert "There is no ledger yet" in spoken(forecast)
    assert not writes(cloud)

    first = place.run(shell(5)[0])
    assert first.rc == 0, first.text
    assert first.outcomes == dict.fromkeys(HOSTS, "rotated")
    assert (room.reports / "latest.html").is_file()

    _show(place, cloud, shell(6)[0])
    for command in shell(7):
        done = place.run(command)
        assert done.rc == 0, done.text

    (schedule,) = (block.text for block in blocks(README, steps()[8]))
    (nightly,) = CRONTAB.findall(schedule)
    place.folder = room.home
    again = place.run(nightly)
    assert again.rc == 0, again.text
    assert again.outcomes == dict.fromkeys(HOSTS, "fresh")
    assert writes(cloud) == len(HOSTS)
    assert [name for name in contents(room.home) if name.endswith(".db")] == ["console/ledger.db"]


def _show(place: Place, cloud: Emulator, command: str) -> None:
    """Step 6 needs a terminal, and an answer."""
    shown = Terminal(place.room, ["/bin/bash", "-euc", f"cd {place.folder}\n{command}"])
    shown.wait_for("type yes and press Enter")
    shown.answer("yes\r")
    assert shown.end() == 0
    (ours,) = (row for row in cloud.received() if row["instance_id"] == HOSTS["web-01.example.com"])
    assert ours["password"] in shown.text


def test_all_steps_are_walked() -> None:
    assert list(steps()) == list(range(1, 9))
    assert {number: len(shell(number)) for number in steps()} == {1: 1, 2: 1, 3: 1, 4: 2, 5: 1, 6: 1, 7: 2, 8: 0}


def test_the_demo_is_one_command() -> None:
    """test_demo runs what make runs for it."""
    (block,) = blocks(README, "Try it")
    assert block.text == "make demo\n"
    would = subprocess.run(
        ["make", "--dry-run", "demo"], cwd=ROOT, capture_output=True, text=True, check=True
    )  # prints the commands, and runs none
    assert "-m tests.demo" in would.stdout


@pytest.mark.cores(full=True)
def test_a_schedule_of_another_user(place: Place, cloud: Emulator) -> None:
    room = place.room
    place.start_in_srv()
    assert place.run(shell(5)[0]).rc == 0
    _folder, hand_over = another_user("shell")
    assert place.run(place.meant(hand_over)).rc == 0
    room.environ["HOME"] = str(place.console)
    rotate, backup = CRON_D.findall("".join(another_user("text")))
    nightly = place.run(place.meant(rotate))
    assert nightly.rc == 0, nightly.text
    assert nightly.outcomes == dict.fromkeys(HOSTS, "fresh")
    assert nightly.rotation["ledger_created"] is False
    assert "no ledger" not in spoken(nightly)
    assert place.run(place.meant(backup)).rc == 0
    assert len(list(place.srv.glob("ledger-????-??-??.db"))) == 1
    assert writes(cloud) == len(HOSTS)


def test_a_schedule_with_another_vault_password_is_not_green(place: Place, cloud: Emulator) -> None:
    """Nor does it begin a second ledger."""
    place.start_in_srv()
    assert place.run(shell(5)[0]).rc == 0
    place.room.environ["HOME"] = str(place.console)
    assert place.run(shell(3)[0]).rc == 0
    rotate, _backup = CRON_D.findall("".join(another_user("text")))
    before = writes(cloud)
    run = place.run(place.meant(rotate).replace(str(place.console), "~"))
    assert run.rc == 2, run.text
    assert run.rotation["failure"]["code"] == "Ledger.WrongKey"
    assert writes(cloud) == before
